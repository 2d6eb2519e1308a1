// Macros of arithmetic: numbers that an immediate does not hold, multiplication, division, rotation.
import { Complaint } from '../../diagnostics.ts';
import {
  fits,
  immediate,
  inOrder,
  inTemporary,
  int32,
  isHalf,
  isNumber,
  loadNumber,
  nop,
  op3,
  rd,
  relocated,
  rs,
  rt,
  shift,
  skip,
  temporary,
} from '../build.ts';
import type { Form } from '../forms.ts';
import { LEVELS } from '../levels.ts';
import { type Operand, VALUE } from '../operands.ts';
import type { Mips } from '../target.ts';
import {
  ADDIU,
  BEQ,
  BGEZ,
  BNE,
  BREAK,
  DIV,
  DIVU,
  LUI,
  MFHI,
  MFLO,
  MULT,
  MULTU,
  NOR,
  OR,
  ORI,
  PACKRL,
  ROTR,
  ROTRV,
  SLL,
  SLLV,
  SRA,
  SRL,
  SRLV,
  SUB,
  SUBU,
} from './instructions.ts';
import { inRegister, isGpr, type Macro, threeOperands, twoRegisters } from './shapes.ts';

/** Arithmetic with a number: shorter where `accepts` says so, else with the number in a register. */
function withNumber(
  register: Form,
  accepts: (v: number) => boolean,
  short: (m: Mips, d: number, s: number, v: number) => void,
): Macro {
  return threeOperands((m, d, s, t) => {
    if (!isNumber(t)) return false;
    const v = int32(t);
    if (accepts(v)) short(m, d, s, v);
    else op3(m, register, d, s, inTemporary(m, v));
    return true;
  });
}

/** The immediate instruction if it holds the number. */
export const withImmediate = (register: Form, small: Form, accepts: (v: number) => boolean): Macro =>
  withNumber(register, accepts, (m, d, s, v) => immediate(m, small, d, s, v));

/** Subtraction of a number is addition of its opposite. */
export const subtraction = (register: Form, small: Form): Macro =>
  withNumber(
    register,
    (v) => fits(-v),
    (m, d, s, v) => immediate(m, small, d, s, -v),
  );

/** `nor d, s, number`. */
export const norImmediate = withNumber(NOR, isHalf, (m, d, s, v) => {
  immediate(m, ORI, d, s, v);
  op3(m, NOR, d, d, 0);
});

/** `mul d, s, t`: the low half of the product. */
export function multiply(instruction: Form): Macro {
  return threeOperands((m, d, s, t) => {
    const r = inRegister(m, t);
    if (r === null) return false;
    m.emitter.emit(instruction, instruction.match | rs(s) | rt(r));
    m.emitter.emit(MFLO, MFLO.match | rd(d));
    return true;
  });
}

/** `mulo`, `mulou`: traps when the product does not fit. */
export function multiplyChecked(signed: boolean): Macro {
  return threeOperands((m, d, s, t) => {
    if (!isGpr(t) && !isNumber(t)) return false;
    const at = temporary(m);
    inOrder(m, () => {
      const r = inRegister(m, t)!;
      const f = signed ? MULT : MULTU;
      m.emitter.emit(f, f.match | rs(s) | rt(r));
      if (signed) {
        m.emitter.emit(MFLO, MFLO.match | rd(d));
        shift(m, SRA, d, d, 31);
      }
      m.emitter.emit(MFHI, MFHI.match | rd(at));
      if (!signed) m.emitter.emit(MFLO, MFLO.match | rd(d));
      skip(m, BEQ, signed ? d : at, signed ? at : 0, 2);
      nop(m);
      m.emitter.emit(BREAK, BREAK.match | rt(6));
    });
    if (signed) m.emitter.emit(MFLO, MFLO.match | rd(d));
    return true;
  });
}

/** `div`, `rem`, `divu`, `remu` of three operands. */
export function divide(signed: boolean, result: Form): Macro {
  const instruction = signed ? DIV : DIVU;
  return (m, ops, count) => {
    // `div s, t` is `div s, s, t`.
    const two = count === 2;
    if ((!two && count !== 3) || !isGpr(ops[0]!) || (!two && !isGpr(ops[1]!))) return false;
    const d = ops[0]!.reg;
    const s = two ? d : ops[1]!.reg;
    const t = ops[two ? 1 : 2]!;
    if (d === 0 && isGpr(t) && (!two || result === MFLO)) {
      m.emitter.emit(instruction, instruction.match | rs(s) | rt(t.reg));
      return true;
    }
    if (isNumber(t)) divideByNumber(m, signed, result, d, s, int32(t));
    else if (isGpr(t)) divideByRegister(m, signed, instruction, result, d, s, t.reg);
    else return false;
    return true;
  };
}

function divideByNumber(m: Mips, signed: boolean, result: Form, d: number, s: number, v: number): void {
  if (v === 0) {
    m.asm.warn('divide by zero');
    m.emitter.emit(BREAK, BREAK.match | rt(7));
    return;
  }
  if (v === 1) {
    op3(m, OR, d, result === MFLO ? s : 0, 0);
    return;
  }
  if (v === -1 && signed) {
    if (result === MFLO) op3(m, SUB, d, 0, s);
    else op3(m, OR, d, 0, 0);
    return;
  }
  const f = signed ? DIV : DIVU;
  m.emitter.emit(f, f.match | rs(s) | rt(inTemporary(m, v)));
  m.emitter.emit(result, result.match | rd(d));
}

function divideByRegister(m: Mips, signed: boolean, f: Form, result: Form, d: number, s: number, t: number): void {
  if (t === 0 && signed) {
    m.asm.warn('divide by zero');
    m.emitter.emit(BREAK, BREAK.match | rt(7));
    return;
  }
  // The order is free again before the last trap, so that later branches can take what follows.
  inOrder(m, () => {
    skip(m, BNE, t, 0, 2);
    m.emitter.emit(f, f.match | rs(s) | rt(t));
    if (!signed) return;
    m.emitter.emit(BREAK, BREAK.match | rt(7));
    const at = temporary(m);
    immediate(m, ADDIU, at, 0, -1);
    skip(m, BNE, t, at, 4);
    immediate(m, LUI, at, 0, 0x8000);
    skip(m, BNE, s, at, 2);
    nop(m);
  });
  m.emitter.emit(BREAK, BREAK.match | rt(signed ? 6 : 7));
  m.emitter.emit(result, result.match | rd(d));
}

/** `li r, number`. */
export const li: Macro = (m, ops, count) => {
  if (count !== 2 || !isGpr(ops[0]!)) return false;
  if (ops[1]!.kind !== VALUE) return false;
  if (isNumber(ops[1]!)) {
    loadNumber(m, ops[0]!.reg, int32(ops[1]!));
    return true;
  }
  if (ops[1]!.reloc !== 0) {
    relocated(m, ADDIU, ops[0]!.reg, 0, ops[1]!.reloc, ops[1]!.value);
    return true;
  }
  throw new Complaint('KSEG_ASM_VALUE', 'the value is not a constant', ops[1]!.start, ops[1]!.end);
};

/** `rol`, `ror`: before MIPS32 Release 2 made of shifts. */
export const rotate = (left: boolean): Macro =>
  threeOperands((m, d, s, t) => {
    const r2 = m.settings.level >= LEVELS['mips32r2']!;
    if (isNumber(t)) {
      const amount = int32(t) & 31;
      if (amount === 0) shift(m, r2 ? ROTR : SRL, d, s, 0);
      else if (r2) shift(m, ROTR, d, s, left ? 32 - amount : amount);
      else {
        const at = temporary(m);
        shift(m, left ? SLL : SRL, at, s, amount);
        shift(m, left ? SRL : SLL, d, s, 32 - amount);
        op3(m, OR, d, d, at);
      }
      return true;
    }
    if (!isGpr(t)) return false;
    const at = r2 && !left ? 0 : r2 && d !== s ? d : temporary(m);
    if (r2) {
      if (left) op3(m, SUBU, at, 0, t.reg);
      m.emitter.emit(ROTRV, ROTRV.match | rd(d) | rt(s) | rs(left ? at : t.reg));
    } else {
      op3(m, SUBU, at, 0, t.reg);
      m.emitter.emit(left ? SRLV : SLLV, (left ? SRLV : SLLV).match | rd(at) | rt(s) | rs(at));
      m.emitter.emit(left ? SLLV : SRLV, (left ? SLLV : SRLV).match | rd(d) | rt(s) | rs(t.reg));
      op3(m, OR, d, d, at);
    }
    return true;
  });

/** `sll d, s, t` and its siblings: the amount from a register. */
export function shiftByRegister(f: Form): Macro {
  return threeOperands((m, d, s, t) => {
    if (!isGpr(t)) return false;
    m.emitter.emit(f, f.match | rd(d) | rt(s) | rs(t.reg));
    return true;
  });
}

/** `abs d, s`. */
export const absolute = twoRegisters((m, d, s) => {
  inOrder(m, () => {
    skip(m, BGEZ, s, 0, 2);
    if (d === s) nop(m);
    else op3(m, OR, d, s, 0);
    op3(m, SUB, d, 0, s);
  });
});

/** `balign t, s, n`: two of the four byte counts are other operations. */
export const balign: Macro = (m, ops, count) => {
  if (count !== 3 || !isGpr(ops[0]!) || !isGpr(ops[1]!) || !isNumber(ops[2]!)) return false;
  const n = int32(ops[2]!);
  if (n !== 0 && n !== 2) return false;
  const [{ reg: t }, { reg: s }] = ops as [Operand, Operand];
  if (n === 2) m.emitter.emit(PACKRL, PACKRL.match | rd(t) | rs(t) | rt(s));
  else nop(m);
  return true;
};
