// Fixups into bytes and relocations, by the rules of o32's REL relocations.
import { SHF } from '@kseg/elf';
import type { Assembler } from '../assembler.ts';
import type { Place } from '../diagnostics.ts';
import type { Expression } from '../expression.ts';
import { add, high32, type Integer, low32, negate } from '../integer.ts';
import { isNumber, mustNameSymbol, type Relocation, type Resolver } from '../resolve.ts';
import type { Fixup, Section, Subsection } from '../section.ts';
import type { Sym } from '../symbols.ts';
import { isLocal } from './addresses.ts';
import { R } from './relocations.ts';

/** A relocation whose addend is not yet in the bytes. */
interface Pending {
  readonly place: Place;
  where: number;
  type: number;
  symbol: Sym | null;
  addend: number;
  /** By which high and low halves find each other. */
  pairing: number;
  /** Only takes part in the search for halves. */
  readonly dead?: boolean;
}

/** Stands in the list for a fixup that needs no relocation: it still keeps its neighbours apart. */
const RESOLVED: Pending = {
  place: { file: '', line: 0, column: 0 },
  where: 0,
  type: R.NONE,
  symbol: null,
  addend: 0,
  pairing: 0,
};

/** A half of an alternative that was not taken: GNU as pairs halves before it drops those. */
function dead({ type, value, place }: Fixup): Pending {
  const addend = low32(value.value);
  return { place, where: 0, type, symbol: value.plus, addend, pairing: addend, dead: true };
}

/** High halves: of addresses, and the page of a local symbol in the global offset table. */
const isHigh = ({ type, symbol }: Pending) =>
  type === R.HI16 || (type === R.GOT16 && symbol !== null && isLocal(symbol));

/** Applies all fixups; relocations per section. */
export function applyFixups(asm: Assembler, resolver: Resolver): Map<Section, Relocation[]> {
  const all = new Map<Section, Relocation[]>();
  const named: Sym[] = [];
  for (const { place } of asm.requests) if (place.plus !== null) asm.symbols.enter(place.plus);
  for (const section of asm.sections) {
    const pending: Pending[] = [];
    if (section.selfReferring) asm.sectionSymbol(section);
    for (const sub of section.subsections)
      for (const fixup of sub.fixups) {
        pending.push(fixup.dead ? dead(fixup) : (new Fixing(asm, resolver, section, sub, fixup).run() ?? RESOLVED));
      }
    const ordered = pairHalves(pending).filter((p) => p !== RESOLVED && !p.dead);
    // Without any low half behind it a high half's carry stays unknown, and GNU as leaves its field alone.
    const lastLow = ordered.map(({ type }) => type).lastIndexOf(R.LO16);
    ordered.forEach((p, i) => {
      if (!isHigh(p) || i < lastLow) storeAddend(asm, section, p);
    });
    for (const { symbol } of ordered) if (symbol !== null) named.push(symbol);
    const own = ordered.map(({ where: offset, type, symbol, addend, place }) => ({
      offset,
      type,
      symbol,
      addend,
      place,
    }));
    const list = withRequested(asm, resolver, section, own);
    if (list.length > 0) all.set(section, list);
  }
  // Temporaries that relocations name come behind everything else in the symbol table.
  for (const symbol of named) asm.symbols.enter(symbol);
  return all;
}

/** With what `.reloc` asks for: each before the first relocation of a later place. */
function withRequested(asm: Assembler, resolver: Resolver, section: Section, list: Relocation[]): Relocation[] {
  const requested = requestedIn(asm, resolver, section).sort((a, b) => a.offset - b.offset);
  const merged: Relocation[] = [];
  let next = 0;
  for (const relocation of requested) {
    while (next < list.length && list[next]!.offset <= relocation.offset) merged.push(list[next++]!);
    merged.push(relocation);
  }
  return merged.concat(list.slice(next));
}

function requestedIn(asm: Assembler, resolver: Resolver, section: Section): Relocation[] {
  const found: Relocation[] = [];
  for (const request of asm.requests) {
    if (request.section !== section) continue;
    const { type, symbol, source } = request;
    const place = resolver.value(request.place);
    if (place === null || place.symbol !== null || (place.section !== null && place.section !== section)) {
      asm.diagnose('error', 'KSEG_ASM_VALUE', 'the place of .reloc is not in this section', source, '.reloc');
      continue;
    }
    if (symbol !== null) {
      symbol.usedInRelocation = true;
      asm.symbols.enter(symbol);
    }
    found.push({ offset: Number(place.value), type, symbol, addend: 0, place: source });
  }
  return found;
}

/** One fixup on its way. */
class Fixing {
  private readonly where: number;

  constructor(
    private readonly asm: Assembler,
    private readonly resolver: Resolver,
    private readonly section: Section,
    sub: Subsection,
    private readonly fixup: Fixup,
  ) {
    this.where = sub.addressOf(fixup.offset, fixup.elastics);
  }

  /** Fills the field in, or says which relocation will. */
  run(): Pending | null {
    const { fixup, resolver } = this;
    let { type } = fixup;
    const e = fixup.value;
    let { plus } = e;
    let addend: Integer = e.value;
    if (e.tree !== null || e.minus !== null) {
      const whole = resolver.value(e);
      if (whole !== null && isNumber(whole)) return this.absolute(type, whole.value);
      if (whole !== null && e.minus === null) {
        plus = whole.symbol ?? this.asm.sectionSymbol(whole.section!);
        addend = whole.value;
      } else {
        // x - y with y in this section is relative to the field: x - . + (. - y)
        const minus = e.minus === null ? null : resolver.symbol(e.minus);
        if (minus === null || minus.section !== this.section || type !== R.R32 || e.tree !== null)
          return this.fail('the expression is too complex for a relocation');
        type = R.PC32;
        addend = add(addend, add(this.where, negate(minus.value)));
      }
    }
    if (plus === null) return this.absolute(type, addend);
    if (plus.computed !== null) return this.absolute(type, add(addend, plus.computed));
    // A symbol that is another's name plus a number.
    while (plus.expression !== null) {
      const target: Expression = plus.expression;
      const v = resolver.symbol(plus);
      if (v === null) return this.fail(`the value of '${plus.name}' cannot be found`);
      if (isNumber(v)) return this.absolute(type, add(v.value, addend));
      if (v.section !== null) {
        if (mustNameSymbol(plus) || !adjustable(type, v.section, addend)) break;
        plus = this.asm.sectionSymbol(v.section);
        addend = add(addend, v.value);
        break;
      }
      if (target.tree !== null || target.minus !== null || target.plus === null) {
        plus = v.symbol!;
        addend = add(addend, v.value);
        break;
      }
      addend = add(addend, target.value);
      plus = target.plus;
    }
    return this.relative(type, plus, addend);
  }

  private relative(type: number, plus: Sym, addend: Integer): Pending | null {
    const v = this.resolver.symbol(plus)!;
    if (type === R.PC16) {
      if (v.section === this.section && !mustNameSymbol(plus)) return this.branch(add(v.value, addend));
      addend = add(addend, -4);
    }
    if (type === R.BYTE) return this.fail(`'${plus.name}' does not fit in a byte`);
    if (v.section !== null && !mustNameSymbol(plus) && adjustable(type, v.section, addend)) {
      this.asm.symbols.enter(plus);
      return this.pending(type, this.asm.sectionSymbol(v.section), add(addend, v.value));
    }
    plus.usedInRelocation = true;
    return this.pending(type, plus, addend);
  }

  private pending(type: number, symbol: Sym | null, value: Integer): Pending {
    const addend = low32(value);
    return { place: this.fixup.place, where: this.where, type, symbol, addend, pairing: addend };
  }

  /** The field from a number. */
  private absolute(type: number, v: Integer): Pending | null {
    const { asm, section, where, fixup } = this;
    const bytes = section.contents;
    switch (type) {
      case R.BYTE:
        bytes[where] = low32(v);
        return null;
      case R.R16:
        this.put16(where, low32(v));
        return null;
      case R.R32:
        put32(asm, bytes, where, low32(v));
        return null;
      case R.R64:
        put32(asm, bytes, where, asm.little ? low32(v) : high32(v));
        put32(asm, bytes, where + 4, asm.little ? high32(v) : low32(v));
        return null;
      case R.HI16:
        this.field16(((low32(v) + 0x8000) >>> 16) & 0xffff);
        return null;
      case R.LO16:
        this.field16(low32(v) & 0xffff);
        return null;
      case R.R26:
        put32(asm, bytes, where, get32(asm, bytes, where) | ((low32(v) >>> 2) & 0x3ff_ffff));
        return null;
      default:
        return this.pending(fixup.type, null, v);
    }
  }

  /** A branch within the section. */
  private branch(target: Integer): Pending | null {
    const distance = Number(target) - (this.where + 4);
    if (distance % 4 !== 0) return this.fail('branch to a misaligned address');
    if (distance < -0x2_0000 || distance > 0x1_fffc) return this.fail('branch out of range');
    this.field16((distance >> 2) & 0xffff);
    return null;
  }

  private field16(v: number): void {
    const bytes = this.section.contents;
    put32(this.asm, bytes, this.where, (get32(this.asm, bytes, this.where) & 0xffff_0000) | v);
  }

  private put16(at: number, v: number): void {
    const bytes = this.section.contents;
    bytes[at] = this.asm.little ? v : v >>> 8;
    bytes[at + 1] = this.asm.little ? v >>> 8 : v;
  }

  private fail(message: string): null {
    this.asm.diagnose('error', 'KSEG_ASM_VALUE', message, this.fixup.place, '');
    return null;
  }
}

/** May the relocation name the section instead of the symbol? */
function adjustable(type: number, section: Section, addend: Integer): boolean {
  // JALR has no field for an offset, and a branch's hardly room for one.
  if (type === R.JALR || type === R.PC16) return false;
  // A thread's copy is found by the symbol.
  if ((section.shape.flags & SHF.TLS) !== 0) return false;
  // In a mergeable section the linker must see which entry is meant: halves of an address and places within an entry hide it.
  if ((section.shape.flags & SHF.MERGE) !== 0)
    return addend === 0 && type !== R.HI16 && type !== R.LO16 && type !== R.GOT16;
  return true;
}

/** A relocation in the list that `pairHalves` rearranges. */
interface Link {
  readonly item: Pending;
  previous: Link | null;
  next: Link | null;
}

const precedes = (high: Link | null, low: Link | null) =>
  high !== null &&
  low !== null &&
  (high.item.type === R.HI16 || high.item.type === R.GOT16) &&
  low.item.type === R.LO16 &&
  low.item.symbol === high.item.symbol &&
  low.item.pairing === high.item.pairing;

/**
 * The linker takes a high half's carry from the low half right behind it. From
 * the last to the first, a high half that has none there moves before a low
 * half of its symbol with the least addend not below its own, which it takes
 * over: the last such that no high half precedes yet, else the first.
 */
function pairHalves(list: Pending[]): Pending[] {
  if (!list.some(isHigh)) return list;
  const links: Link[] = list.map((item) => ({ item, previous: null, next: null }));
  links.forEach((link, i) => {
    link.previous = links[i - 1] ?? null;
    link.next = links[i + 1] ?? null;
  });
  let first = links[0]!;
  /** Low halves by symbol and addend, in list order. */
  const lows = new Map<Sym, Map<number, Link[]>>();
  for (const link of links) {
    const { type, symbol, pairing } = link.item;
    if (type !== R.LO16 || symbol === null) continue;
    let byAddend = lows.get(symbol);
    if (byAddend === undefined) lows.set(symbol, (byAddend = new Map()));
    const group = byAddend.get(pairing);
    if (group) group.push(link);
    else byAddend.set(pairing, [link]);
  }
  const lonely = links.filter((link) => isHigh(link.item) && link.item.symbol !== null && !precedes(link, link.next));
  for (const high of lonely.reverse()) {
    const { item } = high;
    if (precedes(high, high.next)) continue; // others have moved from between
    const group = nearest(lows.get(item.symbol!), item.pairing);
    if (group === undefined) continue;
    const low = lastUnpaired(group) ?? group[0]!;
    item.addend = (item.addend + low.item.pairing - item.pairing) >>> 0;
    item.pairing = low.item.pairing;
    if (high.next === low) continue;
    if (high.previous === null) first = high.next!;
    else high.previous.next = high.next;
    if (high.next !== null) high.next.previous = high.previous;
    high.previous = low.previous;
    high.next = low;
    if (low.previous === null) first = high;
    else low.previous.next = high;
    low.previous = high;
  }
  const order: Pending[] = [];
  for (let link: Link | null = first; link !== null; link = link.next) order.push(link.item);
  return order;
}

function lastUnpaired(group: readonly Link[]): Link | undefined {
  for (let i = group.length - 1; i >= 0; i--) if (!precedes(group[i]!.previous, group[i]!)) return group[i];
  return undefined;
}

/** The low halves with this addend, or else with the next greater one. */
function nearest(byAddend: ReadonlyMap<number, Link[]> | undefined, addend: number): Link[] | undefined {
  if (byAddend === undefined) return undefined;
  const same = byAddend.get(addend);
  if (same !== undefined) return same;
  let best: number | undefined;
  for (const key of byAddend.keys())
    if ((key | 0) >= (addend | 0) && (best === undefined || (key | 0) < (best | 0))) best = key;
  return best === undefined ? undefined : byAddend.get(best);
}

/** REL relocations keep their addend in the field. */
function storeAddend(asm: Assembler, section: Section, p: Pending): void {
  const bytes = section.contents;
  const a = p.addend;
  if (section.nobits) return;
  const word = () => get32(asm, bytes, p.where);
  const half = (v: number) => put32(asm, bytes, p.where, (word() & 0xffff_0000) | (v & 0xffff));
  switch (p.type) {
    case R.R32:
    case R.PC32:
    case R.GPREL32:
    case R.TLS_DTPREL32:
    case R.TLS_TPREL32:
      put32(asm, bytes, p.where, a);
      break;
    case R.R64:
      put32(asm, bytes, p.where + (asm.little ? 0 : 4), a);
      put32(asm, bytes, p.where + (asm.little ? 4 : 0), (a | 0) < 0 ? -1 : 0);
      break;
    case R.R16:
      bytes[p.where + (asm.little ? 0 : 1)] = a;
      bytes[p.where + (asm.little ? 1 : 0)] = a >>> 8;
      break;
    case R.R26:
      put32(asm, bytes, p.where, (word() & 0xfc00_0000) | ((a >>> 2) & 0x3ff_ffff));
      break;
    case R.HI16:
    case R.GOT16:
    case R.TLS_DTPREL_HI16:
    case R.TLS_TPREL_HI16:
      half((a + 0x8000) >>> 16);
      break;
    case R.PC16:
      half(a >> 2);
      break;
    case R.JALR:
      break;
    default:
      half(a);
  }
}

function get32(asm: Assembler, b: Uint8Array, at: number): number {
  return asm.little
    ? b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)
    : (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
}

function put32(asm: Assembler, b: Uint8Array, at: number, v: number): void {
  if (asm.little) {
    b[at] = v;
    b[at + 1] = v >>> 8;
    b[at + 2] = v >>> 16;
    b[at + 3] = v >>> 24;
  } else {
    b[at] = v >>> 24;
    b[at + 1] = v >>> 16;
    b[at + 2] = v >>> 8;
    b[at + 3] = v;
  }
}
