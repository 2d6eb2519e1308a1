// Links what gcc made with our linker and with GNU ld: the same files, byte for byte.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ElfFile, PT, readElf, SHT, STT } from '@kseg/elf';
import { afterAll, describe, expect, it } from 'vitest';
import { Random, randomProgram } from '../test/random-c.ts';
import { randomScript } from '../test/scripts.ts';
import { LinkError } from './errors.ts';
import { type LinkInput, link } from './index.ts';

const CASES = Number(process.env['KSEG_ORACLE_RUNS'] ?? 24);
const FIRST = Number(process.env['KSEG_ORACLE_SEED'] ?? 1);
const TOOLS = [
  'mipsel-linux-gnu-gcc',
  'mipsel-linux-gnu-ld',
  'mips-linux-gnu-gcc',
  'mips-linux-gnu-ld',
  'mipsel-linux-gnu-ar',
];
const missing = TOOLS.filter((tool) => {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0)
  console.info(
    `skipped: link oracle needs ${missing.join(', ')} (apt-get install gcc-mipsel-linux-gnu gcc-mips-linux-gnu)`,
  );

const dir = mkdtempSync(join(tmpdir(), 'kseg-ld-'));
afterAll(() => rmSync(dir, { recursive: true }));

const hex = (value: number) => value.toString(16);

/** What must be equal, as text. */
function summary(bytes: Uint8Array) {
  const elf = readElf(bytes);
  const tables = new Set<number>([SHT.NULL, SHT.SYMTAB, SHT.STRTAB]);
  return {
    header: [hex(elf.header.entry), hex(elf.header.flags), elf.header.endian],
    sections: elf.sections
      .filter(({ type }) => !tables.has(type))
      .map(({ name, type, flags, address, size, align, entrySize, bytes: content }) =>
        [name, type, hex(flags), hex(address), size, align, entrySize, Buffer.from(content).toString('hex')].join(' '),
      ),
    segments: elf.segments
      .filter(({ type, memSize }) => type === PT.LOAD && memSize > 0)
      .map(({ vaddr, paddr, memSize, flags, bytes: content }) =>
        [hex(vaddr), hex(paddr), content.length, memSize, flags].join(' '),
      ),
    symbols: symbolLines(elf),
  };
}

function symbolLines({ symbols, sections }: ElfFile): string[] {
  return symbols
    .slice(1)
    .filter(({ type }) => type !== STT.SECTION && type !== STT.FILE)
    .map(({ name, value, size, binding, type, section }) => {
      const place = sections[section]?.name ?? hex(section);
      return `${name} ${hex(value)} ${size} ${binding} ${type} ${place}`;
    })
    .sort();
}

interface Case {
  readonly seed: number;
  readonly inputs: LinkInput[];
  readonly paths: string[];
  readonly prefix: string;
  readonly what: string;
}

function compile(seed: number): Case {
  const random = new Random(seed);
  const prefix = random.pick(['mipsel', 'mips']);
  const optimise = random.pick(['-O0', '-O2', '-Os']);
  const small = random.pick(['-G0', '-G8']);
  const common = random.pick(['-fcommon', '-fno-common']);
  const sections = random.pick([[], ['-ffunction-sections', '-fdata-sections']]);
  const options = [
    '-c',
    optimise,
    small,
    common,
    ...sections,
    random.pick(['-march=mips32r2', '-march=mips4', '-march=mips2', '-march=mips32']),
  ];
  const base = ['-mabi=32', '-mno-abicalls', '-fno-pic', '-ffreestanding', '-w'];
  const sources = randomProgram(seed, 2 + random.next(4));
  const paths = sources.map((source, i) => {
    const path = join(dir, `p${seed}_${i}`);
    writeFileSync(`${path}.c`, source);
    return path;
  });
  execFileSync(`${prefix}-linux-gnu-gcc`, [...options, ...base, ...paths.map((path) => `${path}.c`)], { cwd: dir });
  const objects = paths.map((path) => `${path}.o`);
  if (random.chance(30)) {
    const blob = join(dir, `blob${seed}.bin`);
    writeFileSync(
      blob,
      Uint8Array.from({ length: random.next(300) }, (_, i) => i),
    );
    objects.push(blob);
  }
  if (random.chance(30)) {
    const archive = join(dir, `lib${seed}.a`);
    const members = objects.splice(1, objects.length - 1).filter((path) => path.endsWith('.o'));
    if (members.length > 0) execFileSync('mipsel-linux-gnu-ar', ['rcs', archive, ...members]);
    if (members.length > 0) objects.push(archive);
  }
  const inputs = objects.map((path): LinkInput => {
    const bytes = new Uint8Array(readFileSync(path));
    return path.endsWith('.bin') ? { name: path, bytes, format: 'binary' } : { name: path, bytes };
  });
  return { seed, inputs, paths: objects, prefix, what: [prefix, ...options].join(' ') };
}

function gnuLink({ seed, paths, prefix }: Case, options: string[]): Uint8Array {
  const out = join(dir, `gnu${seed}.elf`);
  const files = paths.flatMap((path) =>
    path.endsWith('.bin')
      ? ['-b', 'binary', path, '-b', `elf32-trad${prefix === 'mips' ? 'big' : 'little'}mips`]
      : [path],
  );
  execFileSync(`${prefix}-linux-gnu-ld`, [...options, '-o', out, ...files], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Uint8Array(readFileSync(out));
}

describe.skipIf(missing.length > 0)('linked images equal GNU ld’s', () => {
  it(
    `${CASES} random programs under scripts`,
    () => {
      let refused = 0;
      for (let seed = FIRST; seed < FIRST + CASES; seed++) {
        const one = compile(seed);
        const script = randomScript(seed);
        // Without an entry, nothing leads anywhere.
        const gcSections = seed % 3 === 0 && script.includes('ENTRY');
        const path = join(dir, `s${seed}.ld`);
        writeFileSync(path, script);
        let gnu: Uint8Array | undefined;
        let gnuError = '';
        try {
          gnu = gnuLink(one, ['-T', path, ...(gcSections ? ['--gc-sections'] : [])]);
        } catch (error) {
          gnuError = String((error as { stderr: Buffer }).stderr);
        }
        const context = `seed ${seed}: ${one.what}${gcSections ? ' --gc-sections' : ''}\n${script}\n${gnuError}`;
        if (gnu === undefined) {
          // What GNU ld refuses (gp-relative data out of reach, say) we refuse too.
          expect(() => link({ objects: one.inputs, layout: script, gcSections }), context).toThrow(LinkError);
          refused++;
          continue;
        }
        const ours = link({ objects: one.inputs, layout: script, gcSections }).bytes;
        if (Buffer.compare(ours, gnu) === 0) continue;
        // The first says better what is wrong.
        expect(summary(ours), context).toEqual(summary(gnu));
        expect(Buffer.from(ours).equals(gnu), context).toBe(true);
      }
      console.info(
        `linked ${CASES - refused} programs to the files that ld writes; both linkers refused ${refused}; seeds ${FIRST} to ${FIRST + CASES - 1}`,
      );
      expect(refused).toBeLessThan(CASES / 2);
    },
    Math.max(600_000, 2000 * CASES),
  );
});
