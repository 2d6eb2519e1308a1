// The arithmetic of the DSP ASE, both revisions (MIPS32 Architecture vol. IV-e): general registers as vectors of bytes and halfwords,
// four accumulators, and DSPControl. Everything happens in the state block; what needs memory or the program counter is elsewhere.
//
// A row's operation is put together from a lane function (what happens to one element), a combinator that applies it to the elements,
// and one that says where operands come from and where the result goes. Lane functions compute exactly, in doubles where 32 bits do not
// suffice, and leave cutting to size to whoever stores the result.
import { dsp, dspr2, rd, rs, rt } from '@kseg/isa';
import { multiplyHigh, multiplyHighUnsigned } from './multiply.ts';
import { AC1, DSP_CONTROL, HI } from './state.ts';

// Fields of DSPControl (vol. IV-e §3.6).
/** pos 5:0, scount 12:7, c 13, EFI 14, ouflag 23:16, ccond 27:24; in the order of RDDSP's and WRDSP's mask bits. */
const FIELDS = [0x3f, 0x1f80, 0x2000, 0x00ff_0000, 0x0f00_0000, 0x4000] as const;
const POS = 0x3f;
const CARRY = 1 << 13;
const EFI = 1 << 14;
const CCOND_SHIFT = 24;
/** Bits of ouflag: the accumulators' (16 to 19), and those of additions, products, left shifts and reductions, extractions. */
const OVERFLOW_AC0 = 16;
const OVERFLOW_ADD = 20;
const OVERFLOW_MULTIPLY = 21;
const OVERFLOW_SHIFT = 22;
const OVERFLOW_EXTRACT = 23;

type State = Int32Array;
type Operation = (s: State, word: number) => void;
/** From two registers or elements of them to a result; `s` is there for DSPControl. */
type Lane = (a: number, b: number, s: State) => number;

interface Range {
  readonly min: number;
  readonly max: number;
}
const U8: Range = { min: 0, max: 0xff };
const U16: Range = { min: 0, max: 0xffff };
const S8: Range = { min: -0x80, max: 0x7f };
const S16: Range = { min: -0x8000, max: 0x7fff };
const S32: Range = { min: -0x8000_0000, max: 0x7fff_ffff };
/** What PRECRQU_S reduces without saturating, and PRECRQ_RS rounds. */
const REDUCIBLE: Range = { min: 0, max: 0x7f80 };
const ROUNDABLE: Range = { min: -0x8000_0000, max: 0x7fff_7fff };

function setFlag(s: State, bit: number): void {
  s[DSP_CONTROL]! |= 1 << bit;
}

/** `value`, or the end of the range it lies beyond, which sets an overflow flag. */
function clamp(value: number, { min, max }: Range, s: State, bit: number): number {
  if (value >= min && value <= max) return value;
  setFlag(s, bit);
  return value < min ? min : max;
}

const saturating =
  (range: Range, bit: number, exact: Lane): Lane =>
  (a, b, s) =>
    clamp(exact(a, b, s), range, s, bit);

/** As it comes, with the flag of its overflow. */
const wrapping =
  (range: Range, bit: number, exact: Lane): Lane =>
  (a, b, s) => {
    const value = exact(a, b, s);
    clamp(value, range, s, bit);
    return value;
  };

// ---- elements

const byte = (value: number, index: number): number => (value >>> (8 * index)) & 0xff;
const signedByte = (value: number): number => (value << 24) >> 24;
const low = (value: number): number => (value << 16) >> 16;
const high = (value: number): number => value >> 16;

const fromBytes = (b3: number, b2: number, b1: number, b0: number): number =>
  (b3 << 24) | ((b2 & 0xff) << 16) | ((b1 & 0xff) << 8) | (b0 & 0xff);
const fromHalves = (h1: number, h0: number): number => (h1 << 16) | (h0 & 0xffff);

/** Byte by byte, unsigned. */
const bytes =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromBytes(
      f(a >>> 24, b >>> 24, s),
      f(byte(a, 2), byte(b, 2), s),
      f(byte(a, 1), byte(b, 1), s),
      f(byte(a, 0), byte(b, 0), s),
    );
/** Half by half, signed. */
const halves =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromHalves(f(high(a), high(b), s), f(low(a), low(b), s));
/** Half by half, unsigned. */
const unsignedHalves =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromHalves(f(a >>> 16, b >>> 16, s), f(a & 0xffff, b & 0xffff, s));
/** The elements of `a` with all of `b`. */
const eachByte =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromBytes(f(a >>> 24, b, s), f(byte(a, 2), b, s), f(byte(a, 1), b, s), f(byte(a, 0), b, s));
const eachSignedByte = (f: Lane): Lane => eachByte((a, b, s) => f(signedByte(a), b, s));
const eachHalf =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromHalves(f(high(a), b, s), f(low(a), b, s));
const eachUnsignedHalf =
  (f: Lane): Lane =>
  (a, b, s) =>
    fromHalves(f(a >>> 16, b, s), f(a & 0xffff, b, s));

/** Both halves of the result from one word, or pair of halves, of each register: reductions from wider elements. */
const reducedHalves =
  (f: (value: number, s: State) => number): Lane =>
  (a, b, s) =>
    fromHalves(f(a, s), f(b, s));
const reducedBytes =
  (f: (half: number, s: State) => number): Lane =>
  (a, b, s) =>
    fromBytes(f(high(a), s), f(low(a), s), f(high(b), s), f(low(b), s));

// ---- lane functions

const plus: Lane = (a, b) => a + b;
const minus: Lane = (a, b) => a - b;
const times: Lane = (a, b) => a * b;
const absolute: Lane = (a) => Math.abs(a);
/** Halved sums and differences do not overflow; a word's need 33 bits. */
const halved =
  (f: Lane, rounding: number): Lane =>
  (a, b, s) =>
    Math.floor((f(a, b, s) + rounding) / 2);
const shiftLeft: Lane = (a, by) => a * 2 ** by;
const shiftRight: Lane = (a, by) => a >> by;
/** Rounded by the last bit that is shifted out. */
const roundedRight = (a: number, by: number): number => (by === 0 ? a : (a >> by) + ((a >> (by - 1)) & 1));

/** Fractional product of two halves: -1 times -1 saturates. */
const q15 = (a: number, b: number, s: State, bit: number): number => clamp(2 * a * b, S32, s, bit);
const multiplyQ15: Lane = (a, b, s) => q15(a, b, s, OVERFLOW_MULTIPLY);
const q15Rounded: Lane = (a, b, s) => clamp(2 * a * b + 0x8000, S32, s, OVERFLOW_MULTIPLY) >> 16;

/** High word of the fractional product of two words. */
const q31 =
  (rounded: boolean): Lane =>
  (a, b, s) => {
    if (a === S32.min && b === S32.min) {
      setFlag(s, OVERFLOW_MULTIPLY);
      return S32.max;
    }
    const product = Math.imul(a, b);
    return ((multiplyHigh(a, b) << 1) | (product >>> 31)) + (rounded ? (product >>> 30) & 1 : 0);
  };

const addCarrying: Lane = (a, b, s) => {
  const sum = (a >>> 0) + (b >>> 0);
  s[DSP_CONTROL] = (s[DSP_CONTROL]! & ~CARRY) | (sum > 0xffff_ffff ? CARRY : 0);
  return sum;
};
const addWithCarry: Lane = (a, b, s) => a + b + ((s[DSP_CONTROL]! & CARRY) === 0 ? 0 : 1);

/** Circular addressing: the index before `a`, or the last one. */
const moduloSubtract: Lane = (a, b) => (a === 0 ? (b >>> 8) & 0xffff : a - (b & 0xff));

const reverseHalf: Lane = (a) => {
  let reversed = 0;
  for (let bit = 0; bit < 16; bit++) reversed |= ((a >>> bit) & 1) << (15 - bit);
  return reversed;
};

/** Widening: two bytes of the register, by index, become halves. */
const widened =
  (left: number, right: number, up: number): Lane =>
  (a) =>
    fromHalves(byte(a, left) << up, byte(a, right) << up);

const multiplyByteHalf = saturating(U16, OVERFLOW_MULTIPLY, times);

// ---- comparisons

type Condition = (a: number, b: number) => boolean;
const equal: Condition = (a, b) => a === b;
const less: Condition = (a, b) => a < b;
const lessOrEqual: Condition = (a, b) => a <= b;

const compareBytes =
  (test: Condition): Lane =>
  (a, b) => {
    let bits = 0;
    for (let i = 0; i < 4; i++) if (test(byte(a, i), byte(b, i))) bits |= 1 << i;
    return bits;
  };
const compareHalves =
  (test: Condition): Lane =>
  (a, b) =>
    (test(low(a), low(b)) ? 1 : 0) | (test(high(a), high(b)) ? 2 : 0);

/** Notes the result in as many bits of ccond as there are elements. */
const conditions =
  (count: number, f: Lane): Lane =>
  (a, b, s) => {
    const bits = f(a, b, s);
    s[DSP_CONTROL] = (s[DSP_CONTROL]! & ~(((1 << count) - 1) << CCOND_SHIFT)) | (bits << CCOND_SHIFT);
    return bits;
  };

const pick =
  (count: number): Lane =>
  (a, b, s) => {
    let mask = 0;
    for (let i = 0; i < count; i++)
      if (((s[DSP_CONTROL]! >>> (CCOND_SHIFT + i)) & 1) !== 0)
        mask |= count === 4 ? 0xff << (8 * i) : 0xffff << (16 * i);
    return (a & mask) | (b & ~mask);
  };

// ---- operands and results

function put(s: State, register: number, value: number): void {
  if (register !== 0) s[register] = value;
}

/** rd = f(rs, rt) */
const binary =
  (f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rs(word)]!, s[rt(word)]!, s));
/** rd = f(rt) */
const unary =
  (f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rt(word)]!, 0, s));
/** rd = f(rs) */
const unaryRs =
  (f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rs(word)]!, 0, s));
/** f(rs, rt), for what it does to DSPControl */
const effect =
  (f: Lane): Operation =>
  (s, word) => {
    f(s[rs(word)]!, s[rt(word)]!, s);
  };
/** rd = f(rt, the low bits of rs's number, or of rs) */
const shift =
  (width: number, f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rt(word)]!, rs(word) & (width - 1), s));
const shiftVariable =
  (width: number, f: Lane): Operation =>
  (s, word) =>
    put(s, rd(word), f(s[rt(word)]!, s[rs(word)]! & (width - 1), s));
/** rt = f(rt, rs, the number in rd's field) */
const merge =
  (f: (t: number, s: number, by: number) => number): Operation =>
  (s, word) =>
    put(s, rt(word), f(s[rt(word)]!, s[rs(word)]!, rd(word)));

// ---- accumulators: HI and LO of each are neighbours

/** State word of accumulator `n`'s HI. */
const accumulator = (n: number): number => (n === 0 ? HI : AC1 + 2 * (n - 1));
/** The accumulator that bits 12:11 name. */
const ac11 = (word: number): number => (word >>> 11) & 3;
const ac21 = (word: number): number => (word >>> 21) & 3;

/** Adds a number of at most 53 bits. */
function accumulate(s: State, at: number, value: number): void {
  const sum = (s[at + 1]! >>> 0) + (value >>> 0);
  s[at] = s[at]! + Math.floor(value / 0x1_0000_0000) + (sum > 0xffff_ffff ? 1 : 0);
  s[at + 1] = sum;
}

/** What is added: from rs and rt; `bit` is the accumulator's overflow flag. */
type Term = (a: number, b: number, s: State, bit: number) => number;

/** ac += f(rs, rt) */
const accumulating =
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
const accumulatingWord =
  (f: Term): Operation =>
  (s, word) => {
    const n = ac11(word);
    const at = accumulator(n);
    accumulate(s, at, f(s[rs(word)]!, s[rt(word)]!, s, OVERFLOW_AC0 + n));
    saturateToWord(s, n, s[at] !== s[at + 1]! >> 31, s[at]! < 0);
  };

/** MAQ_SA: looks only at the bit above the word, not at the whole of HI (vol. IV-e, sat32AccumulateQ31). */
const accumulatingProduct =
  (f: Term): Operation =>
  (s, word) => {
    const n = ac11(word);
    const at = accumulator(n);
    accumulate(s, at, f(s[rs(word)]!, s[rt(word)]!, s, OVERFLOW_AC0 + n));
    const above = s[at]! & 1;
    saturateToWord(s, n, above !== s[at + 1]! >>> 31, above === 1);
  };

const negated =
  (f: Term): Term =>
  (a, b, s, bit) =>
    -f(a, b, s, bit);
const dotBytesLeft: Term = (a, b) => (a >>> 24) * (b >>> 24) + byte(a, 2) * byte(b, 2);
const dotBytesRight: Term = (a, b) => byte(a, 1) * byte(b, 1) + byte(a, 0) * byte(b, 0);
const dot: Term = (a, b) => high(a) * high(b) + low(a) * low(b);
const dotCrossed: Term = (a, b) => high(a) * low(b) + low(a) * high(b);
const difference: Term = (a, b) => high(a) * high(b) - low(a) * low(b);
const productLeft: Term = (a, b, s, bit) => q15(high(a), high(b), s, bit);
const productRight: Term = (a, b, s, bit) => q15(low(a), low(b), s, bit);
const dotQ15: Term = (a, b, s, bit) => productLeft(a, b, s, bit) + productRight(a, b, s, bit);
const dotQ15Crossed: Term = (a, b, s, bit) => q15(high(a), low(b), s, bit) + q15(low(a), high(b), s, bit);
const differenceQ15: Term = (a, b, s, bit) => productLeft(a, b, s, bit) - productRight(a, b, s, bit);

/** ac plus or minus the fractional product of two words, saturated to 64 bits. */
const accumulatingLong =
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
const product =
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
const immediate: Amount = (_, word) => rs(word);
const variable: Amount = (s, word) => s[rs(word)]! & 31;

/**
 * EXTR[V][_R|_RS].W: ac shifted right. The flag is set when the value or the rounded value does not fit in a word, whichever is wanted
 * (vol. IV-e, EXTR.W).
 */
const extractWord =
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
const extractHalf =
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
const extractBits =
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
const shiftAccumulator =
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
const moveUp: Operation = (s, word) => {
  const at = accumulator(ac11(word));
  s[at] = s[at + 1]!;
  s[at + 1] = s[rs(word)]!;
  const control = s[DSP_CONTROL]!;
  const pos = control & POS;
  if (pos <= 32) s[DSP_CONTROL] = (control & ~POS) | ((pos + 32) & POS);
};

// ---- DSPControl

/** The bits of the fields that a mask of RDDSP or WRDSP names. */
function fieldsOf(mask: number): number {
  let bits = 0;
  for (let i = 0; i < FIELDS.length; i++) if (((mask >>> i) & 1) !== 0) bits |= FIELDS[i]!;
  return bits;
}

const readControl: Operation = (s, word) => put(s, rd(word), s[DSP_CONTROL]! & fieldsOf(word >>> 16));
const writeControl: Operation = (s, word) => {
  const bits = fieldsOf(word >>> 11);
  s[DSP_CONTROL] = (s[DSP_CONTROL]! & ~bits) | (s[rs(word)]! & bits);
};

/**
 * INSV: scount bits of rs to bit pos of rt. UNPREDICTABLE cases: of a pos beyond the register the low five bits count; no bits, or a
 * field that ends beyond bit 32, is nothing.
 */
const insert: Operation = (s, word) => {
  const pos = s[DSP_CONTROL]! & 31;
  const size = (s[DSP_CONTROL]! >>> 7) & 63;
  if (size === 0 || pos + size > 33) return;
  const mask = (size >= 32 ? -1 : (1 << size) - 1) << pos;
  put(s, rt(word), (s[rt(word)]! & ~mask) | ((s[rs(word)]! << pos) & mask));
};

/** BPOSGE32's condition: DSPControl.pos is 32 or more. */
export const posReaches32 = (s: State): boolean => (s[DSP_CONTROL]! & 32) !== 0;

// biome-ignore format: one row, one line
const operations: Readonly<Record<string, Operation>> = {
  // Sums and differences.
  'addu.qb': binary(bytes(wrapping(U8, OVERFLOW_ADD, plus))),
  'subu.qb': binary(bytes(wrapping(U8, OVERFLOW_ADD, minus))),
  'addu_s.qb': binary(bytes(saturating(U8, OVERFLOW_ADD, plus))),
  'subu_s.qb': binary(bytes(saturating(U8, OVERFLOW_ADD, minus))),
  'addu.ph': binary(unsignedHalves(wrapping(U16, OVERFLOW_ADD, plus))),
  'subu.ph': binary(unsignedHalves(wrapping(U16, OVERFLOW_ADD, minus))),
  'addu_s.ph': binary(unsignedHalves(saturating(U16, OVERFLOW_ADD, plus))),
  'subu_s.ph': binary(unsignedHalves(saturating(U16, OVERFLOW_ADD, minus))),
  'addq.ph': binary(halves(wrapping(S16, OVERFLOW_ADD, plus))),
  'subq.ph': binary(halves(wrapping(S16, OVERFLOW_ADD, minus))),
  'addq_s.ph': binary(halves(saturating(S16, OVERFLOW_ADD, plus))),
  'subq_s.ph': binary(halves(saturating(S16, OVERFLOW_ADD, minus))),
  'addq_s.w': binary(saturating(S32, OVERFLOW_ADD, plus)),
  'subq_s.w': binary(saturating(S32, OVERFLOW_ADD, minus)),
  addsc: binary(addCarrying),
  addwc: binary(wrapping(S32, OVERFLOW_ADD, addWithCarry)),
  modsub: binary(moduloSubtract),
  'raddu.w.qb': unaryRs((a) => (a >>> 24) + byte(a, 2) + byte(a, 1) + byte(a, 0)),
  'adduh.qb': binary(bytes(halved(plus, 0))),
  'subuh.qb': binary(bytes(halved(minus, 0))),
  'adduh_r.qb': binary(bytes(halved(plus, 1))),
  'subuh_r.qb': binary(bytes(halved(minus, 1))),
  'addqh.ph': binary(halves(halved(plus, 0))),
  'subqh.ph': binary(halves(halved(minus, 0))),
  'addqh_r.ph': binary(halves(halved(plus, 1))),
  'subqh_r.ph': binary(halves(halved(minus, 1))),
  'addqh.w': binary(halved(plus, 0)),
  'subqh.w': binary(halved(minus, 0)),
  'addqh_r.w': binary(halved(plus, 1)),
  'subqh_r.w': binary(halved(minus, 1)),
  'absq_s.qb': unary(eachSignedByte(saturating(S8, OVERFLOW_ADD, absolute))),
  'absq_s.ph': unary(eachHalf(saturating(S16, OVERFLOW_ADD, absolute))),
  'absq_s.w': unary(saturating(S32, OVERFLOW_ADD, absolute)),

  // Products to general registers.
  'muleu_s.ph.qbl': binary((a, b, s) => fromHalves(multiplyByteHalf(byte(a, 3), b >>> 16, s), multiplyByteHalf(byte(a, 2), b & 0xffff, s))),
  'muleu_s.ph.qbr': binary((a, b, s) => fromHalves(multiplyByteHalf(byte(a, 1), b >>> 16, s), multiplyByteHalf(byte(a, 0), b & 0xffff, s))),
  'muleq_s.w.phl': binary((a, b, s) => multiplyQ15(high(a), high(b), s)),
  'muleq_s.w.phr': binary((a, b, s) => multiplyQ15(low(a), low(b), s)),
  'mulq_rs.ph': binary(halves(q15Rounded)),
  'mulq_s.ph': binary(halves((a, b, s) => multiplyQ15(a, b, s) >> 16)),
  'mulq_s.w': binary(q31(false)),
  'mulq_rs.w': binary(q31(true)),
  'mul.ph': binary(halves(wrapping(S16, OVERFLOW_MULTIPLY, times))),
  'mul_s.ph': binary(halves(saturating(S16, OVERFLOW_MULTIPLY, times))),

  // Comparisons.
  'cmpu.eq.qb': effect(conditions(4, compareBytes(equal))),
  'cmpu.lt.qb': effect(conditions(4, compareBytes(less))),
  'cmpu.le.qb': effect(conditions(4, compareBytes(lessOrEqual))),
  'cmpgu.eq.qb': binary(compareBytes(equal)),
  'cmpgu.lt.qb': binary(compareBytes(less)),
  'cmpgu.le.qb': binary(compareBytes(lessOrEqual)),
  'cmpgdu.eq.qb': binary(conditions(4, compareBytes(equal))),
  'cmpgdu.lt.qb': binary(conditions(4, compareBytes(less))),
  'cmpgdu.le.qb': binary(conditions(4, compareBytes(lessOrEqual))),
  'cmp.eq.ph': effect(conditions(2, compareHalves(equal))),
  'cmp.lt.ph': effect(conditions(2, compareHalves(less))),
  'cmp.le.ph': effect(conditions(2, compareHalves(lessOrEqual))),
  'pick.qb': binary(pick(4)),
  'pick.ph': binary(pick(2)),

  // Precision and layout.
  'precrq.qb.ph': binary(reducedBytes((half) => half >> 8)),
  'precr.qb.ph': binary(reducedBytes((half) => half)),
  'precrqu_s.qb.ph': binary(reducedBytes((half, s) => clamp(half, REDUCIBLE, s, OVERFLOW_SHIFT) >> 7)),
  'precrq.ph.w': binary(reducedHalves(high)),
  'precrq_rs.ph.w': binary(reducedHalves((value, s) => (clamp(value, ROUNDABLE, s, OVERFLOW_SHIFT) + 0x8000) >> 16)),
  'precr_sra.ph.w': merge((t, s, by) => fromHalves(t >> by, s >> by)),
  'precr_sra_r.ph.w': merge((t, s, by) => fromHalves(roundedRight(t, by), roundedRight(s, by))),
  'packrl.ph': binary((a, b) => fromHalves(a, b >>> 16)),
  'precequ.ph.qbl': unary(widened(3, 2, 7)),
  'precequ.ph.qbr': unary(widened(1, 0, 7)),
  'precequ.ph.qbla': unary(widened(3, 1, 7)),
  'precequ.ph.qbra': unary(widened(2, 0, 7)),
  'preceu.ph.qbl': unary(widened(3, 2, 0)),
  'preceu.ph.qbr': unary(widened(1, 0, 0)),
  'preceu.ph.qbla': unary(widened(3, 1, 0)),
  'preceu.ph.qbra': unary(widened(2, 0, 0)),
  'preceq.w.phl': unary((a) => a & 0xffff_0000),
  'preceq.w.phr': unary((a) => a << 16),
  'repl.qb': (s, word) => put(s, rd(word), Math.imul((word >>> 16) & 0xff, 0x0101_0101)),
  'replv.qb': unary((a) => Math.imul(a & 0xff, 0x0101_0101)),
  'repl.ph': (s, word) => { const half = (word << 6) >> 22; put(s, rd(word), fromHalves(half, half)); },
  'replv.ph': unary((a) => fromHalves(a, a)),
  bitrev: unary(reverseHalf),
  insv: insert,
  append: merge((t, s, by) => (t << by) | (s & ((1 << by) - 1))),
  prepend: merge((t, s, by) => (by === 0 ? t : (s << (32 - by)) | (t >>> by))),
  // By 0 and 2 bytes is UNPREDICTABLE: nothing.
  balign: merge((t, s, by) => ((by & 1) === 0 ? t : (t << (8 * (by & 3))) | (s >>> (32 - 8 * (by & 3))))),

  // Shifts.
  'shll.qb': shift(8, eachByte(wrapping(U8, OVERFLOW_SHIFT, shiftLeft))),
  'shllv.qb': shiftVariable(8, eachByte(wrapping(U8, OVERFLOW_SHIFT, shiftLeft))),
  'shll.ph': shift(16, eachHalf(wrapping(S16, OVERFLOW_SHIFT, shiftLeft))),
  'shllv.ph': shiftVariable(16, eachHalf(wrapping(S16, OVERFLOW_SHIFT, shiftLeft))),
  'shll_s.ph': shift(16, eachHalf(saturating(S16, OVERFLOW_SHIFT, shiftLeft))),
  'shllv_s.ph': shiftVariable(16, eachHalf(saturating(S16, OVERFLOW_SHIFT, shiftLeft))),
  'shll_s.w': shift(32, saturating(S32, OVERFLOW_SHIFT, shiftLeft)),
  'shllv_s.w': shiftVariable(32, saturating(S32, OVERFLOW_SHIFT, shiftLeft)),
  'shrl.qb': shift(8, eachByte(shiftRight)),
  'shrlv.qb': shiftVariable(8, eachByte(shiftRight)),
  'shrl.ph': shift(16, eachUnsignedHalf(shiftRight)),
  'shrlv.ph': shiftVariable(16, eachUnsignedHalf(shiftRight)),
  'shra.qb': shift(8, eachSignedByte(shiftRight)),
  'shrav.qb': shiftVariable(8, eachSignedByte(shiftRight)),
  'shra_r.qb': shift(8, eachSignedByte(roundedRight)),
  'shrav_r.qb': shiftVariable(8, eachSignedByte(roundedRight)),
  'shra.ph': shift(16, eachHalf(shiftRight)),
  'shrav.ph': shiftVariable(16, eachHalf(shiftRight)),
  'shra_r.ph': shift(16, eachHalf(roundedRight)),
  'shrav_r.ph': shiftVariable(16, eachHalf(roundedRight)),
  'shra_r.w': shift(32, roundedRight),
  'shrav_r.w': shiftVariable(32, roundedRight),

  // Accumulators.
  'dpau.h.qbl': accumulating(dotBytesLeft),
  'dpau.h.qbr': accumulating(dotBytesRight),
  'dpsu.h.qbl': accumulating(negated(dotBytesLeft)),
  'dpsu.h.qbr': accumulating(negated(dotBytesRight)),
  'dpa.w.ph': accumulating(dot),
  'dps.w.ph': accumulating(negated(dot)),
  'dpax.w.ph': accumulating(dotCrossed),
  'dpsx.w.ph': accumulating(negated(dotCrossed)),
  'mulsa.w.ph': accumulating(difference),
  'dpaq_s.w.ph': accumulating(dotQ15),
  'dpsq_s.w.ph': accumulating(negated(dotQ15)),
  'dpaqx_s.w.ph': accumulating(dotQ15Crossed),
  'dpsqx_s.w.ph': accumulating(negated(dotQ15Crossed)),
  'mulsaq_s.w.ph': accumulating(differenceQ15),
  'maq_s.w.phl': accumulating(productLeft),
  'maq_s.w.phr': accumulating(productRight),
  'maq_sa.w.phl': accumulatingProduct(productLeft),
  'maq_sa.w.phr': accumulatingProduct(productRight),
  'dpaqx_sa.w.ph': accumulatingWord(dotQ15Crossed),
  'dpsqx_sa.w.ph': accumulatingWord(negated(dotQ15Crossed)),
  'dpaq_sa.l.w': accumulatingLong(false),
  'dpsq_sa.l.w': accumulatingLong(true),
  'mult:ac': product(multiplyHigh, 0),
  'multu:ac': product(multiplyHighUnsigned, 0),
  'madd:ac': product(multiplyHigh, 1),
  'maddu:ac': product(multiplyHighUnsigned, 1),
  'msub:ac': product(multiplyHigh, -1),
  'msubu:ac': product(multiplyHighUnsigned, -1),
  'mfhi:ac': (s, word) => put(s, rd(word), s[accumulator(ac21(word))]!),
  'mflo:ac': (s, word) => put(s, rd(word), s[accumulator(ac21(word)) + 1]!),
  'mthi:ac': (s, word) => { s[accumulator(ac11(word))] = s[rs(word)]!; },
  'mtlo:ac': (s, word) => { s[accumulator(ac11(word)) + 1] = s[rs(word)]!; },
  mthlip: moveUp,
  shilo: shiftAccumulator((_, word) => word >>> 20),
  shilov: shiftAccumulator((s, word) => s[rs(word)]!),
  'extr.w': extractWord(immediate, false, false),
  'extrv.w': extractWord(variable, false, false),
  'extr_r.w': extractWord(immediate, true, false),
  'extrv_r.w': extractWord(variable, true, false),
  'extr_rs.w': extractWord(immediate, true, true),
  'extrv_rs.w': extractWord(variable, true, true),
  'extr_s.h': extractHalf(immediate),
  'extrv_s.h': extractHalf(variable),
  extp: extractBits(immediate, false),
  extpv: extractBits(variable, false),
  extpdp: extractBits(immediate, true),
  extpdpv: extractBits(variable, true),

  // DSPControl.
  rddsp: readControl,
  'rddsp:all': readControl,
  wrdsp: writeControl,
  'wrdsp:all': writeControl,
};

/** Names of the rows that `execute` carries out. */
export const dspOperations: ReadonlySet<string> = new Set(Object.keys(operations));

/** A word's place in `byPlace`: function and operation fields, and bit 26, which tells SPECIAL3 from SPECIAL and SPECIAL2. */
const placeOf = (word: number): number => (word & 0x7ff) | ((word >>> 15) & 0x800);

const byPlace: (Operation | undefined)[] = new Array(0x1000).fill(undefined);
for (const { name, match } of [...dsp, ...dspr2]) {
  const operation = operations[name];
  if (operation !== undefined) byPlace[placeOf(match)] = operation;
}

/** Carries out a word of one of those rows on the state block. */
export function execute(s: State, word: number): void {
  byPlace[placeOf(word)]!(s, word);
}
