import { STB } from '@kseg/elf';
import type { Expression } from './expression.ts';
import type { Section, Subsection } from './section.ts';

/** A place in a section: bytes emitted before it, and elastic fragments before it. */
export interface Location {
  readonly subsection: Subsection;
  readonly offset: number;
  readonly elastics: number;
}

/** Its address in the section, once that is laid out. */
export const addressOf = ({ subsection, offset, elastics }: Location) => subsection.addressOf(offset, elastics);

/** A symbol while the source is read. What it is follows from which field is set; none: undefined so far. */
export class Sym {
  /** Set for a label. */
  location: Location | null = null;
  /** Set for `.set`/`=`. */
  expression: Expression | null = null;
  /** Set for `.comm`: size and alignment in bytes. */
  common: { readonly size: number; readonly align: number } | null = null;
  /** Set for a number that follows from addresses (a `.loc`'s view). */
  computed: number | null = null;
  /** Set for the symbol that stands for a section. */
  sectionSymbol: Section | null = null;

  /** Defined by `.set`/`=`, hence free to be redefined. */
  assigned = false;
  binding: number = STB.LOCAL;
  /** STT_ number. */
  type = 0;
  /** st_other: visibility and MIPS bits. */
  other = 0;
  size: Expression | null = null;
  /** `.local`: `.comm` makes room at once. */
  local = false;
  /** Kept in the symbol table although a local label by its name. */
  usedInRelocation = false;
  /** Place in the order of the symbol table; -1: not in it (yet). */
  order = -1;
  /** Index in the symbol table written. */
  index = 0;
  /** Guards against `.set a, b` / `.set b, a`. */
  resolving = false;

  constructor(
    readonly name: string,
    /** Named like a compiler's temporary (`.L…`, `$L…`), or numeric: dropped unless a relocation needs it. */
    readonly temporary: boolean,
  ) {}

  get defined(): boolean {
    return (
      this.location !== null ||
      this.expression !== null ||
      this.common !== null ||
      this.sectionSymbol !== null ||
      this.computed !== null
    );
  }
}

/** Local labels `1:` … are symbols of their own, counted per number. */
export class SymbolTable {
  private readonly byName = new Map<string, Sym>();
  private readonly numeric = new Map<number, { count: number; next: Sym | null; last: Sym | null }>();
  private orders = 0;
  /** In the order of the symbol table to be. */
  readonly chain: Sym[] = [];

  find(name: string): Sym | undefined {
    return this.byName.get(name);
  }

  /** The symbol of that name, made on first mention. */
  get(name: string): Sym {
    let sym = this.byName.get(name);
    if (sym === undefined) {
      sym = new Sym(name, isTemporary(name));
      this.byName.set(name, sym);
      if (!sym.temporary) this.enter(sym);
    }
    return sym;
  }

  /** Puts a symbol at the end of the symbol table's order, if it is not in it. */
  enter(sym: Sym): void {
    if (sym.order >= 0) return;
    sym.order = this.orders++;
    this.chain.push(sym);
  }

  /** A nameless local symbol (`.`). */
  anonymous(): Sym {
    return new Sym('.', true);
  }

  /** A fresh symbol under an old name, for a redefinition; earlier references keep the old one. */
  replace(old: Sym): Sym {
    const sym = new Sym(old.name, old.temporary);
    sym.binding = old.binding;
    sym.type = old.type;
    sym.other = old.other;
    sym.size = old.size;
    sym.order = old.order;
    old.order = -1;
    if (sym.order >= 0) this.chain[sym.order] = sym;
    this.byName.set(sym.name, sym);
    return sym;
  }

  /** Bound under a name without entering the order (section symbols do that themselves). */
  bind(name: string, sym: Sym): void {
    this.byName.set(name, sym);
  }

  names(): IterableIterator<string> {
    return this.byName.keys();
  }

  values(): IterableIterator<Sym> {
    return this.byName.values();
  }

  /** Starts the next `n:`; the symbol to define. */
  defineNumeric(n: number): Sym {
    const sym = this.forward(n);
    const entry = this.numericEntry(n);
    entry.next = null;
    entry.last = sym;
    entry.count++;
    return sym;
  }

  /** `nf`. */
  forward(n: number): Sym {
    const entry = this.numericEntry(n);
    // The name that GNU as gives the count-th of them.
    return (entry.next ??= new Sym(`.L${n}\x02${entry.count + 1}`, true));
  }

  /** `nb`; undefined when there is none yet. */
  backward(n: number): Sym | undefined {
    return this.numericEntry(n).last ?? undefined;
  }

  /** Numbers that some `nf` refers to and nothing defines. */
  *danglingNumeric(): IterableIterator<readonly [n: number, sym: Sym]> {
    for (const [n, { next }] of this.numeric) if (next) yield [n, next];
  }

  private numericEntry(n: number) {
    let entry = this.numeric.get(n);
    if (entry === undefined) {
      entry = { count: 0, next: null, last: null };
      this.numeric.set(n, entry);
    }
    return entry;
  }
}

const isTemporary = (name: string) =>
  (name.charCodeAt(0) === 46 && name.charCodeAt(1) === 76) || // .L
  (name.charCodeAt(0) === 36 && name.length > 1); // $L…
