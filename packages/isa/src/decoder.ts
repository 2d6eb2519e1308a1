// From a set of rows to a decoder: a small trie over the bits that rows agree to look at.
import { disassembler } from './disassembler.ts';
import type { Row } from './row.ts';

export interface DisassembleOptions {
  /** Print pseudonyms such as `nop` and `move`, as objdump does unless told `no-aliases`. Default true. */
  readonly aliases?: boolean;
  /** Name of an address, printed behind it as objdump does: `80001000 <main>`. */
  readonly symbol?: (address: number) => string | undefined;
}

export interface Decoder {
  /** The id of the row that `word` belongs to, or 0 when there is none. Allocates nothing. */
  decode(word: number): number;
  /** The row with that id, if this decoder knows it. */
  row(id: number): Row | undefined;
  /** The text that `objdump -d` prints for `word` at `pc`. */
  disassemble(word: number, pc: number, options?: DisassembleOptions): string;
}

/** A decoder for these rows. Where two rows fit a word the one that fixes more bits wins. */
export function decoder(rows: readonly Row[]): Decoder {
  const size = rows.reduce((most, { id }) => Math.max(most, id), 0) + 1;
  const byId: (Row | undefined)[] = new Array(size).fill(undefined);
  for (const row of rows) byId[row.id] = row;

  const checks = new Int32Array(4 * size);
  for (const { id, mask, match } of rows) {
    checks[4 * id + MASK] = mask;
    checks[4 * id + MATCH] = match;
  }
  const trie = buildTrie(
    rows.filter(({ aliasOf }) => aliasOf === undefined),
    checks,
  );

  function decode(word: number): number {
    // The first two levels are always there, so that only the third is a branch to mispredict.
    let node = trie[word >>> 26]!;
    do node = trie[node + 2 + ((word >>> trie[node]!) & trie[node + 1]!)]!;
    while (node > 0);
    let check = -node << 2;
    while (((word ^ checks[check + MATCH]!) & checks[check + MASK]!) !== 0) check = checks[check + NEXT]!;
    return check >> 2;
  }

  return { decode, row: (id) => byId[id], disassemble: disassembler(rows, decode) };
}

// A row's place in `checks`; row 0 fits every word and ends each chain of candidates.
const MASK = 0;
const MATCH = 1;
const NEXT = 2;

/**
 * The root is indexed by the major opcode and holds places of inner nodes: shift,
 * mask, then a cell for each value of that field. A cell holds another node's place,
 * or minus the id of its first candidate (the others follow in `checks`), or 0.
 */
function buildTrie(rows: readonly Row[], checks: Int32Array): Int32Array {
  const cells: number[] = new Array(64).fill(0);

  /** Appends a node that tells `group` apart by bits not in `used`, and returns its place. */
  function inner(group: readonly Row[], used: number): number {
    const [shift, width] = group.length < 2 ? [0, 0] : longestRun(commonBits(group, used));
    const node = cells.length;
    cells.push(shift, (1 << width) - 1, ...new Array<number>(1 << width).fill(0));
    for (const [value, part] of groupBy(group, shift, width)) {
      const usedHere = used | (((1 << width) - 1) << shift);
      const tellable = part.length > 1 && commonBits(part, usedHere) !== 0;
      cells[node + 2 + value] = tellable ? inner(part, usedHere) : -chain(part);
    }
    return node;
  }

  /** Links rows that no common bit tells apart, the more specific ones first, and returns the first's id. */
  function chain(group: readonly Row[]): number {
    const ordered = [...group].sort((a, b) => bitCount(b.mask) - bitCount(a.mask));
    ordered.forEach(({ id }, index) => {
      checks[4 * id + NEXT] = 4 * (ordered[index + 1]?.id ?? 0);
    });
    return ordered[0]!.id;
  }

  const opcodes = groupBy(rows, 26, 6);
  for (let opcode = 0; opcode < 64; opcode++) cells[opcode] = inner(opcodes.get(opcode) ?? [], 0xfc00_0000);
  return Int32Array.from(cells);
}

/** The bits that all rows look at, apart from `used`. */
const commonBits = (rows: readonly Row[], used: number) => rows.reduce((bits, { mask }) => bits & mask, ~used);

function groupBy(rows: readonly Row[], shift: number, width: number): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const value = (row.match >>> shift) & ((1 << width) - 1);
    groups.set(value, [...(groups.get(value) ?? []), row]);
  }
  return groups;
}

/** The longest run of set bits, at most six wide, as [shift, width]. */
function longestRun(bits: number): [number, number] {
  let best: [number, number] = [0, 0];
  for (let shift = 0; shift < 32; shift++) {
    let width = 0;
    while (width < 6 && shift + width < 32 && (bits >>> (shift + width)) & 1) width++;
    if (width > best[1]) best = [shift, width];
  }
  return best;
}

function bitCount(bits: number): number {
  let count = 0;
  for (; bits !== 0; bits &= bits - 1) count++;
  return count;
}
