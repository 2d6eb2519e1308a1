// Macros that compare: to a flag in a register, or to a trap.
import { fits, immediate, inTemporary, int32, isHalf, isNumber, op3, rs, rt } from '../build.ts';
import type { Form } from '../forms.ts';
import { ADDIU, OR, SLT, SLTI, SLTIU, SLTU, XOR, XORI } from './instructions.ts';
import { isGpr, type Macro, type Relation, threeOperands } from './shapes.ts';

/** `seq`, `sne`. */
export function equality(equal: boolean): Macro {
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
    else op3(m, XOR, d, s, inTemporary(m, v));
    finish(d);
    return true;
  });
}

/** `sge`, `sgt`, `sle` and their unsigned forms; `slt` with a number. */
export function order(relation: Relation, unsigned: boolean): Macro {
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
        else op3(m, compare, d, s, inTemporary(m, v));
      } else op3(m, compare, d, inTemporary(m, v), s);
    } else return false;
    if (negated) immediate(m, XORI, d, d, 1);
    return true;
  });
}

/** Trap on a comparison with a number. */
export function trapOnNumber(f: Form, small: Form): Macro {
  return (m, ops, count) => {
    if (count !== 2 || !isGpr(ops[0]!) || !isNumber(ops[1]!)) return false;
    const v = int32(ops[1]!);
    if (fits(Number(ops[1]!.value.value))) {
      m.emitter.emit(small, small.match | rs(ops[0]!.reg) | (v & 0xffff));
      return true;
    }
    m.emitter.emit(f, f.match | rs(ops[0]!.reg) | rt(inTemporary(m, v)));
    return true;
  };
}
