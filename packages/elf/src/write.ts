import { SHF, SHN, SHT, SIZE, STB, STT } from './constants.ts';
import { ElfError } from './errors.ts';
import { StringTable } from './string-table.ts';
import type { ElfRelocation, Endian } from './types.ts';

/** A section to write. Its index is its place in {@link ElfSpec.sections} plus one, as if no REL sections existed. */
export interface SectionSpec {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  readonly address?: number;
  readonly align?: number;
  readonly entrySize?: number;
  readonly link?: number;
  readonly info?: number;
  /** Its content; absent for NOBITS, which gives `size` instead. */
  readonly bytes?: Uint8Array;
  readonly size?: number;
  /** Place in the file; by default the next aligned byte. */
  readonly offset?: number;
  /** Written as a `.rel` (or, when an addend is given, `.rela`) section right behind this one. */
  readonly relocations?: readonly ElfRelocation[];
}

/** Sections that a linker keeps or drops together (gABI ch. 4 "Section Groups"). */
export interface GroupSpec {
  /** The symbol that names the group; symbols count from 1. */
  readonly signature: number;
  /** Its sections, counted like {@link SectionSpec}; their relocations belong to it too. */
  readonly members: readonly number[];
  /** Of groups with the same signature a linker keeps one (GRP_COMDAT). */
  readonly comdat: boolean;
}

/** A program header to write; `offset` and `fileSize` say which bytes of the file it covers. */
export interface SegmentSpec {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly paddr?: number;
  readonly fileSize: number;
  readonly memSize: number;
  readonly align?: number;
}

/** A symbol to write. `section` counts like {@link SectionSpec}, groups behind all sections, or is one of `SHN`. */
export interface SymbolSpec {
  readonly name: string;
  readonly value: number;
  readonly size?: number;
  readonly binding?: number;
  readonly type?: number;
  readonly other?: number;
  readonly section: number;
}

/** A whole ELF32 file. Symbols must have their locals first; relocations count symbols from 1 (0 is the null symbol). */
export interface ElfSpec {
  readonly endian: Endian;
  readonly type: number;
  readonly machine: number;
  readonly entry?: number;
  readonly flags?: number;
  readonly osAbi?: number;
  readonly abiVersion?: number;
  readonly sections: readonly SectionSpec[];
  readonly segments?: readonly SegmentSpec[];
  readonly groups?: readonly GroupSpec[];
  /** Without it the file has no symbol table. */
  readonly symbols?: readonly SymbolSpec[];
}

interface Placed {
  readonly spec: SectionSpec;
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly offset: number;
}

/** The sections in the order of their headers, and in the order of their bytes. */
interface Tables {
  readonly headers: SectionSpec[];
  readonly contents: SectionSpec[];
}

const NOTHING = new Uint8Array(0);

const alignUp = (value: number, align: number) => (align > 1 ? Math.ceil(value / align) * align : value);

/**
 * Encodes an ELF32 file. Section headers come as the sections are given, groups before them and each section's
 * relocations behind it, then `.symtab`, `.strtab` and `.shstrtab`. The bytes are laid out as GNU as does: sections,
 * symbols and their names, relocations, section names, section headers.
 *
 * @throws ElfError `KSEG_ELF_RANGE` when a symbol, relocation or section refers to something that is not there,
 * sections overlap in the file, or a local symbol follows a global one.
 */
export function writeElf(spec: ElfSpec): Uint8Array {
  const little = spec.endian === 'little';
  const segments = spec.segments ?? [];
  const { headers, contents } = withTables(spec, little);
  const named = [...headers.map(({ name }) => name), '.shstrtab'];
  const strings = new StringTable();
  // The GNU tools name their own tables first, and groups last.
  for (const table of ['.symtab', '.strtab', '.shstrtab']) if (named.includes(table)) strings.add(table);
  for (const name of named) if (name !== GROUP) strings.add(name);
  if (named.includes(GROUP)) strings.add(GROUP);
  const names = strings.finish();
  const nameTable = { name: '.shstrtab', type: SHT.STRTAB, bytes: names.bytes };
  headers.push(nameTable);
  contents.push(nameTable);

  const places = place(contents, SIZE.HEADER + segments.length * SIZE.PROGRAM_HEADER);
  const placed = headers.map((section) => places.get(section)!);
  // A section without bytes may stand past the end of the file.
  const ends = placed.map(({ spec: { type }, offset, bytes }) => (type === SHT.NOBITS ? 0 : offset + bytes.length));
  const tableOffset = alignUp(Math.max(...ends), 4);
  const count = placed.length + 1;
  const out = new Uint8Array(tableOffset + count * SIZE.SECTION_HEADER);
  const view = new DataView(out.buffer);
  const words = (at: number, values: readonly number[]) => {
    values.forEach((value, i) => {
      view.setUint32(at + i * 4, value, little);
    });
  };
  const halves = (at: number, values: readonly number[]) => {
    values.forEach((value, i) => {
      view.setUint16(at + i * 2, value, little);
    });
  };

  out.set([0x7f, 0x45, 0x4c, 0x46, 1, little ? 1 : 2, 1, spec.osAbi ?? 0, spec.abiVersion ?? 0]);
  halves(16, [spec.type, spec.machine]);
  words(20, [1, spec.entry ?? 0, segments.length > 0 ? SIZE.HEADER : 0, tableOffset, spec.flags ?? 0]);
  // Counts that do not fit 16 bits go to section header 0 (gABI "e_shnum", "e_shstrndx").
  const large = count >= SHN.LORESERVE;
  const segmentSize = segments.length > 0 ? SIZE.PROGRAM_HEADER : 0;
  halves(40, [SIZE.HEADER, segmentSize, segments.length, SIZE.SECTION_HEADER]);
  halves(48, [large ? 0 : count, large ? SHN.XINDEX : count - 1]);
  if (large) words(tableOffset + 20, [count, count - 1]);

  segments.forEach((segment, i) => {
    const { type, offset, vaddr, paddr = vaddr, fileSize, memSize, flags, align = 0 } = segment;
    const at = SIZE.HEADER + i * SIZE.PROGRAM_HEADER;
    words(at, [type, offset, vaddr, paddr, fileSize, memSize, flags, align]);
  });
  placed.forEach(({ spec: section, bytes, size, offset }, i) => {
    const { type, flags = 0, address = 0, link = 0, info = 0, align = 1, entrySize = 0 } = section;
    const at = tableOffset + (i + 1) * SIZE.SECTION_HEADER;
    words(at, [names.offsets.get(section.name)!, type, flags, address, offset, size, link, info, align, entrySize]);
    if (bytes.length > 0) out.set(bytes, offset);
  });
  return out;
}

/** The caller's sections and the ones made from relocations, groups and symbols, with final section indices. */
function withTables(spec: ElfSpec, little: boolean): Tables {
  const groups = spec.groups ?? [];
  const finalIndex = [0];
  let symtab = 1 + groups.length;
  for (const { relocations } of spec.sections) {
    finalIndex.push(symtab);
    symtab += relocations === undefined ? 1 : 2;
  }
  groups.forEach((_, i) => {
    finalIndex.push(i + 1);
  });
  const resolve = (index: number, what: string): number => {
    if (index >= SHN.LORESERVE && index <= SHN.XINDEX) return index;
    const final = finalIndex[index];
    if (final !== undefined) return final;
    throw new ElfError('KSEG_ELF_RANGE', `${what} refers to section ${index} of ${spec.sections.length}`, { index });
  };

  const grouped = new Set(groups.flatMap(({ members }) => members));
  const headers = groups.map((group) => groupSection(group, spec, resolve, symtab, little));
  const contents = [...headers];
  const late: SectionSpec[] = [];
  const symbolCount = (spec.symbols?.length ?? 0) + 1;
  spec.sections.forEach((section, i) => {
    const own = section.link === undefined ? section : { ...section, link: resolve(section.link, section.name) };
    headers.push(own);
    contents.push(own);
    if (section.relocations === undefined) return;
    const table = relocationSection(section, section.relocations, headers.length, symtab, symbolCount, little);
    headers.push(grouped.has(i + 1) ? { ...table, flags: SHF.INFO_LINK | SHF.GROUP } : table);
    late.push(headers[headers.length - 1]!);
  });
  const symbols = spec.symbols === undefined ? [] : symbolSections(spec.symbols, resolve, symtab, little);
  headers.push(...symbols);
  contents.push(...symbols, ...late);
  return { headers, contents };
}

const GROUP = '.group';
const GRP_COMDAT = 1;

function groupSection(
  { signature, members, comdat }: GroupSpec,
  spec: ElfSpec,
  resolve: (index: number, what: string) => number,
  symtab: number,
  little: boolean,
): SectionSpec {
  if (signature > (spec.symbols?.length ?? 0))
    throw new ElfError('KSEG_ELF_RANGE', `a group is named by symbol ${signature}, which is not there`);
  const indices = members.flatMap((member) => {
    const index = resolve(member, 'a group');
    return spec.sections[member - 1]?.relocations === undefined ? [index] : [index, index + 1];
  });
  const bytes = new Uint8Array(4 + indices.length * 4);
  const view = new DataView(bytes.buffer);
  [comdat ? GRP_COMDAT : 0, ...indices].forEach((word, i) => {
    view.setUint32(i * 4, word, little);
  });
  return { name: GROUP, type: SHT.GROUP, link: symtab, info: signature, align: 4, entrySize: 4, bytes };
}

function relocationSection(
  { name }: SectionSpec,
  relocations: readonly ElfRelocation[],
  target: number,
  symtab: number,
  symbolCount: number,
  little: boolean,
): SectionSpec {
  const withAddend = relocations.some(({ addend }) => addend !== undefined);
  const entrySize = withAddend ? SIZE.RELA : SIZE.REL;
  const bytes = new Uint8Array(relocations.length * entrySize);
  const view = new DataView(bytes.buffer);
  relocations.forEach(({ offset, type, symbol, addend = 0 }, i) => {
    if (symbol >= symbolCount)
      throw new ElfError('KSEG_ELF_RANGE', `relocation ${i} of ${name} refers to symbol ${symbol} of ${symbolCount}`);
    view.setUint32(i * entrySize, offset, little);
    view.setUint32(i * entrySize + 4, (symbol << 8) | type, little);
    if (withAddend) view.setInt32(i * entrySize + 8, addend, little);
  });
  return {
    name: (withAddend ? '.rela' : '.rel') + name,
    type: withAddend ? SHT.RELA : SHT.REL,
    flags: SHF.INFO_LINK,
    link: symtab,
    info: target,
    align: 4,
    entrySize,
    bytes,
  };
}

function symbolSections(
  symbols: readonly SymbolSpec[],
  resolve: (index: number, what: string) => number,
  symtab: number,
  little: boolean,
): SectionSpec[] {
  const strings = new StringTable();
  for (const { name } of symbols) strings.add(name);
  const { bytes: names, offsets } = strings.finish();
  const bytes = new Uint8Array((symbols.length + 1) * SIZE.SYMBOL);
  const view = new DataView(bytes.buffer);
  let firstGlobal = symbols.length + 1;
  symbols.forEach((symbol, i) => {
    const at = (i + 1) * SIZE.SYMBOL;
    const binding = symbol.binding ?? STB.LOCAL;
    if (binding !== STB.LOCAL) firstGlobal = Math.min(firstGlobal, i + 1);
    else if (firstGlobal <= i)
      throw new ElfError('KSEG_ELF_RANGE', `local symbol ${symbol.name} follows a global one; locals come first`);
    view.setUint32(at, offsets.get(symbol.name)!, little);
    view.setUint32(at + 4, symbol.value, little);
    view.setUint32(at + 8, symbol.size ?? 0, little);
    view.setUint8(at + 12, (binding << 4) | (symbol.type ?? STT.NOTYPE));
    view.setUint8(at + 13, symbol.other ?? 0);
    view.setUint16(at + 14, resolve(symbol.section, `symbol ${symbol.name}`), little);
  });
  const table = { type: SHT.SYMTAB, link: symtab + 1, info: firstGlobal, align: 4, entrySize: SIZE.SYMBOL };
  return [
    { name: '.symtab', ...table, bytes },
    { name: '.strtab', type: SHT.STRTAB, bytes: names },
  ];
}

/** Gives every section its place in the file; explicit offsets may not run into bytes already placed. */
function place(sections: readonly SectionSpec[], start: number): Map<SectionSpec, Placed> {
  let end = start;
  const places = new Map<SectionSpec, Placed>();
  for (const spec of sections) {
    const bytes = spec.type === SHT.NOBITS ? NOTHING : (spec.bytes ?? NOTHING);
    const offset = spec.offset ?? alignUp(end, spec.align ?? 1);
    if (bytes.length > 0 && offset < end)
      throw new ElfError('KSEG_ELF_RANGE', `${spec.name} at file offset ${offset} overlaps what ends at ${end}`);
    if (bytes.length > 0 || spec.offset === undefined) end = offset + bytes.length;
    places.set(spec, { spec, bytes, size: spec.type === SHT.NOBITS ? (spec.size ?? 0) : bytes.length, offset });
  }
  return places;
}
