// Addresses, and the values and relocations that follow from them.
import { SHF, STB } from '@kseg/elf';
import type { Assembler } from './assembler.ts';
import type { Place } from './diagnostics.ts';
import type { Expression } from './expression.ts';
import { add, complement, compute, type Integer, isZero, negate } from './integer.ts';
import type { Section, Subsection } from './section.ts';
import type { Sym } from './symbols.ts';

/** An expression with addresses known: an offset in a section, from an undefined or common symbol, or a number. */
export interface Value {
  readonly section: Section | null;
  readonly symbol: Sym | null;
  readonly value: Integer;
}

/** A relocation to be written; `symbol` null: against no symbol. */
export interface Relocation {
  offset: number;
  readonly type: number;
  readonly symbol: Sym | null;
  /** Kept apart until relocations are in order: high and low halves pair up by it. */
  readonly addend: number;
  /** Where the source asks for it. */
  readonly place: Place;
}

/** Sizes that settle at all have settled by then. */
const MAX_ROUNDS = 100;

const number = (value: Integer): Value => ({ section: null, symbol: null, value });

/** Reduces expressions once (or while) subsections have bases and sizes. */
export class Resolver {
  constructor(private readonly asm: Assembler) {}

  /** Null when the expression is none of what a relocation can say. */
  value(e: Expression): Value | null {
    if (e.tree !== null) {
      const a = this.value(e.tree.a);
      if (a === null) return null;
      if (e.tree.op === 'neg' || e.tree.op === 'not' || e.tree.op === 'lnot') {
        if (!isNumber(a)) return null;
        const v =
          e.tree.op === 'neg' ? negate(a.value) : e.tree.op === 'not' ? complement(a.value) : isZero(a.value) ? 1 : 0;
        return number(add(v, e.value));
      }
      const b = this.value(e.tree.b);
      if (b === null) return null;
      if (e.tree.op === '+' && (isNumber(a) || isNumber(b)))
        return {
          section: a.section ?? b.section,
          symbol: a.symbol ?? b.symbol,
          value: add(add(a.value, b.value), e.value),
        };
      if (e.tree.op === '-' && isNumber(b)) return { ...a, value: add(add(a.value, negate(b.value)), e.value) };
      if (a.section !== b.section || a.symbol !== b.symbol) return null;
      if (!isNumber(a) && /^[*/%|&^!]$|<<|>>/.test(e.tree.op)) return null;
      const v = compute(e.tree.op, a.value, b.value);
      return v === undefined ? null : number(add(v, e.value));
    }
    const plus = e.plus === null ? number(0) : this.symbol(e.plus);
    if (plus === null) return null;
    if (e.minus === null) return { ...plus, value: add(plus.value, e.value) };
    const minus = this.symbol(e.minus);
    if (minus === null) return null;
    if (plus.section !== minus.section || plus.symbol !== minus.symbol) {
      if (!isNumber(minus)) return null;
      return { ...plus, value: add(add(plus.value, negate(minus.value)), e.value) };
    }
    return number(add(add(plus.value, negate(minus.value)), e.value));
  }

  symbol(sym: Sym): Value | null {
    const { location } = sym;
    if (location !== null) {
      const { subsection, offset, elastics } = location;
      return { section: subsection.section, symbol: null, value: subsection.addressOf(offset, elastics) };
    }
    if (sym.computed !== null) return number(sym.computed);
    if (sym.sectionSymbol !== null) return { section: sym.sectionSymbol, symbol: null, value: 0 };
    if (sym.expression !== null) {
      if (sym.resolving) return null;
      sym.resolving = true;
      const v = this.value(sym.expression);
      sym.resolving = false;
      return v;
    }
    return { section: null, symbol: sym, value: 0 };
  }

  /** The number an expression comes to, or null. */
  number(e: Expression): number | null {
    const v = this.value(e);
    return v !== null && isNumber(v) ? Number(v.value) : null;
  }

  /** Gives every subsection its base and every elastic piece its size. */
  layOut(): void {
    const { sections } = this.asm;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      let changed = false;
      for (const section of sections) if (this.layOutSection(section)) changed = true;
      if (!changed) break;
    }
  }

  /** Joins the subsections' bytes, once they are laid out; padded: sections to their alignment. */
  joinAll(padded: boolean): void {
    for (const section of this.asm.sections) {
      this.checkSizes(section);
      this.join(section, padded);
    }
  }

  /** Complains of pieces without a size, or with one that depends on itself. */
  private checkSizes(section: Section): void {
    for (const { base, elastics, sizes, grown } of section.subsections)
      elastics.forEach(({ size, offset, what, fault, place }, i) => {
        const address = base + offset + (i === 0 ? 0 : grown[i - 1]!);
        if (size(address) !== sizes[i]) this.asm.diagnose('error', 'KSEG_ASM_VALUE', fault, place, what);
      });
  }

  private layOutSection(section: Section): boolean {
    let changed = false;
    let base = 0;
    for (const sub of section.subsections) {
      if (sub.base !== base) {
        sub.base = base;
        changed = true;
      }
      let grown = 0;
      for (let i = 0; i < sub.elastics.length; i++) {
        const elastic = sub.elastics[i]!;
        const size = elastic.size(base + elastic.offset + grown) ?? 0;
        if (sub.sizes[i] !== size) {
          sub.sizes[i] = size;
          changed = true;
        }
        grown += size;
        sub.grown[i] = grown;
      }
      base += sub.length + grown;
    }
    section.size = base;
    return changed;
  }

  private join(section: Section, padded: boolean): void {
    // Code is filled up to its alignment, data to 16 bytes at most.
    const code = (section.shape.flags & SHF.EXECINSTR) !== 0;
    const unit = 2 ** (code ? section.align : Math.min(section.align, 4));
    if (padded) section.size = Math.ceil(section.size / unit) * unit;
    const [only] = section.subsections;
    if (section.nobits) return;
    if (section.subsections.length === 1 && only!.elastics.length === 0 && only!.bytes.length >= section.size) {
      section.contents = only!.bytes.subarray(0, section.size);
      return;
    }
    section.contents = new Uint8Array(section.size);
    for (const sub of section.subsections) copy(sub, section.contents);
  }
}

export const isNumber = (v: Value) => v.section === null && v.symbol === null;

function copy(sub: Subsection, into: Uint8Array): void {
  let from = 0;
  let to = sub.base;
  sub.elastics.forEach((elastic, i) => {
    into.set(sub.bytes.subarray(from, elastic.offset), to);
    to += elastic.offset - from;
    from = elastic.offset;
    const size = sub.sizes[i]!;
    into.set(elastic.bytes(size), to);
    to += size;
  });
  into.set(sub.bytes.subarray(from, sub.length), to);
}

/** Whether a relocation has to name this symbol itself, so that another definition can take its place. */
export const mustNameSymbol = (sym: Sym) => sym.binding !== STB.LOCAL;
