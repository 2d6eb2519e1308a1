const WORD = 0x1_0000_0000;

/** Buckets of ld's symbol table; it grows when three quarters full. */
const SIZES = [4051, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573];

/** The hash of a name in ld's symbol table: 64-bit arithmetic there, which names of ordinary length do not fill. */
function hashName(name: string): number {
  let hash = 0;
  const mix = (value: number) => {
    hash += value + value * 0x2_0000;
    const low = (hash % WORD) >>> 0;
    const high = Math.floor(hash / WORD);
    const shifted = Math.floor(hash / 4);
    hash = ((high ^ Math.floor(shifted / WORD)) >>> 0) * WORD + ((low ^ (shifted % WORD)) >>> 0);
  };
  for (let i = 0; i < name.length; i++) mix(name.charCodeAt(i));
  mix(name.length);
  return hash;
}

/**
 * Symbols in the order in which GNU ld goes through its hash table. It shows in the output: common symbols are
 * allocated in this order, and the executable's symbol table lists global symbols so. What the layout has `assigned`
 * entered the table before all inputs.
 */
export function inHashOrder<T extends { readonly name: string }>(
  symbols: Iterable<T>,
  assigned: readonly string[],
): T[] {
  const early = new Map(assigned.map((name, i) => [name, i - assigned.length]));
  const list = [...symbols];
  const size = SIZES.find((one) => list.length <= (one * 3) / 4) ?? SIZES.at(-1)!;
  const keyed = list.map((symbol, i) => ({
    symbol,
    i: early.get(symbol.name) ?? i,
    bucket: hashName(symbol.name) % size,
  }));
  // A later symbol goes to the head of its bucket.
  return keyed.sort((a, b) => a.bucket - b.bucket || b.i - a.i).map(({ symbol }) => symbol);
}
