// What operands macros take, and what they are read into.
import { inTemporary, int32, isNumber } from '../build.ts';
import { type Operand, REGISTER } from '../operands.ts';
import { FCC, FPR } from '../registers.ts';
import type { Mips } from '../target.ts';

/** Expands a macro; false when the operands are not ones it takes. */
export type Macro = (m: Mips, ops: readonly Operand[], count: number) => boolean;

export const isGpr = (op: Operand) => op.kind === REGISTER && op.reg < 32;

export const isFpr = (op: Operand) => op.kind === REGISTER && op.reg >= FPR && op.reg < FCC;

/** `op d, s, t` and `op d, t`; the last may be a number. */
export function threeOperands(body: (m: Mips, d: number, s: number, t: Operand) => boolean): Macro {
  return (m, ops, count) => {
    const two = count === 2;
    if (!two && count !== 3) return false;
    if (!isGpr(ops[0]!) || (!two && !isGpr(ops[1]!))) return false;
    return body(m, ops[0]!.reg, two ? ops[0]!.reg : ops[1]!.reg, ops[two ? 1 : 2]!);
  };
}

/** `op d, s` and `op d`. */
export function twoRegisters(body: (m: Mips, d: number, s: number) => void): Macro {
  return (m, ops, count) => {
    if (count < 1 || count > 2 || !isGpr(ops[0]!) || (count === 2 && !isGpr(ops[1]!))) return false;
    body(m, ops[0]!.reg, ops[count - 1]!.reg);
    return true;
  };
}

/** The third operand in a register: itself, or a number loaded into the temporary. */
export function inRegister(m: Mips, op: Operand): number | null {
  if (isGpr(op)) return op.reg;
  if (!isNumber(op)) return null;
  return inTemporary(m, int32(op));
}

export type Relation = 'lt' | 'le' | 'gt' | 'ge';
