// Debugging information that is written once all sections that it describes have addresses.
import { SHF } from '@kseg/elf';
import type { Assembler } from '../assembler.ts';
import { type Expression, ofSymbol } from '../expression.ts';
import { R } from '../mips/relocations.ts';
import type { Section, SectionShape, Subsection } from '../section.ts';
import { shapeOf } from '../section-shapes.ts';
import type { Location, Sym } from '../symbols.ts';
import { sleb, uleb } from './leb128.ts';

/** A section of debugging strings, of which a linker keeps each once. */
export const mergedStrings = (name: string): SectionShape => ({
  ...shapeOf(name),
  flags: SHF.MERGE | SHF.STRINGS,
  entrySize: 1,
});

/** Writes at the end of a section, whichever is current for others. */
export class Output {
  readonly section: Section;
  private readonly at: Subsection;

  constructor(
    private readonly asm: Assembler,
    name: string,
    shape?: SectionShape,
  ) {
    this.section = asm.section(name, shape);
    this.at = this.section.subsection(0);
  }

  get length(): number {
    return this.at.length;
  }

  /** The place that comes next. */
  here(): Location {
    return this.at.here();
  }

  bytes(...values: readonly number[]): void {
    for (let i = 0; i < values.length; i++) this.at.put8(values[i]!);
  }

  half(v: number): void {
    this.at.put16(v);
  }

  word(v: number): void {
    this.at.put32(v);
  }

  uleb(v: number): void {
    this.bytes(...uleb(v));
  }

  sleb(v: number): void {
    this.bytes(...sleb(v));
  }

  /** A string with its end; where it starts. */
  text(s: string): Location {
    const start = this.here();
    this.at.putString(s);
    this.at.put8(0);
    return start;
  }

  /** The word that a linker makes the address of a place, or of a symbol, and `beyond` bytes. */
  address(of: Location | Sym, beyond = 0): void {
    let symbol: Sym;
    if ('subsection' in of) {
      symbol = this.asm.symbols.anonymous();
      symbol.location = of;
    } else symbol = of;
    this.field(R.R32, 4, ofSymbol(symbol, beyond));
  }

  /** A field of `size` bytes that holds a value once addresses are known; where the source asks for it. */
  field(type: number, size: number, value: Expression, place = this.asm.place()): void {
    this.asm.fixup(this.at.reserve(size), type, size, value, { at: this.at, place });
  }

  /** Leaves room for the length of an entry; where that word is. */
  begin(): number {
    return this.at.reserve(4);
  }

  /** Writes how long the entry is, without the word that says so. */
  end(start: number): void {
    this.at.set32(start, this.at.length - start - 4);
  }
}
