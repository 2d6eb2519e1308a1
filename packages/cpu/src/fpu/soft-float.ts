// IEEE 754 arithmetic in 32-bit integers: the part of the FPU that holds for
// every operand, rounding mode and flag. Numbers are taken apart into class,
// sign, exponent and a 64-bit significand; both formats share all arithmetic
// and differ only in how they are unpacked and packed.
//
// All state is the caller's scratch array, so nothing is allocated:
//
//   X, Y      operands; an operation replaces X by its exact result, the bits
//             below the 64th or-ed into the last one ("sticky")
//   OUT       the packed result: low word, high word
//
// NaNs are MIPS legacy NaNs (FCSR.NaN2008 = 0, MIPS32 PRA vol. I-A §5.5.2):
// a set top fraction bit means signalling, and every NaN result is the one
// default NaN.
import {
  DIVIDE_BY_ZERO,
  DOWNWARD,
  INEXACT,
  INVALID,
  NEAREST,
  OVERFLOW,
  TOWARD_ZERO,
  UNDERFLOW,
  UPWARD,
} from './fcsr.ts';

const CLASS = 0;
const SIGN = 1;
/** The value is (HI:LO / 2^63) × 2^EXP with bit 63 of HI:LO set. */
const EXP = 2;
const HI = 3;
const LO = 4;

/** Scratch indices of the operands and of the packed result. */
export const X = 0;
export const Y = 5;
export const OUT_LO = 10;
export const OUT_HI = 11;
export const SCRATCH_WORDS = 12;

const ZERO = 0;
const FINITE = 1;
const INFINITE = 2;
const QUIET = 3;
const SIGNALLING = 4;

const DEFAULT_NAN_S = 0x7fbf_ffff;
const DEFAULT_NAN_D_HI = 0x7ff7_ffff;
const DEFAULT_NAN_D_LO = -1;

const TWO32 = 0x1_0000_0000;

export function unpackS(u: Int32Array, at: number, word: number): void {
  const biased = (word >>> 23) & 0xff;
  const fraction = word & 0x7f_ffff;
  u[at + SIGN] = word >>> 31;
  u[at + LO] = 0;
  if (biased === 0xff) {
    u[at + CLASS] = fraction === 0 ? INFINITE : (fraction & 0x40_0000) === 0 ? QUIET : SIGNALLING;
  } else if (biased !== 0) {
    u[at + CLASS] = FINITE;
    u[at + EXP] = biased - 127;
    u[at + HI] = (fraction | 0x80_0000) << 8;
  } else if (fraction !== 0) {
    const shift = Math.clz32(fraction);
    u[at + CLASS] = FINITE;
    u[at + EXP] = 31 - shift - 149;
    u[at + HI] = fraction << shift;
  } else {
    u[at + CLASS] = ZERO;
  }
}

export function unpackD(u: Int32Array, at: number, lo: number, hi: number): void {
  const biased = (hi >>> 20) & 0x7ff;
  const fraction = hi & 0xf_ffff;
  u[at + SIGN] = hi >>> 31;
  if (biased === 0x7ff) {
    u[at + CLASS] = (fraction | lo) === 0 ? INFINITE : (fraction & 0x8_0000) === 0 ? QUIET : SIGNALLING;
  } else if (biased !== 0) {
    u[at + CLASS] = FINITE;
    u[at + EXP] = biased - 1023;
    u[at + HI] = ((fraction | 0x10_0000) << 11) | (lo >>> 21);
    u[at + LO] = lo << 11;
  } else {
    normalise(u, at, fraction, lo, 63 - 1074);
  }
}

/** The 64-bit two's complement integer hi:lo. */
export function unpackL(u: Int32Array, at: number, lo: number, hi: number): void {
  u[at + SIGN] = hi >>> 31;
  if (hi < 0) {
    lo = -lo | 0;
    hi = ~hi + (lo === 0 ? 1 : 0);
  }
  normalise(u, at, hi, lo, 63);
}

/** Sets a significand whose top bit may be anywhere; `exp` is the exponent if it is bit 63. */
function normalise(u: Int32Array, at: number, hi: number, lo: number, exp: number): void {
  if (hi === 0) {
    if (lo === 0) {
      u[at + CLASS] = ZERO;
      return;
    }
    hi = lo;
    lo = 0;
    exp -= 32;
  }
  const shift = Math.clz32(hi);
  u[at + CLASS] = FINITE;
  u[at + EXP] = exp - shift;
  u[at + HI] = shift === 0 ? hi : (hi << shift) | (lo >>> (32 - shift));
  u[at + LO] = lo << shift;
}

/** Flips the sign of operand `at`. */
export function negate(u: Int32Array, at: number): void {
  u[at + SIGN]! ^= 1;
}

/** The low word of hi:lo >>> n for n ≥ 1, with every bit that falls off or-ed into bit 0. */
function shiftJamLow(hi: number, lo: number, n: number): number {
  if (n < 32) return (lo >>> n) | (hi << (32 - n)) | (lo << (32 - n) !== 0 ? 1 : 0);
  if (n === 32) return hi | (lo !== 0 ? 1 : 0);
  if (n < 64) return (hi >>> (n - 32)) | ((hi << (64 - n)) | lo ? 1 : 0);
  return (hi | lo) !== 0 ? 1 : 0;
}

/** OUT := X's significand shifted right by `drop` places and rounded to an integer. Returns INEXACT or 0. */
function roundTo(u: Int32Array, drop: number, rm: number): number {
  // Two bits below the last kept one are enough: half, and all the rest.
  const n = drop - 2;
  const jammed = shiftJamLow(u[X + HI]!, u[X + LO]!, n);
  const top = n < 32 ? u[X + HI]! >>> n : 0;
  let lo = (jammed >>> 2) | (top << 30);
  let hi = top >>> 2;
  const rest = jammed & 3;
  if (rest !== 0) {
    const up =
      rm === NEAREST
        ? rest === 3 || (rest === 2 && (lo & 1) === 1)
        : rm !== TOWARD_ZERO && (u[X + SIGN] === 1) === (rm === DOWNWARD);
    if (up) {
      lo = (lo + 1) | 0;
      if (lo === 0) hi++;
    }
  }
  u[OUT_LO] = lo;
  u[OUT_HI] = hi;
  return rest === 0 ? 0 : INEXACT;
}

/** Whether a result beyond the largest number becomes infinite in mode `rm`, or stays at the largest number. */
const overflowsToInfinity = (rm: number, sign: number): boolean =>
  rm === NEAREST || (rm === UPWARD && sign === 0) || (rm === DOWNWARD && sign === 1);

/** Rounds X to single precision: OUT_LO. Returns the flags raised. `flush` is FCSR.FS. */
export function packS(u: Int32Array, rm: number, flush: boolean): number {
  const sign = u[X + SIGN]! << 31;
  u[OUT_HI] = 0;
  switch (u[X + CLASS]!) {
    case 0: // ZERO
      u[OUT_LO] = sign;
      return 0;
    case 1: // FINITE
      break;
    case 2: // INFINITE
      u[OUT_LO] = sign | 0x7f80_0000;
      return 0;
    default:
      u[OUT_LO] = DEFAULT_NAN_S;
      return 0;
  }
  const biased = u[X + EXP]! + 127;
  if (biased >= 0xff) {
    u[OUT_LO] = sign | (overflowsToInfinity(rm, sign >>> 31) ? 0x7f80_0000 : 0x7f7f_ffff);
    return OVERFLOW | INEXACT;
  }
  if (biased > 0) {
    const flags = roundTo(u, 40, rm);
    // Adding keeps the carry of a significand that rounded up to 2: it becomes the next exponent.
    const word = u[OUT_LO]! + ((biased - 1) << 23);
    u[OUT_LO] = sign | word;
    // Only modes that round overflow to infinity can carry into the exponent 255.
    return word >= 0x7f80_0000 ? OVERFLOW | INEXACT : flags;
  }
  if (flush) {
    u[OUT_LO] = sign;
    return 0;
  }
  // Tiny after rounding: still below 2^-126 if it were rounded to 24 bits whatever its exponent.
  let tiny = true;
  if (biased === 0) {
    roundTo(u, 40, rm);
    tiny = u[OUT_LO]! < 0x100_0000;
  }
  const flags = roundTo(u, 41 - biased, rm);
  u[OUT_LO]! |= sign;
  return flags !== 0 && tiny ? flags | UNDERFLOW : flags;
}

/** Rounds X to double precision: OUT_LO, OUT_HI. Returns the flags raised. `flush` is FCSR.FS. */
export function packD(u: Int32Array, rm: number, flush: boolean): number {
  const sign = u[X + SIGN]! << 31;
  switch (u[X + CLASS]!) {
    case 0: // ZERO
      u[OUT_LO] = 0;
      u[OUT_HI] = sign;
      return 0;
    case 1: // FINITE
      break;
    case 2: // INFINITE
      u[OUT_LO] = 0;
      u[OUT_HI] = sign | 0x7ff0_0000;
      return 0;
    default:
      u[OUT_LO] = DEFAULT_NAN_D_LO;
      u[OUT_HI] = DEFAULT_NAN_D_HI;
      return 0;
  }
  const biased = u[X + EXP]! + 1023;
  if (biased >= 0x7ff) {
    const infinite = overflowsToInfinity(rm, sign >>> 31);
    u[OUT_LO] = infinite ? 0 : -1;
    u[OUT_HI] = sign | (infinite ? 0x7ff0_0000 : 0x7fef_ffff);
    return OVERFLOW | INEXACT;
  }
  if (biased > 0) {
    const flags = roundTo(u, 11, rm);
    const high = u[OUT_HI]! + ((biased - 1) << 20);
    u[OUT_HI] = sign | high;
    return high >= 0x7ff0_0000 ? OVERFLOW | INEXACT : flags;
  }
  if (flush) {
    u[OUT_LO] = 0;
    u[OUT_HI] = sign;
    return 0;
  }
  let tiny = true;
  if (biased === 0) {
    roundTo(u, 11, rm);
    tiny = u[OUT_HI]! < 0x20_0000;
  }
  const flags = roundTo(u, 12 - biased, rm);
  u[OUT_HI]! |= sign;
  return flags !== 0 && tiny ? flags | UNDERFLOW : flags;
}

const isAnyNaN = (c: number): boolean => c >= QUIET;

/** X becomes NaN because an operand is: only a signalling one is invalid. */
function propagate(u: Int32Array, xc: number, yc: number): number {
  u[X + CLASS] = QUIET;
  return xc === SIGNALLING || yc === SIGNALLING ? INVALID : 0;
}

function invalid(u: Int32Array): number {
  u[X + CLASS] = QUIET;
  return INVALID;
}

function setX(u: Int32Array, kind: number): number {
  u[X + CLASS] = kind;
  return 0;
}

/** X := X + Y. The rounding mode decides the sign of a zero that cancels. */
export function add(u: Int32Array, rm: number): number {
  const xc = u[X + CLASS]!;
  const yc = u[Y + CLASS]!;
  const same = u[X + SIGN] === u[Y + SIGN];
  if (isAnyNaN(xc) || isAnyNaN(yc)) return propagate(u, xc, yc);
  if (xc === INFINITE) return yc === INFINITE && !same ? invalid(u) : 0;
  if (yc === ZERO) {
    if (xc === ZERO && !same) u[X + SIGN] = rm === DOWNWARD ? 1 : 0;
    return 0;
  }
  if (xc === ZERO || yc === INFINITE) {
    u.copyWithin(X, Y, Y + 5);
    return 0;
  }

  // Larger exponent first.
  let exp = u[X + EXP]!;
  let sign = u[X + SIGN]!;
  let hi = u[X + HI]!;
  let lo = u[X + LO]!;
  let hi2 = u[Y + HI]!;
  let lo2 = u[Y + LO]!;
  let distance = exp - u[Y + EXP]!;
  if (distance < 0) {
    distance = -distance;
    exp = u[Y + EXP]!;
    sign = u[Y + SIGN]!;
    hi = u[Y + HI]!;
    lo = u[Y + LO]!;
    hi2 = u[X + HI]!;
    lo2 = u[X + LO]!;
  }
  // Operands have at most 53 bits, so a sticky bit appears only from a distance of 12 on, where a difference loses
  // at most one leading bit: bit 0 stays below the last place that rounding looks at one by one.
  if (distance > 0) {
    lo2 = shiftJamLow(hi2, lo2, distance);
    hi2 = distance < 32 ? hi2 >>> distance : 0;
  }
  if (same) {
    const low = (lo >>> 0) + (lo2 >>> 0);
    const high = (hi >>> 0) + (hi2 >>> 0) + (low >= TWO32 ? 1 : 0);
    lo = low | 0;
    hi = high | 0;
    if (high >= TWO32) {
      lo = (lo >>> 1) | (hi << 31) | (lo & 1);
      hi = (hi >>> 1) | (1 << 31);
      exp++;
    }
    u[X + EXP] = exp;
    u[X + HI] = hi;
    u[X + LO] = lo;
    return 0;
  }
  let low = (lo >>> 0) - (lo2 >>> 0);
  let high = (hi >>> 0) - (hi2 >>> 0) - (low < 0 ? 1 : 0);
  if (high < 0) {
    // Equal exponents and the second is larger.
    low = (lo2 >>> 0) - (lo >>> 0);
    high = (hi2 >>> 0) - (hi >>> 0) - (low < 0 ? 1 : 0);
    sign ^= 1;
  }
  u[X + SIGN] = sign;
  normalise(u, X, high | 0, low | 0, exp);
  if (u[X + CLASS] === ZERO) u[X + SIGN] = rm === DOWNWARD ? 1 : 0;
  return 0;
}

/** The high word of the unsigned product a × b. Every sum below is less than 2^32. */
function mulHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const middle = ah * bl + ((al * bl) >>> 16);
  const other = al * bh + (middle & 0xffff);
  return ah * bh + (middle >>> 16) + (other >>> 16);
}

/** X := X × Y. */
export function mul(u: Int32Array): number {
  const xc = u[X + CLASS]!;
  const yc = u[Y + CLASS]!;
  if (isAnyNaN(xc) || isAnyNaN(yc)) return propagate(u, xc, yc);
  u[X + SIGN]! ^= u[Y + SIGN]!;
  if (xc === INFINITE || yc === INFINITE) return xc === ZERO || yc === ZERO ? invalid(u) : setX(u, INFINITE);
  if (xc === ZERO || yc === ZERO) return setX(u, ZERO);
  const ah = u[X + HI]!;
  const al = u[X + LO]!;
  const bh = u[Y + HI]!;
  const bl = u[Y + LO]!;
  // Columns of 32 bits, lowest first; a column's sum stays far below 2^53.
  const w0 = Math.imul(al, bl);
  const w1 = mulHigh(al, bl) + (Math.imul(ah, bl) >>> 0) + (Math.imul(al, bh) >>> 0);
  const w2 = mulHigh(ah, bl) + mulHigh(al, bh) + (Math.imul(ah, bh) >>> 0) + Math.floor(w1 / TWO32);
  const w3 = mulHigh(ah, bh) + Math.floor(w2 / TWO32);
  const sticky = (w0 | w1) !== 0 ? 1 : 0;
  const exp = u[X + EXP]! + u[Y + EXP]!;
  if (w3 >= 0x8000_0000) {
    u[X + EXP] = exp + 1;
    u[X + HI] = w3;
    u[X + LO] = w2 | sticky;
  } else {
    // Bit 63 of the columns below is shifted in where the sticky bit stands, which counts it already.
    u[X + EXP] = exp;
    u[X + HI] = (w3 << 1) | ((w2 | 0) >>> 31);
    u[X + LO] = (w2 << 1) | ((w1 | 0) >>> 31) | sticky;
  }
  return 0;
}

/** The significand of an unpacked operand, at most 53 bits, as an integer in 2^52 … 2^53 − 1. */
const integer = (u: Int32Array, at: number): number => (u[at + HI]! >>> 0) * 0x20_0000 + (u[at + LO]! >>> 11);

/** X := X ÷ Y, for operands as unpacked. */
export function div(u: Int32Array): number {
  const xc = u[X + CLASS]!;
  const yc = u[Y + CLASS]!;
  if (isAnyNaN(xc) || isAnyNaN(yc)) return propagate(u, xc, yc);
  u[X + SIGN]! ^= u[Y + SIGN]!;
  if (xc === INFINITE) return yc === INFINITE ? invalid(u) : 0;
  if (yc === INFINITE) return setX(u, ZERO);
  if (yc === ZERO) {
    if (xc === ZERO) return invalid(u);
    u[X + CLASS] = INFINITE;
    return DIVIDE_BY_ZERO;
  }
  if (xc === ZERO) return 0;
  const divisor = integer(u, Y);
  let rest = integer(u, X);
  let exp = u[X + EXP]! - u[Y + EXP]!;
  if (rest < divisor) {
    rest *= 2;
    exp--;
  }
  // Restoring division. rest < 2 × divisor < 2^54 and even above 2^53, so both steps are exact in a double.
  let hi = 0;
  for (let i = 0; i < 32; i++) {
    hi <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      hi |= 1;
    }
    rest *= 2;
  }
  let lo = 0;
  for (let i = 0; i < 24; i++) {
    lo <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      lo |= 1;
    }
    rest *= 2;
  }
  u[X + EXP] = exp;
  u[X + HI] = hi;
  u[X + LO] = (lo << 8) | (rest !== 0 ? 1 : 0);
  return 0;
}

/** X := √X, for an operand as unpacked. */
export function sqrt(u: Int32Array): number {
  const xc = u[X + CLASS]!;
  if (isAnyNaN(xc)) return propagate(u, xc, xc);
  if (xc === ZERO) return 0;
  if (u[X + SIGN] === 1) return invalid(u);
  if (xc === INFINITE) return 0;
  const exp = u[X + EXP]!;
  // The radicand in [1, 4) as a fixed-point number with two bits before the point, fed two bits at a time.
  const odd = exp & 1;
  let radicandHi = odd === 1 ? u[X + HI]! : u[X + HI]! >>> 1;
  let radicandLo = odd === 1 ? u[X + LO]! : (u[X + LO]! >>> 1) | (u[X + HI]! << 31);
  // Digit by digit: rest ≤ 2 × root < 2^57 after a step, so a step's 4 × rest + 3 fits 64 bits.
  let restHi = 0;
  let restLo = 0;
  let rootHi = 0;
  let rootLo = 0;
  for (let i = 0; i < 56; i++) {
    restHi = ((restHi << 2) | (restLo >>> 30)) >>> 0;
    restLo = ((restLo << 2) | (radicandHi >>> 30)) >>> 0;
    radicandHi = (radicandHi << 2) | (radicandLo >>> 30);
    radicandLo <<= 2;
    const trialHi = ((rootHi << 2) | (rootLo >>> 30)) >>> 0;
    const trialLo = ((rootLo << 2) | 1) >>> 0;
    rootHi = ((rootHi << 1) | (rootLo >>> 31)) >>> 0;
    rootLo = (rootLo << 1) >>> 0;
    if (restHi > trialHi || (restHi === trialHi && restLo >= trialLo)) {
      restHi = (restHi - trialHi - (restLo < trialLo ? 1 : 0)) >>> 0;
      restLo = (restLo - trialLo) >>> 0;
      rootLo |= 1;
    }
  }
  u[X + EXP] = exp >> 1;
  u[X + HI] = (rootHi << 8) | (rootLo >>> 24);
  u[X + LO] = (rootLo << 8) | ((restHi | restLo) !== 0 ? 1 : 0);
  return 0;
}
