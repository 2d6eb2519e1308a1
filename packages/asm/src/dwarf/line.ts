// `.file` and `.loc` to the line number program of .debug_line (DWARF 3 §6.2), byte for byte as GNU as chooses its opcodes.
import type { Assembler } from '../assembler.ts';
import type { Place } from '../diagnostics.ts';
import { ofSymbol } from '../expression.ts';
import { R } from '../mips/relocations.ts';
import type { Section, Subsection } from '../section.ts';
import { shapeOf } from '../section-shapes.ts';
import type { Location, Sym } from '../symbols.ts';
import { sleb, uleb } from './leb128.ts';

const VERSION = 3;
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
const LNE = { endSequence: 1, setAddress: 2, setDiscriminator: 4 } as const;
const MAX_SPECIAL_ADVANCE = Math.floor((255 - OPCODE_BASE) / LINE_RANGE);

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
interface Entry extends SourceLine {
  readonly subsection: Subsection;
  offset: number;
  readonly elastics: number;
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
  readonly directory: string;
  readonly name: string;
}

/** Collects line numbers while the source is read. */
export class LineTable {
  /** By number; 0 is not used. */
  readonly files: (SourceFile | undefined)[] = [];
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
  pending = false;

  constructor(private readonly asm: Assembler) {}

  /** Whether there is a line table to write: for line numbers, or because debugging information wants one. */
  get wanted(): boolean {
    const written = (name: string) => this.asm.findSection(name)?.subsections.some(({ length }) => length > 0) ?? false;
    return this.entries.size > 0 || (written('.debug_info') && !written('.debug_line'));
  }

  addFile(number: number, path: string): void {
    this.place = this.asm.place();
    const cut = path.lastIndexOf('/');
    this.files[number] = { directory: cut < 0 ? '' : path.slice(0, cut), name: path.slice(cut + 1) };
  }

  /** `.loc`: an earlier one that still waits takes effect here. */
  locate(change: Partial<SourceLine>): void {
    if (this.pending) this.settle();
    this.current = { ...this.current, ...change };
    this.pending = true;
  }

  /** Columns, statement flag and instruction set as the last `.loc` left them. */
  get inherited(): Readonly<SourceLine> {
    return this.current;
  }

  /** Something that the waiting `.loc` describes is about to be emitted. */
  settle(): void {
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
    this.pending = false;
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
        const address = entry.subsection.addressOf(entry.offset, entry.elastics);
        view = address === last && entry.view !== 'reset' ? view + 1 : 0;
        last = address;
        if (entry.view !== null && entry.view !== 'reset') entry.view.computed = view;
      }
    }
  }

  /** Writes .debug_line, once the sections that it describes have addresses. */
  write(): void {
    const { asm } = this;
    const out: number[] = [];
    this.header(out);
    const fixups: { at: number; start: Location }[] = [];
    for (const described of this.entries.keys()) this.program(described, out, fixups);
    const { here } = asm;
    const section = asm.section('.debug_line', () => shapeOf('.debug_line'));
    section.selfReferring = true;
    asm.here = section.subsection(0);
    const start = asm.here.length;
    if (start > 0) this.fail('.loc and a .debug_line of the source exclude each other');
    asm.here.put32(out.length);
    asm.here.put(Uint8Array.from(out));
    for (const { at, start: location } of fixups) {
      const sym = asm.symbols.anonymous();
      sym.location = location;
      asm.fixup(start + 4 + at, R.R32, 4, ofSymbol(sym));
    }
    // version and header length, in the target's byte order
    asm.here.set16(start + 4, VERSION);
    asm.here.set32(start + 6, this.headerLength);
    asm.here = here;
  }

  private fail(message: string): void {
    this.asm.diagnose('error', 'KSEG_ASM_DEBUG', message, this.place, '.loc');
  }

  /** Of the last .file or .loc, for what only the end shows. */
  private place: Place = { file: '', line: 1, column: 1 };

  private headerLength = 0;

  /** All behind the unit's length; version and header length are filled in later. */
  private header(out: number[]): void {
    for (let i = 0; i < 6; i++) out.push(0);
    const start = out.length;
    out.push(1, 1, LINE_BASE & 0xff, LINE_RANGE, OPCODE_BASE, ...OPCODE_LENGTHS);
    const directories: string[] = [];
    for (const file of this.files)
      if (file !== undefined && file.directory !== '' && !directories.includes(file.directory))
        directories.push(file.directory);
    for (const directory of directories) text(directory, out);
    out.push(0);
    for (let number = 1; number < this.files.length; number++) {
      const file = this.files[number];
      if (file === undefined) this.fail(`there is no .file ${number}, though later ones are given`);
      const { directory, name } = file ?? { directory: '', name: '' };
      text(name, out);
      uleb(directories.indexOf(directory) + 1, out);
      out.push(0, 0); // neither time nor length
    }
    out.push(0);
    this.headerLength = out.length - start;
  }

  private program(section: Section, out: number[], fixups: { at: number; start: Location }[]): void {
    let [file, line, column, isa] = [1, 1, 0, 0];
    let isStatement = true;
    let last = -1;
    let previous: Entry | null = null;
    for (const entry of this.ordered(section)) {
      if (entry.file !== file) {
        out.push(LNS.setFile);
        uleb((file = entry.file), out);
      }
      if (entry.column !== column) {
        out.push(LNS.setColumn);
        uleb((column = entry.column), out);
      }
      if (entry.discriminator !== 0) {
        const operand: number[] = [];
        uleb(entry.discriminator, operand);
        out.push(0, 1 + operand.length, LNE.setDiscriminator, ...operand);
      }
      if (entry.isa !== isa) {
        out.push(LNS.setIsa);
        uleb((isa = entry.isa), out);
      }
      if (entry.isStatement !== isStatement) {
        out.push(LNS.negateStatement);
        isStatement = entry.isStatement;
      }
      if (entry.basicBlock) out.push(LNS.setBasicBlock);
      if (entry.prologueEnd) out.push(LNS.setPrologueEnd);
      if (entry.epilogueBegin) out.push(LNS.setEpilogueBegin);
      const address = entry.subsection.addressOf(entry.offset, entry.elastics);
      // Where views start anew although the address may not have advanced, it is set once more.
      const stands = address === last || (previous !== null && entry.before === previous.offset);
      if (last < 0 || (entry.view === 'reset' && stands)) {
        out.push(0, 5, LNE.setAddress);
        const { subsection, offset, elastics } = entry;
        fixups.push({ at: out.length, start: { subsection, offset, elastics } });
        out.push(0, 0, 0, 0);
        advance(entry.line - line, 0, out);
      } else advance(entry.line - line, address - last, out);
      line = entry.line;
      last = address;
      previous = entry;
    }
    endSequence(section.size - last, out);
  }
}

function text(s: string, out: number[]): void {
  for (let i = 0; i < s.length; i++) out.push(s.charCodeAt(i));
  out.push(0);
}

/** A new row `lines` and `bytes` further on. */
function advance(lines: number, bytes: number, out: number[]): void {
  let special = lines - LINE_BASE;
  let copy = false;
  if (special < 0 || special >= LINE_RANGE) {
    out.push(LNS.advanceLine);
    sleb(lines, out);
    lines = 0;
    special = -LINE_BASE;
    copy = true;
  }
  if (lines === 0 && bytes === 0) {
    out.push(LNS.copy);
    return;
  }
  special += OPCODE_BASE;
  const near = special + bytes * LINE_RANGE;
  const far = special + (bytes - MAX_SPECIAL_ADVANCE) * LINE_RANGE;
  if (near <= 255) out.push(near);
  else if (far <= 255) out.push(LNS.constAddPc, far);
  else {
    out.push(LNS.advancePc);
    uleb(bytes, out);
    out.push(copy ? LNS.copy : special);
  }
}

function endSequence(bytes: number, out: number[]): void {
  if (bytes === MAX_SPECIAL_ADVANCE) out.push(LNS.constAddPc);
  else if (bytes !== 0) {
    out.push(LNS.advancePc);
    uleb(bytes, out);
  }
  out.push(0, 1, LNE.endSequence);
}
