// The table of what is supported, for the README.
import type { Level, Row } from './row.ts';

const TITLES: Readonly<Record<Level, string>> = {
  mips1: 'MIPS I',
  r3000: 'R3000 (RFE, CpCond, COP3)',
  mips2: 'MIPS II',
  mips3: 'MIPS III, 32-bit CP0 part',
  mips4: 'MIPS IV, integer',
  mips32: 'MIPS32 Release 1',
  mips32r2: 'MIPS32 Release 2',
  fpu: 'FPU (S, D, W)',
  fpu64: 'FPU, 64-bit (L)',
  cop1x: 'FPU, 64-bit (MIPS IV)',
  ps: 'FPU (paired single)',
  mips3d: 'MIPS-3D ASE',
  dsp: 'DSP ASE, Revision 1',
  dspr2: 'DSP ASE, Revision 2',
  mt: 'MT ASE',
  ejtag: 'EJTAG',
  smartmips: 'SmartMIPS ASE',
  eva: 'EVA, TLBINV',
  mcu: 'MCU ASE',
  virt: 'Virtualization ASE',
  xpa: 'XPA',
  udi: 'User-defined (CorExtend)',
  msa: 'MSA',
  reserved: 'Named, but reserved here',
};

/**
 * Markdown: a table of the levels with the number of their encodings and of other spellings, then each level's
 * mnemonics, which are folded where they differ in their format alone (`add.{d,s}`).
 */
export function supportMatrix(rows: readonly Row[]): string {
  const levels = new Map<Level, Row[]>();
  for (const row of rows) {
    const group = levels.get(row.level);
    if (group) group.push(row);
    else levels.set(row.level, [row]);
  }
  const split = [...levels].map(([level, group]) => {
    const encodings = group.filter(({ aliasOf }) => aliasOf === undefined);
    const own = new Set(encodings.map(({ mnemonic }) => mnemonic));
    return { title: TITLES[level], group, encodings, pseudonyms: group.filter(({ mnemonic }) => !own.has(mnemonic)) };
  });
  const names = (some: readonly Row[]) =>
    fold(some.map(({ mnemonic }) => mnemonic))
      .map((name) => `\`${name}\``)
      .join(' ');
  const lists = split.map(
    ({ title, encodings, pseudonyms }) =>
      `- ${title}: ${names(encodings)}${pseudonyms.length > 0 ? `; also spelled ${names(pseudonyms)}` : ''}`,
  );
  const counts = split.map(({ title, encodings, group }) => [title, encodings.length, group.length - encodings.length]);
  return [...table([['level', 'encodings', 'other spellings'], ...counts]), '', ...lists].join('\n');
}

/** Lines of a table, padded as formatters pad them; all columns but the first hold numbers. */
function table(cells: readonly (readonly (string | number)[])[]): string[] {
  const texts = cells.map((line) => line.map(String));
  const widths = texts[0]!.map((_, column) => Math.max(...texts.map((line) => line[column]!.length)));
  const lines = texts.map((line) =>
    line.map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!))),
  );
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [lines[0]!, rule, ...lines.slice(1)].map((line) => `| ${line.join(' | ')} |`);
}

/** Sorted, once each, and with those that differ only behind the last dot in one. */
function fold(mnemonics: readonly string[]): string[] {
  const formats = new Map<string, Set<string>>();
  for (const mnemonic of mnemonics) {
    const dot = mnemonic.lastIndexOf('.');
    const [stem, format] = dot < 0 ? [mnemonic, ''] : [mnemonic.slice(0, dot), mnemonic.slice(dot)];
    const set = formats.get(stem);
    if (set) set.add(format);
    else formats.set(stem, new Set([format]));
  }
  return [...formats].sort().map(([stem, set]) => {
    const [only, ...more] = [...set].sort();
    return more.length === 0
      ? stem + only
      : `${stem}${set.has('') ? '[' : ''}.{${[...set]
          .sort()
          .flatMap((format) => format.slice(1) || [])
          .join(',')}}${set.has('') ? ']' : ''}`;
  });
}
