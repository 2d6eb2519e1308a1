// GAIA's instructions and registers by name, from the instruction table.
import { type GaiaRow, gaiaEncode, gaiaRows } from '@kseg/isa/gaia';

/** The assembler's own registers. */
export const TEMPORARY = 29;
export const RSP = 30;
export const RBP = 31;
export const LINK = 28;

export const REGISTERS: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 32 }, (_, i) => [`r${i}`, i] as const),
  ['rsp', RSP],
  ['rbp', RBP],
  ['rk0', 26],
  ['rk1', 27],
]);

const rows: ReadonlyMap<string, GaiaRow> = new Map(
  gaiaRows.filter(({ assembled }) => assembled).map((row) => [row.mnemonic, row]),
);

/** How an instruction of the hardware is written. */
export type Shape = 'arithmetic' | 'registers' | 'other';

/** Null for what the hardware does not have. */
export function shapeOf(mnemonic: string): Shape | null {
  const row = rows.get(mnemonic);
  if (row === undefined) return null;
  if (row.group === 'misc') return 'other';
  return row.operands.includes('literal') ? 'arithmetic' : 'registers';
}

/** How many operands an instruction has. */
export const countOf = (mnemonic: string): number => rows.get(mnemonic)!.operands.length;

/** The word of an instruction; a 16-bit immediate may be given unsigned. */
export function word(mnemonic: string, ...operands: readonly number[]): number {
  const row = rows.get(mnemonic)!;
  return gaiaEncode(
    row,
    operands.map((v, i) => (row.operands[i] === 'immediate' ? (v << 16) >> 16 : v)),
  );
}

/** Stops a simulator; no processor knows it. */
export const HALT = 0xffff_ffff;

/** Calls of a simulator's debugger: operation 10, which processors pass over. */
const DEBUG: Readonly<Record<string, number>> = { break: 1, penv: 2, ptrace: 3 };

/** The word of such a call; null when there is none of that name. */
export const debugCall = (name: string): ((argument: number) => number) | null =>
  Object.hasOwn(DEBUG, name) ? (argument) => ((10 << 28) | (DEBUG[name]! << 23) | argument) >>> 0 : null;

/** Comparisons that are others with their operands exchanged. */
export const SWAPPED: Readonly<Record<string, string>> = {
  cmpgt: 'cmplt',
  cmpge: 'cmple',
  cmpugt: 'cmpult',
  cmpuge: 'cmpule',
  fcmpgt: 'fcmplt',
  fcmpge: 'fcmple',
};

/** Conditional branches: the comparison, and the branch on its outcome. */
export const BRANCHES: Readonly<Record<string, readonly [compare: string, branch: 'bne' | 'beq']>> = {
  blt: ['cmplt', 'bne'],
  ble: ['cmple', 'bne'],
  bge: ['cmplt', 'beq'],
  bgt: ['cmple', 'beq'],
  bflt: ['fcmplt', 'bne'],
  bfle: ['fcmple', 'bne'],
  bfge: ['fcmplt', 'beq'],
  bfgt: ['fcmple', 'beq'],
};

/** Instructions made of others. */
const MADE =
  'nop mov movb neg not sextb sextw zextb zextw br bz bnz push pop call ret enter leave halt read write'.split(' ');

/** All that an instruction's name may be, for suggestions. */
export const MNEMONICS: readonly string[] = [
  ...[...rows.keys()].filter((name) => /^[a-z]+$/.test(name)),
  ...Object.keys(SWAPPED),
  ...Object.keys(BRANCHES),
  ...Object.keys(DEBUG),
  ...MADE,
];
