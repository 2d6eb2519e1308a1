// Integer arithmetic, and moves from and to the words of CP0 that nothing else depends on.
import { HANDLER as H } from '@kseg/cpu/engine';
import type { Frame, Site } from './frame.ts';
import { handlerOf } from './instruction.ts';
import { type FunctionBody, W } from './wasm.ts';

/** An instruction in its fields, and where its code goes. */
interface Operands {
  readonly frame: Frame;
  readonly body: FunctionBody;
  readonly site: Site;
  readonly rs: number;
  readonly rt: number;
  readonly rd: number;
  readonly second: number;
}

type Emitter = (operands: Operands) => void;

/** Whether `emitInteger` has code for a handler. */
export const isInteger = (handler: number): boolean => emitters[handler] !== undefined;

export function emitInteger(frame: Frame, site: Site): void {
  const { first, second } = site.instruction;
  const emitter = emitters[handlerOf(site.instruction)];
  if (emitter === undefined) throw new Error(`no code for handler ${handlerOf(site.instruction)}`);
  const [rs, rt, rd] = [(first >>> 8) & 63, (first >>> 14) & 63, (first >>> 20) & 63];
  emitter({ frame, body: frame.body, site, rs, rt, rd, second });
}

/** rd = rs op rt */
function binary(opcode: number): Emitter {
  return ({ frame, body, rs, rt, rd }) => {
    frame.get(rs);
    frame.get(rt);
    body.op(opcode);
    frame.set(rd);
  };
}

/** rt = rs op immediate */
function withImmediate(opcode: number): Emitter {
  return ({ frame, body, rs, rt, second }) => {
    frame.get(rs);
    body.const(second);
    body.op(opcode);
    frame.set(rt);
  };
}

/** rd = rt op rs */
function shiftByRegister(opcode: number): Emitter {
  return ({ frame, body, rs, rt, rd }) => {
    frame.get(rt);
    frame.get(rs);
    body.op(opcode);
    frame.set(rd);
  };
}

/** rd = rt op shift amount */
function shift(opcode: number): Emitter {
  return ({ frame, body, rt, rd, second }) => {
    frame.get(rt);
    body.const(second);
    body.op(opcode);
    frame.set(rd);
  };
}

/** rd = what `compute` makes of rs */
function ofRs(compute: (body: FunctionBody) => void): Emitter {
  return ({ frame, body, rs, rd }) => {
    frame.get(rs);
    compute(body);
    frame.set(rd);
  };
}

/** rd = rt op */
function ofRt(opcode: number): Emitter {
  return ({ frame, body, rt, rd }) => {
    frame.get(rt);
    body.op(opcode);
    frame.set(rd);
  };
}

/** rd = rs where rt is zero, or is not. */
function conditionalMove(whereZero: boolean): Emitter {
  return ({ frame, body, rs, rt, rd }) => {
    frame.get(rs);
    frame.get(rd);
    frame.get(rt);
    if (whereZero) body.op(W.i32Eqz);
    body.op(W.select);
    frame.set(rd);
  };
}

function swapBytesInHalves({ frame, body, rt, rd }: Operands): void {
  frame.get(rt);
  body.const(8);
  body.op(W.i32ShrU);
  body.const(0x00ff_00ff);
  body.op(W.i32And);
  frame.get(rt);
  body.const(0x00ff_00ff);
  body.op(W.i32And);
  body.const(8);
  body.op(W.i32Shl, W.i32Or);
  frame.set(rd);
}

function extract({ frame, body, rs, rt, rd, second }: Operands): void {
  frame.get(rs);
  body.const(rd);
  body.op(W.i32ShrU);
  body.const(second);
  body.op(W.i32And);
  frame.set(rt);
}

function insert({ frame, body, rs, rt, rd, second }: Operands): void {
  frame.get(rt);
  body.const(~second);
  body.op(W.i32And);
  frame.get(rs);
  body.const(rd);
  body.op(W.i32Shl);
  body.const(second);
  body.op(W.i32And, W.i32Or);
  frame.set(rt);
}

function multiply(signed: boolean): Emitter {
  return ({ frame, rs, rt }) => {
    product(frame, rs, rt, signed);
    setHiLo(frame);
  };
}

function accumulate(opcode: number, signed: boolean): Emitter {
  return ({ frame, body, rs, rt }) => {
    body.get(frame.hi);
    body.op(W.i64ExtendI32U, W.i64Const, 32, W.i64Shl);
    body.get(frame.lo);
    body.op(W.i64ExtendI32U, W.i64Or);
    product(frame, rs, rt, signed);
    body.op(opcode);
    setHiLo(frame);
  };
}

function product(frame: Frame, rs: number, rt: number, signed: boolean): void {
  const { body } = frame;
  const extend = signed ? W.i64ExtendI32S : W.i64ExtendI32U;
  frame.get(rs);
  body.op(extend);
  frame.get(rt);
  body.op(extend, W.i64Mul);
}

/** Pops 64 bits into HI and LO. */
function setHiLo(frame: Frame): void {
  const { body } = frame;
  body.tee(frame.wide);
  body.op(W.i32WrapI64);
  frame.setLo();
  body.get(frame.wide);
  body.op(W.i64Const, 32, W.i64ShrU, W.i32WrapI64);
  frame.setHi();
}

/** By zero: LO is the dividend and HI zero, as in the interpreter (the architecture says UNPREDICTABLE). */
function divide({ frame, body, rs, rt }: Operands, signed: boolean): void {
  const result = (lo: () => void, hi: () => void) => {
    lo();
    frame.setLo();
    hi();
    frame.setHi();
  };
  const zero = () => body.const(0);
  frame.get(rt);
  body.op(W.i32Eqz);
  body.open(W.if);
  result(() => frame.get(rs), zero);
  body.op(W.else);
  if (signed) {
    // The one quotient that does not fit would trap.
    frame.get(rt);
    body.const(-1);
    body.op(W.i32Eq);
    body.open(W.if);
    result(() => {
      body.const(0);
      frame.get(rs);
      body.op(W.i32Sub);
    }, zero);
    body.op(W.else);
  }
  const both = (opcode: number) => () => {
    frame.get(rs);
    frame.get(rt);
    body.op(opcode);
  };
  result(both(signed ? W.i32DivS : W.i32DivU), both(signed ? W.i32RemS : W.i32RemU));
  if (signed) body.op(W.end);
  body.op(W.end);
}

/** Leaves on overflow: a sum has the sign of neither operand; the minuend has the sign of neither the difference nor the subtrahend. */
function trapping(operation: 'add' | 'subtract', from: 'rt' | 'immediate'): Emitter {
  return ({ frame, body, site, rs, rt, rd, second }) => {
    const left = () => frame.get(rs);
    const right = () => (from === 'rt' ? frame.get(rt) : body.const(second));
    left();
    right();
    body.op(operation === 'add' ? W.i32Add : W.i32Sub);
    body.tee(frame.scratch);
    left();
    body.op(W.i32Xor);
    if (operation === 'add') body.get(frame.scratch);
    else left();
    right();
    body.op(W.i32Xor, W.i32And);
    body.const(0);
    body.op(W.i32LtS);
    frame.leaveIf(site);
    body.get(frame.scratch);
    frame.set(from === 'rt' ? rd : rt);
  };
}

function trapIfEqual({ frame, body, site, rs, rt }: Operands): void {
  frame.get(rs);
  frame.get(rt);
  body.op(W.i32Eq);
  frame.leaveIf(site);
}

/** A word of the state block = rt, as far as the word has bits. */
function toCp0(mask?: number): Emitter {
  return ({ frame, body, rt, second }) =>
    frame.storeState(second, () => {
      frame.get(rt);
      if (mask === undefined) return;
      body.const(mask);
      body.op(W.i32And);
    });
}

const emitters: Readonly<Record<number, Emitter>> = {
  [H.NOP]: () => {},
  [H.ADDU]: binary(W.i32Add),
  [H.SUBU]: binary(W.i32Sub),
  [H.AND]: binary(W.i32And),
  [H.OR]: binary(W.i32Or),
  [H.XOR]: binary(W.i32Xor),
  [H.NOR]: ({ frame, body, rs, rt, rd }) => {
    frame.get(rs);
    frame.get(rt);
    body.op(W.i32Or);
    body.const(-1);
    body.op(W.i32Xor);
    frame.set(rd);
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
  [H.LI]: ({ frame, body, rt, second }) => {
    body.const(second);
    frame.set(rt);
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
  [H.MFHI]: ({ frame, body, rd }) => {
    body.get(frame.hi);
    frame.set(rd);
  },
  [H.MFLO]: ({ frame, body, rd }) => {
    body.get(frame.lo);
    frame.set(rd);
  },
  [H.MTHI]: ({ frame, rs }) => {
    frame.get(rs);
    frame.setHi();
  },
  [H.MTLO]: ({ frame, rs }) => {
    frame.get(rs);
    frame.setLo();
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
  [H.TEQ]: trapIfEqual,
  [H.MFC0_WORD]: ({ frame, rt, second }) => {
    frame.loadState(second);
    frame.set(rt);
  },
  [H.MTC0_WORD]: toCp0(),
  [H.MTC0_ENTRY_LO]: toCp0(0x03ff_ffff),
};
