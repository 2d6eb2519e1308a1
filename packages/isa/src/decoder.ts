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

  const masks = new Int32Array(size);
  const matches = new Int32Array(size);
  const next = new Int32Array(size);
  for (const { id, mask, match } of rows) {
    masks[id] = mask;
    matches[id] = match;
  }
  const trie = Int32Array.from(
    buildTrie(
      rows.filter(({ aliasOf }) => aliasOf === undefined),
      next,
    ),
  );

  function decode(word: number): number {
    let node = trie[word >>> 26]!;
    while (node < 0) node = trie[2 - node + ((word >>> trie[-node]!) & trie[1 - node]!)]!;
    while (node !== 0 && (word & masks[node]!) !== matches[node]!) node = next[node]!;
    return node;
  }

  return { decode, row: (id) => byId[id], disassemble: disassembler(rows, decode) };
}

/**
 * The root is indexed by the major opcode. A cell holds 0 (nothing), the id of
 * the first candidate (the others follow in `next`), or minus the place of an
 * inner node: shift, mask, then one cell for each value of that field.
 */
function buildTrie(rows: readonly Row[], next: Int32Array): number[] {
  const cells: number[] = [];

  function split(group: readonly Row[], shift: number, width: number, used: number, at: number) {
    const mask = (1 << width) - 1;
    const usedNow = used | (mask << shift);
    const parts = new Map<number, Row[]>();
    for (const row of group) {
      const value = (row.match >>> shift) & mask;
      parts.set(value, [...(parts.get(value) ?? []), row]);
    }
    for (const [value, part] of parts) cells[at + value] = link(part, usedNow);
  }

  function link(group: readonly Row[], used: number): number {
    const free = group.reduce((bits, { mask }) => bits & mask, ~used);
    const [shift, width] = group.length === 1 ? [0, 0] : longestRun(free);
    if (width === 0) {
      const ordered = [...group].sort((a, b) => bitCount(b.mask) - bitCount(a.mask));
      ordered.forEach(({ id }, index) => {
        next[id] = ordered[index + 1]?.id ?? 0;
      });
      return ordered[0]!.id;
    }
    const node = cells.length;
    cells.push(shift, (1 << width) - 1, ...new Array<number>(1 << width).fill(0));
    split(group, shift, width, used, node + 2);
    return -node;
  }

  cells.push(...new Array<number>(64).fill(0));
  split(rows, 26, 6, 0, 0);
  return cells;
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
