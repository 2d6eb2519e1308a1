// GNU objdump agrees with `disassemble`, byte for byte, on every row and on random words.
//
// Its MIPS32 Release 2 disassembler (`-m mips:isa32r2`) knows every ASE at once, so all tables but the R3000's are compared.
// The symbols that it prints behind addresses are compared on an ELF file, since a raw binary has none.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decoder, everything, fpu, MIPS1, MIPS32, type Row, smartmips } from './index.ts';

const OBJDUMP = 'mipsel-linux-gnu-objdump';
const AS = 'mipsel-linux-gnu-as';
const missing = spawnSync(OBJDUMP, ['--version']).error !== undefined;
if (missing) console.warn(`skipped: ${OBJDUMP} not found (Debian: binutils-mipsel-linux-gnu)`);

/** Words compared in each mode: half of them are of a row, with random operands. */
const WORDS = Number(process.env['KSEG_ISA_OBJDUMP_WORDS'] ?? 200_000);
const SEED = Number(process.env['KSEG_ISA_OBJDUMP_SEED'] ?? 1);
/** Words to one run of objdump. */
const CHUNK = 500_000;

const rows = everything.filter(({ level }) => level !== 'r3000');
const { disassemble } = decoder(rows);

/** `total` words, half of them of these rows. */
function* chunks(total: number, from: readonly Row[]): Generator<Uint32Array> {
  let seed = SEED;
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  for (let done = 0; done < total; done += CHUNK) {
    yield Uint32Array.from({ length: Math.min(CHUNK, total - done) }, (_, index) => {
      if (index % 2 === 1) return random();
      const { mask, match } = from[((done + index) / 2) % from.length]!;
      const word = match | (random() & ~mask);
      // One bit off now and then: the neighbours of an instruction, reserved or another one.
      return random() % 8 === 0 ? word ^ (1 << (random() & 31)) : word;
    });
  }
}

describe.skipIf(missing)('objdump', () => {
  it.each([
    ['with aliases', true],
    ['with no-aliases', false],
  ])(
    `prints ${WORDS} words as we do, %s`,
    (_, aliases) => {
      const differences: string[] = [];
      let compared = 0;
      for (const words of chunks(WORDS, rows))
        objdump(words, 'isa32r2', aliases ? [] : ['no-aliases']).forEach((theirs, index) => {
          const ours = disassemble(words[index]!, 4 * index, { aliases });
          if (ours !== theirs) differences.push(`${words[index]!.toString(16)}: ours ${ours}, theirs ${theirs}`);
          compared++;
        });
      expect(compared).toBe(WORDS);
      expect(differences.slice(0, 20)).toEqual([]);
    },
    3_600_000,
  );

  // The levels of rows: what objdump's older machines have, and do not have.
  it.each([
    // It gives the R3000 loads and stores of coprocessor 0 and the FPU of later cores, which are left out here.
    ['3000', MIPS1, /^(jalx|[ls]wc0|c[ft]c0|c[01]|bc1[ft]|.*c1|.*\.[sd])\b/],
    // It gives Release 1 a coprocessor 3, which no core here has, and SmartMIPS, which had rotates before Release 2.
    ['isa32', [...MIPS32, ...fpu, ...smartmips], /^(jalx|c[013]|.*c3[ft]?l?|rorv?)\b/],
  ])('agrees on what mips:%s has', (machine, level, elsewhere) => {
    const core = decoder(level);
    const words = [...chunks(100_000, everything)][0]!;
    const theirs = objdump(words, machine, ['no-aliases', 'cp0-names=mips32r2', 'hwr-names=mips32r2']);
    const differences = theirs.flatMap((text, index) => {
      const ours = core.disassemble(words[index]!, 4 * index, { aliases: false });
      return ours === text || elsewhere.test(text)
        ? []
        : [`${words[index]!.toString(16)}: ours ${ours}, theirs ${text}`];
    });
    expect(differences.slice(0, 20)).toEqual([]);
    expect(theirs.filter((text) => !text.startsWith('.word')).length).toBeGreaterThan(5000);
  });
});

/** What objdump prints for these words, from address 0. */
function objdump(words: Uint32Array, machine: string, options: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'kseg-isa-'));
  const file = join(folder, 'words.bin');
  try {
    writeFileSync(file, littleEndian(words));
    const flags = [
      '-Dz',
      '-b',
      'binary',
      '-m',
      `mips:${machine}`,
      '-EL',
      ...options.flatMap((option) => ['-M', option]),
    ];
    const output = execFileSync(OBJDUMP, [...flags, file], { maxBuffer: 2 ** 30, encoding: 'latin1' });
    return output.split('\n').flatMap((line) => {
      const [, , ...text] = line.split('\t');
      return text.length > 0 ? [text.join('\t')] : [];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(missing || spawnSync(AS, ['--version']).error !== undefined)('objdump on an ELF file', () => {
  it('prints symbols behind addresses as we do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kseg-isa-'));
    const file = join(folder, 'a.o');
    try {
      const source =
        '.set noreorder\n.globl main\nmain:\nbeq $4,$5,1f\nnop\nb main\nnop\n.globl end\nend:\n1: bal main\nnop\n';
      execFileSync(AS, ['-mips32r2', '-o', file], { input: source });
      const output = execFileSync(OBJDUMP, ['-dz', file], { encoding: 'latin1' });
      const lines = output.split('\n').filter((line) => /^ +[0-9a-f]+:\t/.test(line));
      const symbol = (address: number) => {
        const [name, offset] = address < 16 ? ['main', address] : ['end', address - 16];
        return offset === 0 ? name : `${name}+0x${offset.toString(16)}`;
      };
      const ours = lines.map((line) => {
        const [pc, word] = line.split('\t').map((text) => Number.parseInt(text, 16)) as [number, number];
        return disassemble(word, pc, { symbol });
      });
      expect(ours).toEqual(lines.map((line) => line.split('\t').slice(2).join('\t')));
      expect(ours).toContain('beq\ta0,a1,10 <end>');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function littleEndian(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < words.length; index++) view.setUint32(4 * index, words[index]!, true);
  return bytes;
}
