// Floating-point numbers: as operands, in memory, to integers.
import { offsetBy, ofSymbol } from '../../expression.ts';
import { floatBits } from '../../float.ts';
import type { Sym } from '../../symbols.ts';
import { access, GP, reach, reachPair } from '../addresses.ts';
import { immediate, inOrder, inTemporary, loadNumber, nop, op3, rd, relocated, rs, rt, temporary } from '../build.ts';
import type { Form } from '../forms.ts';
import { formNamed as form } from '../forms.ts';
import { LEVELS } from '../levels.ts';
import { FPR } from '../registers.ts';
import { R } from '../relocations.ts';
import type { Mips } from '../target.ts';
import { CFC1, CTC1, LDC1, LUI, LW, LWC1, MTC1, MTHC1, OR, ORI, XORI } from './instructions.ts';
import { isAddress } from './memory.ts';
import { isFpr, isGpr, type Macro } from './shapes.ts';

/** `l.s`, `s.s`, `l.d`, `s.d`, which MIPS I does as two words. */
export function floatAccess(f: Form, single: Form | null): Macro {
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
    m.emitter.emit(MTC1, MTC1.match | rt(inTemporary(m, bits.low | 0)) | rd(r - FPR));
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
  const from = v === 0 ? 0 : inTemporary(m, v | 0);
  m.emitter.emit(f, f.match | rt(from) | rd(register));
}

/** Puts words among the constants of a section; where. */
function literal({ asm }: Mips, name: string, words: readonly number[]): Sym {
  const constants = asm.section(name).subsection(0);
  constants.section.raiseAlign(4);
  const unit = words.length * 4;
  constants.fill((unit - (constants.length % unit)) % unit, 0);
  const sym = asm.symbols.anonymous();
  sym.location = constants.here();
  for (const word of words) constants.put32(word);
  return sym;
}

/** `trunc.w.s d, s, r`: MIPS I changes the rounding mode by hand. */
export function truncate(f: Form): Macro {
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
