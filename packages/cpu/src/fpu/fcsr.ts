// The FPU's control registers (MIPS32 PRA vol. I-A §5.6): FIR, FCSR and the
// three views of FCSR that CTC1/CFC1 reach as registers of their own.

/** IEEE exceptions in the order of FCSR's Flags (bits 6:2), Enables (11:7) and Cause (16:12) fields. */
export const INEXACT = 1;
export const UNDERFLOW = 2;
export const OVERFLOW = 4;
export const DIVIDE_BY_ZERO = 8;
export const INVALID = 16;

/** FCSR.RM. */
export const NEAREST = 0;
export const TOWARD_ZERO = 1;
export const UPWARD = 2;
export const DOWNWARD = 3;

export const RM = 3;
export const FLAGS_SHIFT = 2;
export const ENABLES_SHIFT = 7;
export const CAUSE_SHIFT = 12;
/** The five IEEE causes and Unimplemented Operation. */
export const CAUSE = 0x3f << CAUSE_SHIFT;
/** Cause.E: set by software only, since no operation here is left to a trap handler; it has no enable and always traps. */
export const CAUSE_UNIMPLEMENTED = 1 << 17;
/** Flush subnormal results to zero. */
export const FS = 1 << 24;

/** Control register numbers of CFC1 and CTC1. */
export const FIR = 0;
export const FCCR = 25;
export const FEXR = 26;
export const FENR = 28;
export const FCSR = 31;

/** FIR of the cores that have an FPU: S, D, W, L and F64, no paired single (bit 18), no NaN2008 (bit 23). */
export const FIR_24KF = 0x0073_9300;
export const FIR_34KF = 0x0073_9500;
export const FIR_74KF = 0x0073_9300;

/** Writable bits of FCSR with all eight condition codes (MIPS IV, MIPS32). */
export const FCSR_WRITABLE = 0xff83_ffff | 0;
/** Writable bits of FCSR with one condition code (MIPS I to III, R4000 class). */
export const FCSR_WRITABLE_ONE_CONDITION = 0x0183_ffff;

const FEXR_BITS = 0x0003_f07c;
const FENR_BITS = 0x0000_0f83;
/** With one of these (FCSR's bits 22:18, "must be written as 0") a write to FEXR or FENR is dropped, as QEMU does. */
const REJECTED = 0x007c_0000;

/** The FCSR bit of condition code `cc`: code 0 sits apart from 1…7 for the sake of MIPS I. */
export const conditionBit = (cc: number): number => (cc === 0 ? 1 << 23 : 1 << (24 + cc));

/** What CFC1 reads from control register `n`; registers that do not exist read 0. */
export function readControl(n: number, fcsr: number, fir: number): number {
  switch (n) {
    case FIR:
      return fir;
    case FCCR:
      return ((fcsr >>> 24) & 0xfe) | ((fcsr >>> 23) & 1);
    case FEXR:
      return fcsr & FEXR_BITS;
    case FENR:
      return (fcsr & (FENR_BITS & ~4)) | ((fcsr >>> 22) & 4);
    case FCSR:
      return fcsr;
    default:
      return 0;
  }
}

/** FCSR after CTC1 of `value` to control register `n`. FIR and registers that do not exist ignore the write. */
export function writeControl(n: number, value: number, fcsr: number, writable: number): number {
  let bits: number;
  let mask: number;
  switch (n) {
    case FCCR:
      if ((value & ~0xff) !== 0) return fcsr;
      mask = 0xfe80_0000;
      bits = ((value & 0xfe) << 24) | ((value & 1) << 23);
      break;
    case FEXR:
      if ((value & REJECTED) !== 0) return fcsr;
      mask = FEXR_BITS;
      bits = value;
      break;
    case FENR:
      if ((value & REJECTED) !== 0) return fcsr;
      mask = FENR_BITS | FS;
      bits = (value & FENR_BITS) | ((value & 4) << 22);
      break;
    case FCSR:
      mask = -1;
      bits = value;
      break;
    default:
      return fcsr;
  }
  mask &= writable;
  return (fcsr & ~mask) | (bits & mask);
}

/** Whether FCSR as written by CTC1 traps at once: a cause bit is set whose enable is set, or that needs none. */
export const trapsAtOnce = (fcsr: number): boolean =>
  (fcsr & CAUSE_UNIMPLEMENTED) !== 0 || ((fcsr >>> ENABLES_SHIFT) & (fcsr >>> CAUSE_SHIFT) & 0x1f) !== 0;
