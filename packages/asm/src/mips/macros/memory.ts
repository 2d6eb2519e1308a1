// Addresses, and loads and stores beyond what one instruction does.
import { isConstant } from '../../expression.ts';
import { access, loadSum, reach, reachPair, reachWhole } from '../addresses.ts';
import { fits, immediate, int32, isNumber, loadDelay, loadNumber, op3, relocated, shift, temporary } from '../build.ts';
import { BITS, FLOAT, type Form, GPR } from '../forms.ts';
import { MEMORY, type Operand, REGISTER, VALUE } from '../operands.ts';
import { FPR } from '../registers.ts';
import { ADDIU, ADDU, LBU, OR, SB, SLL, SRL } from './instructions.ts';
import { isFpr, isGpr, type Macro } from './shapes.ts';

/** `la r, address`, `la r, address(base)`. */
export const la: Macro = (m, ops, count) => {
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

export const isAddress = (op: Operand) => op.kind === VALUE || op.kind === MEMORY;

/** A load or store of an address that its 16 bits do not hold. */
export function memory(f: Form, intoItself: boolean): Macro {
  const { look } = f.operands[0]!;
  return (m, ops, count) => {
    if (count !== 2 || !isAddress(ops[1]!)) return false;
    const [first, target] = ops as [Operand, Operand];
    let r = first.reg;
    if (look === FLOAT) {
      if (!isFpr(first)) return false;
      r -= FPR;
    } else if (look === BITS) {
      if (!isNumber(first)) return false;
      r = Number(first.value.value);
      if (r < 0 || r > 31) return false;
    } else if (first.kind !== REGISTER || r > 31) return false;
    const base = target.kind === MEMORY ? target.reg : 0;
    const own = intoItself && look === GPR && r !== 0 && r !== base;
    const work = () => (own ? r : temporary(m));
    reach(m, target, work, 0, (at) => access(m, f, r, at));
    return true;
  };
}

/** `ulw`, `usw`. */
export function unaligned(left: Form, right: Form, load: boolean): Macro {
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
export function unalignedHalf(high: Form): Macro {
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
export const storeHalf: Macro = (m, ops, count) => {
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
export function pair(f: Form, load: boolean): Macro {
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
