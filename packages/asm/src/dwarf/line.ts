// `.file` and `.loc` to the line number program of .debug_line (DWARF 3 §6.2), byte for byte as GNU as chooses its opcodes.
import type { Assembler } from '../assembler.ts';
import type { Place } from '../diagnostics.ts';
import type { Section, Subsection } from '../section.ts';
import { addressOf, type Location, type Sym } from '../symbols.ts';
import { uleb } from './leb128.ts';
import { mergedStrings, Output } from './output.ts';

/** The oldest version of line tables that is written; .debug_info may be older. */
const OLDEST = 3;
const LINE_BASE = -5;
const LINE_RANGE = 14;
const OPCODE_BASE = 13;
/** Operands of the standard opcodes 1 to 12. */
const OPCODE_LENGTHS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const LNS = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  negateStatement: 6,
  setBasicBlock: 7,
  constAddPc: 8,
  setPrologueEnd: 10,
  setEpilogueBegin: 11,
  setIsa: 12,
} as const;
/** What columns of the version 5 file table hold, and how (DWARF 5 §6.2.4.1). */
const LNCT = { path: 1, directoryIndex: 2, md5: 5 } as const;
const FORM = { udata: 0x0f, data16: 0x1e, lineStrp: 0x1f } as const;
const LNE = { endSequence: 1, setAddress: 2, setDiscriminator: 4 } as const;
const MAX_SPECIAL_ADVANCE = Math.floor((255 - OPCODE_BASE) / LINE_RANGE);

const NO_HASH: readonly number[] = new Array<number>(16).fill(0);

/** What one `.loc` says. */
export interface SourceLine {
  file: number;
  line: number;
  column: number;
  isa: number;
  discriminator: number;
  isStatement: boolean;
  basicBlock: boolean;
  prologueEnd: boolean;
  epilogueBegin: boolean;
  /** The symbol that takes the entry's view number, `reset` where counting starts anew. */
  view: Sym | 'reset' | null;
}

/** A `.loc` at the place where it took effect. */
interface Entry extends SourceLine, Location {
  offset: number;
  /** Where an alignment right before it started, else its own offset. */
  readonly before: number;
  /** Its offset in the piece that GNU as held then. */
  readonly inPiece: number;
}

/** The entries of a subsection; those up to `settled` stay where they are. */
interface EntryList {
  readonly entries: Entry[];
  settled: number;
}

interface SourceFile {
  /** An index into the directories; 0 is the one the assembler runs in. */
  readonly directory: number;
  readonly name: string;
  /** Sixteen bytes in the order they are written, or null. */
  readonly md5: readonly number[] | null;
}

/** In place of one that is missing, which is an error. */
const NO_FILE: SourceFile = { directory: 0, name: '', md5: null };

/** Collects line numbers while the source is read. */
export class LineTable {
  /** By number; 0 names the source from DWARF 5 on. */
  readonly files: (SourceFile | undefined)[] = [];
  /** Line numbers of the source itself are collected, as no `.loc` gives others. */
  generating: boolean;
  /** The DWARF version asked for; `.file 0` asks for 5. */
  version: number;
  private readonly directories: string[];
  private readonly numbers = new Map<string, number>();
  /** The place last collected: instructions of one line share an entry. */
  private collected = { file: 0, line: 0 };
  /** Sections in the order of their first entry, subsections in theirs. */
  private readonly entries = new Map<Section, Map<Subsection, EntryList>>();
  /** What the next `.loc` starts from, and whether the last one still waits for an instruction. */
  private current: SourceLine = {
    file: 1,
    line: 1,
    column: 0,
    isa: 0,
    discriminator: 0,
    isStatement: true,
    basicBlock: false,
    prologueEnd: false,
    epilogueBegin: false,
    view: null,
  };
  pending: boolean;
  /** Of the last `.file`, for what only the end shows. */
  private place: Place = { file: '', line: 1, column: 1 };

  constructor(private readonly asm: Assembler) {
    const { debug, directory } = asm.options;
    this.generating = this.pending = debug !== 0;
    this.version = Math.max(debug, OLDEST);
    this.directories = [directory];
  }

  /** Whether there is a line table to write: for line numbers, or because debugging information wants one. */
  get wanted(): boolean {
    if (this.generating && this.holds('.debug_line')) return false;
    return this.entries.size > 0 || (this.holds('.debug_info') && !this.holds('.debug_line'));
  }

  /** Whether the source writes a section itself. */
  private holds(name: string): boolean {
    return this.asm.findSection(name)?.subsections.some(({ length }) => length > 0) ?? false;
  }

  /** The sections that entries describe, if a compilation unit has to be made up for them. */
  get undescribed(): readonly Section[] {
    return this.holds('.debug_info') ? [] : [...this.entries.keys()];
  }

  /** The path of the file that names the source, and where it was translated. */
  get source(): { readonly name: string; readonly directory: string } {
    const { directory, name } = this.files[0] ?? this.files[1] ?? NO_FILE;
    const { directories } = this;
    const path = directory === 0 ? name : `${directories[directory]}/${name}`;
    return { name: path, directory: this.asm.options.directory };
  }

  /** `.file number ["directory"] "path" [md5]`: the source was compiled, its own lines do not count. */
  addFile(number: number, directory: string | null, path: string, md5: readonly number[] | null): void {
    this.place = this.asm.place();
    this.stopGenerating();
    if (number === 0) {
      this.version = 5;
      if (directory !== null) this.directories[0] = directory;
    }
    this.files[number] = { ...this.split(number === 0 ? null : directory, path), md5 };
  }

  private split(directory: string | null, path: string): { directory: number; name: string } {
    const cut = directory === null ? path.lastIndexOf('/') : -1;
    const name = path.slice(cut + 1);
    const given = (directory ?? path.slice(0, Math.max(cut, 0))).replace(/\/$/, '');
    if (given === '') return { directory: 0, name };
    const { directories } = this;
    const known = directories.indexOf(given, this.version < 5 ? 1 : 0);
    return { directory: known < 0 ? directories.push(given) - 1 : known, name };
  }

  private stopGenerating(): void {
    if (!this.generating) return;
    this.generating = this.pending = false;
    this.entries.clear();
    this.files.length = 0;
    this.directories.length = 1;
  }

  /** The number of a file that instructions come from. */
  private numberOf(path: string): number {
    let number = this.numbers.get(path);
    if (number === undefined) {
      number = this.numbers.size + 1;
      this.numbers.set(path, number);
      this.files[number] = { ...this.split(null, path), md5: null };
    }
    return number;
  }

  /** What stands before a change of section: a `.loc` that still waits takes effect. */
  flush(): void {
    if (this.pending && !this.generating) this.settle();
  }

  /** `.loc`: an earlier one that still waits takes effect here. */
  locate(change: Partial<SourceLine>): void {
    this.stopGenerating();
    this.flush();
    this.current = { ...this.current, ...change };
    this.pending = true;
    // With a view it does not wait for an instruction.
    if (change.view !== undefined) this.flush();
  }

  /** Columns, statement flag and instruction set as the last `.loc` left them. */
  get inherited(): Readonly<SourceLine> {
    return this.current;
  }

  /** Something that the waiting `.loc` describes is about to be emitted. */
  settle(): void {
    if (this.generating) {
      const place = this.asm.place();
      const { line } = place;
      const file = this.numberOf(place.file);
      if (line === this.collected.line && file === this.collected.file) return;
      this.current = { ...this.current, ...(this.collected = { file, line }) };
    }
    const { here } = this.asm;
    const { length: offset, elastics, padding } = here;
    let bySubsection = this.entries.get(here.section);
    if (bySubsection === undefined) this.entries.set(here.section, (bySubsection = new Map()));
    let list = bySubsection.get(here);
    if (list === undefined) bySubsection.set(here, (list = { entries: [], settled: 0 }));
    const before = padding.end === offset ? padding.start : offset;
    const inPiece = offset - here.pieceStart;
    list.entries.push({ ...this.current, subsection: here, offset, elastics: elastics.length, before, inPiece });
    this.current = {
      ...this.current,
      discriminator: 0,
      basicBlock: false,
      prologueEnd: false,
      epilogueBegin: false,
      view: null,
    };
    this.pending = this.generating;
  }

  /**
   * A branch changed places with the instruction before it: its entries go
   * along. GNU as knows them by their offset in the piece it holds, and so
   * takes those of earlier pieces with the same offset too.
   */
  move(subsection: Subsection, from: number, to: number): void {
    const list = this.entries.get(subsection.section)?.get(subsection);
    if (list === undefined) return;
    const inPiece = from - subsection.pieceStart;
    for (; list.settled < list.entries.length; list.settled++) {
      const entry = list.entries[list.settled]!;
      if (entry.inPiece === inPiece) entry.offset += to - from;
    }
  }

  /** Entries of a section in the order of its subsections. */
  private ordered(section: Section): Entry[] {
    const lists = this.entries.get(section)!;
    return section.subsections.flatMap((subsection) => lists.get(subsection)?.entries ?? []);
  }

  /** Gives view symbols their numbers: how many entries before it have the same address. */
  numberViews(): void {
    for (const section of this.entries.keys()) {
      let view = 0;
      let last = -1;
      for (const entry of this.ordered(section)) {
        const address = addressOf(entry);
        view = address === last && entry.view !== 'reset' ? view + 1 : 0;
        last = address;
        if (entry.view !== null && entry.view !== 'reset') entry.view.computed = view;
      }
    }
  }

  /** Writes .debug_line, once the sections that it describes have addresses. */
  write(): void {
    const out = new Output(this.asm, '.debug_line');
    out.section.selfReferring = true;
    if (out.length > 0) this.fail('.loc and a .debug_line of the source exclude each other');
    const table = out.begin();
    out.half(this.version);
    if (this.version >= 5) out.bytes(4, 0); // sizes of addresses and of segment selectors
    const header = out.begin();
    this.header(out);
    out.end(header);
    for (const described of this.entries.keys()) this.program(described, out);
    out.end(table);
  }

  private fail(message: string): void {
    this.asm.diagnose('error', 'KSEG_ASM_DEBUG', message, this.place, '.loc');
  }

  /** What stands between the header's length and the programs. */
  private header(out: Output): void {
    out.bytes(1, ...(this.version >= 4 ? [1] : []), 1, LINE_BASE & 0xff, LINE_RANGE, OPCODE_BASE, ...OPCODE_LENGTHS);
    if (this.version >= 5) this.formattedTables(out);
    else this.plainTables(out);
  }

  private plainTables(out: Output): void {
    for (const directory of this.directories.slice(1)) out.text(directory);
    out.bytes(0);
    for (let number = 1; number < this.files.length; number++) {
      const { directory, name } = this.fileNumbered(number);
      out.text(name);
      out.uleb(directory);
      out.bytes(0, 0); // neither time nor length
    }
    out.bytes(0);
  }

  /** Directories and files of version 5: their strings are in .debug_line_str. */
  private formattedTables(out: Output): void {
    const { directories } = this;
    const strings = new Output(this.asm, '.debug_line_str', mergedStrings('.debug_line_str'));
    out.bytes(1, LNCT.path, FORM.lineStrp);
    out.uleb(directories.length);
    for (const directory of directories) out.address(strings.text(directory));
    // GNU as takes a hash whose first byte in the target's order is zero for none.
    const hashed = this.files.some((file) => file?.md5?.[0]);
    out.bytes(hashed ? 3 : 2, LNCT.path, FORM.lineStrp, LNCT.directoryIndex, FORM.udata);
    if (hashed) out.bytes(LNCT.md5, FORM.data16);
    out.uleb(this.files.length);
    const places = new Map<SourceFile, Location>();
    for (let number = 0; number < this.files.length; number++) {
      const file = this.files[number] ?? this.fileNumbered(Math.max(number, 1));
      let place = places.get(file);
      if (place === undefined) places.set(file, (place = strings.text(file.name)));
      out.address(place);
      out.uleb(file.directory);
      if (hashed) out.bytes(...(file.md5 ?? NO_HASH));
    }
  }

  private fileNumbered(number: number): SourceFile {
    const file = this.files[number];
    if (file === undefined) this.fail(`there is no .file ${number}, though later ones are given`);
    return file ?? NO_FILE;
  }

  /** The sequence of a section's entries. */
  private program(section: Section, out: Output): void {
    let [file, line, column, isa] = [1, 1, 0, 0];
    let isStatement = true;
    let last = -1;
    let previous: Entry | null = null;
    for (const entry of this.ordered(section)) {
      if (entry.file !== file) {
        out.bytes(LNS.setFile);
        out.uleb((file = entry.file));
      }
      if (entry.column !== column) {
        out.bytes(LNS.setColumn);
        out.uleb((column = entry.column));
      }
      if (entry.discriminator !== 0) {
        const operand = uleb(entry.discriminator);
        out.bytes(0, 1 + operand.length, LNE.setDiscriminator, ...operand);
      }
      if (entry.isa !== isa) {
        out.bytes(LNS.setIsa);
        out.uleb((isa = entry.isa));
      }
      if (entry.isStatement !== isStatement) {
        out.bytes(LNS.negateStatement);
        isStatement = entry.isStatement;
      }
      if (entry.basicBlock) out.bytes(LNS.setBasicBlock);
      if (entry.prologueEnd) out.bytes(LNS.setPrologueEnd);
      if (entry.epilogueBegin) out.bytes(LNS.setEpilogueBegin);
      const address = addressOf(entry);
      // Where views start anew although the address may not have advanced, it is set once more.
      const stands = address === last || (previous !== null && entry.before === previous.offset);
      if (last < 0 || (entry.view === 'reset' && stands)) {
        out.bytes(0, 5, LNE.setAddress);
        out.address(entry);
        last = address;
      }
      advance(entry.line - line, address - last, out);
      line = entry.line;
      last = address;
      previous = entry;
    }
    endSequence(section.size - last, out);
  }
}

/** A new row `lines` and `bytes` further on. */
function advance(lines: number, bytes: number, out: Output): void {
  let special = lines - LINE_BASE;
  let copy = false;
  if (special < 0 || special >= LINE_RANGE) {
    out.bytes(LNS.advanceLine);
    out.sleb(lines);
    lines = 0;
    special = -LINE_BASE;
    copy = true;
  }
  if (lines === 0 && bytes === 0) {
    out.bytes(LNS.copy);
    return;
  }
  special += OPCODE_BASE;
  const near = special + bytes * LINE_RANGE;
  const far = special + (bytes - MAX_SPECIAL_ADVANCE) * LINE_RANGE;
  if (near <= 255) out.bytes(near);
  else if (far <= 255) out.bytes(LNS.constAddPc, far);
  else {
    out.bytes(LNS.advancePc);
    out.uleb(bytes);
    out.bytes(copy ? LNS.copy : special);
  }
}

function endSequence(bytes: number, out: Output): void {
  if (bytes === MAX_SPECIAL_ADVANCE) out.bytes(LNS.constAddPc);
  else if (bytes !== 0) {
    out.bytes(LNS.advancePc);
    out.uleb(bytes);
  }
  out.bytes(0, 1, LNE.endSequence);
}
