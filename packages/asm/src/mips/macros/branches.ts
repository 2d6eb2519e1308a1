// Branches on comparisons that the processor does not have.
import { branch, fits, immediate, inTemporary, int32, isNumber, loadNumber, nop, op3, temporary } from '../build.ts';
import type { Form } from '../forms.ts';
import { type Operand, VALUE } from '../operands.ts';
import type { Mips } from '../target.ts';
import {
  BEQ,
  BEQL,
  BGEZ,
  BGEZL,
  BGTZ,
  BGTZL,
  BLEZ,
  BLEZL,
  BLTZ,
  BLTZL,
  BNE,
  BNEL,
  SLT,
  SLTI,
  SLTIU,
  SLTU,
} from './instructions.ts';
import { isGpr, type Macro, type Relation } from './shapes.ts';

/** `beq`, `bne` against a number. */
export function branchOnNumber(f: Form): Macro {
  return (m, ops, count) => {
    if (count !== 3 || !isGpr(ops[0]!) || !isNumber(ops[1]!) || ops[2]!.kind !== VALUE) return false;
    const v = int32(ops[1]!);
    if (v === 0) branch(m, f, ops[0]!.reg, 0, ops[2]!.value);
    else branch(m, f, ops[0]!.reg, inTemporary(m, v), ops[2]!.value);
    return true;
  };
}

/** Branches on an order: `blt s, t, target` … `bgeul s, number, target`. */
export function branchOnOrder(relation: Relation, unsigned: boolean, likely: boolean): Macro {
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

/** `b target`, `bal target`. */
export const always =
  (f: Form): Macro =>
  (m, ops, count) => {
    if (count !== 1 || ops[0]!.kind !== VALUE) return false;
    branch(m, f, 0, 0, ops[0]!.value);
    return true;
  };
