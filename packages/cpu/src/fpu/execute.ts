// COP1 and COP1X arithmetic from the instruction word: every row that computes,
// converts, compares or moves between floating-point registers. Loads, stores,
// branches and moves to and from general registers are the core's.
import { DOWNWARD, NEAREST, TOWARD_ZERO, UPWARD } from './fcsr.ts';
import type { SoftFpu } from './soft-fpu.ts';

export const DONE = 0;
/** Floating Point Exception: nothing was written but FCSR.Cause. */
export const TRAPPED = 1;
/** No such instruction, or with FR = 0 the L format or an odd register for a double: Reserved Instruction. */
export const RESERVED = 2;

const outcome = (trapped: boolean): number => (trapped ? TRAPPED : DONE);

/**
 * Executes a COP1 or COP1X word. `fr` is Status.FR; `rt` is what the general register of bits 20:16 holds (MOVZ.fmt
 * and MOVN.fmt ask). Whether the core has the instruction at all is for the caller's decoder to say.
 */
export function execute(fpu: SoftFpu, word: number, fr: boolean, rt: number): number {
  // Word indices; a single's odd register is the upper half of the even one when FR = 0 (see `singleWord`).
  const odd = fr ? 0 : 1;
  const fd = (word >>> 6) & 31;
  const fs = (word >>> 11) & 31;
  const ft = (word >>> 16) & 31;
  if (word >>> 26 === 0x13) {
    const addend = (word >>> 21) & 31;
    switch (word & 7) {
      case 0:
        return multiplyAddS(
          fpu,
          word,
          2 * fd - (fd & odd),
          2 * addend - (addend & odd),
          2 * fs - (fs & odd),
          2 * ft - (ft & odd),
        );
      case 1:
        if (((fd | addend | fs | ft) & odd) !== 0) return RESERVED;
        return multiplyAddD(fpu, word, 2 * fd, 2 * addend, 2 * fs, 2 * ft);
      default:
        return RESERVED;
    }
  }
  switch ((word >>> 21) & 31) {
    case 16:
      return single(fpu, word, odd, fd, 2 * fs - (fs & odd), ft, rt);
    case 17:
      return (fs & odd) !== 0 ? RESERVED : double(fpu, word, odd, fd, 2 * fs, ft, rt);
    case 20:
      return fromWord(fpu, word, odd, fd, 2 * fs - (fs & odd));
    case 21:
      return fr ? fromLong(fpu, word, 2 * fd, 2 * fs) : RESERVED;
    default:
      return RESERVED;
  }
}

function multiplyAddS(fpu: SoftFpu, word: number, fd: number, fr: number, fs: number, ft: number): number {
  switch ((word >>> 3) & 7) {
    case 4:
      return outcome(fpu.maddS(fd, fr, fs, ft));
    case 5:
      return outcome(fpu.msubS(fd, fr, fs, ft));
    case 6:
      return outcome(fpu.nmaddS(fd, fr, fs, ft));
    case 7:
      return outcome(fpu.nmsubS(fd, fr, fs, ft));
    default:
      return RESERVED;
  }
}

function multiplyAddD(fpu: SoftFpu, word: number, fd: number, fr: number, fs: number, ft: number): number {
  switch ((word >>> 3) & 7) {
    case 4:
      return outcome(fpu.maddD(fd, fr, fs, ft));
    case 5:
      return outcome(fpu.msubD(fd, fr, fs, ft));
    case 6:
      return outcome(fpu.nmaddD(fd, fr, fs, ft));
    case 7:
      return outcome(fpu.nmsubD(fd, fr, fs, ft));
    default:
      return RESERVED;
  }
}

/** Whether MOVF.fmt, MOVT.fmt (0x11), MOVZ.fmt (0x12) or MOVN.fmt (0x13) moves. */
function moves(fpu: SoftFpu, word: number, rt: number): boolean {
  switch (word & 63) {
    case 0x11:
      return fpu.condition((word >>> 18) & 7) === ((word & 0x1_0000) !== 0);
    case 0x12:
      return rt === 0;
    default:
      return rt !== 0;
  }
}

// In the functions below `fs` is a word index; `fd` and `ft` are register numbers, since the instruction decides whether
// they name a single or a double.

function single(fpu: SoftFpu, word: number, odd: number, fd: number, fs: number, ft: number, rt: number): number {
  const d = 2 * fd - (fd & odd);
  const t = 2 * ft - (ft & odd);
  switch (word & 63) {
    case 0x00:
      return outcome(fpu.addS(d, fs, t));
    case 0x01:
      return outcome(fpu.subS(d, fs, t));
    case 0x02:
      return outcome(fpu.mulS(d, fs, t));
    case 0x03:
      return outcome(fpu.divS(d, fs, t));
    case 0x04:
      return outcome(fpu.sqrtS(d, fs));
    case 0x05:
      fpu.absS(d, fs);
      return DONE;
    case 0x06:
      fpu.movS(d, fs);
      return DONE;
    case 0x07:
      fpu.negS(d, fs);
      return DONE;
    case 0x08:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLS(2 * fd, fs, NEAREST));
    case 0x09:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLS(2 * fd, fs, TOWARD_ZERO));
    case 0x0a:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLS(2 * fd, fs, UPWARD));
    case 0x0b:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLS(2 * fd, fs, DOWNWARD));
    case 0x0c:
      return outcome(fpu.cvtWS(d, fs, NEAREST));
    case 0x0d:
      return outcome(fpu.cvtWS(d, fs, TOWARD_ZERO));
    case 0x0e:
      return outcome(fpu.cvtWS(d, fs, UPWARD));
    case 0x0f:
      return outcome(fpu.cvtWS(d, fs, DOWNWARD));
    case 0x11:
    case 0x12:
    case 0x13:
      if (moves(fpu, word, rt)) fpu.movS(d, fs);
      return DONE;
    case 0x15:
      return outcome(fpu.recipS(d, fs));
    case 0x16:
      return outcome(fpu.rsqrtS(d, fs));
    case 0x21:
      return (fd & odd) !== 0 ? RESERVED : outcome(fpu.cvtDS(2 * fd, fs));
    case 0x24:
      return outcome(fpu.cvtWS(d, fs));
    case 0x25:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLS(2 * fd, fs));
    default:
      // C.cond.S: the condition code takes bits 10:8, where other instructions have fd.
      return (word & 0x30) === 0x30 ? outcome(fpu.compareS(word & 15, (word >>> 8) & 7, fs, t)) : RESERVED;
  }
}

function double(fpu: SoftFpu, word: number, odd: number, fd: number, fs: number, ft: number, rt: number): number {
  switch (word & 63) {
    case 0x0c:
      return outcome(fpu.cvtWD(2 * fd - (fd & odd), fs, NEAREST));
    case 0x0d:
      return outcome(fpu.cvtWD(2 * fd - (fd & odd), fs, TOWARD_ZERO));
    case 0x0e:
      return outcome(fpu.cvtWD(2 * fd - (fd & odd), fs, UPWARD));
    case 0x0f:
      return outcome(fpu.cvtWD(2 * fd - (fd & odd), fs, DOWNWARD));
    case 0x20:
      return outcome(fpu.cvtSD(2 * fd - (fd & odd), fs));
    case 0x24:
      return outcome(fpu.cvtWD(2 * fd - (fd & odd), fs));
    default:
      break;
  }
  if ((word & 0x30) === 0x30) {
    return (ft & odd) !== 0 ? RESERVED : outcome(fpu.compareD(word & 15, (word >>> 8) & 7, fs, 2 * ft));
  }
  if ((fd & odd) !== 0) return RESERVED;
  const d = 2 * fd;
  switch (word & 63) {
    case 0x00:
      return (ft & odd) !== 0 ? RESERVED : outcome(fpu.addD(d, fs, 2 * ft));
    case 0x01:
      return (ft & odd) !== 0 ? RESERVED : outcome(fpu.subD(d, fs, 2 * ft));
    case 0x02:
      return (ft & odd) !== 0 ? RESERVED : outcome(fpu.mulD(d, fs, 2 * ft));
    case 0x03:
      return (ft & odd) !== 0 ? RESERVED : outcome(fpu.divD(d, fs, 2 * ft));
    case 0x04:
      return outcome(fpu.sqrtD(d, fs));
    case 0x05:
      fpu.absD(d, fs);
      return DONE;
    case 0x06:
      fpu.movD(d, fs);
      return DONE;
    case 0x07:
      fpu.negD(d, fs);
      return DONE;
    case 0x08:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLD(d, fs, NEAREST));
    case 0x09:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLD(d, fs, TOWARD_ZERO));
    case 0x0a:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLD(d, fs, UPWARD));
    case 0x0b:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLD(d, fs, DOWNWARD));
    case 0x11:
    case 0x12:
    case 0x13:
      if (moves(fpu, word, rt)) fpu.movD(d, fs);
      return DONE;
    case 0x15:
      return outcome(fpu.recipD(d, fs));
    case 0x16:
      return outcome(fpu.rsqrtD(d, fs));
    case 0x25:
      return odd !== 0 ? RESERVED : outcome(fpu.cvtLD(d, fs));
    default:
      return RESERVED;
  }
}

function fromWord(fpu: SoftFpu, word: number, odd: number, fd: number, fs: number): number {
  switch (word & 63) {
    case 0x20:
      return outcome(fpu.cvtSW(2 * fd - (fd & odd), fs));
    case 0x21:
      return (fd & odd) !== 0 ? RESERVED : outcome(fpu.cvtDW(2 * fd, fs));
    default:
      return RESERVED;
  }
}

function fromLong(fpu: SoftFpu, word: number, fd: number, fs: number): number {
  switch (word & 63) {
    case 0x20:
      return outcome(fpu.cvtSL(fd, fs));
    case 0x21:
      return outcome(fpu.cvtDL(fd, fs));
    default:
      return RESERVED;
  }
}
