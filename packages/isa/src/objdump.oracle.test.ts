// GNU objdump agrees with `disassemble`, byte for byte, on every row and on random words.
//
// Its MIPS32 Release 2 disassembler (`-m mips:isa32r2`) knows every ASE at once, so all tables but the R3000's are compared.
// The symbols that it prints behind addresses are compared on an ELF file, since a raw binary has none.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decoder, everything } from './index.ts';

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

function* chunks(total: number): Generator<Uint32Array> {
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
      const { mask, match } = rows[((done + index) / 2) % rows.length]!;
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
      const folder = mkdtempSync(join(tmpdir(), 'kseg-isa-'));
      const file = join(folder, 'words.bin');
      const differences: string[] = [];
      let compared = 0;
      try {
        for (const words of chunks(WORDS)) {
          writeFileSync(file, littleEndian(words));
          const options = [
            '-Dz',
            '-b',
            'binary',
            '-m',
            'mips:isa32r2',
            '-EL',
            ...(aliases ? [] : ['-M', 'no-aliases']),
          ];
          const output = execFileSync(OBJDUMP, [...options, file], { maxBuffer: 2 ** 30, encoding: 'latin1' });
          let index = 0;
          for (const line of output.split('\n')) {
            const [, , ...text] = line.split('\t');
            if (text.length === 0) continue;
            const theirs = text.join('\t');
            const ours = disassemble(words[index]!, 4 * index, { aliases });
            if (ours !== theirs) differences.push(`${words[index]!.toString(16)}: ours ${ours}, theirs ${theirs}`);
            index++;
          }
          compared += index;
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
      expect(compared).toBe(WORDS);
      expect(differences.slice(0, 20)).toEqual([]);
    },
    3_600_000,
  );
});

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
