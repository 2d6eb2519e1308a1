// Pieces that macro instructions are built of.
import { Complaint } from '../diagnostics.ts';
import { type Expression, isConstant } from '../expression.ts';
import { low32 } from '../integer.ts';
import { type Form, formNamed } from './forms.ts';
import { LEVELS } from './levels.ts';
import { type Operand, VALUE } from './operands.ts';
import { R } from './relocations.ts';
import type { Mips } from './target.ts';

const ADDIU = formNamed('addiu');
const LUI = formNamed('lui');
const ORI = formNamed('ori');
const SLL = formNamed('sll');

export const rd = (r: number) => r << 11;
export const rt = (r: number) => r << 16;
export const rs = (r: number) => r << 21;

export function op3(m: Mips, f: Form, d: number, s: number, t: number): void {
  m.emitter.emit(f, f.match | rd(d) | rs(s) | rt(t));
}

export function shift(m: Mips, f: Form, d: number, t: number, amount: number): void {
  m.emitter.emit(f, f.match | rd(d) | rt(t) | ((amount & 31) << 6));
}

/** rt, rs, immediate; loads and stores too (rt or ft, base, offset). */
export function immediate(m: Mips, f: Form, t: number, s: number, v: number): void {
  m.emitter.emit(f, f.match | rt(t) | rs(s) | (v & 0xffff));
}

export function relocated(m: Mips, f: Form, t: number, s: number, type: number, value: Expression): void {
  m.emitter.emit(f, f.match | rt(t) | rs(s), type, value);
}

export function nop(m: Mips): void {
  m.emitter.emit(SLL, 0);
}

/** What MIPS I needs between a load and the first use of its register. */
export function loadDelay(m: Mips): void {
  if (m.settings.level === LEVELS['mips1']) nop(m);
}

export function branch(m: Mips, f: Form, s: number, t: number, target: Expression): void {
  m.emitter.emit(f, f.match | rs(s) | rt(t), R.PC16, target);
}

/** A branch over the next instructions, `words` beyond its slot. */
export function skip(m: Mips, f: Form, s: number, t: number, words: number): void {
  m.emitter.emit(f, f.match | rs(s) | rt(t) | (words & 0xffff));
}

/** Instructions whose order is fixed: `.set noreorder` around them. */
export function inOrder(m: Mips, body: () => void): void {
  const { reorder } = m.settings;
  if (reorder) m.emitter.startNoreorder();
  body();
  if (reorder) m.emitter.endNoreorder();
}

/** The assembler's temporary, which `.set noat` denies. */
export function temporary(m: Mips): number {
  const { at } = m.settings;
  if (at === 0) throw new Complaint('KSEG_ASM_AT', `'${m.mnemonic}' needs $at here, which .set noat has reserved`);
  return at;
}

/** A 32-bit number, written signed or unsigned, as an int32. */
export function int32(op: { readonly value: Expression; readonly start: number; readonly end: number }): number {
  const v = op.value.value;
  if (v < -0x8000_0000 || v > 0xffff_ffff) {
    if (typeof v === 'bigint' && v < 0n) return low32(v) | 0;
    throw new Complaint(
      'KSEG_ASM_VALUE',
      `number 0x${BigInt.asUintN(64, BigInt(v)).toString(16)} is larger than 32 bits`,
      op.start,
      op.end,
    );
  }
  return low32(v) | 0;
}

export const isNumber = (op: Operand) => op.kind === VALUE && op.reloc === 0 && isConstant(op.value);
/** What a signed or an unsigned immediate holds. */
export const fits = (v: number) => v >= -0x8000 && v <= 0x7fff;
export const isHalf = (v: number) => v >= 0 && v <= 0xffff;

/** `li`: a number into a register, the shortest way. */
export function loadNumber(m: Mips, r: number, v: number): void {
  if (fits(v)) immediate(m, ADDIU, r, 0, v);
  else if (isHalf(v)) immediate(m, ORI, r, 0, v);
  else {
    immediate(m, LUI, r, 0, v >>> 16);
    if ((v & 0xffff) !== 0) immediate(m, ORI, r, r, v);
  }
}

/** A number in the temporary; which register that is. */
export function inTemporary(m: Mips, v: number): number {
  const at = temporary(m);
  loadNumber(m, at, v);
  return at;
}
