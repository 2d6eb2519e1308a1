// SoftFpu with short cuts through the host's own arithmetic, which is IEEE
// binary64, round to nearest (ECMA-262 §6.1.6.1). A short cut is taken only
// where value and flags are proven to be the same:
//
// - FCSR.RM is nearest and the Inexact enable is clear, so that the only thing
//   that can be raised is the Inexact flag; and
// - the operands and the result lie in a range, tested on native numbers (NaN
//   fails every test), in which the result is normal before and after rounding:
//   no overflow, underflow, invalid, divide by zero, and nothing for FS to
//   flush. Zero results are let through where they must be exact.
//
// Whether a result is inexact follows from its error term, which is computed
// exactly:
//
// - sumError (Knuth's TwoSum): for |a|, |b| < 2^1000 no step overflows, and the
//   error of a sum is always representable, underflow or not.
// - productError (Dekker's product with Veltkamp's splitting): exact while no
//   step overflows or loses bits to underflow. For 2^-400 < |a|, |b| < 2^400 the
//   smallest partial product is a multiple of 2^(-400 - 400 - 2 × 52) and the
//   largest number 2^800. With q = RN(a / b), q × b lies within rounding of a, |q|
//   in 2^±800, and its partial products are multiples of 2^(-401 - 2 × 52): fine, too.
//   The same holds for the square of a root.
// - q = RN(a / b) is exact iff q × b = a, that is, RN(q × b) = a and the product's
//   error is 0. The same for roots with r × r.
//
// Single precision is computed in double and rounded again by Math.fround. For
// + − × ÷ √ of 24-bit operands rounding first to p ≥ 2 × 24 + 2 bits changes
// nothing (Figueroa, "When is double rounding innocuous?", 1995) and a double
// has 53. The products of two singles have 48 bits: exact in a double.
//
// Math.sqrt is correctly rounded in every engine (one machine instruction);
// ECMA-262 does not promise it, the property tests watch it.
import { CAUSE, CAUSE_SHIFT, ENABLES_SHIFT, FLAGS_SHIFT, INEXACT, RM } from './fcsr.ts';
import { FCSR_WORD, SoftFpu } from './soft-fpu.ts';

/** With any of these FCSR bits set there is no short cut. */
const SLOW = RM | (INEXACT << ENABLES_SHIFT);
const RAISE_INEXACT = (INEXACT << CAUSE_SHIFT) | (INEXACT << FLAGS_SHIFT);

const MIN_NORMAL_S = 2 ** -126;
const MAX_S = (2 - 2 ** -23) * 2 ** 127;
const MIN_NORMAL_D = 2 ** -1022;
const SUM_LIMIT = 2 ** 1000;
const PRODUCT_MIN = 2 ** -400;
const PRODUCT_MAX = 2 ** 400;
const VELTKAMP = 2 ** 27 + 1;

const sumError = (a: number, b: number, sum: number): number => {
  const t = sum - a;
  return a - (sum - t) + (b - t);
};

const productError = (a: number, b: number, product: number): number => {
  const ca = VELTKAMP * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = VELTKAMP * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return al * bl - (product - ah * bh - al * bh - ah * bl);
};

/** Normal and not about to overflow when rounded to single. */
const fitsS = (value: number): boolean => {
  const m = Math.abs(value);
  return m >= MIN_NORMAL_S && m <= MAX_S;
};

const inSumRange = (a: number, b: number): boolean => Math.abs(a) < SUM_LIMIT && Math.abs(b) < SUM_LIMIT;

/** A sum of doubles in range is exact when it is 0 and otherwise must not be subnormal (FS would flush it). */
const isSumD = (sum: number): boolean => Math.abs(sum) >= MIN_NORMAL_D || sum === 0;

const inProductRange = (a: number): boolean => {
  const m = Math.abs(a);
  return m > PRODUCT_MIN && m < PRODUCT_MAX;
};

/** The FPU as the interpreter uses it: `SoftFpu` bit for bit, faster on everyday numbers. */
export class Fpu extends SoftFpu {
  override addS(fd: number, fs: number, ft: number): boolean {
    const fcsr = this.words[FCSR_WORD]!;
    const a = this.singles[fs]!;
    const b = this.singles[ft]!;
    const sum = a + b;
    if ((fcsr & SLOW) !== 0 || !(fitsS(sum) || sum === 0)) return super.addS(fd, fs, ft);
    return this.finishS(fd, sum, sumError(a, b, sum) === 0);
  }

  override subS(fd: number, fs: number, ft: number): boolean {
    const fcsr = this.words[FCSR_WORD]!;
    const a = this.singles[fs]!;
    const b = -this.singles[ft]!;
    const sum = a + b;
    if ((fcsr & SLOW) !== 0 || !(fitsS(sum) || sum === 0)) return super.subS(fd, fs, ft);
    return this.finishS(fd, sum, sumError(a, b, sum) === 0);
  }

  override addD(fd: number, fs: number, ft: number): boolean {
    const fcsr = this.words[FCSR_WORD]!;
    const a = this.doubles[fs >> 1]!;
    const b = this.doubles[ft >> 1]!;
    const sum = a + b;
    if ((fcsr & SLOW) !== 0 || !inSumRange(a, b) || !isSumD(sum)) return super.addD(fd, fs, ft);
    return this.finishD(fd, sum, sumError(a, b, sum) === 0);
  }

  override subD(fd: number, fs: number, ft: number): boolean {
    const fcsr = this.words[FCSR_WORD]!;
    const a = this.doubles[fs >> 1]!;
    const b = -this.doubles[ft >> 1]!;
    const sum = a + b;
    if ((fcsr & SLOW) !== 0 || !inSumRange(a, b) || !isSumD(sum)) return super.subD(fd, fs, ft);
    return this.finishD(fd, sum, sumError(a, b, sum) === 0);
  }

  override mulS(fd: number, fs: number, ft: number): boolean {
    const product = this.singles[fs]! * this.singles[ft]!;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0 || !fitsS(product)) return super.mulS(fd, fs, ft);
    return this.finishS(fd, product, true);
  }

  override mulD(fd: number, fs: number, ft: number): boolean {
    const a = this.doubles[fs >> 1]!;
    const b = this.doubles[ft >> 1]!;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0 || !inProductRange(a) || !inProductRange(b)) {
      return super.mulD(fd, fs, ft);
    }
    const product = a * b;
    return this.finishD(fd, product, productError(a, b, product) === 0);
  }

  override divS(fd: number, fs: number, ft: number): boolean {
    const a = this.singles[fs]!;
    const b = this.singles[ft]!;
    const quotient = a / b;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0 || !fitsS(quotient)) return super.divS(fd, fs, ft);
    // Finite and not 0, so both operands are. A product of singles is exact.
    return this.finishS(fd, quotient, Math.fround(quotient) * b === a);
  }

  override divD(fd: number, fs: number, ft: number): boolean {
    const a = this.doubles[fs >> 1]!;
    const b = this.doubles[ft >> 1]!;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0 || !inProductRange(a) || !inProductRange(b)) {
      return super.divD(fd, fs, ft);
    }
    const quotient = a / b;
    const back = quotient * b;
    return this.finishD(fd, quotient, back === a && productError(quotient, b, back) === 0);
  }

  override sqrtS(fd: number, fs: number): boolean {
    const a = this.singles[fs]!;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0 || !(a > 0 && a <= MAX_S)) return super.sqrtS(fd, fs);
    const root = Math.fround(Math.sqrt(a));
    return this.finishS(fd, root, root * root === a);
  }

  override sqrtD(fd: number, fs: number): boolean {
    const a = this.doubles[fs >> 1]!;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0 || !(a > PRODUCT_MIN && a < PRODUCT_MAX)) return super.sqrtD(fd, fs);
    const root = Math.sqrt(a);
    const back = root * root;
    return this.finishD(fd, root, back === a && productError(root, root, back) === 0);
  }

  override cvtSD(fd: number, fs: number): boolean {
    const a = this.doubles[fs >> 1]!;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0 || !(fitsS(a) || a === 0)) return super.cvtSD(fd, fs);
    return this.finishS(fd, a, true);
  }

  override cvtDS(fd: number, fs: number): boolean {
    const a = this.singles[fs]!;
    // Every single that is not NaN is a normal double, an infinity or 0: exact in every mode.
    if (Number.isNaN(a)) return super.cvtDS(fd, fs);
    return this.finishD(fd, a, true);
  }

  override cvtSW(fd: number, fs: number): boolean {
    const a = this.words[fs]!;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0) return super.cvtSW(fd, fs);
    return this.finishS(fd, a, true);
  }

  override cvtDW(fd: number, fs: number): boolean {
    return this.finishD(fd, this.words[fs]!, true);
  }

  protected override multiplyAddS(
    fd: number,
    fr: number,
    fs: number,
    ft: number,
    subtract: boolean,
    negated: boolean,
  ): boolean {
    const exact = this.singles[fs]! * this.singles[ft]!;
    const a = Math.fround(exact);
    const b = subtract ? -this.singles[fr]! : this.singles[fr]!;
    const sum = a + b;
    if ((this.words[FCSR_WORD]! & SLOW) !== 0 || !fitsS(exact) || !(fitsS(sum) || sum === 0)) {
      return super.multiplyAddS(fd, fr, fs, ft, subtract, negated);
    }
    return this.finishS(fd, negated ? -sum : sum, a === exact && sumError(a, b, sum) === 0);
  }

  protected override multiplyAddD(
    fd: number,
    fr: number,
    fs: number,
    ft: number,
    subtract: boolean,
    negated: boolean,
  ): boolean {
    const x = this.doubles[fs >> 1]!;
    const y = this.doubles[ft >> 1]!;
    const a = x * y;
    const b = subtract ? -this.doubles[fr >> 1]! : this.doubles[fr >> 1]!;
    const sum = a + b;
    if (
      (this.words[FCSR_WORD]! & SLOW) !== 0 ||
      !inProductRange(x) ||
      !inProductRange(y) ||
      !inSumRange(a, b) ||
      !isSumD(sum)
    ) {
      return super.multiplyAddD(fd, fr, fs, ft, subtract, negated);
    }
    return this.finishD(fd, negated ? -sum : sum, productError(x, y, a) === 0 && sumError(a, b, sum) === 0);
  }

  /** Rounds a number that fits to single and stores it; `exact`: whether it is the true result. */
  private finishS(fd: number, value: number, exact: boolean): boolean {
    const rounded = Math.fround(value);
    this.singles[fd] = rounded;
    const fcsr = this.words[FCSR_WORD]! & ~CAUSE;
    this.words[FCSR_WORD] = exact && rounded === value ? fcsr : fcsr | RAISE_INEXACT;
    return false;
  }

  private finishD(fd: number, value: number, exact: boolean): boolean {
    this.doubles[fd >> 1] = value;
    const fcsr = this.words[FCSR_WORD]! & ~CAUSE;
    this.words[FCSR_WORD] = exact ? fcsr : fcsr | RAISE_INEXACT;
    return false;
  }
}
