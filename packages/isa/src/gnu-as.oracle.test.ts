// GNU as agrees with `encode`: every row, written in assembly with random operands, gives our word.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classifier, encode, everything, type Level, MIPS1, operandKinds, operandsOf, type Row } from './index.ts';

const AS = 'mipsel-linux-gnu-as';
const OBJCOPY = 'mipsel-linux-gnu-objcopy';
const missing = [AS, OBJCOPY].filter((tool) => spawnSync(tool, ['--version']).error);
if (missing.length > 0) console.warn(`skipped: ${missing.join(' and ')} not found (Debian: binutils-mipsel-linux-gnu)`);

/** Words of each row; an environment variable raises it. */
const WORDS = Number(process.env['KSEG_ISA_AS_WORDS'] ?? 40);

/** What GNU as must be told for rows that are not in its MIPS32 Release 2. */
const SET: Readonly<Partial<Record<Level, string>>> = {
  r3000: 'mips1',
  mips3d: 'mips3d',
  dsp: 'dsp',
  dspr2: 'dspr2',
  mt: 'mt',
  smartmips: 'smartmips',
  eva: 'eva',
  mcu: 'mcu',
  virt: 'virt\n.set xpa',
  xpa: 'xpa',
  msa: 'msa',
};

let seed = 1;
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  const mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

/** A row's assembly text in numbers, which needs no register names of ours. */
function source(row: Row, word: number): string {
  let text = '';
  operandsOf(row, word).forEach((value, index) => {
    const { format } = operandKinds[row.operands[index]!];
    if (format === 'base') text += `($${value})`;
    else if (format === 'element') text += `[${value}]`;
    else if (format === 'gprElement') text += `[$${value}]`;
    else if (format === 'region')
      text += value & ~3; // JALX's target is written without its mode bit
    else {
      const prefix = { fpr: '$f', fcc: '$fcc', cc: '$cc', acc: '$ac', vector: '$w', decimal: '', hex: '' }[
        format as string
      ];
      text += `${index ? ',' : ''}${format === 'relative' ? `.+${4 + value}` : `${prefix ?? '$'}${value}`}`;
    }
  });
  return `${row.mnemonic} ${text}`;
}

describe.skipIf(missing.length > 0)('GNU as', () => {
  it(`assembles ${WORDS} words of every row to what encode gives`, () => {
    const cases: { row: Row; word: number; text: string }[] = [];
    for (const core of [
      everything.filter(({ level }) => level !== 'r3000'),
      MIPS1.filter(({ level }) => level === 'r3000'),
    ]) {
      const classify = classifier(core);
      for (const row of core) {
        // The two-operand form is a macro with a check for 0; `div zero,rs,rt` is a row of its own.
        // Of two encodings with one spelling GNU as takes the other one.
        if (/^(divu?|move:addu|li:ori|b:bgez)$/.test(row.name)) continue;
        for (let count = 0; count < WORDS; count++) {
          const drawn = (row.match | (random() & ~row.mask)) >>> 0;
          // GNU as refuses what is UNPREDICTABLE, and so does encode where the operands cannot say it.
          if (classify(drawn).kind === 'unpredictable') continue;
          const word = encode(row, operandsOf(row, drawn));
          cases.push({ row, word, text: source(row, word) });
        }
      }
    }
    const lines = cases.map(({ row, text }) => {
      const level = SET[row.level];
      return level ? `.set push\n.set ${level}\n${text}\n.set pop` : text;
    });
    const folder = mkdtempSync(join(tmpdir(), 'kseg-isa-'));
    try {
      const path = (name: string) => join(folder, name);
      writeFileSync(
        path('a.s'),
        `.module fp=64\n.set noreorder\n.set nomacro\n.set noat\n.text\n${lines.join('\n')}\n`,
      );
      execFileSync(
        AS,
        ['-march=mips32r2', '-mabi=32', '-mno-fix-loongson3-llsc', '--no-warn', '-o', path('a.o'), path('a.s')],
        { stdio: 'pipe' },
      );
      execFileSync(OBJCOPY, ['-O', 'binary', '-j', '.text', path('a.o'), path('a.bin')]);
      const bytes = readFileSync(path('a.bin'));
      const differences = cases.flatMap(({ row, word, text }, index) => {
        const theirs = bytes.readUInt32LE(4 * index);
        return theirs === word
          ? []
          : [`${row.name}: ${text}: ours ${word.toString(16)}, theirs ${theirs.toString(16)}`];
      });
      expect(differences).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
