// How instructions reach what a symbol names: by its address, through the global offset table, or from $gp.
import { STB } from '@kseg/elf';
import { Complaint } from '../diagnostics.ts';
import { constant, type Expression, isConstant, offsetBy } from '../expression.ts';
import { low32 } from '../integer.ts';
import type { Sym } from '../symbols.ts';
import { fits, immediate, int32, loadDelay, loadNumber, op3, relocated, temporary } from './build.ts';
import { type Form, formNamed } from './forms.ts';
import { MEMORY, type Operand } from './operands.ts';
import { R } from './relocations.ts';
import type { Mips } from './target.ts';

const ADDIU = formNamed('addiu');
const ADDU = formNamed('addu');
const LUI = formNamed('lui');
const LW = formNamed('lw');
const ZERO = constant(0);
const NOTHING = () => {};

export const GP = 28;
/** The register in which position-independent code calls. */
export const CALL_REGISTER = 25;
/** Offsets beyond this are not used from $gp: something may still have to be added. */
const MAX_FROM_GP = 0x7ff0;

// ---- what a symbol turns out to be -------------------------------------------

/** Symbols that name places, whatever size is said of them. */
const PLACES: ReadonlySet<string> = new Set('eprol etext _gp edata _fbss _fdata _ftext end _gp_disp'.split(' '));
const SMALL_SECTION = /^\.(sdata|sbss)(\.|$)|^\.gnu\.linkonce\.sb?\./;

/** Whether a symbol lies in small data, by what is known now; while the source is read an undefined one may still. */
function isSmall(m: Mips, sym: Sym, final: boolean): boolean {
  const limit = m.smallData;
  if (limit === 0 || PLACES.has(sym.name)) return false;
  const equated = sym.expression === null ? null : m.asm.resolver.symbol(sym);
  if (sym.common !== null || !sym.defined || equated?.symbol) {
    const declared = m.externSizes.get(sym) ?? 0;
    const size = sym.common?.size ?? 0;
    return (
      (declared !== 0 && declared <= limit) || (!final && declared === 0 && size === 0) || (size !== 0 && size <= limit)
    );
  }
  const section = sym.location?.subsection.section ?? sym.sectionSymbol ?? equated?.section ?? null;
  return section !== null && SMALL_SECTION.test(section.name);
}

/** Whether a reference to this symbol is made by way of its page in the global offset table: no other file can define it. */
export function isLocal(sym: Sym): boolean {
  for (let target: Sym = sym; ; target = target.expression.plus) {
    if (target.expression === null || target.expression.plus === null)
      return target.sectionSymbol !== null || (target.location !== null && target.binding === STB.LOCAL);
    if (target.binding !== STB.LOCAL) return false;
  }
}

/** Asks whether `value` can be reached from $gp; null: certainly not. */
function fromGp(m: Mips, { plus, minus, tree, value }: Expression): boolean | null {
  if (plus === null || minus !== null || tree !== null || value < 0 || value > MAX_FROM_GP) return null;
  if (m.pic || !isSmall(m, plus, false)) return null;
  return m.asm.foresight.ask(plus.defined || m.externSizes.has(plus) ? 1 : 0, () => +isSmall(m, plus, true)) === 1;
}

function askLocal(m: Mips, sym: Sym): boolean {
  return m.asm.foresight.ask(+(isLocal(sym) || (sym.temporary && !sym.defined)), () => +isLocal(sym)) === 1;
}

/** The symbol of an address in position-independent code. */
function symbolOf(value: Expression): Sym {
  if (value.plus === null || value.minus !== null || value.tree !== null)
    throw new Complaint('KSEG_ASM_VALUE', 'the address is no symbol plus a number');
  return value.plus;
}

const withoutOffset = (value: Expression): Expression => ({ ...value, value: 0 });

/** The number added to a symbol, which must fit 16 bits (`room` less where more is added). */
function offsetOf(value: Expression, room = 0): number {
  const v = Number(value.value);
  if (v < -0x8000 || v >= 0x8000 - room)
    throw new Complaint('KSEG_ASM_VALUE', 'offset is too large for position-independent code (16 bits)');
  return v;
}

/** The entry of a symbol, or the page of a local one, from the global offset table. */
function loadEntry(m: Mips, r: number, value: Expression): boolean {
  const local = askLocal(m, symbolOf(value));
  m.emitter.variant(
    local,
    () => relocated(m, LW, r, GP, R.GOT16, withoutOffset(value)),
    () => relocated(m, LW, r, GP, R.GOT16, value),
  );
  return local;
}

// ---- whole addresses -----------------------------------------------------------

/** The address `value` into a register. */
function loadAddress(m: Mips, r: number, value: Expression): void {
  if (m.pic) {
    const offset = offsetOf(value);
    loadBase(m, r, value);
    if (offset !== 0) immediate(m, ADDIU, r, r, offset);
    return;
  }
  const whole = () => {
    relocated(m, LUI, r, 0, R.HI16, value);
    relocated(m, ADDIU, r, r, R.LO16, value);
  };
  const small = fromGp(m, value);
  if (small === null) whole();
  else m.emitter.variant(!small, () => relocated(m, ADDIU, r, GP, R.GPREL16, value), whole);
}

/** The address of the symbol alone, its offset left out. */
function loadBase(m: Mips, r: number, value: Expression): void {
  const sym = symbolOf(value);
  const base = withoutOffset(value);
  relocated(m, LW, r, GP, R.GOT16, base);
  loadDelay(m);
  m.emitter.variant(askLocal(m, sym), NOTHING, () => relocated(m, ADDIU, r, r, R.LO16, base));
}

/** `la`: an address into `r`, plus a base register. */
export function loadSum(m: Mips, r: number, base: number, value: Expression): void {
  const work = r === base ? temporary(m) : r;
  if (!m.pic) {
    loadAddress(m, work, value);
    if (base !== 0) op3(m, ADDU, r, work, base);
    return;
  }
  const sym = symbolOf(value);
  const offset = Number(value.value);
  if (offset === 0) {
    const type = base === 0 && work === CALL_REGISTER ? R.CALL16 : R.GOT16;
    loadPointer(m, work, value, type, base !== 0);
  } else if (fits(offset)) {
    loadEntry(m, work, value);
    loadDelay(m);
    m.emitter.variant(
      askLocal(m, sym),
      () => immediate(m, ADDIU, work, work, offset),
      () => relocated(m, ADDIU, work, work, R.LO16, value),
    );
  } else {
    const low = { ...value, value: (offset << 16) >> 16 };
    loadEntry(m, work, low);
    const at = temporary(m);
    let sum = work;
    if (r === base) {
      // The temporary is wanted for the number: so the base is added first.
      loadDelay(m);
      op3(m, ADDU, r, at, base);
      sum = r;
    }
    m.emitter.variant(
      askLocal(m, sym),
      () => loadNumber(m, at, offset | 0),
      () => {
        immediate(m, LUI, at, 0, ((offset + 0x8000) >>> 16) & 0xffff);
        relocated(m, ADDIU, at, at, R.LO16, low);
      },
    );
    op3(m, ADDU, sum, sum, at);
    if (sum === r && work !== r) return;
  }
  if (base !== 0) op3(m, ADDU, r, work, base);
}

/** A symbol's address from its entry (relocated by `type`), or from a local one's page. */
export function loadPointer(m: Mips, r: number, value: Expression, type: number, delay: boolean): void {
  m.emitter.variant(
    askLocal(m, symbolOf(value)),
    () => {
      relocated(m, LW, r, GP, type, value);
      if (delay) loadDelay(m);
    },
    () => {
      relocated(m, LW, r, GP, R.GOT16, value);
      loadDelay(m);
      relocated(m, ADDIU, r, r, R.LO16, value);
    },
  );
}

// ---- memory operands -------------------------------------------------------------

/** What is left of an address when its high part is in a register. */
interface Reach {
  readonly base: number;
  /** 0: `offset` is the number to use. */
  readonly type: number;
  readonly value: Expression;
  readonly offset: number;
}

/** Does something at a reached place. */
type Use = (at: Reach) => void;

const plain = (base: number, offset: number): Reach => ({ base, type: 0, value: ZERO, offset });
const ofType = (base: number, type: number, value: Expression): Reach => ({ base, type, value, offset: 0 });

/** Where `work` comes from: the temporary, or the register that will be overwritten anyway. */
type Work = () => number;

/**
 * Brings the high part of `offset(base)` into `work` so that `use` can reach
 * it and up to `span` bytes beyond with 16-bit offsets.
 */
export function reach(m: Mips, op: Operand, work: Work, span: number, use: Use): void {
  const base = op.kind === MEMORY ? op.reg : 0;
  if (op.reloc !== 0) use(ofType(base, op.reloc, op.value));
  else if (isConstant(op.value)) use(reachNumber(m, base, int32(op), work, span));
  else if (m.pic) {
    const offset = offsetOf(op.value);
    const r = work();
    loadBase(m, r, op.value);
    if (base !== 0) op3(m, ADDU, r, r, base);
    use(plain(r, offset));
  } else
    reachSmall(m, base, op.value, work, use, () => {
      const r = work();
      relocated(m, LUI, r, 0, R.HI16, op.value);
      if (base !== 0) op3(m, ADDU, r, r, base);
      use(ofType(r, R.LO16, op.value));
    });
}

function reachNumber(m: Mips, base: number, v: number, work: Work, span: number): Reach {
  if (fits(v) && fits(v + span)) return plain(base, v);
  const r = work();
  let low = (v << 16) >> 16;
  let high = (v - low) >>> 16;
  if (!fits(low + span)) {
    low -= 0x1_0000;
    high = (high + 1) & 0xffff;
  }
  immediate(m, LUI, r, 0, high);
  if (base !== 0) op3(m, ADDU, r, r, base);
  return plain(r, (v << 16) >> 16);
}

/** From $gp if it is small data, else some other way. */
function reachSmall(m: Mips, base: number, value: Expression, work: Work, use: Use, otherwise: () => void): void {
  const small = fromGp(m, value);
  if (small === null) {
    otherwise();
    return;
  }
  m.emitter.variant(
    !small,
    () => {
      const r = base === 0 ? GP : work();
      if (base !== 0) op3(m, ADDU, r, base, GP);
      use(ofType(r, R.GPREL16, value));
    },
    otherwise,
  );
}

/** Like `reach`, but an address that needs more is loaded whole into the temporary. */
export function reachWhole(m: Mips, op: Operand, span: number): Reach {
  const base = op.kind === MEMORY ? op.reg : 0;
  const addBase = (at: number) => {
    if (base !== 0) op3(m, ADDU, at, span === 4 ? base : at, span === 4 ? at : base);
  };
  if (op.reloc === 0 && isConstant(op.value)) {
    const v = int32(op);
    if (fits(v) && fits(v + span)) return plain(base, v);
    const at = temporary(m);
    if (fits(v)) immediate(m, ADDIU, at, base, v);
    else {
      loadNumber(m, at, v);
      addBase(at);
    }
    return plain(at, 0);
  }
  const at = temporary(m);
  if (op.reloc !== 0) relocated(m, ADDIU, at, base, op.reloc, op.value);
  else {
    loadAddress(m, at, op.value);
    addBase(at);
  }
  return plain(at, 0);
}

/** Like `reach` for two words; what its halves do not reach together is loaded whole. */
export function reachPair(m: Mips, op: Operand, use: Use): void {
  const base = op.kind === MEMORY ? op.reg : 0;
  const add = (r: number) => {
    if (base !== 0) op3(m, ADDU, r, base, r);
  };
  if (op.reloc === R.GPREL16) use(ofType(base, op.reloc, op.value));
  else if (op.reloc !== 0) use(reachWhole(m, op, 4));
  else if (isConstant(op.value)) {
    const v = int32(op);
    const low = (v << 16) >> 16;
    if (fits(v) || !fits(low + 4)) {
      use(reachWhole(m, op, 4));
      return;
    }
    const r = temporary(m);
    immediate(m, LUI, r, 0, (v - low) >>> 16);
    add(r);
    use(plain(r, low));
  } else if (m.pic) {
    const offset = offsetOf(op.value, 4);
    const r = temporary(m);
    loadEntry(m, r, op.value);
    loadDelay(m);
    add(r);
    const local = askLocal(m, symbolOf(op.value));
    m.emitter.together(() =>
      m.emitter.variant(
        local,
        () => use(plain(r, offset)),
        () => use(ofType(r, R.LO16, op.value)),
      ),
    );
  } else {
    const crosses = ((low32(op.value.value) << 16) >> 16) + 4 > 0x7fff;
    reachSmall(
      m,
      base,
      op.value,
      () => temporary(m),
      use,
      () => {
        if (crosses) {
          use(reachWhole(m, op, 4));
          return;
        }
        const r = temporary(m);
        relocated(m, LUI, r, 0, R.HI16, op.value);
        add(r);
        use(ofType(r, R.LO16, op.value));
      },
    );
  }
}

/** A load or store at a reached address plus `by`. */
export function access(m: Mips, f: Form, r: number, at: Reach, by = 0): void {
  if (at.type === 0) immediate(m, f, r, at.base, at.offset + by);
  else relocated(m, f, r, at.base, at.type, by === 0 ? at.value : offsetBy(at.value, by));
}
