import { SHT } from '@kseg/elf';
import { Complaint, type Place } from './diagnostics.ts';
import type { Expression } from './expression.ts';
import type { Location, Sym } from './symbols.ts';

/** A piece of a section whose size is known only when all labels have addresses. */
export interface Elastic {
  /** Bytes of the subsection that come before it (elastic pieces not counted). */
  readonly offset: number;
  /** Its size in bytes when it starts at `address`, null while it has none; called until sizes settle. */
  size(address: number): number | null;
  /** Its bytes, once sizes have settled. */
  bytes(size: number): Uint8Array;
  /** What put it here, and what is wrong when its size never settles. */
  readonly what: string;
  readonly fault: string;
  readonly place: Place;
}

/** A field to be filled in, or a relocation to be written, when addresses are known. */
export interface Fixup {
  readonly offset: number;
  readonly elastics: number;
  /** Relocation type by the target's numbering. */
  readonly type: number;
  /** Bytes of the field. */
  readonly size: number;
  readonly value: Expression;
  readonly place: Place;
  /** Of an alternative that was not taken: it fills nothing, but has its place among the others. */
  readonly dead?: boolean;
}

/** One numbered part of a section; parts are joined in ascending order. */
export class Subsection {
  bytes = new Uint8Array(256);
  length = 0;
  readonly elastics: Elastic[] = [];
  fixups: Fixup[] = [];
  /** The last alignment: what it filled. */
  padding = { start: 0, end: -1 };
  /** Start of what GNU as holds as one piece: behind the last alignment or alternative. */
  pieceStart = 0;
  /** Set by the layout: start within the section, the size of each elastic piece, and how long it is together with those before it. */
  base = 0;
  readonly sizes: number[] = [];
  readonly grown: number[] = [];

  constructor(
    readonly section: Section,
    readonly number: number,
    private readonly little: boolean,
  ) {}

  here(): Location {
    return { subsection: this, offset: this.length, elastics: this.elastics.length };
  }

  /** Makes room for `n` more bytes (zero); where they start. */
  reserve(n: number): number {
    const at = this.length;
    const need = at + n;
    if (need > this.bytes.length) {
      if (need > MAX_SECTION) throw new Complaint('KSEG_ASM_RANGE', `section ${this.section.name} exceeds 1 GiB`);
      const bigger = new Uint8Array(Math.max(need, this.bytes.length * 2));
      bigger.set(this.bytes);
      this.bytes = bigger;
    }
    this.length = need;
    return at;
  }

  put8(v: number): void {
    const at = this.reserve(1);
    this.bytes[at] = v;
  }

  put16(v: number): void {
    const at = this.reserve(2);
    this.set16(at, v);
  }

  set16(at: number, v: number): void {
    this.bytes[at] = this.little ? v : v >>> 8;
    this.bytes[at + 1] = this.little ? v >>> 8 : v;
  }

  put32(v: number): void {
    const at = this.reserve(4);
    this.set32(at, v);
  }

  set32(at: number, v: number): void {
    const b = this.bytes;
    if (this.little) {
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

  get32(at: number): number {
    const b = this.bytes;
    return this.little
      ? (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0
      : ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
  }

  fill(n: number, v: number): void {
    const at = this.reserve(n);
    if (v !== 0) this.bytes.fill(v, at, at + n);
  }

  put(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Each character one byte. */
  putString(text: string): void {
    const at = this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
  }

  /** Address of a location of this subsection, once laid out; until then elastic pieces count for nothing. */
  addressOf(offset: number, elastics: number): number {
    return this.base + offset + (elastics === 0 ? 0 : (this.grown[elastics - 1] ?? 0));
  }
}

export const MAX_SECTION = 0x4000_0000;

export interface SectionShape {
  type: number;
  flags: number;
  entrySize: number;
}

export interface SectionGroup {
  /** The name of the symbol that names it. */
  readonly signature: string;
  /** Of groups with the same signature one is enough. */
  readonly comdat: boolean;
}

/** What tells sections of the same name apart. */
export interface SectionKind {
  /** The sections that a linker keeps or drops together with this one. */
  readonly group: SectionGroup | null;
  /** Names what stands in the section that this one is ordered by, and where the source says so. */
  readonly linkedTo: { readonly name: string; readonly place: Place } | null;
  /** Kept although nothing refers to it. */
  readonly retained: boolean;
}

export const ORDINARY: SectionKind = { group: null, linkedTo: null, retained: false };

export class Section {
  /** Alignment as a power of two. */
  align = 0;
  readonly subsections: Subsection[] = [];
  /** The symbol that stands for it in relocations. */
  symbol: Sym | null = null;
  /** Holds lengths of its own parts, for which GNU as names it among the symbols. */
  selfReferring = false;
  /** Set by the layout. */
  size = 0;
  contents = new Uint8Array(0);

  constructor(
    readonly name: string,
    readonly shape: SectionShape,
    readonly kind: SectionKind,
    private readonly little: boolean,
  ) {}

  subsection(number: number): Subsection {
    let at = 0;
    for (; at < this.subsections.length; at++) {
      const s = this.subsections[at]!;
      if (s.number === number) return s;
      if (s.number > number) break;
    }
    const sub = new Subsection(this, number, this.little);
    this.subsections.splice(at, 0, sub);
    return sub;
  }

  raiseAlign(power: number): void {
    if (power > this.align) this.align = power;
  }

  get nobits(): boolean {
    return this.shape.type === SHT.NOBITS;
  }
}
