import {
  EM,
  type Endian,
  ET,
  PF,
  PT,
  type SectionSpec,
  type SegmentSpec,
  SHF,
  SHN,
  SHT,
  SIZE,
  STB,
  STT,
  type SymbolSpec,
  writeElf,
} from '@kseg/elf';
import { inHashOrder } from './hash-order.ts';
import type { SegmentLayout } from './layout.ts';
import type { LinkObject } from './object.ts';
import type { OutputSection } from './output.ts';
import { inputAddress, symbolAddress } from './place.ts';
import type { GlobalSymbol } from './resolve.ts';

/** An executable before it is encoded. */
export interface Image {
  readonly endian: Endian;
  readonly entry: number;
  readonly flags: number;
  readonly abiVersion: number;
  readonly sections: readonly OutputSection[];
  readonly contents: ReadonlyMap<OutputSection, Uint8Array>;
  readonly objects: readonly LinkObject[];
  readonly symbols: ReadonlyMap<string, GlobalSymbol>;
  /** The symbols that the layout assigns, in its order. */
  readonly assigned: readonly string[];
  /** Program headers that the layout asks for; `undefined` for those that the sections need. */
  readonly segments: readonly SegmentLayout[] | undefined;
  /** Without a symbol table. */
  readonly strip: boolean;
  /** Offsets in the file and addresses agree modulo the page size. */
  readonly paged: boolean;
}

/** Sections that one program header covers, and what it says of itself. */
interface Group {
  readonly sections: readonly OutputSection[];
  readonly type: number;
  readonly flags: number | undefined;
}

/** Page size that file offsets and addresses agree modulo, and to which segments are told apart (o32: 64 KB). */
const PAGE = 0x10000;

const SMALL_DATA = new Set(['.sdata', '.sbss', '.lit4', '.lit8']);

const isLoaded = ({ flags }: OutputSection) => (flags & SHF.ALLOC) !== 0;
const hasBytes = ({ type, noLoad }: OutputSection) => type !== SHT.NOBITS && !noLoad;

/** Encodes the executable: sections, segments that cover them, symbols. */
export function encodeImage(image: Image): Uint8Array {
  const loaded = image.sections.filter((section) => isLoaded(section) && section.size > 0);
  const groups = image.segments?.map((segment) => chosen(segment, loaded)) ?? needed(loaded);
  const extra =
    image.segments === undefined
      ? EXTRA.filter(({ name }) => image.sections.some((section) => section.name === name))
      : [];
  const stack = image.segments === undefined ? stackSegment(image.objects) : [];
  const headers = SIZE.HEADER + (groups.length + extra.length + stack.length) * SIZE.PROGRAM_HEADER;
  const { offsets, segments } = placeInFile(groups, headers, image);
  const sections = image.sections.map((section) => encodeSection(section, image, offsets.get(section)));
  const records = extra.map(({ name, type, align }): SegmentSpec => {
    const section = image.sections.find((one) => one.name === name)!;
    const { address: vaddr, loadAddress: paddr, size } = section;
    const offset = offsets.get(section) ?? 0;
    return { type, flags: PF.R, offset, vaddr, paddr, fileSize: size, memSize: size, align };
  });
  return writeElf({
    endian: image.endian,
    type: ET.EXEC,
    machine: EM.MIPS,
    entry: image.entry,
    flags: image.flags,
    abiVersion: image.abiVersion,
    sections,
    segments: [...records, ...segments, ...stack],
    ...(image.strip ? {} : { symbols: encodeSymbols(image) }),
  });
}

/** What objects say about their stack: that it holds no code, where all of them say so. None says anything: no header. */
function stackSegment(objects: readonly LinkObject[]): SegmentSpec[] {
  const notes = objects.map(({ sections }) => sections.find(({ name }) => name === '.note.GNU-stack'));
  if (notes.every((note) => note === undefined)) return [];
  const holdsCode = notes.some((note) => note === undefined || (note.flags & SHF.EXECINSTR) !== 0);
  const flags = PF.R | PF.W | (holdsCode ? PF.X : 0);
  return [{ type: PT.GNU_STACK, flags, offset: 0, vaddr: 0, fileSize: 0, memSize: 0, align: 16 }];
}

/** Program headers that point out a record to whoever loads the file. */
const EXTRA = [
  { name: '.MIPS.abiflags', type: PT.MIPS_ABIFLAGS, align: 8 },
  { name: '.reginfo', type: PT.MIPS_REGINFO, align: 4 },
] as const;

const chosen = ({ name, type, flags }: SegmentLayout, loaded: readonly OutputSection[]): Group => ({
  sections: loaded.filter(({ segments }) => segments.includes(name)),
  type,
  flags,
});

const needed = (loaded: readonly OutputSection[]): Group[] =>
  segmentGroups(loaded).map((sections) => ({ sections, type: PT.LOAD, flags: undefined }));

/**
 * Sections that one PT_LOAD can hold: ascending, same distance between address and load address, bytes of the file
 * before memory without any, no page in between left out, and read-only apart from writable where a page parts them.
 */
function segmentGroups(sections: readonly OutputSection[]): OutputSection[][] {
  const sorted = sections
    .map((section, i) => ({ section, i }))
    .sort(
      (a, b) => a.section.loadAddress - b.section.loadAddress || a.section.address - b.section.address || a.i - b.i,
    );
  const groups: OutputSection[][] = [];
  let writable = false;
  for (const { section } of sorted) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const isWritable = (section.flags & SHF.WRITE) !== 0;
    if (group === undefined || last === undefined || startsSegment(last, section, writable, isWritable)) {
      groups.push([section]);
      writable = isWritable;
    } else {
      group.push(section);
      writable ||= isWritable;
    }
  }
  return groups;
}

function startsSegment(last: OutputSection, next: OutputSection, writable: boolean, isWritable: boolean): boolean {
  if (next.address - next.loadAddress !== last.address - last.loadAddress) return true;
  const end = last.loadAddress + last.size;
  if (next.loadAddress < end || (!hasBytes(last) && hasBytes(next))) return true;
  const page = (address: number) => Math.floor(address / PAGE);
  if (Math.ceil(end / PAGE) < page(next.loadAddress)) return true;
  return !writable && isWritable && page(end - 1) !== page(next.loadAddress) && page(end) <= page(next.loadAddress);
}

function placeInFile(groups: readonly Group[], headers: number, { paged, segments: asked }: Image) {
  const offsets = new Map<OutputSection, number>();
  const segments: SegmentSpec[] = [];
  let end = headers;
  for (const { sections, type, flags: fixed } of groups) {
    const first = sections[0];
    if (first === undefined) {
      segments.push({ type, flags: fixed ?? 0, offset: end, vaddr: 0, paddr: 0, fileSize: 0, memSize: 0, align: 4 });
      continue;
    }
    const align = paged && type === PT.LOAD ? PAGE : Math.max(...sections.map((section) => section.align));
    // Where the first page has room in front of its sections, the headers are loaded with them, unless PHDRS rules.
    const room = first.address % PAGE;
    const lead = paged && asked === undefined && segments.length === 0 && room >= headers ? room : 0;
    // A header that is not for loading points at what another one has placed.
    const start = offsets.get(first) ?? (lead > 0 ? room : end + ((((first.address - end) % align) + align) % align));
    let fileSize = 0;
    let memSize = 0;
    let flags: number = PF.R;
    for (const section of sections) {
      const offset = section.address - first.address;
      memSize = offset + section.size;
      if (hasBytes(section)) fileSize = memSize;
      // What has no bytes stands where the file's bytes end.
      offsets.set(section, start + (hasBytes(section) ? offset : fileSize));
      if ((section.flags & SHF.WRITE) !== 0) flags |= PF.W;
      if ((section.flags & SHF.EXECINSTR) !== 0) flags |= PF.X;
    }
    segments.push({
      type,
      flags: fixed ?? flags,
      // Where there is nothing in the file, the place in it need only agree with the address.
      offset: fileSize > 0 ? start - lead : first.address % (paged ? align : 1),
      vaddr: first.address - lead,
      paddr: first.loadAddress - lead,
      fileSize: fileSize + (fileSize > 0 ? lead : 0),
      memSize: memSize + lead,
      align,
    });
    if (fileSize > 0) end = Math.max(end, start + fileSize);
  }
  return { offsets, segments };
}

function encodeSection(section: OutputSection, { contents }: Image, offset: number | undefined): SectionSpec {
  const { name, align, entrySize, size } = section;
  const withBytes = hasBytes(section);
  return {
    name,
    type: withBytes ? section.type : SHT.NOBITS,
    flags: section.flags | (SMALL_DATA.has(name) ? SHF.MIPS_GPREL : 0),
    address: isLoaded(section) || section.fixed ? section.address : 0,
    align,
    entrySize,
    ...(withBytes ? { bytes: contents.get(section)! } : { size }),
    ...(offset === undefined ? {} : { offset }),
  };
}

/** A file's name without its folder; of a file in an archive, the file's. */
const baseName = (name: string) => /([^/(]*)\)?$/.exec(name)![1]!;

/** Section symbols, each object's own symbols behind its file's name, then the shared ones. */
function encodeSymbols({ sections, symbols, assigned }: Image): SymbolSpec[] {
  const index = new Map(sections.map((section, i) => [section, i + 1]));
  const list: SymbolSpec[] = sections.map(({ address, flags, fixed }, i) => ({
    name: '',
    value: (flags & SHF.ALLOC) !== 0 || fixed ? address : 0,
    type: STT.SECTION,
    section: i + 1,
  }));
  let files = 0;
  // A file's turn comes with the first of its sections that has bytes of its own in the image.
  const copied = sections.filter(({ content, type }) => content === undefined && type !== SHT.NOBITS);
  for (const object of new Set(copied.flatMap(({ inputs }) => inputs.map((input) => input.object)))) {
    let isNamed = false;
    const add = (symbol: SymbolSpec) => {
      // Symbols of a file that does not give its source's name stand behind the file's own.
      if (!isNamed && symbol.type !== STT.FILE)
        list.push({ name: baseName(object.name), value: 0, type: STT.FILE, section: SHN.ABS });
      if (!isNamed || symbol.type === STT.FILE) files++;
      isNamed = true;
      list.push(symbol);
    };
    for (const { name, value, size, binding, type, other, place } of object.symbols) {
      if (binding !== STB.LOCAL || type === STT.SECTION || name === '') continue;
      if (typeof place === 'string') {
        if (place === 'absolute') add({ name, value, size, type, other, section: SHN.ABS });
        continue;
      }
      // Labels the compiler made are worth keeping only where the bytes still are what it wrote.
      if ((place.flags & SHF.MERGE) !== 0 && /^(\$L|\.L)/.test(name)) continue;
      const address = inputAddress(place, value);
      const section = place.output === undefined ? undefined : index.get(place.output);
      if (address !== undefined && section !== undefined) add({ name, value: address, size, type, other, section });
    }
  }
  const hidden: SymbolSpec[] = [];
  const shared: SymbolSpec[] = [];
  for (const symbol of inHashOrder(symbols.values(), assigned)) {
    const { name, size, type, other, local, state } = symbol;
    const value = symbolAddress(symbol);
    if (value === undefined) continue;
    const { section: holder } = symbol;
    const output = holder === undefined || !('object' in holder) ? holder : holder.output;
    const section = output === undefined ? SHN.ABS : (index.get(output) ?? SHN.ABS);
    const binding = local ? STB.LOCAL : state === 'weak' ? STB.WEAK : STB.GLOBAL;
    if (local) hidden.push({ name, value, size, type, binding, section });
    else shared.push({ name, value, size, type, other, binding, section });
  }
  // They belong to no file, least of all to the last one.
  if (hidden.length > 0 && files > 1) list.push({ name: '', value: 0, type: STT.FILE, section: SHN.ABS });
  return [...list, ...hidden, ...shared];
}
