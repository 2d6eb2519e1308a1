// General registers as vectors of bytes and halfwords. A lane function says what happens to one element, exactly, in doubles where 32 bits
// do not suffice; a combinator applies it to the elements and cuts the results to size.
import { multiplyHigh } from '../multiply.ts';
import { DSP_CONTROL } from '../state.ts';
import { CARRY, CCOND_SHIFT, clamp, OVERFLOW_MULTIPLY, type Range, S32, type State, setFlag, U16 } from './control.ts';

/** From two registers or elements of them to a result; `s` is there for DSPControl. */
export type Lane = (a: number, b: number, s: State) => number;

/** What PRECRQU_S reduces without saturating, and PRECRQ_RS rounds. */
export const REDUCIBLE: Range = { min: 0, max: 0x7f80 };
export const ROUNDABLE: Range = { min: -0x8000_0000, max: 0x7fff_7fff };

/** Cut to the range, with the flag of its overflow. */
export const saturating =
  (range: Range, bit: number, exact: Lane): Lane =>
  (a, b, s) =>
    clamp(exact(a, b, s), range, s, bit);

/** As it comes, with the flag of its overflow. */
export const wrapping =
  (range: Range, bit: number, exact: Lane): Lane =>
  (a, b, s) => {
    const value = exact(a, b, s);
    clamp(value, range, s, bit);
    return value;
  };

// ---- elements

export const byte = (value: number, index: number): number => (value >>> (8 * index)) & 0xff;
const signedByte = (value: number): number => (value << 24) >> 24;
export const low = (value: number): number => (value << 16) >> 16;
export const high = (value: number): number => value >> 16;

const fromBytes = (b3: number, b2: number, b1: number, b0: number): number =>
  (b3 << 24) | ((b2 & 0xff) << 16) | ((b1 & 0xff) << 8) | (b0 & 0xff);
export const fromHalves = (h1: number, h0: number): number => (h1 << 16) | (h0 & 0xffff);

/** Byte by byte, unsigned. */
export const bytes =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromBytes(
      f(a >>> 24, b >>> 24, s),
      f(byte(a, 2), byte(b, 2), s),
      f(byte(a, 1), byte(b, 1), s),
      f(byte(a, 0), byte(b, 0), s),
    );
/** Half by half, signed. */
export const halves =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromHalves(f(high(a), high(b), s), f(low(a), low(b), s));
/** Half by half, unsigned. */
export const unsignedHalves =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromHalves(f(a >>> 16, b >>> 16, s), f(a & 0xffff, b & 0xffff, s));
/** The elements of `a` with all of `b`. */
export const eachByte =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromBytes(f(a >>> 24, b, s), f(byte(a, 2), b, s), f(byte(a, 1), b, s), f(byte(a, 0), b, s));
export const eachSignedByte = (f: Lane): Lane => eachByte((a, b, s) => f(signedByte(a), b, s));
export const eachHalf =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromHalves(f(high(a), b, s), f(low(a), b, s));
export const eachUnsignedHalf =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromHalves(f(a >>> 16, b, s), f(a & 0xffff, b, s));

/** Both halves of the result from one word, or pair of halves, of each register: reductions from wider elements. */
export const reducedHalves =
  (f: (value: number, s: State) => number): Lane =>
  (a, b, s) =>
    fromHalves(f(a, s), f(b, s));
export const reducedBytes =
  (f: (half: number, s: State) => number): Lane =>
  (a, b, s) =>
    fromBytes(f(high(a), s), f(low(a), s), f(high(b), s), f(low(b), s));

// ---- lane functions

export const plus: Lane = (a, b) => a + b;
export const minus: Lane = (a, b) => a - b;
export const times: Lane = (a, b) => a * b;
export const absolute: Lane = (a) => Math.abs(a);
/** Halved sums and differences do not overflow; a word's need 33 bits. */
export const halved =
  (f: Lane, rounding: number): Lane =>
  (a, b, s) =>
    Math.floor((f(a, b, s) + rounding) / 2);
export const shiftLeft: Lane = (a, by) => a * 2 ** by;
export const shiftRight: Lane = (a, by) => a >> by;
/** Rounded by the last bit that is shifted out. */
export const roundedRight = (a: number, by: number): number => (by === 0 ? a : (a >> by) + ((a >> (by - 1)) & 1));

/** Fractional product of two halves: -1 times -1 saturates. */
export const q15 = (a: number, b: number, s: State, bit: number): number => clamp(2 * a * b, S32, s, bit);
export const multiplyQ15: Lane = (a, b, s) => q15(a, b, s, OVERFLOW_MULTIPLY);
export const q15Rounded: Lane = (a, b, s) => clamp(2 * a * b + 0x8000, S32, s, OVERFLOW_MULTIPLY) >> 16;

/** High word of the fractional product of two words. */
export const q31 =
  (rounded: boolean): Lane =>
  (a, b, s) => {
    if (a === S32.min && b === S32.min) {
      setFlag(s, OVERFLOW_MULTIPLY);
      return S32.max;
    }
    const product = Math.imul(a, b);
    return ((multiplyHigh(a, b) << 1) | (product >>> 31)) + (rounded ? (product >>> 30) & 1 : 0);
  };

export const addCarrying: Lane = (a, b, s) => {
  const sum = (a >>> 0) + (b >>> 0);
  s[DSP_CONTROL] = (s[DSP_CONTROL]! & ~CARRY) | (sum > 0xffff_ffff ? CARRY : 0);
  return sum;
};
export const addWithCarry: Lane = (a, b, s) => a + b + ((s[DSP_CONTROL]! & CARRY) === 0 ? 0 : 1);

/** Circular addressing: the index before `a`, or the last one. */
export const moduloSubtract: Lane = (a, b) => (a === 0 ? (b >>> 8) & 0xffff : a - (b & 0xff));

export const reverseHalf: Lane = (a) => {
  let reversed = 0;
  for (let bit = 0; bit < 16; bit++) reversed |= ((a >>> bit) & 1) << (15 - bit);
  return reversed;
};

/** Widening: two bytes of the register, by index, become halves. */
export const widened =
  (left: number, right: number, up: number): Lane =>
  (a) =>
    fromHalves(byte(a, left) << up, byte(a, right) << up);

export const multiplyByteHalf = saturating(U16, OVERFLOW_MULTIPLY, times);

// ---- comparisons

type Condition = (a: number, b: number) => boolean;
export const equal: Condition = (a, b) => a === b;
export const less: Condition = (a, b) => a < b;
export const lessOrEqual: Condition = (a, b) => a <= b;

export const compareBytes =
  (test: Condition): Lane =>
  (a, b) => {
    let bits = 0;
    for (let i = 0; i < 4; i++) if (test(byte(a, i), byte(b, i))) bits |= 1 << i;
    return bits;
  };
export const compareHalves =
  (test: Condition): Lane =>
  (a, b) =>
    (test(low(a), low(b)) ? 1 : 0) | (test(high(a), high(b)) ? 2 : 0);

/** Notes the result in as many bits of ccond as there are elements. */
export const conditions =
  (count: number, f: Lane): Lane =>
  (a, b, s) => {
    const bits = f(a, b, s);
    s[DSP_CONTROL] = (s[DSP_CONTROL]! & ~(((1 << count) - 1) << CCOND_SHIFT)) | (bits << CCOND_SHIFT);
    return bits;
  };

export const pick =
  (count: number): Lane =>
  (a, b, s) => {
    let mask = 0;
    for (let i = 0; i < count; i++)
      if (((s[DSP_CONTROL]! >>> (CCOND_SHIFT + i)) & 1) !== 0)
        mask |= count === 4 ? 0xff << (8 * i) : 0xffff << (16 * i);
    return (a & mask) | (b & ~mask);
  };
