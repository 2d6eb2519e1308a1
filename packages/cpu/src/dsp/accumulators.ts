// The four accumulators of 64 bits, HI and LO of each being neighbours in the state block: sums of products, extraction, shifts.

import { rs, rt } from '@kseg/isa';
import { multiplyHigh } from '../multiply.ts';
import { AC1, DSP_CONTROL, HI } from '../state.ts';
import {
  clamp,
  EFI,
  type Operation,
  OVERFLOW_AC0,
  OVERFLOW_EXTRACT,
  POS,
  put,
  S16,
  S32,
  type State,
  setFlag,
} from './control.ts';
import { byte, high, low, q15 } from './vectors.ts';

/** State word of accumulator `n`'s HI. */
export const accumulator = (n: number): number => (n === 0 ? HI : AC1 + 2 * (n - 1));
/** The accumulator that bits 12:11 name. */
export const ac11 = (word: number): number => (word >>> 11) & 3;
export const ac21 = (word: number): number => (word >>> 21) & 3;

/** Adds a number of at most 53 bits. */
function accumulate(s: State, at: number, value: number): void {
  const sum = (s[at + 1]! >>> 0) + (value >>> 0);
  s[at] = s[at]! + Math.floor(value / 0x1_0000_0000) + (sum > 0xffff_ffff ? 1 : 0);
  s[at + 1] = sum;
}

/** What is added: from rs and rt; `bit` is the accumulator's overflow flag. */
type Term = (a: number, b: number, s: State, bit: number) => number;

/** ac += f(rs, rt) */
export const accumulating =
  (f: Term): Operation =>
  (s, word) => {
    const n = ac11(word);
    accumulate(s, accumulator(n), f(s[rs(word)]!, s[rt(word)]!, s, OVERFLOW_AC0 + n));
  };

/** Accumulator `n` saturated to a word, by what it holds if `overflows`. */
function saturateToWord(s: State, n: number, overflows: boolean, negative: boolean): void {
  const at = accumulator(n);
  if (overflows) {
    setFlag(s, OVERFLOW_AC0 + n);
    s[at + 1] = negative ? S32.min : S32.max;
  }
  s[at] = s[at + 1]! >> 31;
}

/** ac = the sum, saturated to a word. */
export const accumulatingWord =
  (f: Term): Operation =>
  (s, word) => {
    const n = ac11(word);
    const at = accumulator(n);
    accumulate(s, at, f(s[rs(word)]!, s[rt(word)]!, s, OVERFLOW_AC0 + n));
    saturateToWord(s, n, s[at] !== s[at + 1]! >> 31, s[at]! < 0);
  };

/** MAQ_SA: looks only at the bit above the word, not at the whole of HI (vol. IV-e, sat32AccumulateQ31). */
export const accumulatingProduct =
  (f: Term): Operation =>
  (s, word) => {
    const n = ac11(word);
    const at = accumulator(n);
    accumulate(s, at, f(s[rs(word)]!, s[rt(word)]!, s, OVERFLOW_AC0 + n));
    const above = s[at]! & 1;
    saturateToWord(s, n, above !== s[at + 1]! >>> 31, above === 1);
  };

export const negated =
  (f: Term): Term =>
  (a, b, s, bit) =>
    -f(a, b, s, bit);
export const dotBytesLeft: Term = (a, b) => (a >>> 24) * (b >>> 24) + byte(a, 2) * byte(b, 2);
export const dotBytesRight: Term = (a, b) => byte(a, 1) * byte(b, 1) + byte(a, 0) * byte(b, 0);
export const dot: Term = (a, b) => high(a) * high(b) + low(a) * low(b);
export const dotCrossed: Term = (a, b) => high(a) * low(b) + low(a) * high(b);
export const difference: Term = (a, b) => high(a) * high(b) - low(a) * low(b);
export const productLeft: Term = (a, b, s, bit) => q15(high(a), high(b), s, bit);
export const productRight: Term = (a, b, s, bit) => q15(low(a), low(b), s, bit);
export const dotQ15: Term = (a, b, s, bit) => productLeft(a, b, s, bit) + productRight(a, b, s, bit);
export const dotQ15Crossed: Term = (a, b, s, bit) => q15(high(a), low(b), s, bit) + q15(low(a), high(b), s, bit);
export const differenceQ15: Term = (a, b, s, bit) => productLeft(a, b, s, bit) - productRight(a, b, s, bit);

/** ac plus or minus the fractional product of two words, saturated to 64 bits. */
export const accumulatingLong =
  (subtract: boolean): Operation =>
  (s, word) => {
    const n = ac11(word);
    const at = accumulator(n);
    const a = s[rs(word)]!;
    const b = s[rt(word)]!;
    const product = Math.imul(a, b);
    let termHigh = (multiplyHigh(a, b) << 1) | (product >>> 31);
    let termLow = product << 1;
    if (a === S32.min && b === S32.min) {
      setFlag(s, OVERFLOW_AC0 + n);
      termHigh = S32.max;
      termLow = -1;
    }
    if (subtract) {
      // -x = ~x + 1; the least number is no product.
      termLow = -termLow | 0;
      termHigh = (~termHigh + (termLow === 0 ? 1 : 0)) | 0;
    }
    const old = s[at]!;
    const sumLow = (s[at + 1]! >>> 0) + (termLow >>> 0);
    const sumHigh = (old + termHigh + (sumLow > 0xffff_ffff ? 1 : 0)) | 0;
    const overflow = ((old ^ sumHigh) & (termHigh ^ sumHigh)) < 0;
    if (overflow) setFlag(s, OVERFLOW_AC0 + n);
    s[at] = overflow ? (old < 0 ? S32.min : S32.max) : sumHigh;
    s[at + 1] = overflow ? (old < 0 ? 0 : -1) : sumLow;
  };

/** MULT to MSUBU of any accumulator: `sign` 0 replaces, 1 adds, -1 subtracts. */
export const product =
  (highWord: (a: number, b: number) => number, sign: number): Operation =>
  (s, word) => {
    const at = accumulator(ac11(word));
    const a = s[rs(word)]!;
    const b = s[rt(word)]!;
    const productLow = Math.imul(a, b);
    const productHigh = highWord(a, b);
    const oldLow = s[at + 1]!;
    const oldHigh = s[at]!;
    if (sign === 0) {
      s[at] = productHigh;
      s[at + 1] = productLow;
    } else if (sign > 0) {
      const sum = (oldLow + productLow) | 0;
      s[at] = oldHigh + productHigh + (sum >>> 0 < productLow >>> 0 ? 1 : 0);
      s[at + 1] = sum;
    } else {
      s[at] = oldHigh - productHigh - (oldLow >>> 0 < productLow >>> 0 ? 1 : 0);
      s[at + 1] = oldLow - productLow;
    }
  };

// ---- extraction

/** The low word of HI:LO shifted right by 0 to 31. */
const shiftedLow = (hi: number, lo: number, by: number): number => (by === 0 ? lo : (hi << (32 - by)) | (lo >>> by));

type Amount = (s: State, word: number) => number;
export const immediate: Amount = (_, word) => rs(word);
export const variable: Amount = (s, word) => s[rs(word)]! & 31;

/**
 * EXTR[V][_R|_RS].W: ac shifted right. The flag is set when the value or the rounded value does not fit in a word, whichever is wanted
 * (vol. IV-e, EXTR.W).
 */
export const extractWord =
  (amount: Amount, rounded: boolean, saturated: boolean): Operation =>
  (s, word) => {
    const at = accumulator(ac11(word));
    const by = amount(s, word);
    const hi = s[at]!;
    const lo = s[at + 1]!;
    const value = shiftedLow(hi, lo, by);
    const above = hi >> by;
    const up = by === 0 ? 0 : (lo >>> (by - 1)) & 1;
    const fits = above === value >> 31;
    const roundedFits = fits ? value !== S32.max || up === 0 : above === -1 && value === S32.max && up === 1;
    if (!fits || !roundedFits) setFlag(s, OVERFLOW_EXTRACT);
    let result = rounded ? value + up : value;
    if (saturated && !roundedFits) result = hi < 0 ? S32.min : S32.max;
    put(s, rt(word), result);
  };

/** EXTR[V]_S.H */
export const extractHalf =
  (amount: Amount): Operation =>
  (s, word) => {
    const at = accumulator(ac11(word));
    const by = amount(s, word);
    const hi = s[at]!;
    const value = shiftedLow(hi, s[at + 1]!, by);
    const exact = hi >> by === value >> 31 ? value : hi < 0 ? S32.min : S32.max;
    put(s, rt(word), clamp(exact, S16, s, OVERFLOW_EXTRACT));
  };

/** EXTP[DP][V]: size + 1 bits from bit pos downwards, where there are so many; rt is UNPREDICTABLE otherwise: 0. */
export const extractBits =
  (amount: Amount, decrement: boolean): Operation =>
  (s, word) => {
    const at = accumulator(ac11(word));
    const size = amount(s, word);
    const control = s[DSP_CONTROL]!;
    const start = (control & POS) - size;
    if (start < 0) {
      s[DSP_CONTROL] = control | EFI;
      put(s, rt(word), 0);
      return;
    }
    const hi = s[at]!;
    const value = start >= 32 ? hi >>> (start - 32) : shiftedLow(hi, s[at + 1]!, start);
    put(s, rt(word), size === 31 ? value : value & ((1 << (size + 1)) - 1));
    const pos = decrement ? (start - 1) & POS : control & POS;
    s[DSP_CONTROL] = (control & ~(EFI | POS)) | pos;
  };

/** SHILO[V]: ac shifted logically, to the right by 1 to 31 or to the left by 1 to 32. */
export const shiftAccumulator =
  (amount: (s: State, word: number) => number): Operation =>
  (s, word) => {
    const at = accumulator(ac11(word));
    const by = (amount(s, word) << 26) >> 26;
    const hi = s[at]!;
    const lo = s[at + 1]!;
    if (by > 0) {
      s[at] = hi >>> by;
      s[at + 1] = (hi << (32 - by)) | (lo >>> by);
    } else if (by === -32) {
      s[at] = lo;
      s[at + 1] = 0;
    } else if (by < 0) {
      s[at] = (hi << -by) | (lo >>> (32 + by));
      s[at + 1] = lo << -by;
    }
  };

/** MTHLIP: LO moves up to HI and rs to LO; pos follows. Beyond 32 that is UNPREDICTABLE: pos stays. */
export const moveUp: Operation = (s, word) => {
  const at = accumulator(ac11(word));
  s[at] = s[at + 1]!;
  s[at + 1] = s[rs(word)]!;
  const control = s[DSP_CONTROL]!;
  const pos = control & POS;
  if (pos <= 32) s[DSP_CONTROL] = (control & ~POS) | ((pos + 32) & POS);
};
