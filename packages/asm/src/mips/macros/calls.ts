// Jumps, calls, and the $gp that position-independent ones need.
import { STT } from '@kseg/elf';
import { type Expression, ofSymbol } from '../../expression.ts';
import { CALL_REGISTER, GP, loadPointer } from '../addresses.ts';
import { branch, fits, immediate, nop, op3, rd, relocated, rs, temporary } from '../build.ts';
import type { Form } from '../forms.ts';
import { type Operand, VALUE } from '../operands.ts';
import { R } from '../relocations.ts';
import type { Mips } from '../target.ts';
import { ADDIU, ADDU, B, JALR, JR, LUI, LW, SW } from './instructions.ts';
import { isGpr, type Macro } from './shapes.ts';

const SP = 29;

/** `j reg`, `jal reg`, `jal rd, rs`: jumps through a register. */
export const jump: Macro = (m, ops, count) => {
  if (count !== 1) return false;
  const [target] = ops as [Operand];
  if (isGpr(target)) m.emitter.emit(JR, JR.match | rs(target.reg));
  // An absolute jump does not belong in position-independent code.
  else if (m.pic && target.kind === VALUE) branch(m, B, 0, 0, target.value);
  else return false;
  return true;
};

export const jumpAndLink: Macro = (m, ops, count) => {
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
  sym.type = STT.OBJECT;
  const value = ofSymbol(sym);
  relocated(m, LUI, GP, 0, R.HI16, value);
  relocated(m, ADDIU, GP, GP, R.LO16, value);
  if (shared) op3(m, ADDU, GP, GP, entry);
}

/** `.cpadd`: what a jump table holds relative to $gp. */
export function addGp(m: Mips, r: number): void {
  op3(m, ADDU, r, r, GP);
}
