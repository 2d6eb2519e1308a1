// Coprocessor 1: what the FPU of `@kseg/cpu` computes, where that is proven to be what WebAssembly computes, flags included.
//
// A block that computes is entered with FCSR.RM nearest and the Inexact enable clear, or it is left to the interpreter. An instruction whose
// operands or result lie outside the ranges below (so that something but Inexact could be raised, or FS matter) is left to it, too.
// Whether a result is inexact:
//
// - sums: by Knuth's TwoSum; with |a + b| < 2^960 no step of it overflows, and the error is representable, underflow or not.
// - products: a significand of 53 bits with z zeros at its end is an odd number of 53 - z bits, and the product of odd numbers of i and j
//   bits is an odd number of i + j - 1 or i + j bits, the latter when it reaches 2 (significands taken as 1.…). So with z the zeros of both
//   the product is inexact below z = 52, exact above, and at 52 inexact when the exponents have carried.
// - q = a / b is exact when q × b = a, which the same zeros decide: a product of more than 53 bits is not a. Roots likewise.
// - singles: computed in double and rounded again (Figueroa, "When is double rounding innocuous?", 1995); their products are exact there.
import { HANDLER as H, state as S } from '@kseg/cpu/engine';
import type { Frame, Site } from './frame.ts';
import { handlerOf, type Instruction, isFloating } from './instruction.ts';
import { F32, F64, I64, W } from './wasm.ts';

const CU1 = 1 << 29;
const FR = 1 << 26;
/** FCSR: rounding mode and Inexact enable, the Cause field, Inexact in Cause and Flags. */
const SLOW = 0x83;
const CAUSE = 0x3f000;
const RAISE_INEXACT = 0x1004;

const MAX_SINGLE = (2 - 2 ** -23) * 2 ** 127;

// High halves of doubles shifted left by one, which takes the sign away.
/** 2^-1022, the least normal number; so much is an exponent. */
const ONE_EXPONENT = 1 << 21;
const SUM_LIMIT = (1023 + 960) * ONE_EXPONENT;
const INFINITE = 0x7ff * ONE_EXPONENT;
const LEAST_SINGLE = (1023 - 126) * ONE_EXPONENT;

/** Whether a block that has this instruction computes with the FPU, so that FCSR's modes matter to it. */
export const isArithmetic = (instruction: Instruction): boolean => handlerOf(instruction) === H.FPU;

/** Whether there is code for an instruction of coprocessor 1, with Status.FR as given. */
export function canCompute(instruction: Instruction, fullRegisters: boolean): boolean {
  const { first, second } = instruction;
  const handler = handlerOf(instruction);
  const isOdd = (register: number) => !fullRegisters && (register & 1) !== 0;
  if (handler === H.LDC1 || handler === H.SDC1) return !isOdd((first >>> 14) & 31);
  if (handler !== H.FPU) return isFloating(handler);
  if (second >>> 26 !== 0x11) return false;
  const operation = second & 63;
  const ft = isOdd((second >>> 16) & 31);
  const fs = isOdd((second >>> 11) & 31);
  const fd = isOdd((second >>> 6) & 31);
  switch ((second >>> 21) & 31) {
    case SINGLE:
      if (operation === TO_DOUBLE) return !fd;
      return operation <= NEG || isToWord(operation) || operation >= COMPARE;
    case DOUBLE:
      if (fs) return false;
      if (operation === TO_SINGLE || isToWord(operation)) return true;
      if (operation >= COMPARE) return !ft;
      return !fd && (operation <= DIV ? !ft : operation <= NEG);
    case WORD:
      return operation === TO_SINGLE || (operation === TO_DOUBLE && !fd);
    default:
      return false;
  }
}

// Formats and functions of COP1 instructions.
const SINGLE = 16;
const DOUBLE = 17;
const WORD = 20;
const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
const SQRT = 4;
const ABS = 5;
const MOV = 6;
const NEG = 7;
const TO_SINGLE = 0x20;
const TO_DOUBLE = 0x21;
const COMPARE = 0x30;

/** ROUND, TRUNC, CEIL and FLOOR to W, and CVT.W: how they round. */
const toWord: Readonly<Record<number, number>> = {
  12: W.f64Nearest,
  13: W.f64Trunc,
  14: W.f64Ceil,
  15: W.f64Floor,
  36: W.f64Nearest,
};
const isToWord = (operation: number): boolean => toWord[operation] !== undefined;

const arithmetic: Readonly<Record<number, number>> = { 0: W.f64Add, 1: W.f64Add, 2: W.f64Mul, 3: W.f64Div };

export class Floating {
  /** Locals of registers, by word of the state block, and which of them hold what their words do. They are written through. */
  readonly #doubles = new Map<number, number>();
  readonly #singles = new Map<number, number>();
  readonly #known = new Set<number>();
  #fcsrKnown = false;
  readonly #fcsr: number;
  readonly #x: number;
  readonly #y: number;
  readonly #result: number;
  readonly #t: number;
  readonly #bits: number;
  readonly #bitsX: number;
  readonly #bitsY: number;
  readonly #zeros: number;
  readonly #inexact: number;

  constructor(private readonly frame: Frame) {
    const { body } = frame;
    this.#fcsr = body.local();
    this.#inexact = body.local();
    this.#x = body.local(F64);
    this.#y = body.local(F64);
    this.#result = body.local(F64);
    this.#t = body.local(F64);
    this.#bits = body.local(I64);
    this.#bitsX = body.local(I64);
    this.#bitsY = body.local(I64);
    this.#zeros = body.local(I64);
  }

  /** What was known in one block is not in the next. */
  forget(): void {
    this.#known.clear();
    this.#fcsrKnown = false;
  }

  /** Before the first instruction of a block that needs the FPU: leaves when it is off or other than expected, or cannot be computed with. */
  guard(pc: number, refund: number, computes: boolean): void {
    const { frame } = this;
    const { body } = frame;
    frame.loadState(S.STATUS);
    body.const(CU1 | FR);
    body.op(W.i32And);
    body.const(frame.circumstances.fullRegisters ? CU1 | FR : CU1);
    body.op(W.i32Ne);
    if (computes) {
      this.#needFcsr();
      body.get(this.#fcsr);
      body.const(SLOW);
      body.op(W.i32And, W.i32Or);
    }
    body.open(W.if);
    frame.leave(() => body.const(pc), refund);
    body.op(W.end);
  }

  /** Pushes whether a branch on a condition is taken. */
  test(branch: Instruction): void {
    const { body } = this.frame;
    const handler = handlerOf(branch);
    this.#pushCondition((branch.first >>> 14) & 31);
    if (handler === H.BC1F || handler === H.BC1FL) body.op(W.i32Eqz);
  }

  #pushCondition(bit: number): void {
    const { body } = this.frame;
    this.#needFcsr();
    body.get(this.#fcsr);
    body.const(bit);
    body.op(W.i32ShrU);
    body.const(1);
    body.op(W.i32And);
  }

  /** An instruction for which `canCompute` is true and that does not access memory. */
  emit(site: Site): void {
    const { frame } = this;
    const { body } = frame;
    const { first, second } = site.instruction;
    const rt = (first >>> 14) & 63;
    const register = (first >>> 20) & 31;
    switch (handlerOf(site.instruction)) {
      case H.MFC1:
        frame.loadState(this.#single(register));
        frame.set(rt);
        return;
      case H.MTC1:
        this.#setWord(this.#single(register), () => frame.get(rt));
        return;
      case H.MFHC1:
        frame.loadState(this.#double(register) + 1);
        frame.set(rt);
        return;
      case H.MTHC1:
        this.#setWord(this.#double(register) + 1, () => frame.get(rt));
        return;
      case H.MOVCI: {
        // MOVF, MOVT
        const rd = (first >>> 20) & 63;
        const condition = (second >>> 18) & 7;
        const [yes, no] = (second & 0x1_0000) !== 0 ? [(first >>> 8) & 63, rd] : [rd, (first >>> 8) & 63];
        frame.get(yes);
        frame.get(no);
        this.#pushCondition(condition === 0 ? 23 : 24 + condition);
        body.op(W.select);
        frame.set(rd);
        return;
      }
    }
    const fs = (second >>> 11) & 31;
    const ft = (second >>> 16) & 31;
    const fd = (second >>> 6) & 31;
    const operation = second & 63;
    const isDouble = ((second >>> 21) & 31) === DOUBLE;
    if (((second >>> 21) & 31) === WORD) this.#fromWord(operation, fs, fd);
    else if (operation === ABS || operation === MOV || operation === NEG) this.#move(operation, isDouble, fs, fd);
    else {
      this.#operand(this.#x, isDouble, fs);
      if (operation >= COMPARE) this.#compare(site, isDouble, ft);
      else if (operation === TO_SINGLE) this.#toSingle(site, fd);
      else if (operation === TO_DOUBLE) this.#toDouble(site, fd);
      else if (isToWord(operation)) this.#toWord(site, operation, fd);
      else {
        if (operation !== SQRT) this.#operand(this.#y, isDouble, ft);
        if (isDouble) this.#computeDouble(site, operation, fd);
        else this.#computeSingle(site, operation, fd);
      }
    }
  }

  // ---- for loads and stores

  /** Pushes the double register, as the doubleword's bits when memory has its halves the other way round. */
  pushDouble(register: number): void {
    this.#getDouble(register);
    if (!this.frame.around.bigEndian) return;
    this.frame.body.op(W.i64ReinterpretF64, W.i64Const, 32, W.i64Rotl);
  }

  /** Pops what was loaded into the double register. */
  popDouble(register: number): void {
    if (this.frame.around.bigEndian) this.frame.body.op(W.i64Const, 32, W.i64Rotl, W.f64ReinterpretI64);
    this.#setDouble(register);
  }

  pushSingle(register: number): void {
    this.#getSingle(register);
  }

  popSingle(register: number): void {
    this.#setSingle(register);
  }

  // ---- registers

  /** State word of the low half of a double; with Status.FR = 0 an odd number names the even register before it. */
  #double(register: number): number {
    return S.FPR + 2 * (this.frame.circumstances.fullRegisters ? register : register & ~1);
  }

  /** State word of a single; with Status.FR = 0 an odd one is the upper half of the even register before it. */
  #single(register: number): number {
    return S.FPR + 2 * register - (this.frame.circumstances.fullRegisters ? 0 : register & 1);
  }

  #local(locals: Map<number, number>, word: number, type: number): number {
    const known = locals.get(word);
    if (known !== undefined) return known;
    const local = this.frame.body.local(type);
    locals.set(word, local);
    return local;
  }

  /** Pushes a register; in code that is always executed. */
  #getDouble(register: number): void {
    const word = this.#double(register);
    this.#read(word, this.#local(this.#doubles, word, F64), W.f64Load);
  }

  #getSingle(register: number): void {
    const word = this.#single(register);
    this.#read(word, this.#local(this.#singles, word, F32), W.f32Load);
  }

  #read(word: number, local: number, opcode: number): void {
    const { frame } = this;
    if (this.#known.has(local)) frame.body.get(local);
    else {
      frame.loadState(word, opcode);
      frame.body.tee(local);
      this.#known.add(local);
    }
  }

  /** Pops into a register. */
  #setDouble(register: number): void {
    const word = this.#double(register);
    const local = this.#local(this.#doubles, word, F64);
    this.#write(word, local, W.f64Store);
    this.#unknow(this.#singles.get(word));
    this.#unknow(this.#singles.get(word + 1));
  }

  #setSingle(register: number): void {
    const word = this.#single(register);
    const local = this.#local(this.#singles, word, F32);
    this.#write(word, local, W.f32Store);
    this.#unknow(this.#doubles.get(word & ~1));
  }

  #write(word: number, local: number, opcode: number): void {
    const { frame } = this;
    frame.body.set(local);
    frame.storeState(word, () => frame.body.get(local), opcode);
    this.#known.add(local);
  }

  #setWord(word: number, value: () => void): void {
    this.frame.storeState(word, value);
    this.#unknow(this.#singles.get(word));
    this.#unknow(this.#doubles.get(word & ~1));
  }

  #unknow(local: number | undefined): void {
    if (local !== undefined) this.#known.delete(local);
  }

  /** Sets a local to a register's value, as a double. */
  #operand(local: number, isDouble: boolean, register: number): void {
    const { body } = this.frame;
    if (isDouble) this.#getDouble(register);
    else {
      this.#getSingle(register);
      body.op(W.f64PromoteF32);
    }
    body.set(local);
  }

  #needFcsr(): void {
    if (this.#fcsrKnown) return;
    this.frame.loadState(S.FCSR);
    this.frame.body.set(this.#fcsr);
    this.#fcsrKnown = true;
  }

  /** Enters in FCSR that an operation has raised nothing, or Inexact when `inexact` pushes 1. */
  #finish(inexact: (() => void) | undefined): void {
    const { frame } = this;
    const { body } = frame;
    this.#needFcsr();
    frame.storeState(S.FCSR, () => {
      body.get(this.#fcsr);
      body.const(~CAUSE);
      body.op(W.i32And);
      if (inexact !== undefined) {
        body.const(RAISE_INEXACT);
        body.const(0);
        inexact();
        body.op(W.select, W.i32Or);
      }
      body.tee(this.#fcsr);
    });
  }

  // ---- operations

  #move(operation: number, isDouble: boolean, fs: number, fd: number): void {
    const { body } = this.frame;
    if (isDouble) {
      this.#getDouble(fs);
      if (operation !== MOV) body.op(operation === ABS ? W.f64Abs : W.f64Neg);
      this.#setDouble(fd);
    } else {
      this.#getSingle(fs);
      if (operation !== MOV) body.op(operation === ABS ? W.f32Abs : W.f32Neg);
      this.#setSingle(fd);
    }
  }

  #compare(site: Site, isDouble: boolean, ft: number): void {
    const { frame } = this;
    const { body } = frame;
    const { second } = site.instruction;
    this.#operand(this.#y, isDouble, ft);
    // An unordered pair may signal.
    for (const local of [this.#x, this.#y]) {
      body.get(local);
      body.get(local);
      body.op(W.f64Ne);
    }
    body.op(W.i32Or);
    frame.leaveIf(site);
    const condition = (second >>> 8) & 7;
    const bit = condition === 0 ? 23 : 24 + condition;
    this.#needFcsr();
    frame.storeState(S.FCSR, () => {
      body.get(this.#fcsr);
      body.const(~(CAUSE | (1 << bit)));
      body.op(W.i32And);
      const relations = [
        [2, W.f64Eq],
        [4, W.f64Lt],
      ] as const;
      for (const [flag, opcode] of relations) {
        if ((second & flag) === 0) continue;
        body.get(this.#x);
        body.get(this.#y);
        body.op(opcode);
        body.const(bit);
        body.op(W.i32Shl, W.i32Or);
      }
      body.tee(this.#fcsr);
    });
  }

  #fromWord(operation: number, fs: number, fd: number): void {
    const { frame } = this;
    const { body } = frame;
    frame.loadState(this.#single(fs));
    body.op(W.f64ConvertI32S);
    body.set(this.#result);
    if (operation === TO_SINGLE) this.#finishSingle(fd);
    else {
      this.#finish(undefined);
      body.get(this.#result);
      this.#setDouble(fd);
    }
  }

  #toWord(site: Site, operation: number, fd: number): void {
    const { frame } = this;
    const { body } = frame;
    body.get(this.#x);
    body.op(toWord[operation]!);
    body.tee(this.#t);
    body.op(W.f64Abs);
    body.constF64(2 ** 31);
    body.op(W.f64Lt, W.i32Eqz);
    frame.leaveIf(site);
    this.#finish(() => {
      body.get(this.#t);
      body.get(this.#x);
      body.op(W.f64Ne);
    });
    this.#setWord(this.#single(fd), () => {
      body.get(this.#t);
      body.op(W.i32TruncF64S);
    });
  }

  #toDouble(site: Site, fd: number): void {
    const { frame } = this;
    const { body } = frame;
    body.get(this.#x);
    body.get(this.#x);
    body.op(W.f64Ne);
    frame.leaveIf(site);
    this.#finish(undefined);
    body.get(this.#x);
    this.#setDouble(fd);
  }

  #toSingle(site: Site, fd: number): void {
    const { body } = this.frame;
    body.get(this.#x);
    body.set(this.#result);
    this.#leaveUnlessSingle(site, () => {});
    this.#finishSingle(fd);
  }

  #computeSingle(site: Site, operation: number, fd: number): void {
    const { frame } = this;
    const { body } = frame;
    if (operation === SQRT) {
      body.get(this.#x);
      body.constF64(0);
      body.op(W.f64Ge);
      body.get(this.#x);
      body.constF64(MAX_SINGLE);
      body.op(W.f64Gt, W.i32Eqz, W.i32And, W.i32Eqz);
      frame.leaveIf(site);
      body.get(this.#x);
      body.op(W.f64Sqrt);
      body.set(this.#result);
      this.#finishSingle(fd, () => {
        body.get(this.#t);
        body.get(this.#t);
        body.op(W.f64Mul);
        body.get(this.#x);
        body.op(W.f64Ne);
      });
      return;
    }
    this.#apply(operation);
    // A zero is the sum of opposites or the product of a zero and something finite: exact; the quotient may be one that is too small.
    this.#leaveUnlessSingle(site, () => {
      if (operation !== DIV) return;
      body.get(this.#x);
      body.constF64(0);
      body.op(W.f64Eq, W.i32And);
      body.get(this.#y);
      body.op(W.f64Abs);
      body.constF64(Number.POSITIVE_INFINITY);
      body.op(W.f64Lt, W.i32And);
    });
    if (operation === MUL) this.#finishSingle(fd);
    else if (operation === DIV)
      this.#finishSingle(fd, () => {
        body.get(this.#t);
        body.get(this.#y);
        body.op(W.f64Mul);
        body.get(this.#x);
        body.op(W.f64Ne);
      });
    else {
      this.#sumIsInexact();
      body.set(this.#inexact);
      this.#finishSingle(fd, () => {
        body.get(this.#inexact);
        body.get(this.#t);
        body.get(this.#result);
        body.op(W.f64Ne, W.i32Or);
      });
    }
  }

  /** Leaves unless the result is one that rounds to a normal single, or 0 and what `and` adds to that lying on the stack. */
  #leaveUnlessSingle(site: Site, and: () => void): void {
    const { body } = this.frame;
    body.open(W.block);
    this.#shiftedBits(this.#result);
    body.tee(this.#bits);
    body.const64(LEAST_SINGLE, 0);
    body.op(W.i64Sub);
    // From 2^-126 to the greatest single, 2^128 - 2^104.
    body.const64((1023 + 128) * ONE_EXPONENT - LEAST_SINGLE - 1, 0xc000_0001);
    body.op(W.i64LtU);
    body.brIf(0);
    body.get(this.#bits);
    body.op(W.i64Eqz);
    and();
    body.brIf(0);
    this.frame.leaveTo(site);
    body.op(W.end);
  }

  /** Rounds the result to single, which `#t` then holds as a double. Inexact when that changes it, or as `inexact` says. */
  #finishSingle(fd: number, inexact?: () => void): void {
    const { body } = this.frame;
    body.get(this.#result);
    body.op(W.f32DemoteF64);
    this.#setSingle(fd);
    this.#getSingle(fd);
    body.op(W.f64PromoteF32);
    body.set(this.#t);
    this.#finish(
      inexact ??
        (() => {
          body.get(this.#t);
          body.get(this.#result);
          body.op(W.f64Ne);
        }),
    );
  }

  /** result = x op y; for a difference, y becomes its opposite. */
  #apply(operation: number): void {
    const { body } = this.frame;
    body.get(this.#x);
    body.get(this.#y);
    if (operation === SUB) {
      body.op(W.f64Neg);
      body.tee(this.#y);
    }
    body.op(arithmetic[operation]!);
    body.set(this.#result);
  }

  /** Pushes a double's bits without the sign, shifted left by one. */
  #shiftedBits(local: number): void {
    this.frame.body.get(local);
    this.frame.body.op(W.i64ReinterpretF64, W.i64Const, 1, W.i64Shl);
  }

  /** Pushes whether x + y has an error (Knuth's TwoSum). */
  #sumIsInexact(): void {
    const { body } = this.frame;
    body.get(this.#x);
    body.get(this.#result);
    body.get(this.#result);
    body.get(this.#x);
    body.op(W.f64Sub);
    body.tee(this.#t);
    body.op(W.f64Sub, W.f64Sub);
    body.get(this.#y);
    body.get(this.#t);
    body.op(W.f64Sub, W.f64Add);
    body.constF64(0);
    body.op(W.f64Ne);
  }

  #computeDouble(site: Site, operation: number, fd: number): void {
    const { frame } = this;
    const { body } = frame;
    if (operation === SQRT) {
      body.get(this.#x);
      body.op(W.f64Sqrt);
      body.set(this.#result);
    } else this.#apply(operation);
    this.#shiftedBits(this.#result);
    body.set(this.#bits);
    if (operation === ADD || operation === SUB) {
      body.open(W.block);
      body.get(this.#bits);
      body.const64(ONE_EXPONENT, 0);
      body.op(W.i64Sub);
      body.const64(SUM_LIMIT - ONE_EXPONENT, 0);
      body.op(W.i64LtU);
      body.brIf(0);
      body.get(this.#bits);
      body.op(W.i64Eqz);
      body.brIf(0);
      frame.leaveTo(site);
      body.op(W.end);
      this.#finish(() => this.#sumIsInexact());
    } else {
      this.#productIsInexact(site, operation);
      this.#finish(() => body.get(this.#inexact));
    }
    body.get(this.#result);
    this.#setDouble(fd);
  }

  /** Sets `#inexact` for x × y, x ÷ y or √x, or leaves. */
  #productIsInexact(site: Site, operation: number): void {
    const { frame } = this;
    const { body } = frame;
    body.open(W.block);
    body.open(W.block);
    // The result is normal, and not the least normal number, to which a smaller one may have been rounded.
    body.get(this.#bits);
    body.const64(ONE_EXPONENT, 1);
    body.op(W.i64Sub);
    body.const64(INFINITE - ONE_EXPONENT - 1, -1);
    body.op(W.i64GeU);
    body.brIf(0);
    // So are the operands; a negative one has no root.
    for (const [local, bits] of [
      [this.#x, this.#bitsX],
      [this.#y, this.#bitsY],
    ] as const) {
      if (operation === SQRT && local === this.#y) continue;
      body.get(local);
      body.op(W.i64ReinterpretF64);
      body.tee(bits);
      body.op(W.i64Const, 1, W.i64Shl);
      body.const64(ONE_EXPONENT, 0);
      body.op(W.i64LtU);
      body.brIf(0);
    }
    // What is multiplied: the operands, or what should give back the dividend or the number under the root.
    if (operation === MUL) {
      this.#countZeros(this.#bitsX, this.#bitsY);
      body.const64(0, 52);
      body.op(W.i64LtU);
      body.set(this.#inexact);
      body.get(this.#zeros);
      body.const64(0, 52);
      body.op(W.i64Eq);
      body.open(W.if);
      this.#pushCarry(this.#bits, this.#bitsX, this.#bitsY);
      body.set(this.#inexact);
      body.op(W.end);
    } else {
      body.get(this.#result);
      body.op(W.i64ReinterpretF64);
      body.set(this.#bitsX);
      const other = operation === SQRT ? this.#bitsX : this.#bitsY;
      this.#countZeros(this.#bitsX, other);
      body.const64(0, 52);
      body.op(W.i64LtU);
      body.tee(this.#inexact);
      body.op(W.i32Eqz);
      body.open(W.if);
      body.get(this.#result);
      body.get(operation === SQRT ? this.#result : this.#y);
      body.op(W.f64Mul);
      body.tee(this.#t);
      body.get(this.#x);
      body.op(W.f64Ne);
      body.get(this.#zeros);
      body.const64(0, 52);
      body.op(W.i64Eq);
      this.#shiftedBits(this.#t);
      body.set(this.#bits);
      this.#pushCarry(this.#bits, this.#bitsX, other);
      body.op(W.i32And, W.i32Or);
      body.set(this.#inexact);
      body.op(W.end);
    }
    body.br(1);
    body.op(W.end);
    // An exact zero: a factor, the dividend, or what is under the root.
    body.get(this.#bits);
    body.op(W.i64Eqz);
    body.get(this.#x);
    body.constF64(0);
    body.op(W.f64Eq);
    if (operation === MUL) {
      body.get(this.#y);
      body.constF64(0);
      body.op(W.f64Eq, W.i32Or);
    }
    body.op(W.i32And, W.i32Eqz);
    frame.leaveIf(site);
    body.const(0);
    body.set(this.#inexact);
    body.op(W.end);
  }

  /** Counts, and pushes, the zeros at the end of two significands. */
  #countZeros(a: number, b: number): void {
    const { body } = this.frame;
    for (const bits of [a, b]) {
      body.get(bits);
      body.const64(1 << 20, 0);
      body.op(W.i64Or, W.i64Ctz);
    }
    body.op(W.i64Add);
    body.tee(this.#zeros);
  }

  /** Pushes 1 when the exponent of a product, whose shifted bits are given, is more than the sum of its factors’, else 0. */
  #pushCarry(shifted: number, a: number, b: number): void {
    const { body } = this.frame;
    body.get(shifted);
    body.op(W.i64Const, 53, W.i64ShrU, W.i32WrapI64);
    for (const bits of [a, b]) {
      body.get(bits);
      body.op(W.i64Const, 1, W.i64Shl, W.i64Const, 53, W.i64ShrU, W.i32WrapI64, W.i32Sub);
    }
    body.const(1023);
    body.op(W.i32Add);
  }
}
