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
  fpu: 'FPU: S, D, W',
  fpu64: 'FPU, 64-bit: L',
  cop1x: 'FPU, 64-bit: MIPS IV',
  ps: 'FPU: paired single',
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
 * A Markdown table with a line for each level: how many encodings and other spellings it
 * adds, and its mnemonics, which are folded where they differ in their format alone (`add.{d,s}`).
 */
export function supportMatrix(rows: readonly Row[]): string {
  const levels = new Map<Level, Row[]>();
  for (const row of rows) {
    const group = levels.get(row.level);
    if (group) group.push(row);
    else levels.set(row.level, [row]);
  }
  const lines = [...levels].map(([level, group]) => {
    const encodings = group.filter(({ aliasOf }) => aliasOf === undefined);
    const names = (some: readonly Row[]) => fold(some.map(({ mnemonic }) => mnemonic)).map((name) => `\`${name}\``);
    const own = new Set(encodings.map(({ mnemonic }) => mnemonic));
    const pseudonyms = names(group.filter(({ mnemonic }) => !own.has(mnemonic)));
    const spelled = pseudonyms.length > 0 ? `; also spelled ${pseudonyms.join(' ')}` : '';
    const aliases = group.length - encodings.length;
    return `| ${TITLES[level]} | ${encodings.length} | ${aliases} | ${names(encodings).join(' ')}${spelled} |`;
  });
  return ['| level | encodings | other spellings | instructions |', '| --- | --: | --: | --- |', ...lines].join('\n');
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
