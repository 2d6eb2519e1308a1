// What an encoding is when it is no plain instruction: reserved, or defined with UNPREDICTABLE results.
import { decoder } from './decoder.ts';
import { rd, rs, rt, sa } from './fields.ts';
import type { Row } from './row.ts';

export type Encoding =
  /** An instruction with a defined result. */
  | { readonly kind: 'defined'; readonly row: Row }
  /** An instruction whose result the manual leaves open. */
  | { readonly kind: 'unpredictable'; readonly row: Row; readonly why: string }
  /** No instruction: `table` and `value` say which cell of the manual's opcode tables it is [MIPS32 vol. I, app. A]. */
  | { readonly kind: 'reserved'; readonly table: string; readonly value: number };

interface Rule {
  /** Names of rows. */
  readonly rows: RegExp;
  readonly holds: (word: number) => boolean;
  readonly why: string;
}

/** Operands that the manual's page of each instruction excludes. */
const rules: readonly Rule[] = [
  { rows: /^cl[oz]$/, holds: (word) => rd(word) !== rt(word), why: 'rd and rt differ' },
  { rows: /^ext$/, holds: (word) => sa(word) + rd(word) > 31, why: 'the field reaches beyond bit 31' },
  { rows: /^ins$/, holds: (word) => rd(word) < sa(word), why: 'the field ends below its start' },
  {
    rows: /^jalr(\.hb)?$/,
    holds: (word) => rd(word) === rs(word),
    why: 'rd is rs: executed again after an exception in the slot, it jumps elsewhere',
  },
  {
    rows: /^b(lt|ge)zall?$/,
    holds: (word) => rs(word) === 31,
    why: 'rs is ra: executed again after an exception in the slot, it compares its own link',
  },
  { rows: /^balign$/, holds: (word) => (rd(word) & 1) === 0, why: 'bp is 0 or 2' },
  { rows: /^mov[ft]\.ps$|^bc1any2/, holds: (word) => (rt(word) & 0b100) !== 0, why: 'the condition code is odd' },
  { rows: /^bc1any4/, holds: (word) => (rt(word) & 0b1100) !== 0, why: 'the condition code is not 0 or 4' },
  { rows: /^(c|cabs)\..*\.ps$/, holds: (word) => (sa(word) & 0b100) !== 0, why: 'the condition code is odd' },
];

/**
 * Tells what words are on a core with these rows. For documentation, checkers
 * and fuzzers; a word that is not 'defined' may do anything that does not
 * break protection, and ours take it as a reserved instruction where they can.
 */
export function classifier(rows: readonly Row[]): (word: number) => Encoding {
  const { decode, row: rowOf } = decoder(rows);
  return (word) => {
    const row = rowOf(decode(word));
    if (row) {
      const rule = rules.find((candidate) => candidate.rows.test(row.name) && candidate.holds(word));
      return rule ? { kind: 'unpredictable', row, why: rule.why } : { kind: 'defined', row };
    }
    const cell = cellOf(word);
    const bits = ((2 ** cell.width - 1) << cell.shift) | 0xfc00_0000;
    const neighbours = rows.filter(
      ({ aliasOf, mask, match }) => aliasOf === undefined && (mask & bits) === bits && ((word ^ match) & bits) === 0,
    );
    // What tells the rows of one cell apart is opcode; the other fixed bits are fields that must be zero.
    const opcode = neighbours.reduce((told, { match }) => told | (match ^ neighbours[0]!.match), 0);
    const nearest = neighbours.find(({ mask, match }) => ((word ^ match) & mask & opcode) === 0);
    return nearest
      ? { kind: 'unpredictable', row: nearest, why: 'a field that must be zero is not' }
      : { kind: 'reserved', table: cell.table, value: (word >>> cell.shift) & (2 ** cell.width - 1) };
  };
}

interface Cell {
  readonly table: string;
  readonly shift: number;
  readonly width: number;
}

/** The last of the manual's opcode tables that `word` is looked up in. */
function cellOf(word: number): Cell {
  const byFunction = (table: string): Cell => ({ table, shift: 0, width: 6 });
  const byRs = (table: string): Cell => ({ table, shift: 21, width: 5 });
  switch (word >>> 26) {
    case 0x00:
      return byFunction('SPECIAL function');
    case 0x01:
      return { table: 'REGIMM rt', shift: 16, width: 5 };
    case 0x10:
      return rs(word) < 16 ? byRs('COP0 rs') : byFunction('COP0 C0 function');
    case 0x11:
      return rs(word) < 16 || rs(word) > 22 ? byRs('COP1 rs') : byFunction('COP1 function');
    case 0x12:
      return byRs('COP2 rs');
    case 0x13:
      return byFunction('COP1X function');
    case 0x1c:
      return byFunction('SPECIAL2 function');
    case 0x1f:
      return byFunction('SPECIAL3 function');
    default:
      return { table: 'opcode', shift: 26, width: 6 };
  }
}
