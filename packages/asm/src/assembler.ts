import { SHF, STT } from '@kseg/elf';
import { Conditionals } from './conditionals.ts';
import { Cursor, isDigit } from './cursor.ts';
import { Complaint, closest, type Diagnostic, type Place } from './diagnostics.ts';
import { FrameTable } from './dwarf/frame.ts';
import { LineTable } from './dwarf/line.ts';
import { type Expression, isConstant, ofSymbol, parseExpression, type Scope } from './expression.ts';
import type { Foresight } from './foresight.ts';
import { Frame, Input } from './input.ts';
import { type Integer, isZero } from './integer.ts';
import type { Options } from './options.ts';
import { Resolver } from './resolve.ts';
import {
  type Elastic,
  MAX_SECTION,
  ORDINARY,
  Section,
  type SectionKind,
  type SectionShape,
  type Subsection,
} from './section.ts';
import { shapeOf } from './section-shapes.ts';
import { addressOf, type Location, type Sym, SymbolTable } from './symbols.ts';
import { bindArguments, condense, type MacroSyntax, substitute, type TextMacro } from './text-macros.ts';

/** Handles one directive; its operands are what `asm.cur` still holds. */
export type Directive = (asm: Assembler, name: string) => void;

/** What the core leaves to an instruction set. */
export interface Target {
  readonly directives: ReadonlyMap<string, Directive>;
  /** Assembles one instruction; false when the mnemonic is unknown. */
  instruction(mnemonic: string): boolean;
  mnemonics(): Iterable<string>;
  /** Something other than an instruction is about to be put at this place. */
  breakSequence(): void;
  /** The current section is about to change. */
  leaveSection(): void;
  /** What alignment of code leaves of gaps that are no whole instructions: a half word, or 0. */
  oddPadding(): number;
}

export interface RelocationRequest {
  readonly section: Section;
  /** Where: a place in the section, or an offset from its start. */
  readonly place: Expression;
  readonly type: number;
  readonly symbol: Sym | null;
  readonly source: Place;
}

/** The statements of a block, a line each, and where they stand. */
export interface Block {
  readonly text: string;
  readonly places: readonly Place[];
}

/** What differs from a field put here and now. */
interface FixupOptions {
  readonly at?: Subsection;
  readonly place?: Place;
  /** Of an alternative that is not taken. */
  readonly dead?: boolean;
}

const MAX_DEPTH = 200;
const MAX_ERRORS = 1000;

/** The state of one assembly: input, symbols, sections, and the statement loop. */
export class Assembler implements Scope, MacroSyntax {
  readonly cur = new Cursor();
  readonly input = new Input();
  readonly symbols = new SymbolTable();
  readonly sections: Section[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly little: boolean;
  readonly resolver: Resolver = new Resolver(this);
  readonly lines: LineTable;
  readonly frames: FrameTable = new FrameTable(this);
  readonly conditionals = new Conditionals();
  target!: Target;

  /** Where bytes go. */
  here!: Subsection;
  previous: Subsection | null = null;
  readonly sectionStack: { here: Subsection; previous: Subsection | null }[] = [];
  /** Labels that belong to whatever comes next: alignment moves them along. */
  pendingLabels: Sym[] = [];
  /** `.align 0` turns off the alignment that data directives do by themselves. */
  autoAlign = true;
  /** Where each `1f` that is still to be defined was mentioned first. */
  readonly forwardReferences = new Map<Sym, Place>();
  /** Relocations that `.reloc` asks for. */
  readonly requests: RelocationRequest[] = [];
  /** Names given by `.file`. */
  readonly sourceFiles: string[] = [];
  ended = false;

  private readonly sectionsByName = new Map<string, Section>();
  private readonly macros = new Map<string, TextMacro>();
  private readonly directives: Map<string, Directive>;
  /** `.altmacro` holds. */
  alternate = false;
  /** Macros expanded so far. */
  expansions = 0;
  private uniqueNames = 0;
  private statementStart = 0;
  private errors = 0;

  constructor(
    readonly options: Options,
    directives: ReadonlyMap<string, Directive>,
    readonly foresight: Foresight,
  ) {
    this.little = options.endian === 'little';
    this.lines = new LineTable(this);
    this.directives = new Map(directives);
  }

  // ---- input ------------------------------------------------------------

  run(text: string, file: string): void {
    for (const [name, directive] of this.target.directives) this.directives.set(name, directive);
    this.input.push(new Frame(file, text, 1, null, 0, false));
    const { cur, input } = this;
    while (input.depth > 0 && !this.ended) {
      if (!input.next(cur)) {
        this.closeConditionals(input.top!.conditionals);
        input.pop();
        continue;
      }
      this.statementStart = cur.pos;
      this.attempt();
      if (this.errors >= MAX_ERRORS) return;
    }
    this.closeConditionals(0);
  }

  /** One statement; a complaint ends it and becomes a diagnostic. */
  private attempt(): void {
    try {
      if (this.conditionals.active) this.statement();
      else this.skipStatement();
    } catch (e) {
      if (!(e instanceof Complaint)) throw e;
      this.report('error', e);
    }
  }

  report(severity: 'error' | 'warning', c: Complaint): void {
    // Behind a block the cursor has moved on: then the whole of what it stands on is meant.
    const start = Math.max(this.statementStart, Math.min(c.start ?? this.statementStart, this.cur.end));
    const text = this.cur.text.slice(start, c.end ?? this.cur.end).trim();
    const place = this.input.place(start, this.statementStart);
    this.diagnose(severity, c.code, c.message, place, text, c.suggestion);
  }

  diagnose(
    severity: 'error' | 'warning',
    code: string,
    message: string,
    place: Place,
    text: string,
    suggestion?: string,
  ): void {
    if (severity === 'error') this.errors++;
    const { file, line, column } = place;
    this.diagnostics.push({
      severity,
      code,
      message,
      file,
      line,
      column,
      text,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  warn(message: string): void {
    this.report('warning', new Complaint('KSEG_ASM_WARNING', message));
  }

  /** Place of the current statement. */
  place(): Place {
    return this.input.place(this.statementStart, this.statementStart);
  }

  /** Has a macro's `text` read next, as an expansion made here. */
  expand(text: string): void {
    this.descend();
    const place = this.place();
    this.input.push(new Frame(place.file, text, place.line, place, this.conditionals.depth, true));
  }

  /** Has a block read next, once for each of `texts` that were made of it; in a macro all of it stands at the call. */
  repeat(texts: readonly string[], { places }: Block): void {
    this.descend();
    const caller = this.input.top?.caller ?? null;
    const text = texts.join('\n');
    this.input.push(new Frame('', text, 1, caller, this.conditionals.depth, false, places));
  }

  private descend(): void {
    if (this.input.depth >= MAX_DEPTH) throw new Complaint('KSEG_ASM_MACRO', 'macros or includes nested too deeply');
  }

  include(text: string, file: string): void {
    this.descend();
    this.input.push(new Frame(file, text, 1, null, this.conditionals.depth, false));
  }

  /** `.exitm`. */
  leaveMacro(): void {
    while (this.input.depth > 1) {
      const frame = this.input.top!;
      this.conditionals.leave(frame.conditionals);
      this.input.pop();
      if (frame.macro) return;
    }
  }

  /** The statements up to the directive that closes a block, nested blocks included. */
  readBlock(openers: ReadonlySet<string>, closer: ReadonlySet<string>, what: string): Block {
    const { cur } = this;
    const opened = this.place();
    const lines: string[] = [];
    const places: Place[] = [];
    let depth = 1;
    while (this.input.next(cur)) {
      const start = cur.pos;
      const word = this.directiveOf();
      if (openers.has(word)) depth++;
      else if (closer.has(word) && --depth === 0) return { text: lines.join('\n'), places };
      lines.push(cur.text.slice(start, cur.end));
      places.push(this.input.place(start, start));
    }
    this.diagnose('error', 'KSEG_ASM_MACRO', `${what} without an end`, opened, what);
    return { text: '', places: [] };
  }

  /** The statement's directive name (behind labels), lower case, or ''. */
  private directiveOf(): string {
    const { cur } = this;
    const start = cur.pos;
    let word = cur.name();
    while (word !== '' && cur.peek() === 58) {
      cur.pos++;
      word = cur.name();
    }
    const name = word.charCodeAt(0) === 46 ? word.toLowerCase() : '';
    if (name === '') cur.pos = start;
    return name;
  }

  // ---- statements -------------------------------------------------------

  private statement(): void {
    const { cur } = this;
    for (;;) {
      cur.skipSpace();
      if (cur.pos >= cur.end) return;
      const start = cur.pos;
      const c = cur.peek();
      if (isDigit(c)) {
        this.numericLabel();
        continue;
      }
      const word = cur.name();
      if (word === '') throw new Complaint('KSEG_ASM_SYNTAX', `cannot make sense of '${cur.rest()}'`, start, cur.end);
      let next = cur.peek();
      if (next === 58) {
        cur.pos++;
        this.label(word);
        continue;
      }
      const afterWord = cur.pos;
      cur.skipSpace();
      next = cur.peek();
      if (next === 58 && cur.at(1) !== 58) {
        cur.pos++;
        this.label(word);
        continue;
      }
      if (next === 61) {
        cur.pos += cur.at(1) === 61 ? 2 : 1;
        this.assign(word, cur.at(-1) === 61 && cur.text.charCodeAt(cur.pos - 2) === 61);
        return;
      }
      cur.pos = afterWord;
      this.operation(word, start);
      return;
    }
  }

  private operation(word: string, start: number): void {
    const { cur } = this;
    if (word.charCodeAt(0) === 46) {
      const directive = this.directives.get(word) ?? this.directives.get(word.toLowerCase());
      if (directive !== undefined) {
        directive(this, word);
        if (!cur.atEnd() && !this.ended)
          throw new Complaint('KSEG_ASM_SYNTAX', `junk at the end of ${word}: '${cur.rest()}'`, cur.pos, cur.end);
        return;
      }
    }
    if (this.macros.size > 0) {
      const macro = this.macros.get(word) ?? this.macros.get(word.toLowerCase());
      if (macro !== undefined) {
        const values = this.condensed((operands) => bindArguments(macro, operands, this));
        const { alternate } = this;
        const expansion = { values, count: this.expansions++, alternate, unique: this.uniqueName };
        this.expand(substitute(macro.body, expansion));
        return;
      }
    }
    if (this.target.instruction(word)) return;
    const isDirective = word.charCodeAt(0) === 46;
    const known = isDirective ? this.directives.keys() : [...this.target.mnemonics(), ...this.macros.keys()];
    throw new Complaint(
      'KSEG_ASM_UNKNOWN',
      `unknown ${isDirective ? 'directive' : 'instruction'} '${word}'`,
      start,
      start + word.length,
      closest(word.toLowerCase(), known),
    );
  }

  /** In a conditional's dead branch only conditionals count. */
  private skipStatement(): void {
    const name = this.directiveOf();
    if (name === '') return;
    if (name.startsWith('.if')) this.openConditional(null);
    else if (name === '.endif' || name === '.else' || name === '.elseif') this.directives.get(name)!(this, name);
  }

  private numericLabel(): void {
    const { cur } = this;
    const start = cur.pos;
    let n = 0;
    while (isDigit(cur.peek())) n = n * 10 + cur.text.charCodeAt(cur.pos++) - 48;
    if (!cur.eat(58))
      throw new Complaint(
        'KSEG_ASM_SYNTAX',
        `cannot make sense of '${cur.text.slice(start, cur.end).trim()}'`,
        start,
        cur.end,
      );
    this.defineHere(this.symbols.defineNumeric(n));
  }

  private label(name: string): void {
    const sym = this.symbols.get(name);
    if (sym.defined)
      throw new Complaint(
        'KSEG_ASM_SYMBOL',
        `symbol '${name}' is already defined`,
        this.cur.pos - name.length - 1,
        this.cur.pos - 1,
      );
    this.defineHere(sym);
  }

  defineHere(sym: Sym): void {
    sym.location = this.here.here();
    this.pendingLabels.push(sym);
  }

  /** `.set name, expr`, `name = expr`; once: it may not be defined yet. */
  assign(name: string, once: boolean): void {
    const { cur } = this;
    if (name === '.') {
      this.moveTo(this.expression(), 0);
      return;
    }
    // The symbol comes before those of its value in the symbol table.
    this.symbols.get(name);
    const value = this.expression();
    this.setSymbol(name, value, once);
    if (!cur.atEnd())
      throw new Complaint('KSEG_ASM_SYNTAX', `junk behind the value of '${name}': '${cur.rest()}'`, cur.pos, cur.end);
  }

  setSymbol(name: string, value: Expression, once: boolean): void {
    let sym = this.symbols.get(name);
    if (sym.defined) {
      if (once || !sym.assigned) throw new Complaint('KSEG_ASM_SYMBOL', `symbol '${name}' is already defined`);
      if (sym.location !== null || !isConstant(sym.expression!)) sym = this.symbols.replace(sym);
    }
    sym.assigned = true;
    const { plus, minus, tree } = value;
    if (plus === null || minus !== null || tree !== null || plus === sym) {
      sym.expression = value;
      return;
    }
    // Another name of a place is that place, not a chain of names.
    const { location } = plus;
    if (location !== null) sym.location = { ...location, offset: location.offset + Number(value.value) };
    else sym.expression = value;
    if (plus.type !== STT.NOTYPE) sym.type = plus.type;
    sym.size ??= plus.size;
    sym.other |= plus.other;
  }

  // ---- conditionals, macros ----------------------------------------------

  /** Enters `.if`; null: inside dead text, neither branch is taken. */
  openConditional(condition: boolean | null): void {
    this.conditionals.open(condition, this.place());
    if (condition === null) this.cur.pos = this.cur.end;
  }

  private closeConditionals(depth: number): void {
    for (const place of this.conditionals.close(depth))
      this.diagnose('error', 'KSEG_ASM_CONDITION', '.if without .endif', place, '.if');
  }

  defineMacro(macro: TextMacro): void {
    if (this.macros.has(macro.name)) throw new Complaint('KSEG_ASM_MACRO', `macro '${macro.name}' is already defined`);
    this.macros.set(macro.name, macro);
  }

  purgeMacro(name: string): void {
    if (!this.macros.delete(name)) throw new Complaint('KSEG_ASM_MACRO', `no macro '${name}' to purge`);
  }

  /** Has `read` read the rest of the statement as macros see it; its complaints are of the whole statement. */
  condensed<T>(read: (cur: Cursor) => T): T {
    const operands = new Cursor();
    operands.reset(condense(this.cur.rest()));
    try {
      return read(operands);
    } catch (e) {
      throw e instanceof Complaint ? new Complaint(e.code, e.message) : e;
    } finally {
      this.cur.pos = this.cur.end;
    }
  }

  /** A name for `LOCAL`, unlike all others. */
  private readonly uniqueName = (): string => `.LL${(++this.uniqueNames).toString(16).padStart(4, '0')}`;

  /** The number behind `%` in an argument. */
  constantAt(cur: Cursor): Integer {
    const e = parseExpression(cur, this);
    if (!isConstant(e)) throw new Complaint('KSEG_ASM_VALUE', 'the expression behind % is not a constant');
    return e.value;
  }

  // ---- expressions ------------------------------------------------------

  expression(): Expression {
    return parseExpression(this.cur, this);
  }

  /** A number known by now. */
  absolute(): number {
    const start = this.cur.pos;
    const e = this.expression();
    if (!isConstant(e))
      throw new Complaint(
        'KSEG_ASM_VALUE',
        `expected a constant, found '${this.cur.text.slice(start, this.cur.pos).trim()}'`,
        start,
        this.cur.pos,
      );
    return Number(e.value);
  }

  truth(): boolean {
    const start = this.cur.pos;
    const e = this.expression();
    if (!isConstant(e)) throw new Complaint('KSEG_ASM_VALUE', 'the condition is not a constant', start, this.cur.pos);
    return !isZero(e.value);
  }

  symbol(name: string): Expression {
    const sym = this.symbols.get(name);
    const e = sym.expression;
    if (e !== null && isConstant(e)) return e;
    return ofSymbol(sym);
  }

  numeric(n: number, direction: 'b' | 'f', cursor: Cursor): Expression {
    if (direction === 'f') {
      const forward = this.symbols.forward(n);
      if (!this.forwardReferences.has(forward)) this.forwardReferences.set(forward, this.place());
      return ofSymbol(forward);
    }
    const sym = this.symbols.backward(n);
    if (sym === undefined)
      throw new Complaint(
        'KSEG_ASM_SYMBOL',
        `there is no label '${n}:' before this`,
        cursor.pos - `${n}b`.length,
        cursor.pos,
      );
    return ofSymbol(sym);
  }

  dot(): Expression {
    // Like a label, it fixes the place of the next instruction, and moves along with it.
    const sym = this.symbols.anonymous();
    sym.location = this.here.here();
    this.pendingLabels.push(sym);
    return ofSymbol(sym);
  }

  distance(plus: Sym, minus: Sym): number | null {
    const a = plus.location;
    const b = minus.location;
    if (a === null || b === null || a.subsection !== b.subsection || a.elastics !== b.elastics) return null;
    return a.offset - b.offset;
  }

  // ---- sections ---------------------------------------------------------

  /** The section of that name and of that kind, made with `shape` on first mention. */
  section(name: string, shape: SectionShape = shapeOf(name), kind: SectionKind = ORDINARY): Section {
    const { group, linkedTo, retained } = kind;
    const key = kind === ORDINARY ? name : `${name}\0${group?.signature ?? ''}\0${linkedTo?.name ?? ''}\0${retained}`;
    let section = this.sectionsByName.get(key);
    if (section === undefined) {
      section = new Section(name, shape, kind, this.little);
      this.sectionsByName.set(key, section);
      this.sections.push(section);
    }
    return section;
  }

  findSection(name: string): Section | undefined {
    return this.sectionsByName.get(name);
  }

  /** The symbol that stands for a section; in the symbol table's order from now on. */
  sectionSymbol(section: Section): Sym {
    let sym = section.symbol;
    if (sym === null) {
      sym = this.symbols.anonymous();
      sym.sectionSymbol = section;
      sym.type = STT.SECTION;
      section.symbol = sym;
    }
    this.symbols.enter(sym);
    return sym;
  }

  /** The number an expression comes to with the addresses known so far. */
  evaluate(e: Expression): number | null {
    return this.resolver.number(e);
  }

  /** Makes a subsection current. */
  enter(section: Section, number: number): void {
    this.switchTo(section.subsection(number));
  }

  switchTo(next: Subsection): void {
    this.target.leaveSection();
    this.lines.flush();
    this.previous = this.here;
    this.here = next;
    this.pendingLabels = [];
  }

  /** Emits alignment to `2^power` bytes; `fill` null: what the section's kind wants. */
  alignTo(power: number, fill: number | null = null, max = 0, labels: readonly Sym[] = []): void {
    this.target.breakSequence();
    this.pad(power, fill, max);
    this.moveLabels(labels);
  }

  /** The bytes that alignment takes, wherever `here` is. */
  pad(power: number, fill: number | null = null, max = 0): void {
    const here = this.here;
    const odd = fill === null && (here.section.shape.flags & SHF.EXECINSTR) !== 0 ? this.target.oddPadding() : 0;
    const unit = 2 ** power;
    if (here.elastics.length === 0 && here.number === 0) {
      const gap = (unit - (here.length % unit)) % unit;
      const start = here.length;
      if (max === 0 || gap <= max) {
        here.fill(gap, fill ?? 0);
        if (odd !== 0 && gap % 4 >= 2) here.set16(start + (gap % 4) - 2, odd);
      }
      here.padding = { start, end: here.length };
    } else {
      this.elastic({
        size: (address) => {
          const gap = (unit - (address % unit)) % unit;
          return max !== 0 && gap > max ? 0 : gap;
        },
        bytes: (size) => {
          const bytes = new Uint8Array(size).fill(fill ?? 0);
          if (odd !== 0 && size % 4 >= 2) new DataView(bytes.buffer).setUint16((size % 4) - 2, odd, this.little);
          return bytes;
        },
        what: '.align',
        fault: 'the gap depends on itself',
      });
    }
    here.section.raiseAlign(power);
    here.pieceStart = here.length;
  }

  /** Labels that stood before an alignment stand behind it. */
  moveLabels(labels: readonly Sym[]): void {
    const location = this.here.here();
    for (const label of labels) label.location = location;
  }

  /** Puts a piece here whose size is known only later. */
  elastic(piece: Omit<Elastic, 'offset' | 'place'>): void {
    const { here } = this;
    here.elastics.push({ ...piece, offset: here.length, place: this.place() });
    here.pieceStart = here.length;
  }

  /** `.org`: fills up to an offset from the section's start. */
  moveTo(target: Expression, fill: number): void {
    const { here } = this;
    this.target.breakSequence();
    this.pendingLabels = [];
    const offset = this.offsetIn(here, target);
    if (offset !== null && here.elastics.length === 0) {
      if (offset < here.length)
        throw new Complaint('KSEG_ASM_RANGE', `.org would go back from ${here.length} to ${offset}`);
      here.fill(offset - here.length, fill);
      return;
    }
    this.elastic({
      size: (address) => {
        const to = this.offsetIn(here, target, true);
        return to === null || to > MAX_SECTION ? null : Math.max(0, to - address);
      },
      bytes: (size) => new Uint8Array(size).fill(fill),
      what: '.org',
      fault: 'the target of .org is not in this section',
    });
  }

  /** An expression as an offset in a section: a number, or an address in it. */
  private offsetIn(sub: Subsection, e: Expression, final = false): number | null {
    if (isConstant(e)) return Number(e.value);
    const location: Location | null | undefined = e.plus?.location;
    if (e.minus !== null || e.tree !== null || !location) return null;
    if (final) return location.subsection.section === sub.section ? addressOf(location) + Number(e.value) : null;
    return location.subsection === sub && location.elastics === 0 && sub.number === 0
      ? location.offset + Number(e.value)
      : null;
  }

  /** A field whose value is an expression of addresses. */
  fixup(offset: number, type: number, size: number, value: Expression, given: FixupOptions = {}): void {
    const { at = this.here, place = this.place(), dead = false } = given;
    at.fixups.push({ offset, elastics: at.elastics.length, type, size, value, place, dead });
  }
}
