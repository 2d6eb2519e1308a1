/**
 * Where things go in an executable. A layout is plain data, a linker script in another form: expressions are numbers
 * or text in the linker script's expression language (`'ALIGN(0x1000)'`, `'. + 16'`, `'SIZEOF(.text)'`).
 */
export interface Layout {
  /** The symbol (or address) execution starts at, unless `link` is told another. */
  readonly entry?: string;
  readonly memory?: readonly MemoryRegion[];
  /** Program headers, in order; by default as many as the sections' addresses and rights need. */
  readonly segments?: readonly SegmentLayout[];
  /** Worked through in order, with `.` as the location counter. */
  readonly statements: readonly LayoutStatement[];
}

/** An expression: a number, or text in the linker script's language. */
export type Expression = number | string;

export interface MemoryRegion {
  readonly name: string;
  readonly origin: Expression;
  readonly length: Expression;
}

/** A program header (ld manual "PHDRS"). */
export interface SegmentLayout {
  readonly name: string;
  /** p_type: 1 is PT_LOAD. */
  readonly type: number;
  /** p_flags; by default what its sections need. */
  readonly flags?: number;
}

export type LayoutStatement = Assignment | Assertion | OutputLayout;

/** Gives `.` or a symbol a value. */
export interface Assignment {
  readonly assign: string;
  readonly to: Expression;
  /** Only when the symbol is used and nothing else defines it. */
  readonly provide?: boolean;
  /** Local to the executable. */
  readonly hidden?: boolean;
}

/** Stops the link with `message` when the expression is 0. */
export interface Assertion {
  readonly assert: Expression;
  readonly message: string;
}

/** An output section and what goes into it. The name `/DISCARD/` drops its inputs. */
export interface OutputLayout {
  readonly section: string;
  /** Its address; by default `.`, aligned for what it holds. */
  readonly address?: Expression;
  /** Its load address (LMA); by default the section before it tells the distance to the address. */
  readonly loadAddress?: Expression;
  readonly align?: Expression;
  /** Alignment of each input instead of the input's own. */
  readonly inputAlign?: Expression;
  /** Occupies addresses but is not loaded. */
  readonly noLoad?: boolean;
  readonly region?: string;
  readonly loadRegion?: string;
  /** Names of `segments` it goes into; by default those of the section before it. */
  readonly segments?: readonly string[];
  /** Byte pattern of gaps, 0 by default. A 32-bit value, most significant byte first. */
  readonly fill?: Expression;
  readonly contents: readonly ContentStatement[];
}

export type ContentStatement = InputPattern | Assignment | Data;

/** Input sections by name; `*`, `?` and `[…]` as in a shell. Files in link order, sections in the file's. */
export interface InputPattern {
  readonly sections: readonly SectionPattern[];
  /** Pattern for the input file's name; by default every file. */
  readonly file?: string;
  /** Not dropped when empty. */
  readonly keep?: boolean;
}

/** A section name pattern, or one with more to say. */
export type SectionPattern =
  | string
  | {
      readonly name: string;
      /** Sorts what this pattern matches. */
      readonly sort?: 'name' | 'alignment';
      /** Files whose sections are passed over. */
      readonly excludeFiles?: readonly string[];
    };

/** The symbols that a layout assigns whatever happens, in its order. */
export function assignedNames(layout: Layout): string[] {
  const names: string[] = [];
  const note = (item: LayoutStatement | ContentStatement) => {
    if ('assign' in item && item.assign !== '.' && item.provide !== true) names.push(item.assign);
  };
  for (const statement of layout.statements) {
    note(statement);
    if ('section' in statement) statement.contents.forEach(note);
  }
  return [...new Set(names)];
}

/** A literal number in the output. */
export interface Data {
  /** Size in bytes. */
  readonly data: 1 | 2 | 4 | 8;
  readonly value: Expression;
}
