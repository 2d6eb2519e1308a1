// Our objects and GNU as's, byte for byte: generated programs, and what gcc makes of C.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Generator, Random } from '../test/generator.ts';
import { type AssembleOptions, assemble, formatDiagnostic } from './index.ts';

const TOOLS = { little: 'mipsel-linux-gnu-', big: 'mips-linux-gnu-' } as const;
/** The assembler whose files these are: its successors lay symbols out differently. */
const VERSION = '2.40';

function obstacle(): string | null {
  for (const prefix of Object.values(TOOLS)) {
    const { stdout, error } = spawnSync(`${prefix}as`, ['--version'], { encoding: 'utf8' });
    if (error) return `${prefix}as is not installed (Debian: apt install binutils-${prefix.slice(0, -1)})`;
    if (!stdout.split('\n')[0]!.endsWith(VERSION))
      return `needs ${prefix}as ${VERSION}, found ${stdout.split('\n')[0]}`;
  }
  return null;
}

const reason = obstacle();
if (reason !== null) console.log(`assembler against GNU as skipped: ${reason}`);
/** Generated programs, of all kinds together; more where that does not yet cover everything. */
const COUNT = Number(process.env['KSEG_ORACLE_COUNT'] ?? 600);
const SEED = Number(process.env['KSEG_ORACLE_SEED'] ?? 1);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'kseg-asm-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Endian = 'little' | 'big';
const ALWAYS = ['-mabi=32', '-mno-fix-loongson3-llsc'];

/** The objects that GNU as makes of sources, or its complaints; one shell runs it for all of them. */
function gas(sources: readonly string[], endian: Endian, flags: readonly string[]): (Uint8Array | string)[] {
  sources.forEach((source, i) => {
    writeFileSync(join(folder, `${i}.s`), source);
  });
  const script = `i=0; while [ $i -lt ${sources.length} ]; do rm -f $i.o; ${TOOLS[endian]}as ${[...ALWAYS, ...flags].join(' ')} $i.s -o $i.o 2>$i.e; i=$((i+1)); done`;
  spawnSync('sh', ['-c', script], { cwd: folder });
  return sources.map((_, i) => {
    try {
      return new Uint8Array(readFileSync(join(folder, `${i}.o`)));
    } catch {
      return readFileSync(join(folder, `${i}.e`), 'utf8');
    }
  });
}

/** Null when both agree, else what to look at. */
function difference(source: string, theirs: Uint8Array | string, options: AssembleOptions): string | null {
  const ours = assemble(source, { directory: folder, ...options });
  if (typeof theirs === 'string') return `GNU as rejects it: ${theirs}\n${source}`;
  if (ours.object === null) return `${ours.diagnostics.map(formatDiagnostic).join('\n')}\n${source}`;
  const at = theirs.findIndex((byte, i) => byte !== ours.object![i]);
  return at < 0 && theirs.length === ours.object.length ? null : `the objects differ from byte ${at} on\n${source}`;
}

const differs = (source: string, endian: Endian, options: AssembleOptions, flags: readonly string[]) =>
  difference(source, gas([source], endian, flags)[0]!, { ...options, endian, name: '0.s' });

/** A kind of code, and how both assemblers are told of it. */
interface Kind {
  readonly flags: readonly string[];
  readonly options: AssembleOptions;
}

const kinds: readonly Kind[] = [
  ...(['mips32r2', 'mips32', 'mips4', 'mips3', 'mips2', 'mips1'] as const).map((level) => ({
    flags: [`-${level}`, '-G0', '-O2'],
    options: { level },
  })),
  ...(['mips32r2', 'mips1'] as const).flatMap((level) => [
    { flags: [`-${level}`, '-KPIC', '-O2'], options: { level, pic: true } },
    { flags: [`-${level}`, '-KPIC', '-mno-shared', '-O1'], options: { level, pic: true, shared: false, optimize: 1 } },
    { flags: [`-${level}`, '-G8', '-O2'], options: { level, smallData: 8 } },
  ]),
  { flags: ['-mips32r2', '-G0', '--gdwarf-5'], options: { level: 'mips32r2', debug: 5 } },
  { flags: ['-mips1', '-KPIC', '--gdwarf-4'], options: { level: 'mips1', pic: true, debug: 4 } },
  { flags: ['-mips2', '-G8', '--gdwarf-3'], options: { level: 'mips2', smallData: 8, debug: 3 } },
  { flags: ['-mips32', '-G0', '--gdwarf-2'], options: { level: 'mips32', debug: 2 } },
];

/** Makes random C (Debian: apt install csmith libcsmith-dev). */
const CSMITH = 'csmith';

/** Programs that one shell has assembled. */
const BATCH = 100;

describe.skipIf(reason !== null)('assemble', () => {
  it("makes GNU as's object of generated programs", { timeout: 36_000_000 }, () => {
    let total = 0;
    let [drawn, wanted] = [0, 0];
    const differences: string[] = [];
    kinds.forEach(({ flags, options }, k) => {
      const { level = 'mips32r2', pic = false, debug = 0 } = options;
      const extensions = level === 'mips32r2' ? ['dsp', 'dspr2', 'mt', 'smartmips', 'mips3d'] : [];
      const generator = new Generator(new Random(SEED * 1000 + k), { level, pic, extensions, debug: debug > 0 });
      const mnemonics = generator.mnemonics();
      const names = [
        ...mnemonics,
        ...generator.macroNames().map((name) => `macro ${name}`),
        ...generator.dataNames(),
        ...generator.settingNames(),
      ];
      const missing = () => names.filter((name) => !generator.drawn.has(name));
      const count = Math.ceil(COUNT / kinds.length);
      for (let programs = 0; programs < count || missing().length > 0; ) {
        const endian = (programs / BATCH) % 2 < 1 ? 'little' : 'big';
        const sources = Array.from({ length: Math.min(BATCH, Math.max(count - programs, 10)) }, () =>
          generator.program(40, mnemonics),
        );
        gas(sources, endian, flags).forEach((theirs, i) => {
          const found = difference(sources[i]!, theirs, { ...options, endian, name: `${i}.s` });
          if (found !== null)
            differences.push(`${flags.join(' ')} ${endian}, seed ${SEED}, program ${programs + i}: ${found}`);
        });
        programs += sources.length;
        total += sources.length;
      }
      drawn += names.length - missing().length;
      wanted += names.length;
    });
    console.log(
      `${total - differences.length} of ${total} programs of ${kinds.length} kinds identical; ${drawn} of ${wanted} mnemonics, macros and directives drawn (${Math.floor((100 * drawn) / wanted)} %), seed ${SEED}`,
    );
    expect(differences).toEqual([]);
    expect(drawn).toBe(wanted);
  });

  const compiler = spawnSync('mipsel-linux-gnu-gcc', ['--version']).error ? 'gcc is not installed' : null;
  if (compiler !== null) console.log(`assembling gcc's output skipped: ${compiler}`);

  it.skipIf(compiler !== null)("makes GNU as's object of what gcc compiles", { timeout: 600_000 }, () => {
    const input = join(folder, 'input.c');
    writeFileSync(input, readFileSync(new URL('../test/sample.c', import.meta.url)));
    let objects = 0;
    for (const endian of ['little', 'big'] as const)
      for (const level of ['-O0', '-O2', '-Os'])
        for (const { compile, flags, options } of compiled) {
          const words = [level, ...compile, '-ffreestanding', '-S', input, '-o', '-'];
          const source = execFileSync(`${TOOLS[endian]}gcc`, words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
          expect(differs(source, endian, { endian, ...options }, flags), `${words.join(' ')} ${endian}`).toBeNull();
          objects++;
        }
    console.log(`${objects} objects of gcc's output identical`);
  });

  const csmith = spawnSync(CSMITH, ['--version'], { cwd: '/tmp' }).error ? 'csmith is not installed' : null;
  if (csmith !== null) console.log(`assembling generated C skipped: ${csmith}`);

  it.skipIf(compiler !== null || csmith !== null)(
    "makes GNU as's object of generated C",
    { timeout: 36_000_000 },
    () => {
      const count = Math.ceil(COUNT / 600);
      const headers = readdirSync('/usr/include').find((name) => name.startsWith('csmith')) ?? '';
      const input = join(folder, 'generated.c');
      let objects = 0;
      for (let i = 0; i < count; i++) {
        execFileSync(CSMITH, ['--seed', `${SEED * 1000 + i}`, '--max-funcs', '4', '-o', input], { cwd: folder });
        compiled
          .filter(({ flags }) => !flags.includes('-msoft-float')) // Debian has no such C library
          .forEach(({ compile, flags, options }, k) => {
            const endian = (i + k) % 2 === 0 ? 'little' : 'big';
            const level = ['-O0', '-O1', '-O2', '-Os', '-O3'][(i + k) % 5]!;
            const words = [level, '-w', ...compile, `-I/usr/include/${headers}`, '-S', input, '-o', '-'];
            const source = execFileSync(`${TOOLS[endian]}gcc`, words, { encoding: 'utf8', maxBuffer: 2 ** 28 });
            const found = differs(source, endian, options, flags);
            expect(found?.split('\n')[0] ?? null, `seed ${SEED * 1000 + i}, ${words.join(' ')} ${endian}`).toBeNull();
            objects++;
          });
      }
      console.log(`${objects} objects of ${count} generated C programs identical, seed ${SEED}`);
    },
  );
});

/** Ways to compile, and how both assemblers are told of them, as gcc tells its own. */
const compiled: readonly (Kind & { readonly compile: readonly string[] })[] = [
  {
    compile: ['-mips32r2', '-mfpxx', '-mno-abicalls', '-fno-pic', '-G0'],
    flags: ['-mips32r2', '-G0', '-mfpxx'],
    options: { fp: 'fpxx' },
  },
  {
    compile: ['-mips32r2', '-msoft-float', '-mno-abicalls', '-fno-pic', '-G0', '-g'],
    flags: ['-mips32r2', '-G0', '-msoft-float'],
    options: { fp: 'soft' },
  },
  {
    compile: ['-mips32r2', '-mfpxx', '-fPIC', '-g'],
    flags: ['-mips32r2', '-mfpxx', '-KPIC'],
    options: { fp: 'fpxx', pic: true },
  },
  {
    compile: ['-mips32r2', '-mfpxx', '-fno-pic', '-g'],
    flags: ['-mips32r2', '-mfpxx', '-KPIC', '-mno-shared'],
    options: { fp: 'fpxx', pic: true, shared: false },
  },
  {
    compile: ['-mips32r2', '-mfpxx', '-mno-abicalls', '-fno-pic', '-G8', '-mno-explicit-relocs'],
    flags: ['-mips32r2', '-mfpxx', '-G8'],
    options: { fp: 'fpxx', smallData: 8 },
  },
  {
    compile: ['-mips1', '-mfp32', '-fPIC', '-mno-explicit-relocs', '-DMIPS1'],
    flags: ['-mips1', '-KPIC'],
    options: { level: 'mips1', pic: true },
  },
  {
    compile: ['-mips1', '-mfp32', '-mno-abicalls', '-fno-pic', '-G0', '-g', '-DMIPS1'],
    flags: ['-mips1', '-G0'],
    options: { level: 'mips1' },
  },
];
