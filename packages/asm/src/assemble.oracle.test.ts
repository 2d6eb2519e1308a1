// Our objects and GNU as's, byte for byte: generated programs, and what gcc makes of C.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Generator, Random } from '../test/generator.ts';
import { type AssembleOptions, assemble, formatDiagnostic } from './index.ts';
import { forms } from './mips/forms.ts';

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
/** Generated programs beyond those that cover everything once. */
const COUNT = Number(process.env['KSEG_ORACLE_COUNT'] ?? 100);
const SEED = Number(process.env['KSEG_ORACLE_SEED'] ?? 1);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kseg-asm-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The object GNU as makes, or its complaint. */
function gas(source: string, endian: 'little' | 'big', flags: readonly string[]): Uint8Array | string {
  const input = join(folder, 'program.s');
  const output = join(folder, 'program.o');
  writeFileSync(input, source);
  const words = ['-mabi=32', '-mno-shared', '-mno-fix-loongson3-llsc', ...flags, input, '-o', output];
  const { status, stderr } = spawnSync(`${TOOLS[endian]}as`, words, { encoding: 'utf8' });
  return status === 0 ? new Uint8Array(readFileSync(output)) : stderr;
}

/** Null when both agree, else what to look at. */
function difference(source: string, options: AssembleOptions, flags: readonly string[]): string | null {
  const theirs = gas(source, options.endian ?? 'little', flags);
  const ours = assemble(source, { name: 'program.s', ...options });
  if (typeof theirs === 'string') return `GNU as rejects it: ${theirs}\n${source}`;
  if (ours.object === null) return `${ours.diagnostics.map(formatDiagnostic).join('\n')}\n${source}`;
  const at = theirs.findIndex((byte, i) => byte !== ours.object![i]);
  return at < 0 && theirs.length === ours.object.length ? null : `the objects differ from byte ${at} on\n${source}`;
}

interface Flavour {
  readonly name: string;
  readonly flags: readonly string[];
  readonly options: AssembleOptions;
  readonly prologue: string;
  /** Its share of the mnemonics. */
  readonly has: (mnemonic: string) => boolean;
}

/** Instructions that left the architecture with MIPS II or III. */
const early = (mnemonic: string) => /^(lwc3|swc3|c3|bc3[ft]|rfe|[mc][ft]c3|bc0[ft]l?)$/.test(mnemonic);

const flavours: readonly Flavour[] = [
  {
    name: 'MIPS32 Release 2 with its ASEs',
    flags: ['-mips32r2', '-G0'],
    options: {},
    prologue: ' .set dsp\n .set dspr2\n .set mt\n .set smartmips\n .set mips3d\n',
    has: (mnemonic) => !early(mnemonic),
  },
];

describe.skipIf(reason !== null)('assemble', () => {
  for (const flavour of flavours)
    it(`makes GNU as's object of generated programs: ${flavour.name}`, { timeout: 3_600_000 }, () => {
      const generator = new Generator(new Random(SEED));
      const mnemonics = [...forms.keys()].filter(flavour.has);
      const wanted = [
        ...mnemonics,
        ...generator.macroNames().map((name) => `macro ${name}`),
        ...generator.dataNames(),
        ...generator.settingNames(),
      ];
      const covered = () => wanted.filter((name) => generator.drawn.has(name)).length;
      let programs = 0;
      for (; covered() < wanted.length || programs < COUNT; programs++) {
        const source = flavour.prologue + generator.program(40, mnemonics);
        const endian = programs % 2 === 0 ? 'little' : 'big';
        expect(difference(source, { ...flavour.options, endian }, flavour.flags), `program ${programs}`).toBeNull();
      }
      console.log(
        `${flavour.name}: ${programs} programs identical, ${covered()} of ${wanted.length} mnemonics, macros and directives drawn`,
      );
      expect(covered()).toBe(wanted.length);
    });

  it("makes GNU as's object of what only MIPS I has", () => {
    const generator = new Generator(new Random(SEED));
    for (const endian of ['little', 'big'] as const) {
      const lines = [...forms]
        .filter(([name]) => early(name))
        .flatMap(([, all]) => all.map((form) => ` ${generator.form(form)}`));
      const source = [
        'x:',
        ' .set noreorder',
        'l0: g1: data1: data2: buf: str1: $L7:',
        '1:',
        ...lines,
        '1: nop',
        '',
      ].join('\n');
      expect(difference(source, { endian, level: 'mips1' }, ['-mips1', '-G0'])).toBeNull();
    }
  });

  const compiler = spawnSync('mipsel-linux-gnu-gcc', ['--version']).error ? 'gcc is not installed' : null;
  if (compiler !== null) console.log(`assembling gcc's output skipped: ${compiler}`);

  it.skipIf(compiler !== null)("makes GNU as's object of what gcc compiles", () => {
    const input = join(folder, 'input.c');
    writeFileSync(input, readFileSync(new URL('../test/sample.c', import.meta.url)));
    for (const endian of ['little', 'big'] as const)
      for (const level of ['-O0', '-O2', '-Os'])
        for (const [fp, flag] of [
          ['fpxx', '-mfpxx'],
          ['soft', '-msoft-float'],
        ] as const) {
          const flags = [
            level,
            '-mips32r2',
            flag,
            '-mno-abicalls',
            '-fno-pic',
            '-G0',
            '-ffreestanding',
            '-S',
            input,
            '-o',
            '-',
          ];
          const source = execFileSync(`${TOOLS[endian]}gcc`, flags, { encoding: 'utf8' });
          expect(difference(source, { endian, fp }, ['-mips32r2', '-G0', flag]), `${level} ${fp} ${endian}`).toBeNull();
        }
  });
});
