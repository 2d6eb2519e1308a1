// The FPU's instructions on the register file, by integer arithmetic alone:
// the reference that `Fpu` takes its native short cuts from.
import {
  CAUSE,
  CAUSE_SHIFT,
  conditionBit,
  ENABLES_SHIFT,
  FCSR_WRITABLE,
  FIR_24KF,
  FLAGS_SHIFT,
  FS,
  INEXACT,
  INVALID,
  RM,
  readControl,
  trapsAtOnce,
  writeControl,
} from './fcsr.ts';
import {
  add,
  div,
  mul,
  negate,
  OUT_HI,
  OUT_LO,
  packD,
  packS,
  SCRATCH_WORDS,
  sqrt,
  unpackD,
  unpackL,
  unpackS,
  X,
  Y,
} from './soft-float.ts';

/** Index of FCSR in the state words; the 32 registers of 64 bits take the words before it. */
export const FCSR_WORD = 64;
/** Words of state an FPU keeps: registers, FCSR, and one that pads to 8 bytes. */
export const FPU_STATE_WORDS = 66;

/**
 * Index of the word that holds single (or W) register `n`. With Status.FR = 0 an odd register is the upper half of the
 * even one before it, so a double register `n` is always the words 2n and 2n + 1; so is an L register, which FR = 1 alone has.
 */
export const singleWord = (n: number, fr: boolean): number => (fr ? 2 * n : 2 * n - (n & 1));

export interface FpuOptions {
  /** FIR as CFC1 reads it. Default: the 24Kf's. */
  readonly fir?: number | undefined;
  /** The bits of FCSR that CTC1 can change. Default: all that MIPS32 defines. */
  readonly fcsrWritable?: number | undefined;
}

const ONE_S = 0x3f80_0000;
const ONE_D_HI = 0x3ff0_0000;
const TWO32 = 0x1_0000_0000;
const TWO52 = 0x10_0000_0000_0000;
const TWO63 = 0x8000_0000_0000_0000;

/** Rounds a number to an integer in FCSR's mode `rm`: exact, for every double (NaN and infinities stay). */
function integral(a: number, rm: number): number {
  switch (rm) {
    case 0: {
      // NEAREST. From 2^52 on a double is an integer; below, adding 2^52 leaves no room for a fraction, and the
      // subtraction is exact.
      const m = Math.abs(a);
      if (!(m < TWO52)) return a;
      const r = m + TWO52 - TWO52;
      return a < 0 ? -r : r;
    }
    case 1: // TOWARD_ZERO
      return Math.trunc(a);
    case 2: // UPWARD
      return Math.ceil(a);
    default:
      return Math.floor(a);
  }
}

/**
 * MIPS legacy-NaN floating point. Registers and FCSR live in words that the host passes in; a double is its low
 * word, then its high word, which on the little-endian machines that JavaScript runs on is a native float64.
 *
 * Operands are word indices (`singleWord(n, fr)` for S and W, `2 * n` for D and L). An instruction returns whether it
 * traps (Floating Point Exception): then the destination and FCSR's Flags are unchanged and Cause tells why. Names are
 * those of the instructions: `cvtSD` is CVT.S.D, to S from D.
 *
 * Where the architecture leaves a choice, this does what QEMU's 24Kf does:
 * - subnormals are computed, never left to software by Unimplemented Operation;
 * - FCSR.FS makes a result that is tiny before rounding a zero of its sign in every rounding mode and raises nothing;
 *   subnormal operands count as they are;
 * - ABS and NEG only change the sign bit, also of a NaN, and leave FCSR alone (the manual has them signal a NaN);
 * - MADD and its kin round the product, then the sum, and raise the flags of both; NMADD and NMSUB negate a NaN too;
 * - RECIP and RSQRT are correctly rounded 1/x and 1/(rounded √x);
 * - an exact subnormal result does not raise Underflow, even if its enable is set.
 */
export class SoftFpu {
  /** The state: registers, then FCSR. */
  readonly words: Int32Array;
  protected readonly singles: Float32Array;
  protected readonly doubles: Float64Array;
  private readonly u = new Int32Array(SCRATCH_WORDS);
  private readonly fir: number;
  private readonly fcsrWritable: number;

  /** `words`: `FPU_STATE_WORDS` words aligned to 8 bytes, such as a view into a machine's arena. */
  constructor(words: Int32Array = new Int32Array(FPU_STATE_WORDS), options: FpuOptions = {}) {
    this.words = words;
    this.singles = new Float32Array(words.buffer, words.byteOffset, FCSR_WORD);
    this.doubles = new Float64Array(words.buffer, words.byteOffset, FCSR_WORD / 2);
    this.fir = options.fir ?? FIR_24KF;
    this.fcsrWritable = options.fcsrWritable ?? FCSR_WRITABLE;
  }

  /** FCSR, as an unsigned word. */
  get fcsr(): number {
    return this.words[FCSR_WORD]! >>> 0;
  }
  set fcsr(value: number) {
    this.words[FCSR_WORD] = value;
  }

  /** CFC1: control register `n`, as a signed word. */
  readControl(n: number): number {
    return readControl(n, this.words[FCSR_WORD]!, this.fir);
  }

  /** CTC1: writes control register `n`; traps if that leaves a cause set together with its enable. */
  writeControl(n: number, value: number): boolean {
    const fcsr = writeControl(n, value | 0, this.words[FCSR_WORD]!, this.fcsrWritable);
    this.words[FCSR_WORD] = fcsr;
    return trapsAtOnce(fcsr);
  }

  /** Condition code `cc`, as BC1T, MOVT and their kin read it. */
  condition(cc: number): boolean {
    return (this.words[FCSR_WORD]! & conditionBit(cc)) !== 0;
  }

  // Moves and signs: bits only, FCSR untouched.

  movS(fd: number, fs: number): void {
    this.words[fd] = this.words[fs]!;
  }

  movD(fd: number, fs: number): void {
    this.words[fd] = this.words[fs]!;
    this.words[fd + 1] = this.words[fs + 1]!;
  }

  absS(fd: number, fs: number): void {
    this.words[fd] = this.words[fs]! & 0x7fff_ffff;
  }

  absD(fd: number, fs: number): void {
    this.words[fd] = this.words[fs]!;
    this.words[fd + 1] = this.words[fs + 1]! & 0x7fff_ffff;
  }

  negS(fd: number, fs: number): void {
    this.words[fd] = this.words[fs]! ^ (1 << 31);
  }

  negD(fd: number, fs: number): void {
    this.words[fd] = this.words[fs]!;
    this.words[fd + 1] = this.words[fs + 1]! ^ (1 << 31);
  }

  // Arithmetic.

  addS(fd: number, fs: number, ft: number): boolean {
    this.loadSS(fs, ft);
    return this.storeS(fd, add(this.u, this.words[FCSR_WORD]! & RM));
  }

  addD(fd: number, fs: number, ft: number): boolean {
    this.loadDD(fs, ft);
    return this.storeD(fd, add(this.u, this.words[FCSR_WORD]! & RM));
  }

  subS(fd: number, fs: number, ft: number): boolean {
    this.loadSS(fs, ft);
    negate(this.u, Y);
    return this.storeS(fd, add(this.u, this.words[FCSR_WORD]! & RM));
  }

  subD(fd: number, fs: number, ft: number): boolean {
    this.loadDD(fs, ft);
    negate(this.u, Y);
    return this.storeD(fd, add(this.u, this.words[FCSR_WORD]! & RM));
  }

  mulS(fd: number, fs: number, ft: number): boolean {
    this.loadSS(fs, ft);
    return this.storeS(fd, mul(this.u));
  }

  mulD(fd: number, fs: number, ft: number): boolean {
    this.loadDD(fs, ft);
    return this.storeD(fd, mul(this.u));
  }

  divS(fd: number, fs: number, ft: number): boolean {
    this.loadSS(fs, ft);
    return this.storeS(fd, div(this.u));
  }

  divD(fd: number, fs: number, ft: number): boolean {
    this.loadDD(fs, ft);
    return this.storeD(fd, div(this.u));
  }

  sqrtS(fd: number, fs: number): boolean {
    unpackS(this.u, X, this.words[fs]!);
    return this.storeS(fd, sqrt(this.u));
  }

  sqrtD(fd: number, fs: number): boolean {
    unpackD(this.u, X, this.words[fs]!, this.words[fs + 1]!);
    return this.storeD(fd, sqrt(this.u));
  }

  recipS(fd: number, fs: number): boolean {
    unpackS(this.u, X, ONE_S);
    unpackS(this.u, Y, this.words[fs]!);
    return this.storeS(fd, div(this.u));
  }

  recipD(fd: number, fs: number): boolean {
    unpackD(this.u, X, 0, ONE_D_HI);
    unpackD(this.u, Y, this.words[fs]!, this.words[fs + 1]!);
    return this.storeD(fd, div(this.u));
  }

  rsqrtS(fd: number, fs: number): boolean {
    const { u } = this;
    unpackS(u, X, this.words[fs]!);
    const flags = sqrt(u) | this.packS();
    unpackS(u, X, ONE_S);
    unpackS(u, Y, u[OUT_LO]!);
    return this.storeS(fd, flags | div(u));
  }

  rsqrtD(fd: number, fs: number): boolean {
    const { u } = this;
    unpackD(u, X, this.words[fs]!, this.words[fs + 1]!);
    const flags = sqrt(u) | this.packD();
    unpackD(u, X, 0, ONE_D_HI);
    unpackD(u, Y, u[OUT_LO]!, u[OUT_HI]!);
    return this.storeD(fd, flags | div(u));
  }

  // COP1X: fd = ±(fs × ft ± fr).

  maddS(fd: number, fr: number, fs: number, ft: number): boolean {
    return this.multiplyAddS(fd, fr, fs, ft, false, false);
  }

  maddD(fd: number, fr: number, fs: number, ft: number): boolean {
    return this.multiplyAddD(fd, fr, fs, ft, false, false);
  }

  msubS(fd: number, fr: number, fs: number, ft: number): boolean {
    return this.multiplyAddS(fd, fr, fs, ft, true, false);
  }

  msubD(fd: number, fr: number, fs: number, ft: number): boolean {
    return this.multiplyAddD(fd, fr, fs, ft, true, false);
  }

  nmaddS(fd: number, fr: number, fs: number, ft: number): boolean {
    return this.multiplyAddS(fd, fr, fs, ft, false, true);
  }

  nmaddD(fd: number, fr: number, fs: number, ft: number): boolean {
    return this.multiplyAddD(fd, fr, fs, ft, false, true);
  }

  nmsubS(fd: number, fr: number, fs: number, ft: number): boolean {
    return this.multiplyAddS(fd, fr, fs, ft, true, true);
  }

  nmsubD(fd: number, fr: number, fs: number, ft: number): boolean {
    return this.multiplyAddD(fd, fr, fs, ft, true, true);
  }

  protected multiplyAddS(fd: number, fr: number, fs: number, ft: number, subtract: boolean, negated: boolean): boolean {
    const { u } = this;
    this.loadSS(fs, ft);
    let flags = mul(u) | this.packS();
    unpackS(u, X, u[OUT_LO]!);
    unpackS(u, Y, this.words[fr]!);
    if (subtract) negate(u, Y);
    flags |= add(u, this.words[FCSR_WORD]! & RM) | this.packS();
    if (negated) u[OUT_LO]! ^= 1 << 31;
    return this.commitS(fd, flags);
  }

  protected multiplyAddD(fd: number, fr: number, fs: number, ft: number, subtract: boolean, negated: boolean): boolean {
    const { u } = this;
    this.loadDD(fs, ft);
    let flags = mul(u) | this.packD();
    unpackD(u, X, u[OUT_LO]!, u[OUT_HI]!);
    unpackD(u, Y, this.words[fr]!, this.words[fr + 1]!);
    if (subtract) negate(u, Y);
    flags |= add(u, this.words[FCSR_WORD]! & RM) | this.packD();
    if (negated) u[OUT_HI]! ^= 1 << 31;
    return this.commitD(fd, flags);
  }

  // Conversions between the floating-point formats and from integers.

  cvtSD(fd: number, fs: number): boolean {
    const { u } = this;
    unpackD(u, X, this.words[fs]!, this.words[fs + 1]!);
    unpackD(u, Y, 0, ONE_D_HI);
    return this.storeS(fd, mul(u));
  }

  cvtDS(fd: number, fs: number): boolean {
    const { u } = this;
    unpackS(u, X, this.words[fs]!);
    unpackS(u, Y, ONE_S);
    return this.storeD(fd, mul(u));
  }

  cvtSW(fd: number, fs: number): boolean {
    const word = this.words[fs]!;
    unpackL(this.u, X, word, word >> 31);
    return this.storeS(fd, 0);
  }

  cvtDW(fd: number, fs: number): boolean {
    const word = this.words[fs]!;
    unpackL(this.u, X, word, word >> 31);
    return this.storeD(fd, 0);
  }

  cvtSL(fd: number, fs: number): boolean {
    unpackL(this.u, X, this.words[fs]!, this.words[fs + 1]!);
    return this.storeS(fd, 0);
  }

  cvtDL(fd: number, fs: number): boolean {
    unpackL(this.u, X, this.words[fs]!, this.words[fs + 1]!);
    return this.storeD(fd, 0);
  }

  // Conversions to integers, in FCSR's mode unless one is given: ROUND, TRUNC, CEIL and FLOOR are NEAREST, TOWARD_ZERO,
  // UPWARD and DOWNWARD. Rounding a double to an integer natively is exact, so there is no soft form.

  cvtWS(fd: number, fs: number, rm: number = this.words[FCSR_WORD]! & RM): boolean {
    return this.toW(fd, this.singles[fs]!, rm);
  }

  cvtWD(fd: number, fs: number, rm: number = this.words[FCSR_WORD]! & RM): boolean {
    return this.toW(fd, this.doubles[fs >> 1]!, rm);
  }

  cvtLS(fd: number, fs: number, rm: number = this.words[FCSR_WORD]! & RM): boolean {
    return this.toL(fd, this.singles[fs]!, rm);
  }

  cvtLD(fd: number, fs: number, rm: number = this.words[FCSR_WORD]! & RM): boolean {
    return this.toL(fd, this.doubles[fs >> 1]!, rm);
  }

  private toW(fd: number, value: number, rm: number): boolean {
    const rounded = integral(value, rm);
    const valid = rounded >= -0x8000_0000 && rounded <= 0x7fff_ffff;
    if (this.raise(!valid ? INVALID : rounded === value ? 0 : INEXACT)) return true;
    this.words[fd] = valid ? rounded : 0x7fff_ffff;
    return false;
  }

  private toL(fd: number, value: number, rm: number): boolean {
    const rounded = integral(value, rm);
    const valid = rounded >= -TWO63 && rounded < TWO63;
    if (this.raise(!valid ? INVALID : rounded === value ? 0 : INEXACT)) return true;
    // Both halves are exact: dividing by a power of two and the remainder of a double's 53 bits.
    const high = Math.floor(rounded / TWO32);
    this.words[fd] = valid ? rounded - high * TWO32 : -1;
    this.words[fd + 1] = valid ? high : 0x7fff_ffff;
    return false;
  }

  /**
   * C.cond.fmt: `cond` is the instruction's low four bits: 1 true if unordered, 2 if equal, 4 if less, 8 a quiet NaN is
   * invalid as well (MIPS32 PRA vol. II, C.cond.fmt, table of predicates).
   */
  compareS(cond: number, cc: number, fs: number, ft: number): boolean {
    const relation = relate(this.singles[fs]!, this.singles[ft]!);
    const signalling = relation === UNORDERED && (isSignallingS(this.words[fs]!) || isSignallingS(this.words[ft]!));
    return this.setCondition(cond, cc, relation, signalling);
  }

  compareD(cond: number, cc: number, fs: number, ft: number): boolean {
    const relation = relate(this.doubles[fs >> 1]!, this.doubles[ft >> 1]!);
    const signalling =
      relation === UNORDERED && (isSignallingD(this.words[fs + 1]!) || isSignallingD(this.words[ft + 1]!));
    return this.setCondition(cond, cc, relation, signalling);
  }

  private setCondition(cond: number, cc: number, relation: number, signalling: boolean): boolean {
    if (this.raise(signalling || (relation === UNORDERED && (cond & 8) !== 0) ? INVALID : 0)) return true;
    const bit = conditionBit(cc);
    const fcsr = this.words[FCSR_WORD]!;
    this.words[FCSR_WORD] = (cond & relation) !== 0 ? fcsr | bit : fcsr & ~bit;
    return false;
  }

  private loadSS(fs: number, ft: number): void {
    unpackS(this.u, X, this.words[fs]!);
    unpackS(this.u, Y, this.words[ft]!);
  }

  private loadDD(fs: number, ft: number): void {
    unpackD(this.u, X, this.words[fs]!, this.words[fs + 1]!);
    unpackD(this.u, Y, this.words[ft]!, this.words[ft + 1]!);
  }

  private packS(): number {
    const fcsr = this.words[FCSR_WORD]!;
    return packS(this.u, fcsr & RM, (fcsr & FS) !== 0);
  }

  private packD(): number {
    const fcsr = this.words[FCSR_WORD]!;
    return packD(this.u, fcsr & RM, (fcsr & FS) !== 0);
  }

  private storeS(fd: number, flags: number): boolean {
    return this.commitS(fd, flags | this.packS());
  }

  private storeD(fd: number, flags: number): boolean {
    return this.commitD(fd, flags | this.packD());
  }

  private commitS(fd: number, flags: number): boolean {
    if (this.raise(flags)) return true;
    this.words[fd] = this.u[OUT_LO]!;
    return false;
  }

  private commitD(fd: number, flags: number): boolean {
    if (this.raise(flags)) return true;
    this.words[fd] = this.u[OUT_LO]!;
    this.words[fd + 1] = this.u[OUT_HI]!;
    return false;
  }

  /** Records an operation's exceptions: Cause always; Flags too, unless one is enabled, which traps. */
  private raise(flags: number): boolean {
    const fcsr = (this.words[FCSR_WORD]! & ~CAUSE) | (flags << CAUSE_SHIFT);
    const traps = ((fcsr >>> ENABLES_SHIFT) & flags) !== 0;
    this.words[FCSR_WORD] = traps ? fcsr : fcsr | (flags << FLAGS_SHIFT);
    return traps;
  }
}

const UNORDERED = 1;

/** How a stands to b, as the bit of C.cond.fmt's `cond` that asks for it. */
const relate = (a: number, b: number): number => (a < b ? 4 : a === b ? 2 : a > b ? 0 : UNORDERED);

// Exponent all ones and the top fraction bit set: a signalling NaN whatever follows.
const isSignallingS = (word: number): boolean => (word & 0x7fc0_0000) === 0x7fc0_0000;
const isSignallingD = (hi: number): boolean => (hi & 0x7ff8_0000) === 0x7ff8_0000;
