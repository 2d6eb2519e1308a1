// For tests only: operands that make floating-point code go wrong. Exponents
// and fractions are drawn from a few telling values as often as at random.

/** A small, seeded, uniform source of 32-bit words (xorshift32). */
export function wordSource(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}

const pick = <T>(random: () => number, from: readonly T[]): T => from[(random() >>> 3) % from.length]!;

const EXPONENTS_S = [
  0, 0, 1, 2, 23, 24, 25, 63, 64, 102, 103, 126, 127, 128, 150, 151, 158, 159, 190, 191, 253, 254, 255,
];
const EXPONENTS_D = [
  0, 0, 1, 2, 52, 53, 54, 511, 512, 622, 623, 896, 897, 970, 1022, 1023, 1024, 1054, 1055, 1075, 1076, 1086, 1150, 1151,
  1423, 1424, 2022, 2023, 2045, 2046, 2047,
];

/** A fraction of `bits` ≤ 32 bits: random, a run of ones at either end, or a lone bit. */
function fraction(random: () => number, bits: number): number {
  const all = bits === 32 ? -1 : (1 << bits) - 1;
  const n = (random() >>> 5) % bits;
  switch ((random() >>> 7) & 7) {
    case 0:
      return 0;
    case 1:
      return all;
    case 2:
      return 1 << n;
    case 3:
      return all & ~(1 << n);
    case 4:
      return all & (-1 << n);
    case 5:
      return all >>> n;
    default:
      return random() & all;
  }
}

export function singleOperand(random: () => number): number {
  const exponent = (random() & 0x100) !== 0 ? pick(random, EXPONENTS_S) : random() & 0xff;
  return (random() & (1 << 31)) | (exponent << 23) | fraction(random, 23);
}

/** Half of all pairs are close in exponent, where sums cancel and rounding is tight. */
export function singlePair(random: () => number): [number, number] {
  const a = singleOperand(random);
  if ((random() & 0x200) !== 0) return [a, singleOperand(random)];
  const exponent = ((a >>> 23) & 0xff) + ((random() >>> 4) % 55) - 27;
  const b = (random() & (1 << 31)) | ((Math.min(Math.max(exponent, 0), 255) & 0xff) << 23) | fraction(random, 23);
  return [a, b];
}

/** Low word, high word. */
export function doubleOperand(random: () => number): [number, number] {
  const exponent = (random() & 0x100) !== 0 ? pick(random, EXPONENTS_D) : random() & 0x7ff;
  return doubleWithExponent(random, exponent);
}

function doubleWithExponent(random: () => number, exponent: number): [number, number] {
  // A fraction that fits a single now and then: products and conversions are exact then.
  const lo = (random() & 0x300) === 0 ? fraction(random, 3) << 29 : fraction(random, 32);
  return [lo, (random() & (1 << 31)) | (exponent << 20) | fraction(random, 20)];
}

export function doublePair(random: () => number): [[number, number], [number, number]] {
  const a = doubleOperand(random);
  if ((random() & 0x200) !== 0) return [a, doubleOperand(random)];
  const exponent = ((a[1] >>> 20) & 0x7ff) + ((random() >>> 4) % 117) - 58;
  return [a, doubleWithExponent(random, Math.min(Math.max(exponent, 0), 0x7ff))];
}

/** A 64-bit integer of any length. */
export function longOperand(random: () => number): [number, number] {
  const n = (random() >>> 4) & 31;
  const hi = (random() & 0x400) !== 0 ? random() >> n : random() >> 31;
  return [fraction(random, 32), hi];
}
