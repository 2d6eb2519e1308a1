// Integer arithmetic, and moves from and to the words of CP0 that nothing else depends on: for regions, which know the instruction, and for
// the interpreter, which finds it while it runs.
import { HANDLER as H } from '@kseg/cpu/engine';
import type { Operands } from './operands.ts';
import { type FunctionBody, W } from './wasm.ts';

type Emitter = (operands: Operands) => void;

/** The code of a handler; `undefined` where there is none. */
export const integerEmitter = (handler: number): Emitter | undefined => emitters[handler];

/** rd = rs op rt */
function binary(opcode: number): Emitter {
  return (o) => {
    o.pushRs();
    o.pushRt();
    o.body.op(opcode);
    o.popRd();
  };
}

/** rt = rs op immediate */
function withImmediate(opcode: number): Emitter {
  return (o) => {
    o.pushRs();
    o.pushSecond();
    o.body.op(opcode);
    o.popRt();
  };
}

/** rd = rt op rs */
function shiftByRegister(opcode: number): Emitter {
  return (o) => {
    o.pushRt();
    o.pushRs();
    o.body.op(opcode);
    o.popRd();
  };
}

/** rd = rt op shift amount */
function shift(opcode: number): Emitter {
  return (o) => {
    o.pushRt();
    o.pushSecond();
    o.body.op(opcode);
    o.popRd();
  };
}

/** rd = what `compute` makes of rs */
function ofRs(compute: (body: FunctionBody) => void): Emitter {
  return (o) => {
    o.pushRs();
    compute(o.body);
    o.popRd();
  };
}

/** rd = rt op */
function ofRt(opcode: number): Emitter {
  return (o) => {
    o.pushRt();
    o.body.op(opcode);
    o.popRd();
  };
}

/** rd = rs where rt is zero, or is not. */
function conditionalMove(whereZero: boolean): Emitter {
  return (o) => {
    o.pushRs();
    o.pushRd();
    o.pushRt();
    if (whereZero) o.body.op(W.i32Eqz);
    o.body.op(W.select);
    o.popRd();
  };
}

function swapBytesInHalves(o: Operands): void {
  o.pushRt();
  o.body.const(8);
  o.body.op(W.i32ShrU);
  o.body.const(0x00ff_00ff);
  o.body.op(W.i32And);
  o.pushRt();
  o.body.const(0x00ff_00ff);
  o.body.op(W.i32And);
  o.body.const(8);
  o.body.op(W.i32Shl, W.i32Or);
  o.popRd();
}

function extract(o: Operands): void {
  o.pushRs();
  o.pushPosition();
  o.body.op(W.i32ShrU);
  o.pushSecond();
  o.body.op(W.i32And);
  o.popRt();
}

function insert(o: Operands): void {
  // As rt ^ (rt ^ field) & mask.
  o.pushRt();
  o.pushRs();
  o.pushPosition();
  o.body.op(W.i32Shl);
  o.pushRt();
  o.body.op(W.i32Xor);
  o.pushSecond();
  o.body.op(W.i32And, W.i32Xor);
  o.popRt();
}

function multiply(signed: boolean): Emitter {
  return (o) => {
    product(o, signed);
    setHiLo(o);
  };
}

function accumulate(opcode: number, signed: boolean): Emitter {
  return (o) => {
    o.pushHi();
    o.body.op(W.i64ExtendI32U, W.i64Const, 32, W.i64Shl);
    o.pushLo();
    o.body.op(W.i64ExtendI32U, W.i64Or);
    product(o, signed);
    o.body.op(opcode);
    setHiLo(o);
  };
}

function product(o: Operands, signed: boolean): void {
  const extend = signed ? W.i64ExtendI32S : W.i64ExtendI32U;
  o.pushRs();
  o.body.op(extend);
  o.pushRt();
  o.body.op(extend, W.i64Mul);
}

/** Pops 64 bits into HI and LO. */
function setHiLo(o: Operands): void {
  o.body.tee(o.wide);
  o.body.op(W.i32WrapI64);
  o.popLo();
  o.body.get(o.wide);
  o.body.op(W.i64Const, 32, W.i64ShrU, W.i32WrapI64);
  o.popHi();
}

/** By zero: LO is the dividend and HI zero, as in the interpreter (the architecture says UNPREDICTABLE). */
function divide(o: Operands, signed: boolean): void {
  const result = (lo: () => void, hi: () => void) => {
    lo();
    o.popLo();
    hi();
    o.popHi();
  };
  const zero = () => o.body.const(0);
  o.pushRt();
  o.body.op(W.i32Eqz);
  o.body.open(W.if);
  result(() => o.pushRs(), zero);
  o.body.op(W.else);
  if (signed) {
    // The one quotient that does not fit would trap.
    o.pushRt();
    o.body.const(-1);
    o.body.op(W.i32Eq);
    o.body.open(W.if);
    result(() => {
      o.body.const(0);
      o.pushRs();
      o.body.op(W.i32Sub);
    }, zero);
    o.body.op(W.else);
  }
  const both = (opcode: number) => () => {
    o.pushRs();
    o.pushRt();
    o.body.op(opcode);
  };
  result(both(signed ? W.i32DivS : W.i32DivU), both(signed ? W.i32RemS : W.i32RemU));
  if (signed) o.body.op(W.end);
  o.body.op(W.end);
}

/** Leaves on overflow: a sum has the sign of neither operand; the minuend has the sign of neither the difference nor the subtrahend. */
function trapping(operation: 'add' | 'subtract', from: 'rt' | 'immediate'): Emitter {
  return (o) => {
    const left = () => o.pushRs();
    const right = () => (from === 'rt' ? o.pushRt() : o.pushSecond());
    left();
    right();
    o.body.op(operation === 'add' ? W.i32Add : W.i32Sub);
    o.body.tee(o.scratch);
    left();
    o.body.op(W.i32Xor);
    if (operation === 'add') o.body.get(o.scratch);
    else left();
    right();
    o.body.op(W.i32Xor, W.i32And);
    o.body.const(0);
    o.body.op(W.i32LtS);
    o.leaveIf();
    o.body.get(o.scratch);
    if (from === 'rt') o.popRd();
    else o.popRt();
  };
}

/** Leaves where rs compares so with rt, or with the immediate. */
function trapIf(opcode: number, from: 'rt' | 'immediate'): Emitter {
  return (o) => {
    o.pushRs();
    if (from === 'rt') o.pushRt();
    else o.pushSecond();
    o.body.op(opcode);
    o.leaveIf();
  };
}

/** A word of the state block = rt, as far as the word has bits. */
function toCp0(mask?: number): Emitter {
  return (o) =>
    o.storeWord(() => {
      o.pushRt();
      if (mask === undefined) return;
      o.body.const(mask);
      o.body.op(W.i32And);
    });
}

const emitters: Readonly<Record<number, Emitter>> = {
  [H.NOP]: () => {},
  [H.ADDU]: binary(W.i32Add),
  [H.SUBU]: binary(W.i32Sub),
  [H.AND]: binary(W.i32And),
  [H.OR]: binary(W.i32Or),
  [H.XOR]: binary(W.i32Xor),
  [H.NOR]: (o) => {
    o.pushRs();
    o.pushRt();
    o.body.op(W.i32Or);
    o.body.const(-1);
    o.body.op(W.i32Xor);
    o.popRd();
  },
  [H.SLT]: binary(W.i32LtS),
  [H.SLTU]: binary(W.i32LtU),
  [H.SLLV]: shiftByRegister(W.i32Shl),
  [H.SRLV]: shiftByRegister(W.i32ShrU),
  [H.SRAV]: shiftByRegister(W.i32ShrS),
  [H.ROTRV]: shiftByRegister(W.i32Rotr),
  [H.MOVZ]: conditionalMove(true),
  [H.MOVN]: conditionalMove(false),
  [H.SLL]: shift(W.i32Shl),
  [H.SRL]: shift(W.i32ShrU),
  [H.SRA]: shift(W.i32ShrS),
  [H.ROTR]: shift(W.i32Rotr),
  [H.MOVE]: ofRs(() => {}),
  [H.LI]: (o) => {
    o.pushSecond();
    o.popRt();
  },
  [H.ADDIU]: withImmediate(W.i32Add),
  [H.SLTI]: withImmediate(W.i32LtS),
  [H.SLTIU]: withImmediate(W.i32LtU),
  [H.ANDI]: withImmediate(W.i32And),
  [H.ORI]: withImmediate(W.i32Or),
  [H.XORI]: withImmediate(W.i32Xor),
  [H.EXT]: extract,
  [H.INS]: insert,
  [H.SEB]: ofRt(W.i32Extend8S),
  [H.SEH]: ofRt(W.i32Extend16S),
  [H.WSBH]: swapBytesInHalves,
  [H.CLZ]: ofRs((body) => body.op(W.i32Clz)),
  [H.CLO]: ofRs((body) => {
    body.const(-1);
    body.op(W.i32Xor, W.i32Clz);
  }),
  [H.MFHI]: (o) => {
    o.pushHi();
    o.popRd();
  },
  [H.MFLO]: (o) => {
    o.pushLo();
    o.popRd();
  },
  [H.MTHI]: (o) => {
    o.pushRs();
    o.popHi();
  },
  [H.MTLO]: (o) => {
    o.pushRs();
    o.popLo();
  },
  [H.MUL]: binary(W.i32Mul),
  [H.MULT]: multiply(true),
  [H.MULTU]: multiply(false),
  [H.MADD]: accumulate(W.i64Add, true),
  [H.MADDU]: accumulate(W.i64Add, false),
  [H.MSUB]: accumulate(W.i64Sub, true),
  [H.MSUBU]: accumulate(W.i64Sub, false),
  [H.DIV]: (operands) => divide(operands, true),
  [H.DIVU]: (operands) => divide(operands, false),
  [H.ADD]: trapping('add', 'rt'),
  [H.SUB]: trapping('subtract', 'rt'),
  [H.ADDI]: trapping('add', 'immediate'),
  [H.TEQ]: trapIf(W.i32Eq, 'rt'),
  [H.TNE]: trapIf(W.i32Ne, 'rt'),
  [H.TGE]: trapIf(W.i32GeS, 'rt'),
  [H.TGEU]: trapIf(W.i32GeU, 'rt'),
  [H.TLT]: trapIf(W.i32LtS, 'rt'),
  [H.TLTU]: trapIf(W.i32LtU, 'rt'),
  [H.TEQI]: trapIf(W.i32Eq, 'immediate'),
  [H.TNEI]: trapIf(W.i32Ne, 'immediate'),
  [H.TGEI]: trapIf(W.i32GeS, 'immediate'),
  [H.TGEIU]: trapIf(W.i32GeU, 'immediate'),
  [H.TLTI]: trapIf(W.i32LtS, 'immediate'),
  [H.TLTIU]: trapIf(W.i32LtU, 'immediate'),
  [H.MFC0_WORD]: (o) => {
    o.pushWord();
    o.popRt();
  },
  [H.MTC0_WORD]: toCp0(),
  [H.MTC0_ENTRY_LO]: toCp0(0x03ff_ffff),
};
