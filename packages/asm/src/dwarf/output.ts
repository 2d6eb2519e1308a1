// Debugging information that is written once all sections that it describes have addresses.
import { SHF } from '@kseg/elf';
import type { Assembler } from '../assembler.ts';
import { ofSymbol } from '../expression.ts';
import { R } from '../mips/relocations.ts';
import type { Section, SectionShape, Subsection } from '../section.ts';
import { shapeOf } from '../section-shapes.ts';
import type { Location, Sym } from '../symbols.ts';
import { uleb } from './leb128.ts';

/** A section of debugging strings, of which a linker keeps each once. */
export const mergedStrings = (name: string): SectionShape => ({
  ...shapeOf(name),
  flags: SHF.MERGE | SHF.STRINGS,
  entrySize: 1,
});

/** Writes at the end of a section; which section is current for others is theirs to restore. */
export class Output {
  private readonly at: Subsection;

  constructor(
    private readonly asm: Assembler,
    readonly section: Section,
  ) {
    this.at = section.subsection(0);
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

  /** Replaces the word at an offset. */
  set(at: number, v: number): void {
    this.at.set32(at, v);
  }

  uleb(v: number): void {
    const bytes: number[] = [];
    uleb(v, bytes);
    this.bytes(...bytes);
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
    const { asm, at } = this;
    let symbol: Sym;
    if ('subsection' in of) {
      symbol = asm.symbols.anonymous();
      symbol.location = of;
    } else symbol = of;
    asm.here = at;
    at.put32(0);
    asm.fixup(at.length - 4, R.R32, 4, ofSymbol(symbol, beyond));
  }
}
