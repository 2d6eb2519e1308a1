// Integer arithmetic, and moves from and to the words of CP0 that nothing else depends on. Handler numbers are those of `@kseg/cpu`'s
// predecode.ts.
import type { Frame, Site } from './frame.ts';
import { W } from './wasm.ts';

/** Emits an instruction of handlers 1 to 62. */
export function emitInteger(frame: Frame, site: Site): void {
  const { first, second } = site.instruction;
  const { body, around } = frame;
  const handler = first & 255;
  const rs = (first >>> 8) & 63;
  const rt = (first >>> 14) & 63;
  const rd = (first >>> 20) & 63;
  const simple = binary[handler];
  if (simple !== undefined) {
    frame.get(rs);
    frame.get(rt);
    body.op(simple);
    frame.set(rd);
    return;
  }
  const immediate = withImmediate[handler];
  if (immediate !== undefined) {
    frame.get(rs);
    body.const(second);
    body.op(immediate);
    frame.set(rt);
    return;
  }
  const shift = shifts[handler];
  if (shift !== undefined) {
    frame.get(rt);
    if (handler < 24) frame.get(rs);
    else body.const(second);
    body.op(shift);
    frame.set(rd);
    return;
  }
  switch (handler) {
    case 1: // NOP
      return;
    case 15: // NOR
      frame.get(rs);
      frame.get(rt);
      body.op(W.i32Or);
      body.const(-1);
      body.op(W.i32Xor);
      frame.set(rd);
      return;
    case 22: // MOVZ, MOVN
    case 23:
      frame.get(rs);
      frame.get(rd);
      frame.get(rt);
      if (handler === 22) body.op(W.i32Eqz);
      body.op(W.select);
      frame.set(rd);
      return;
    case 28: // MOVE
      frame.get(rs);
      frame.set(rd);
      return;
    case 29: // LI
      body.const(second);
      frame.set(rt);
      return;
    case 36: // EXT
      frame.get(rs);
      body.const(rd);
      body.op(W.i32ShrU);
      body.const(second);
      body.op(W.i32And);
      frame.set(rt);
      return;
    case 37: // INS
      frame.get(rt);
      body.const(~second);
      body.op(W.i32And);
      frame.get(rs);
      body.const(rd);
      body.op(W.i32Shl);
      body.const(second);
      body.op(W.i32And, W.i32Or);
      frame.set(rt);
      return;
    case 38: // SEB
      frame.get(rt);
      body.op(W.i32Extend8S);
      frame.set(rd);
      return;
    case 39: // SEH
      frame.get(rt);
      body.op(W.i32Extend16S);
      frame.set(rd);
      return;
    case 40: // WSBH
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
      return;
    case 41: // CLZ
      frame.get(rs);
      body.op(W.i32Clz);
      frame.set(rd);
      return;
    case 42: // CLO
      frame.get(rs);
      body.const(-1);
      body.op(W.i32Xor, W.i32Clz);
      frame.set(rd);
      return;
    case 43: // MFHI
      body.get(frame.hi);
      frame.set(rd);
      return;
    case 44: // MFLO
      body.get(frame.lo);
      frame.set(rd);
      return;
    case 45: // MTHI
      frame.get(rs);
      frame.setHi();
      return;
    case 46: // MTLO
      frame.get(rs);
      frame.setLo();
      return;
    case 48: // MULT
    case 49: // MULTU
      product(frame, rs, rt, handler === 48);
      setHiLo(frame);
      return;
    case 50: // MADD
    case 51: // MADDU
    case 52: // MSUB
    case 53: // MSUBU
      body.get(frame.hi);
      body.op(W.i64ExtendI32U, W.i64Const, 32, W.i64Shl);
      body.get(frame.lo);
      body.op(W.i64ExtendI32U, W.i64Or);
      product(frame, rs, rt, handler === 50 || handler === 52);
      body.op(handler < 52 ? W.i64Add : W.i64Sub);
      setHiLo(frame);
      return;
    case 54: // DIV
    case 55: // DIVU
      divide(frame, rs, rt, handler === 54);
      return;
    case 56: // ADD
    case 57: // SUB
    case 58: // ADDI
      addTrapping(frame, site);
      return;
    case 59: // TEQ
      frame.get(rs);
      frame.get(rt);
      body.op(W.i32Eq);
      frame.leaveIf(site);
      return;
    case 60: // MFC0_WORD
      frame.loadState(second);
      frame.set(rt);
      return;
    case 61: // MTC0_WORD
    case 62: // MTC0_ENTRY_LO
      body.const(0);
      frame.get(rt);
      if (handler === 62) {
        body.const(0x03ff_ffff);
        body.op(W.i32And);
      }
      body.memory(W.i32Store, around.state + 4 * second);
      return;
    default:
      throw new Error(`no code for handler ${handler}`);
  }
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
function divide(frame: Frame, rs: number, rt: number, signed: boolean): void {
  const { body } = frame;
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

function addTrapping(frame: Frame, site: Site): void {
  const { first, second } = site.instruction;
  const { body } = frame;
  const handler = first & 255;
  const other = () => (handler === 58 ? body.const(second) : frame.get((first >>> 14) & 63));
  const left = () => frame.get((first >>> 8) & 63);
  left();
  other();
  body.op(handler === 57 ? W.i32Sub : W.i32Add);
  body.tee(frame.scratch);
  left();
  body.op(W.i32Xor);
  if (handler === 57) {
    left();
    other();
  } else {
    body.get(frame.scratch);
    other();
  }
  body.op(W.i32Xor, W.i32And);
  body.const(0);
  body.op(W.i32LtS);
  frame.leaveIf(site);
  body.get(frame.scratch);
  frame.set(handler === 58 ? (first >>> 14) & 63 : (first >>> 20) & 63);
}

/** rd = rs op rt */
const binary: Readonly<Record<number, number>> = {
  10: W.i32Add,
  11: W.i32Sub,
  12: W.i32And,
  13: W.i32Or,
  14: W.i32Xor,
  16: W.i32LtS,
  17: W.i32LtU,
  47: W.i32Mul,
};

/** rt = rs op immediate */
const withImmediate: Readonly<Record<number, number>> = {
  30: W.i32Add,
  31: W.i32LtS,
  32: W.i32LtU,
  33: W.i32And,
  34: W.i32Or,
  35: W.i32Xor,
};

/** rd = rt op rs, or the shift amount */
const shifts: Readonly<Record<number, number>> = {
  18: W.i32Shl,
  19: W.i32ShrU,
  20: W.i32ShrS,
  21: W.i32Rotr,
  24: W.i32Shl,
  25: W.i32ShrU,
  26: W.i32ShrS,
  27: W.i32Rotr,
};
