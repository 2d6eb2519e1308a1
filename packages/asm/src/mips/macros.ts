// Macro instructions: those the assembler builds from several others, with GNU as's expansions.
import { Complaint } from '../diagnostics.ts';
import { type Expression, isConstant, offsetBy, ofSymbol } from '../expression.ts';
import { floatBits } from '../float.ts';
import { shapeOf } from '../section-shapes.ts';
import { access, CALL_REGISTER, GP, loadPointer, loadSum, reach, reachPair, reachWhole } from './addresses.ts';
import {
  branch,
  fits,
  immediate,
  inOrder,
  int32,
  isNumber,
  loadDelay,
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
} from './build.ts';
import { type Form, formNamed, forms } from './forms.ts';
import { HAZARD } from './hazards.ts';
import { LEVELS } from './levels.ts';
import { MEMORY, type Operand, REGISTER, VALUE } from './operands.ts';
import { FCC, FPR } from './registers.ts';
import { R } from './relocations.ts';
import type { Mips } from './target.ts';
import { USES } from './uses.ts';

/** Expands a macro; false when the operands are not ones it takes. */
export type Macro = (m: Mips, ops: readonly Operand[], count: number) => boolean;

const STT_OBJECT = 1;
const SP = 29;

const form = formNamed;
const ADD = form('add');
const ADDI = form('addi');
const ADDIU = form('addiu');
const ADDU = form('addu');
const SUB = form('sub');
const SUBU = form('subu');
const OR = form('or');
const NOR = form('nor');
const XOR = form('xor');
const XORI = form('xori');
const ORI = form('ori');
const LUI = form('lui');
const SLT = form('slt');
const SLTU = form('sltu');
const SLTI = form('slti');
const SLTIU = form('sltiu');
const SLL = form('sll');
const SRL = form('srl');
const SRA = form('sra');
const SLLV = form('sllv');
const SRLV = form('srlv');
const ROTR = form('rotr');
const ROTRV = form('rotrv');
const MULT = form('mult');
const MULTU = form('multu');
const DIV = form('div');
const DIVU = form('divu');
const MFHI = form('mfhi');
const MFLO = form('mflo');
const BREAK = forms.get('break')!.find((f) => f.operands.length === 1) ?? form('break');
const BEQ = form('beq');
const BNE = form('bne');
const BEQL = form('beql');
const BNEL = form('bnel');
const BGEZ = form('bgez');
const BGEZL = form('bgezl');
const BGTZ = form('bgtz');
const BGTZL = form('bgtzl');
const BLEZ = form('blez');
const BLEZL = form('blezl');
const BLTZ = form('bltz');
const BLTZL = form('bltzl');
const BAL: Form = { ...form('bgezal'), unconditional: true };
const JR = form('jr');
const JALR = form('jalr');
const LB = form('lb');
const LBU = form('lbu');
const LW = form('lw');
const LWL = form('lwl');
const LWR = form('lwr');
const SB = form('sb');
const SW = form('sw');
const SWL = form('swl');
const SWR = form('swr');
const LWC1 = form('lwc1');
const SWC1 = form('swc1');
const LDC1 = form('ldc1');
const SDC1 = form('sdc1');
const PACKRL = form('packrl.ph');
// Behind li.s and li.d GNU as does not count the FPU register as used (.reginfo).
const MTC1: Form = { ...form('mtc1'), named: USES.RT, hazard: HAZARD.TO_SOME_FLOAT };
const MTHC1: Form = { ...form('mthc1'), named: USES.RT };
const CFC1 = form('cfc1');
const CTC1 = form('ctc1');

const isGpr = (op: Operand) => op.kind === REGISTER && op.reg < 32;
const isFpr = (op: Operand) => op.kind === REGISTER && op.reg >= FPR && op.reg < FCC;

// ---- operand shapes ----------------------------------------------------------

/** `op d, s, t` and `op d, t`; the last may be a number. */
function threeOperands(body: (m: Mips, d: number, s: number, t: Operand) => boolean): Macro {
  return (m, ops, count) => {
    const two = count === 2;
    if (!two && count !== 3) return false;
    if (!isGpr(ops[0]!) || (!two && !isGpr(ops[1]!))) return false;
    return body(m, ops[0]!.reg, two ? ops[0]!.reg : ops[1]!.reg, ops[two ? 1 : 2]!);
  };
}

/** `op d, s` and `op d`. */
function twoRegisters(body: (m: Mips, d: number, s: number) => void): Macro {
  return (m, ops, count) => {
    if (count < 1 || count > 2 || !isGpr(ops[0]!) || (count === 2 && !isGpr(ops[1]!))) return false;
    body(m, ops[0]!.reg, ops[count - 1]!.reg);
    return true;
  };
}

/** The third operand in a register: itself, or a number loaded into the temporary. */
function inRegister(m: Mips, op: Operand): number | null {
  if (isGpr(op)) return op.reg;
  if (!isNumber(op)) return null;
  const at = temporary(m);
  loadNumber(m, at, int32(op));
  return at;
}

/** Arithmetic with a number: the immediate instruction if it holds it. */
function withImmediate(register: Form, small: Form | null, accepts: (v: number) => boolean): Macro {
  return threeOperands((m, d, s, t) => {
    if (!isNumber(t)) return false;
    const v = int32(t);
    if (small !== null && accepts(v)) immediate(m, small, d, s, v);
    else {
      const at = temporary(m);
      loadNumber(m, at, v);
      op3(m, register, d, s, at);
    }
    return true;
  });
}

/** Subtraction of a number is addition of its opposite. */
function subtraction(register: Form, small: Form): Macro {
  return threeOperands((m, d, s, t) => {
    if (!isNumber(t)) return false;
    const v = int32(t);
    if (fits(-v) && v !== -0x8000_0000) immediate(m, small, d, s, -v);
    else {
      const at = temporary(m);
      loadNumber(m, at, v);
      op3(m, register, d, s, at);
    }
    return true;
  });
}

/** `nor d, s, number`. */
const norImmediate = threeOperands((m, d, s, t) => {
  if (!isNumber(t)) return false;
  const v = int32(t);
  if (v >= 0 && v <= 0xffff) {
    immediate(m, ORI, d, s, v);
    op3(m, NOR, d, d, 0);
  } else {
    const at = temporary(m);
    loadNumber(m, at, v);
    op3(m, NOR, d, s, at);
  }
  return true;
});

const isHalf = (v: number) => v >= 0 && v <= 0xffff;

// ---- multiplication and division -----------------------------------------------

function multiply(instruction: Form): Macro {
  return threeOperands((m, d, s, t) => {
    const r = inRegister(m, t);
    if (r === null) return false;
    m.emitter.emit(instruction, instruction.match | rs(s) | rt(r));
    m.emitter.emit(MFLO, MFLO.match | rd(d));
    return true;
  });
}

/** `mulo`, `mulou`: traps when the product does not fit. */
function multiplyChecked(signed: boolean): Macro {
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
function divide(signed: boolean, result: Form): Macro {
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
  const at = temporary(m);
  const f = signed ? DIV : DIVU;
  loadNumber(m, at, v);
  m.emitter.emit(f, f.match | rs(s) | rt(at));
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

// ---- branches ------------------------------------------------------------------

/** `beq`, `bne` against a number. */
function branchOnNumber(f: Form): Macro {
  return (m, ops, count) => {
    if (count !== 3 || !isGpr(ops[0]!) || !isNumber(ops[1]!) || ops[2]!.kind !== VALUE) return false;
    const v = int32(ops[1]!);
    if (v === 0) branch(m, f, ops[0]!.reg, 0, ops[2]!.value);
    else {
      const at = temporary(m);
      loadNumber(m, at, v);
      branch(m, f, ops[0]!.reg, at, ops[2]!.value);
    }
    return true;
  };
}

type Relation = 'lt' | 'le' | 'gt' | 'ge';

/** Branches on an order: `blt s, t, target` … `bgeul s, number, target`. */
function branchOnOrder(relation: Relation, unsigned: boolean, likely: boolean): Macro {
  const taken = likely ? BNEL : BNE;
  const notTaken = likely ? BEQL : BEQ;
  const zero = {
    lt: likely ? BLTZL : BLTZ,
    le: likely ? BLEZL : BLEZ,
    gt: likely ? BGTZL : BGTZ,
    ge: likely ? BGEZL : BGEZ,
  };
  const mirror = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' } as const;
  const compare = unsigned ? SLTU : SLT;
  const compareNumber = unsigned ? SLTIU : SLTI;

  /** What decides between two registers; null: it is never taken. */
  const registers = (m: Mips, s: number, t: number): Decision | null => {
    if (!unsigned) {
      if (t === 0) return [zero[relation], s, 0];
      if (s === 0) return [zero[mirror[relation]], t, 0];
    } else {
      // Against zero, unsigned order is inequality, equality, always or never.
      if (t === 0) {
        if (relation === 'gt') return [taken, s, 0];
        if (relation === 'le') return [notTaken, s, 0];
        return relation === 'ge' ? [BEQ, 0, 0] : null;
      }
      if (s === 0) {
        if (relation === 'lt') return [taken, 0, t];
        if (relation === 'ge') return [notTaken, 0, t];
        return relation === 'le' ? [BEQ, 0, 0] : null;
      }
    }
    const at = temporary(m);
    const swapped = relation === 'gt' || relation === 'le';
    op3(m, compare, at, swapped ? t : s, swapped ? s : t);
    return [relation === 'lt' || relation === 'gt' ? taken : notTaken, at, 0];
  };

  /** What decides between a register and a number. */
  const number = (m: Mips, s: number, v: number): Decision | null => {
    const below = relation === 'lt' || relation === 'le';
    const outcome = (always: boolean): Decision | null => (always ? [BEQ, 0, 0] : null);
    // x <= n is x < n + 1, x > n is x >= n + 1, unless n is the greatest number.
    if (relation === 'gt' || relation === 'le') {
      if (v === (unsigned ? -1 : 0x7fff_ffff) || (unsigned && s === 0)) return outcome(below);
      v = (v + 1) | 0;
    }
    if (unsigned) {
      if (v === 0) return outcome(!below);
      if (v === 1) return [below ? notTaken : taken, s, 0];
    } else {
      if (v === 0) return [zero[below ? 'lt' : 'ge'], s, 0];
      if (v === 1) return [zero[below ? 'le' : 'gt'], s, 0];
      if (v === -0x8000_0000 && !below) return outcome(true);
    }
    const at = temporary(m);
    if (fits(v)) immediate(m, compareNumber, at, s, v);
    else {
      loadNumber(m, at, v);
      op3(m, compare, at, s, at);
    }
    return [below ? taken : notTaken, at, 0];
  };

  return (m, ops, count) => {
    if (count !== 3 || !isGpr(ops[0]!) || ops[2]!.kind !== VALUE) return false;
    const [first, second, target] = ops as [Operand, Operand, Operand];
    let decision: Decision | null;
    if (isGpr(second)) decision = registers(m, first.reg, second.reg);
    else if (isNumber(second)) decision = number(m, first.reg, int32(second));
    else return false;
    if (decision !== null) branch(m, ...decision, target.value);
    else if (likely) branch(m, BNEL, 0, 0, target.value);
    else nop(m);
    return true;
  };
}

/** A branch instruction and the registers it compares. */
type Decision = readonly [form: Form, s: number, t: number];

/** `j reg`, `jal reg`, `jal rd, rs`: jumps through a register. */
const jump: Macro = (m, ops, count) => {
  if (count !== 1) return false;
  const [target] = ops as [Operand];
  if (isGpr(target)) m.emitter.emit(JR, JR.match | rs(target.reg));
  // An absolute jump does not belong in position-independent code.
  else if (m.pic && target.kind === VALUE) branch(m, BEQ, 0, 0, target.value);
  else return false;
  return true;
};

const jumpAndLink: Macro = (m, ops, count) => {
  if (count === 1 && ops[0]!.kind === VALUE && ops[0]!.reloc === 0 && m.pic) {
    callByEntry(m, ops[0]!.value);
    return true;
  }
  if (count < 1 || count > 2 || !isGpr(ops[0]!) || (count === 2 && !isGpr(ops[1]!))) return false;
  const target = ops[count - 1]!.reg;
  if (m.pic && target !== CALL_REGISTER) m.asm.warn('a position-independent call goes through $25');
  m.emitter.emit(JALR, JALR.match | rd(count === 2 ? ops[0]!.reg : 31) | rs(target));
  if (m.pic) restoreGp(m);
  return true;
};

/** `jal symbol` in position-independent code. */
function callByEntry(m: Mips, target: Expression): void {
  loadPointer(m, CALL_REGISTER, target, R.CALL16, true);
  const call = JALR.match | rd(31) | rs(CALL_REGISTER);
  // A place without a name has none by which the linker could make it a direct call.
  if (target.plus?.name === '.') m.emitter.emit(JALR, call);
  else m.emitter.emit(JALR, call, R.JALR, target);
  restoreGp(m);
}

/** Behind a call, $gp from where `.cprestore` keeps it. */
function restoreGp(m: Mips): void {
  if (m.savedGp === null) {
    m.asm.warn('no .cprestore in position-independent code: $gp is lost here');
    return;
  }
  if (!m.settings.reorder) nop(m);
  saved(m, LW, m.savedGp, m.frameRegister);
}

/** `.cprestore`: $gp into the frame. */
export function saveGp(m: Mips, offset: number): void {
  saved(m, SW, offset, SP);
}

function saved(m: Mips, f: Form, offset: number, frame: number): void {
  if (fits(offset)) {
    immediate(m, f, GP, frame, offset);
    return;
  }
  const at = temporary(m);
  immediate(m, LUI, at, 0, ((offset + 0x8000) >>> 16) & 0xffff);
  op3(m, ADDU, at, at, frame);
  immediate(m, f, GP, at, offset);
}

/** `.cpload`: $gp of this file, from the address of the function that stands in `entry`. */
export function loadGp(m: Mips, entry: number): void {
  const shared = m.asm.options.shared;
  const sym = m.asm.symbols.get(shared ? '_gp_disp' : '__gnu_local_gp');
  sym.type = STT_OBJECT;
  const value = ofSymbol(sym);
  relocated(m, LUI, GP, 0, R.HI16, value);
  relocated(m, ADDIU, GP, GP, R.LO16, value);
  if (shared) op3(m, ADDU, GP, GP, entry);
}

/** `.cpadd`: what a jump table holds relative to $gp. */
export function addGp(m: Mips, r: number): void {
  op3(m, ADDU, r, r, GP);
}

// ---- comparisons -----------------------------------------------------------------

/** `seq`, `sne`. */
function equality(equal: boolean): Macro {
  return threeOperands((m, d, s, t) => {
    const finish = (r: number) => {
      if (equal) immediate(m, SLTIU, d, r, 1);
      else op3(m, SLTU, d, 0, r);
    };
    if (isGpr(t)) {
      if (t.reg === 0) finish(s);
      else if (s === 0) finish(t.reg);
      else {
        op3(m, XOR, d, s, t.reg);
        finish(d);
      }
      return true;
    }
    if (!isNumber(t)) return false;
    const v = int32(t);
    if (v === 0) {
      finish(s);
      return true;
    }
    if (s === 0) {
      m.asm.warn(`the result is always ${equal ? 'false' : 'true'}`);
      if (equal) op3(m, OR, d, 0, 0);
      else immediate(m, ADDIU, d, 0, 1);
      return true;
    }
    if (isHalf(v)) immediate(m, XORI, d, s, v);
    else if (v > -0x8000 && v < 0) immediate(m, ADDIU, d, s, -v);
    else {
      const at = temporary(m);
      loadNumber(m, at, v);
      op3(m, XOR, d, s, at);
    }
    finish(d);
    return true;
  });
}

/** `sge`, `sgt`, `sle` and their unsigned forms; `slt` with a number. */
function order(relation: Relation, unsigned: boolean): Macro {
  const compare = unsigned ? SLTU : SLT;
  const compareNumber = unsigned ? SLTIU : SLTI;
  return threeOperands((m, d, s, t) => {
    const negated = relation === 'ge' || relation === 'le';
    if (isGpr(t)) {
      const swapped = relation === 'gt' || relation === 'le';
      op3(m, compare, d, swapped ? t.reg : s, swapped ? s : t.reg);
    } else if (isNumber(t)) {
      const v = int32(t);
      if (relation === 'lt' || relation === 'ge') {
        if (fits(v)) immediate(m, compareNumber, d, s, v);
        else {
          const at = temporary(m);
          loadNumber(m, at, v);
          op3(m, compare, d, s, at);
        }
      } else {
        const at = temporary(m);
        loadNumber(m, at, v);
        op3(m, compare, d, at, s);
      }
    } else return false;
    if (negated) immediate(m, XORI, d, d, 1);
    return true;
  });
}

/** Trap on a comparison with a number. */
function trapOnNumber(f: Form, small: Form): Macro {
  return (m, ops, count) => {
    if (count !== 2 || !isGpr(ops[0]!) || !isNumber(ops[1]!)) return false;
    const v = int32(ops[1]!);
    if (fits(Number(ops[1]!.value.value))) {
      m.emitter.emit(small, small.match | rs(ops[0]!.reg) | (v & 0xffff));
      return true;
    }
    const at = temporary(m);
    loadNumber(m, at, v);
    m.emitter.emit(f, f.match | rs(ops[0]!.reg) | rt(at));
    return true;
  };
}

// ---- moves ------------------------------------------------------------------------

const li: Macro = (m, ops, count) => {
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

/** `la r, address`, `la r, address(base)`. */
const la: Macro = (m, ops, count) => {
  if (count !== 2 || !isGpr(ops[0]!)) return false;
  const [{ reg: r }, target] = ops as [Operand, Operand];
  if (target.kind === REGISTER) return false;
  const base = target.kind === MEMORY ? target.reg : 0;
  if (target.reloc !== 0) {
    relocated(m, ADDIU, r, base, target.reloc, target.value);
    return true;
  }
  if (isConstant(target.value)) {
    const v = int32(target);
    // Where the target is the base it would be gone before it is added: $0 counts as such a one.
    if (base === 0) loadNumber(m, r === 0 && !fits(v) ? temporary(m) : r, v);
    else if (fits(v)) immediate(m, ADDIU, r, base, v);
    else {
      const work = r === base ? temporary(m) : r;
      loadNumber(m, work, v);
      op3(m, ADDU, r, work, base);
    }
    return true;
  }
  loadSum(m, r, base, target.value);
  return true;
};

const rotate = (left: boolean): Macro =>
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
function shiftByRegister(f: Form): Macro {
  return threeOperands((m, d, s, t) => {
    if (!isGpr(t)) return false;
    m.emitter.emit(f, f.match | rd(d) | rt(s) | rs(t.reg));
    return true;
  });
}

const absolute = twoRegisters((m, d, s) => {
  inOrder(m, () => {
    skip(m, BGEZ, s, 0, 2);
    if (d === s) nop(m);
    else op3(m, OR, d, s, 0);
    op3(m, SUB, d, 0, s);
  });
});

// ---- loads and stores ----------------------------------------------------------------

const isAddress = (op: Operand) => op.kind === VALUE || op.kind === MEMORY;

/** A load or store of an address that its 16 bits do not hold. */
function memory(f: Form, intoItself: boolean): Macro {
  const float = f.operands[0]!.look !== 1;
  return (m, ops, count) => {
    if (count !== 2 || !isAddress(ops[1]!)) return false;
    const [first, target] = ops as [Operand, Operand];
    let r = first.reg;
    if (f.operands[0]!.look === 2) {
      if (!isFpr(first)) return false;
      r -= FPR;
    } else if (f.operands[0]!.look === 11) {
      if (!isNumber(first)) return false;
      r = Number(first.value.value);
      if (r < 0 || r > 31) return false;
    } else if (first.kind !== REGISTER || r > 31) return false;
    const base = target.kind === MEMORY ? target.reg : 0;
    const own = intoItself && !float && r !== 0 && r !== base;
    const work = () => (own ? r : temporary(m));
    reach(m, target, work, 0, (at) => access(m, f, r, at));
    return true;
  };
}

/** `balign t, s, n`: two of the four byte counts are other operations. */
const balign: Macro = (m, ops, count) => {
  if (count !== 3 || !isGpr(ops[0]!) || !isGpr(ops[1]!) || !isNumber(ops[2]!)) return false;
  const n = int32(ops[2]!);
  if (n !== 0 && n !== 2) return false;
  const [{ reg: t }, { reg: s }] = ops as [Operand, Operand];
  if (n === 2) m.emitter.emit(PACKRL, PACKRL.match | rd(t) | rs(t) | rt(s));
  else nop(m);
  return true;
};

/** `ulw`, `usw`. */
function unaligned(left: Form, right: Form, load: boolean): Macro {
  return (m, ops, count) => {
    if (count !== 2 || !isGpr(ops[0]!) || !isAddress(ops[1]!)) return false;
    const r = ops[0]!.reg;
    const at = reachWhole(m, ops[1]!, 3);
    // A load into its own base goes through the temporary.
    const into = load && r === at.base ? temporary(m) : r;
    const [first, second] = m.asm.little ? [3, 0] : [0, 3];
    access(m, left, into, at, first);
    access(m, right, into, at, second);
    if (into !== r) {
      loadDelay(m);
      op3(m, OR, r, into, 0);
    }
    return true;
  };
}

/** `ulh`, `ulhu`. */
function unalignedHalf(high: Form): Macro {
  return (m, ops, count) => {
    if (count !== 2 || !isGpr(ops[0]!) || !isAddress(ops[1]!)) return false;
    const r = ops[0]!.reg;
    const at = reachWhole(m, ops[1]!, 1);
    const work = temporary(m);
    // The half whose register is the base is read last.
    const [hiBy, loBy] = m.asm.little ? [1, 0] : [0, 1];
    if (r !== at.base) {
      access(m, high, work === at.base ? r : work, at, hiBy);
      access(m, LBU, work === at.base ? work : r, at, loBy);
    } else {
      access(m, high, work, at, hiBy);
      access(m, LBU, r, at, loBy);
    }
    const hi = work === at.base && r !== at.base ? r : work;
    shift(m, SLL, hi, hi, 8);
    op3(m, OR, r, r, work);
    return true;
  };
}

/** `ush`. */
const storeHalf: Macro = (m, ops, count) => {
  if (count !== 2 || !isGpr(ops[0]!) || !isAddress(ops[1]!)) return false;
  const r = ops[0]!.reg;
  const at = reachWhole(m, ops[1]!, 1);
  const work = temporary(m);
  const [lowBy, highBy] = m.asm.little ? [0, 1] : [1, 0];
  access(m, SB, r, at, lowBy);
  if (at.base === work) {
    // The temporary holds the address, so the value itself is shifted and put back.
    shift(m, SRL, r, r, 8);
    access(m, SB, r, at, highBy);
    access(m, LBU, work, at, lowBy);
    shift(m, SLL, r, r, 8);
    op3(m, OR, r, r, work);
  } else {
    shift(m, SRL, work, r, 8);
    access(m, SB, work, at, highBy);
  }
  return true;
};

/** `ld`, `sd`: a pair of registers. */
function pair(f: Form, load: boolean): Macro {
  return (m, ops, count) => {
    if (count !== 2 || !isGpr(ops[0]!) || !isAddress(ops[1]!)) return false;
    const r = ops[0]!.reg;
    const next = (r + 1) & 31;
    reachPair(m, ops[1]!, (at) => {
      // A register that the source itself gives as base is loaded last.
      const own = load && ops[1]!.kind === MEMORY && ops[1]!.reg === r && r === at.base;
      const [first, second] = own ? [4, 0] : [0, 4];
      access(m, f, first === 0 ? r : next, at, first);
      access(m, f, first === 0 ? next : r, at, second);
    });
    return true;
  };
}

/** `l.s`, `s.s`, `l.d`, `s.d`, which MIPS I does as two words. */
function floatAccess(f: Form, single: Form | null): Macro {
  return (m, ops, count) => {
    if (count !== 2 || !isFpr(ops[0]!) || !isAddress(ops[1]!)) return false;
    const r = ops[0]!.reg - FPR;
    if (single !== null && m.settings.level < LEVELS['mips2']!) {
      const [first, second] = m.asm.little ? [r, r + 1] : [r + 1, r];
      reachPair(m, ops[1]!, (at) => {
        access(m, single, first, at);
        access(m, single, second, at, 4);
      });
      return true;
    }
    reach(
      m,
      ops[1]!,
      () => temporary(m),
      0,
      (at) => access(m, f, r, at),
    );
    return true;
  };
}

/** `li.s`, `li.d`: the number in the instructions where that is short, else among the constants. */
export function loadFloatNumber(m: Mips, r: number, double: boolean): void {
  const bits = floatBits(m.asm.cur, double);
  if (double) loadDouble(m, r, bits);
  else if (r < 32) loadNumber(m, r, bits.low | 0);
  else if (m.smallData >= 4 && !isHalfway(bits.low)) {
    const place = ofSymbol(literal(m, '.lit4', [bits.low]));
    m.emitter.emit(LWC1, LWC1.match | rs(GP) | rt(r - FPR), R.LITERAL, place);
  } else {
    const at = temporary(m);
    loadNumber(m, at, bits.low | 0);
    m.emitter.emit(MTC1, MTC1.match | rt(at) | rd(r - FPR));
  }
}

interface Bits {
  readonly low: number;
  readonly high: number;
}

function loadDouble(m: Mips, r: number, { low, high }: Bits): void {
  const { little } = m.asm;
  const f = r - FPR;
  const words = little ? [low, high] : [high, low];
  // Worth building only where each half takes one instruction.
  if (isHalfway(low) && isHalfway(high)) {
    if (r >= 32) {
      const halved = m.settings.level < LEVELS['mips32r2']!;
      if (halved) moveToFloat(m, MTC1, f + 1, high);
      moveToFloat(m, MTC1, f, low);
      if (!halved) moveToFloat(m, MTHC1, f, high);
      return;
    }
    const [upper, lower] = little ? [r + 1, r] : [r, r + 1];
    loadNumber(m, upper, high | 0);
    if (low === 0) op3(m, OR, lower, 0, 0);
    else loadNumber(m, lower, low | 0);
    return;
  }
  const small = r >= 32 && m.smallData >= 8;
  const place = ofSymbol(literal(m, small ? '.lit8' : '.rodata', words));
  const base = small ? GP : temporary(m);
  const type = small ? R.LITERAL : R.LO16;
  if (!small && m.pic) relocated(m, LW, base, GP, R.GOT16, place);
  else if (!small) relocated(m, LUI, base, 0, R.HI16, place);
  if (r < 32 || m.settings.level < LEVELS['mips2']!) {
    const [load, first, second] = r < 32 ? [LW, r, r + 1] : little ? [LWC1, f, f + 1] : [LWC1, f + 1, f];
    relocated(m, load, first, base, type, place);
    relocated(m, load, second, base, type, offsetBy(place, 4));
  } else relocated(m, LDC1, f, base, type, place);
}

/** At most one of its two halves is not zero. */
const isHalfway = (v: number) => (v & 0xffff) === 0 || v >>> 16 === 0;

/** A 32-bit number to an FPU register. */
function moveToFloat(m: Mips, f: Form, register: number, v: number): void {
  const from = v === 0 ? 0 : temporary(m);
  if (v !== 0) loadNumber(m, from, v | 0);
  m.emitter.emit(f, f.match | rt(from) | rd(register));
}

/** Puts words among the constants of a section; where. */
function literal(m: Mips, name: string, words: readonly number[]) {
  const { asm } = m;
  const { here, pendingLabels } = asm;
  asm.here = asm.section(name, () => shapeOf(name)).subsection(0);
  asm.here.section.raiseAlign(4);
  const unit = words.length * 4;
  asm.here.fill((unit - (asm.here.length % unit)) % unit, 0);
  const sym = asm.symbols.anonymous();
  sym.location = asm.here.here();
  for (const word of words) asm.here.put32(word);
  asm.here = here;
  asm.pendingLabels = pendingLabels;
  return sym;
}

/** `trunc.w.s d, s, r`: MIPS I changes the rounding mode by hand. */
function truncate(f: Form): Macro {
  return (m, ops, count) => {
    if (count !== 3 || !isFpr(ops[0]!) || !isFpr(ops[1]!) || !isGpr(ops[2]!)) return false;
    const d = ops[0]!.reg - FPR;
    const s = ops[1]!.reg - FPR;
    const word = f.match | (d << 6) | (s << 11);
    if (m.settings.level >= LEVELS['mips2']!) {
      m.emitter.emit(f, word);
      return true;
    }
    const at = temporary(m);
    const r = ops[2]!.reg;
    const convert = form(f.mnemonic.replace('trunc', 'cvt'));
    inOrder(m, () => {
      m.emitter.emit(CFC1, CFC1.match | rt(r) | rd(31));
      m.emitter.emit(CFC1, CFC1.match | rt(r) | rd(31));
      nop(m);
      immediate(m, ORI, at, r, 3);
      immediate(m, XORI, at, at, 2);
      m.emitter.emit(CTC1, CTC1.match | rt(at) | rd(31));
      nop(m);
      m.emitter.emit(convert, convert.match | (d << 6) | (s << 11));
      m.emitter.emit(CTC1, CTC1.match | rt(r) | rd(31));
      nop(m);
    });
    return true;
  };
}

const always = (f: Form): Macro => {
  return (m, ops, count) => {
    if (count !== 1 || ops[0]!.kind !== VALUE) return false;
    branch(m, f, 0, 0, ops[0]!.value);
    return true;
  };
};

const entries: [string, Macro][] = [
  ['li', li],
  ['la', la],
  ['abs', absolute],
  ['add', withImmediate(ADD, ADDI, fits)],
  ['addu', withImmediate(ADDU, ADDIU, fits)],
  ['and', withImmediate(form('and'), form('andi'), isHalf)],
  ['or', withImmediate(OR, ORI, isHalf)],
  ['xor', withImmediate(XOR, XORI, isHalf)],
  ['nor', norImmediate],
  ['sub', subtraction(SUB, ADDI)],
  ['subu', subtraction(SUBU, ADDIU)],
  ['mul', multiply(MULT)],
  ['mulo', multiplyChecked(true)],
  ['mulou', multiplyChecked(false)],
  ['div', divide(true, MFLO)],
  ['divu', divide(false, MFLO)],
  ['rem', divide(true, MFHI)],
  ['remu', divide(false, MFHI)],
  ['sll', shiftByRegister(SLLV)],
  ['srl', shiftByRegister(SRLV)],
  ['sra', shiftByRegister(form('srav'))],
  ['rotr', rotate(false)],
  ['rol', rotate(true)],
  ['ror', rotate(false)],
  ['rotl', rotate(true)],
  ['j', jump],
  ['jal', jumpAndLink],
  ['beq', branchOnNumber(BEQ)],
  ['bne', branchOnNumber(BNE)],
  ['beql', branchOnNumber(BEQL)],
  ['bnel', branchOnNumber(BNEL)],
  ['b', always(BEQ)],
  ['bal', always(BAL)],
  ['balign', balign],
  ['seq', equality(true)],
  ['sne', equality(false)],
  ['ulw', unaligned(LWL, LWR, true)],
  ['usw', unaligned(SWL, SWR, false)],
  ['ulh', unalignedHalf(LB)],
  ['ulhu', unalignedHalf(LBU)],
  ['ush', storeHalf],
  ['ld', pair(LW, true)],
  ['sd', pair(SW, false)],
  ['l.s', floatAccess(LWC1, null)],
  ['s.s', floatAccess(SWC1, null)],
  ['l.d', floatAccess(LDC1, LWC1)],
  ['s.d', floatAccess(SDC1, SWC1)],
  // `li.s` and `li.d` are read by the target: their number is no integer expression.
  ['li.s', () => false],
  ['li.d', () => false],
  ['trunc.w.s', truncate(form('trunc.w.s'))],
  ['trunc.w.d', truncate(form('trunc.w.d'))],
];

for (const relation of ['lt', 'le', 'gt', 'ge'] as const)
  for (const unsigned of [false, true]) {
    const u = unsigned ? 'u' : '';
    entries.push([`s${relation}${u}`, order(relation, unsigned)]);
    for (const likely of [false, true])
      entries.push([`b${relation}${u}${likely ? 'l' : ''}`, branchOnOrder(relation, unsigned, likely)]);
  }

for (const name of ['teq', 'tne', 'tge', 'tgeu', 'tlt', 'tltu']) {
  const small = name.endsWith('u') ? `${name.slice(0, -1)}iu` : `${name}i`;
  entries.push([name, trapOnNumber(form(name), form(small))]);
}

// Loads may use their own register to build the address; everything else takes the temporary.
for (const name of ['lb', 'lbu', 'lh', 'lhu', 'lw', 'll']) entries.push([name, memory(form(name), true)]);
for (const name of 'lwl lwr sb sh sw swl swr sc lwc1 swc1 ldc1 sdc1 lwc2 swc2 ldc2 sdc2 lwc3 swc3 cache pref'.split(
  ' ',
))
  entries.push([name, memory(form(name), false)]);

/** Macros that only bring the address within reach of the instruction of the same name, or give its operand another form. */
export const extended: ReadonlySet<string> = new Set(
  'll sc lwl lwr swl swr lwc1 swc1 ldc1 sdc1 lwc2 swc2 ldc2 sdc2 lwc3 swc3 cache pref rotr'.split(' '),
);

/** Macros that are tried before the instructions of the same name. */
export const firstMacros: ReadonlySet<string> = new Set(['balign', 'j', 'jal']);

export const macros: ReadonlyMap<string, Macro> = new Map(entries);
