// The compilation unit that GNU as makes up for line numbers without debugging information of their own (DWARF 5 §3.1, §7.5).
import { STB, STT } from '@kseg/elf';
import type { Assembler } from '../assembler.ts';
import type { Section } from '../section.ts';
import type { Location, Sym } from '../symbols.ts';
import { uleb } from './leb128.ts';
import { mergedStrings, Output } from './output.ts';

const PRODUCER = 'GNU AS 2.40';
/** DW_LANG_Mips_Assembler. */
const LANGUAGE = 0x8001;
const ADDRESS_SIZE = 4;
const TAG = { compileUnit: 0x11, subprogram: 0x2e, unspecifiedType: 0x3b } as const;
const AT = {
  name: 0x03,
  stmtList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  language: 0x13,
  compDir: 0x1b,
  producer: 0x25,
  external: 0x3f,
  type: 0x49,
  ranges: 0x55,
} as const;
const FORM = {
  addr: 1,
  data2: 5,
  data4: 6,
  flag: 0x0c,
  strp: 0x0e,
  udata: 0x0f,
  refUdata: 0x15,
  secOffset: 0x17,
  flagPresent: 0x19,
} as const;
const RLE_START_LENGTH = 7;

/** Sections hold addresses from their start on: that place. */
const startOf = (section: Section): Location => ({ subsection: section.subsections[0]!, offset: 0, elastics: 0 });

/** A function and its size in bytes. */
interface Described {
  readonly sym: Sym;
  readonly size: number;
}

/** How functions say that they are global: not at all where none is, by the abbreviation alone where all are. */
function externalForm(functions: readonly Described[], version: number): number {
  const globals = functions.filter(({ sym }) => sym.binding === STB.GLOBAL).length;
  if (globals === 0) return 0;
  return globals === functions.length && version >= 4 ? FORM.flagPresent : FORM.flag;
}

export interface UnitSource {
  /** DWARF version, from 2 on. */
  readonly version: number;
  /** The file, and the directory that its name is relative to. */
  readonly name: string;
  readonly directory: string;
  /** The sections with line numbers. */
  readonly sections: readonly Section[];
}

/** Writes .debug_info and what belongs to it; .debug_line is there. */
export function writeUnit(asm: Assembler, source: UnitSource): void {
  const { version, sections } = source;
  const info = new Output(asm, '.debug_info');
  const abbrev = new Output(asm, '.debug_abbrev');
  const aranges = new Output(asm, '.debug_aranges');
  const str = new Output(asm, '.debug_str', mergedStrings('.debug_str'));
  aranges.section.raiseAlign(3);
  aranges.section.selfReferring = true;
  let ranges: Location | null = null;
  if (sections.length > 1) {
    const out = new Output(asm, version < 5 ? '.debug_ranges' : '.debug_rnglists');
    ranges = version < 5 ? plainRanges(out, sections) : rangeList(out, sections);
  }
  addressRanges(aranges, sections, info.here());
  const functions = describedFunctions(asm);
  const abbreviations = startOf(abbrev.section);
  abbreviate(abbrev, version, functions, ranges !== null);
  const lines = asm.findSection('.debug_line')!;
  describeUnit(info, str, { source, functions, abbreviations, lines: startOf(lines), ranges });
  // These have symbols from here on, the others where references need them.
  for (const section of [info.section, abbrev.section, lines]) asm.sectionSymbol(section);
}

/** Functions with a size, in the symbol table's order. */
function describedFunctions(asm: Assembler): Described[] {
  const functions: Described[] = [];
  for (const sym of asm.symbols.chain) {
    if (sym.type !== STT.FUNC || sym.location === null || sym.size === null) continue;
    const size = asm.evaluate(sym.size) ?? 0;
    if (size > 0) functions.push({ sym, size });
  }
  return functions;
}

function plainRanges(out: Output, sections: readonly Section[]): Location {
  out.section.raiseAlign(3);
  const start = out.here();
  out.word(0xffff_ffff); // base addresses come with each range
  out.word(0);
  for (const section of sections) {
    out.address(startOf(section));
    out.address(startOf(section), section.size);
  }
  out.word(0);
  out.word(0);
  return start;
}

function rangeList(out: Output, sections: readonly Section[]): Location {
  const length = out.begin();
  out.half(5);
  out.bytes(ADDRESS_SIZE, 0); // no segments
  out.word(0); // no table of offsets
  const start = out.here();
  for (const section of sections) {
    out.bytes(RLE_START_LENGTH);
    out.address(startOf(section));
    out.uleb(section.size);
  }
  out.bytes(0);
  out.end(length);
  return start;
}

function addressRanges(out: Output, sections: readonly Section[], unit: Location): void {
  const length = out.begin();
  out.half(2);
  out.address(unit);
  out.bytes(ADDRESS_SIZE, 0);
  while ((out.length - length) % (2 * ADDRESS_SIZE) !== 0) out.bytes(0);
  for (const section of sections) {
    out.address(startOf(section));
    out.word(section.size);
  }
  out.word(0);
  out.word(0);
  out.end(length);
}

function abbreviate(out: Output, version: number, functions: readonly Described[], ranges: boolean): void {
  const offset = version < 4 ? FORM.data4 : FORM.secOffset;
  const end = version < 4 ? FORM.addr : FORM.udata;
  const extent = [AT.lowPc, FORM.addr, AT.highPc, end];
  out.bytes(1, TAG.compileUnit, functions.length > 0 ? 1 : 0, AT.stmtList, offset);
  if (ranges) out.bytes(AT.ranges, offset);
  else out.bytes(...extent);
  out.bytes(AT.name, FORM.strp, AT.compDir, FORM.strp, AT.producer, FORM.strp, AT.language, FORM.data2, 0, 0);
  if (functions.length > 0) {
    out.bytes(2, TAG.subprogram, 0, AT.name, FORM.strp);
    const external = externalForm(functions, version);
    if (external !== 0) out.bytes(AT.external, external);
    if (version > 2) out.bytes(AT.type, FORM.refUdata);
    out.bytes(...extent, 0, 0);
    if (version > 2) out.bytes(3, TAG.unspecifiedType, 0, 0, 0);
  }
  out.bytes(0);
}

interface Contents {
  readonly source: UnitSource;
  readonly functions: readonly Described[];
  readonly abbreviations: Location;
  readonly lines: Location;
  readonly ranges: Location | null;
}

function describeUnit(out: Output, str: Output, contents: Contents): void {
  const { source, functions, abbreviations, lines, ranges } = contents;
  const { version, sections, name, directory } = source;
  const extent = (start: Location | Sym, size: number) => {
    out.address(start);
    if (version < 4) out.address(start, size);
    else out.uleb(size);
  };
  const unit = out.begin();
  out.half(version);
  if (version >= 5) out.bytes(1, ADDRESS_SIZE); // DW_UT_compile
  out.address(abbreviations);
  if (version < 5) out.bytes(ADDRESS_SIZE);
  out.bytes(1);
  out.address(lines);
  if (ranges !== null) out.address(ranges);
  else extent(startOf(sections[0]!), sections[0]!.size);
  for (const text of [name, directory, PRODUCER]) out.address(str.text(text));
  out.half(LANGUAGE);
  if (functions.length > 0) {
    const flagged = externalForm(functions, version) === FORM.flag;
    const type = version > 2 ? typeOffset(out.length - unit, functions, version, flagged) : null;
    for (const { sym, size } of functions) {
      out.bytes(2);
      out.address(str.text(sym.name));
      if (flagged) out.bytes(sym.binding === STB.GLOBAL ? 1 : 0);
      if (type !== null) out.uleb(type);
      extent(sym, size);
    }
    if (type !== null) out.bytes(3);
    out.bytes(0);
  }
  out.end(unit);
}

/** Where the type that all functions name will stand: behind them, who hold that number. */
function typeOffset(start: number, functions: readonly Described[], version: number, flagged: boolean): number {
  const lengthOf = (v: number) => uleb(v).length;
  const fixed = functions.reduce(
    (sum, { size }) => sum + 9 + (flagged ? 1 : 0) + (version < 4 ? 4 : lengthOf(size)),
    start,
  );
  let offset = fixed + functions.length;
  while (fixed + functions.length * lengthOf(offset) !== offset) offset = fixed + functions.length * lengthOf(offset);
  return offset;
}
