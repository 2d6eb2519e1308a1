// The FPU as the silicon computes it: not IEEE 754, but bit for bit what the hardware was seen to answer. The reciprocal and square root
// units interpolate in tables; the tables are derived here from the formulas that made them.
import type { GaiaFpu } from './fpu.ts';

const SIGN = -0x8000_0000;
const MAGNITUDE = 0x7fff_ffff;
const FRACTION = 0x007f_ffff;
const HIDDEN = 0x0080_0000;
const ONE = 0x3f80_0000;
const MINUS_ONE = 0xbf80_0000 | 0;
const exponent = (bits: number) => (bits >>> 23) & 255;

/** The FPU of the hardware. Making one computes its tables (a millisecond). */
export function rtlFpu(): GaiaFpu {
  const reciprocals = reciprocalTable();
  const roots = rootTable();
  return {
    add,
    sub: (a, b) => add(a, b ^ SIGN),
    mul,
    inv: (a) => inv(reciprocals, a),
    sqrt: (a) => sqrt(roots, a),
    ftoi,
    itof,
    floor,
    // Not what numbers would do: equal negatives are "less" and not "less or equal", and NaNs have an order.
    less: (a, b) => ((a | b) < 0 ? a >>> 0 >= b >>> 0 : a >>> 0 < b >>> 0),
    lessOrEqual: (a, b) => ((a | b) < 0 ? a >>> 0 > b >>> 0 : a >>> 0 <= b >>> 0),
  };
}

/** Addition on a 28-bit adder without a sticky bit; denormal operands are 0, exponents wrap. */
function add(a: number, b: number): number {
  const am = a & MAGNITUDE;
  const bm = b & MAGNITUDE;
  const great = am > bm ? a : b;
  const small = am < bm ? a : b;
  const e = exponent(great);
  const lower = exponent(small);
  const wide = e === 0 ? 0 : (HIDDEN | (great & FRACTION)) << 3;
  const narrow = lower === 0 ? 0 : (HIDDEN | (small & FRACTION)) << 3;
  const aligned = narrow >>> (e - lower >= 32 ? 31 : e - lower);
  const m = (a ^ b) < 0 ? wide - aligned : wide + aligned;
  const zeros = Math.clz32(m) - 4;
  if (zeros >= 4) return (great & SIGN) | cancelled(m, zeros, e);
  // 25 bits behind the hidden one: to nearest, a tie to even, as far as two bits below tell.
  const t = ((m << 1) >>> (3 - zeros)) & 0x1ff_ffff;
  const sum = (t >>> 2) + ((t >>> 1) & (t | (t >>> 2)) & 1);
  const raised = e + (sum >>> 23) - zeros + 1;
  return (great & SIGN) | (raised < 0 ? 0 : (raised & 255) << 23) | (sum & FRACTION);
}

/** Exponent and fraction of a sum with so many leading zeros that nothing is left to round. */
function cancelled(m: number, zeros: number, e: number): number {
  const coarse = zeros >>> 2;
  const fine = zeros & 3;
  const t = ((m << 1) >>> (3 - fine)) & 0x1ff_ffff;
  // Bits kept: 21, 17, … 1, moved up by 2, 6, … 22.
  const fraction = coarse === 7 ? 0 : (t & ((1 << (25 - 4 * coarse)) - 1)) << (4 * coarse - 2);
  const lost = e < zeros - 1 || zeros >= 26;
  return ((lost ? 0 : (e - zeros + 1) & 255) << 23) | fraction;
}

/** Multiplication in three partial products; the lowest is left out, so exact products come out one too large. */
function mul(a: number, b: number): number {
  const zero = (a & MAGNITUDE) === 0 || (b & MAGNITUDE) === 0;
  const ah = 0x1000 | ((a >>> 11) & 0xfff);
  const bh = 0x1000 | ((b >>> 11) & 0xfff);
  const high = Math.imul(ah, bh);
  const m = zero ? 0 : (high + (Math.imul(ah, b & 0x7ff) >>> 11) + (Math.imul(a & 0x7ff, bh) >>> 11) + 2) & 0x3ff_ffff;
  const e = zero ? 0 : (exponent(a) + exponent(b) + 129) & 511;
  const fits = e >= 256;
  const carry = m >= 1 << 25;
  const fraction = (carry ? m >>> 2 : m >>> 1) & FRACTION;
  const result = carry ? (fits ? (e & 255) + 1 : 1) & 255 : fits ? e & 255 : 0;
  return ((a ^ b) & SIGN) | (result << 23) | fraction;
}

interface Table {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

/** 4096 slopes (12 bits) and starting points (23 bits) of 1/x on [1, 2). */
function reciprocalTable(): Table {
  const high = new Int32Array(4096);
  const low = new Int32Array(4096);
  for (let key = 0; key < 4096; key++) {
    const m = key | 0x1000;
    const a = 1 + (key >> 1) / 2048;
    const b = a + 1 / 2048;
    const slope = singleBits(-1 / (a * b));
    const slopeHigh = ((slope & FRACTION) >> 11) | 0x1000;
    let product = (((slope & 0x7ff) * m) >> 12) + ((m * slopeHigh) >> 1) + 1;
    const carry = (product >> 24) & 1;
    product >>= carry;
    const s = Math.fround(Math.sqrt(1 / a) + Math.sqrt(1 / b));
    const start = singleBits(Math.fround(s * s) * 0.5);
    high[key] = slopeHigh >> (carry ? 2 : 1);
    low[key] = (start & FRACTION) - ((product & FRACTION) >> 1);
  }
  return { high, low };
}

function inv({ high, low }: Table, a: number): number {
  const fraction = a & FRACTION;
  if (fraction === 0) return (a & SIGN) | (((254 - exponent(a)) & 255) << 23);
  const key = fraction >> 11;
  const o = low[key]! - ((high[key]! * (fraction & 0x7ff)) >> 12);
  return (a & SIGN) | (((253 - exponent(a)) & 255) << 23) | ((o << 1) & FRACTION);
}

/** 1024 slopes and starting points (23 bits each) of the square root: on [1, 2), then on [2, 4). */
function rootTable(): Table {
  const high = new Int32Array(1024);
  const low = new Int32Array(1024);
  for (let index = 0; index < 1024; index++) {
    const x = index & 512 ? 2 + (index & 511) / 256 : 1 + index / 512;
    const s = Math.sqrt(x);
    const t = Math.fround(1 / (s + Math.sqrt(x + (index & 512 ? 1 / 256 : 1 / 512))));
    const u = Math.fround(2 * t * s - 1);
    high[index] = singleBits(t) & FRACTION;
    low[index] = singleBits(Math.fround(2 - Math.fround(u * u)) / Math.fround(8 * t)) & FRACTION;
  }
  return { high, low };
}

function sqrt({ high, low }: Table, a: number): number {
  const e = exponent(a);
  if (a === ONE + 1) return ONE;
  if (a < 0) return e === 0 ? a : 0xfff0_0000 | 0;
  if (e === 0) return 0;
  if (e === 255) return a;
  const odd = e & 1;
  const fraction = a & FRACTION;
  const index = ((odd ^ 1) << 9) | (fraction >> 14);
  const slope = high[index]!;
  const slopeHigh = 0x1000 | (slope >> 11);
  const xHigh = 0x1000 | (fraction >> 11);
  const m =
    (slopeHigh * xHigh + (((slope & 0x7ff) * xHigh) >> 11) + ((slopeHigh * (fraction & 0x7ff)) >> 11) + 2) & 0x3ff_ffff;
  const top = m >= 1 << 25;
  const product = HIDDEN | ((top ? m >> 2 : m >> 1) & FRACTION);
  const start = HIDDEN | low[index]!;
  // The product's exponent against the starting point's: one more, the same, or one less.
  const more = top && odd === 0;
  const less = !top && odd === 1;
  const sum = ((product << (less ? 0 : 1)) + (start << (more ? 0 : 1))) & 0x3ff_ffff;
  return (((127 + e) >> 1) << 23) | ((more ? sum >> 1 : sum >> 2) & FRACTION);
}

/** Truncates; what does not fit loses its high bits. */
function ftoi(a: number): number {
  const m = HIDDEN | (a & FRACTION);
  const up = exponent(a) - 150;
  const magnitude = up >= 32 || up <= -32 ? 0 : up > 0 ? m << up : m >>> -up;
  return (a < 0 ? -magnitude : magnitude) | 0;
}

/** Exact, to nearest even; but the lowest integer gives 0. */
const itof = (a: number): number => (a === SIGN ? 0 : singleBits(a));

/** Rounds down; but -1 exactly gives -2. */
function floor(a: number): number {
  const e = exponent(a);
  if (e < 127) return a < 0 && (a & MAGNITUDE) !== 0 ? MINUS_ONE : 0;
  if (e >= 150) return a;
  const cut = a & ((1 << (150 - e)) - 1);
  const whole = a - cut;
  if (a >= 0) return whole;
  if (e === 127) return (whole + HIDDEN) | 0;
  return cut === 0 ? whole : (whole + (1 << (150 - e))) | 0;
}

const f32 = new Float32Array(1);
const i32 = new Int32Array(f32.buffer);
const singleBits = (value: number): number => {
  f32[0] = value;
  return i32[0]!;
};
