// The relocatable ELF file, laid out as GNU as lays it out.
import { EM, ET, SHF, SHN, STB, STT, writeElf } from '@kseg/elf';
import type { Assembler } from './assembler.ts';
import type { Relocation, Value } from './resolve.ts';
import type { Section } from './section.ts';
import type { Sym } from './symbols.ts';

/** A symbol as it goes into the file. */
export interface FileSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  readonly binding: number;
  readonly type: number;
  readonly other: number;
  readonly section: Section | Group | 'undefined' | 'absolute' | 'common';
}

/** A section group and what is in it. */
export interface Group {
  readonly name: '.group';
  readonly signature: string;
  readonly comdat: boolean;
  readonly members: Section[];
}

export function groupsOf(sections: readonly Section[]): Group[] {
  const groups = new Map<string, Group>();
  for (const section of sections) {
    if (section.kind.group === null) continue;
    const { signature, comdat } = section.kind.group;
    const group = groups.get(signature);
    if (group === undefined) groups.set(signature, { name: '.group', signature, comdat, members: [section] });
    else group.members.push(section);
  }
  return [...groups.values()];
}

/** The sections that others are ordered by: those of their symbols, or named themselves. */
export function linkedSections(asm: Assembler): ReadonlyMap<Section, Section> {
  const links = new Map<Section, Section>();
  for (const section of asm.sections) {
    if (section.kind.linkedTo === null) continue;
    const { name, place } = section.kind.linkedTo;
    const linked = asm.findSection(name) ?? asm.symbols.find(name)?.location?.subsection.section;
    if (linked !== undefined) links.set(section, linked);
    else asm.diagnose('error', 'KSEG_ASM_SECTION', `${section.name} is linked to '${name}', not defined`, place, name);
  }
  return links;
}

/** The symbols in file order, the null symbol left out; sets `Sym.index`. */
export function fileSymbols(asm: Assembler, sections: readonly Section[], groups: readonly Group[]): FileSymbol[] {
  const locals: FileSymbol[] = [];
  const globals: FileSymbol[] = [];
  for (const name of asm.sourceFiles)
    locals.push({ name, value: 0, size: 0, binding: STB.LOCAL, type: STT.FILE, other: 0, section: 'absolute' });
  const undefinedLocals: Sym[] = [];
  for (const sym of asm.symbols.chain) {
    if (sym.order < 0) continue;
    if (sym.sectionSymbol === null && sym.temporary && !sym.usedInRelocation && sym.binding === STB.LOCAL) continue;
    if (!sym.defined && !sym.usedInRelocation && sym.binding === STB.WEAK) continue;
    // Another name of what is defined elsewhere: relocations name that.
    if (sym.expression !== null && asm.resolver.symbol(sym)?.symbol) continue;
    if (!sym.defined || sym.common !== null || sym.binding !== STB.LOCAL) undefinedLocals.push(sym);
    else {
      locals.push(describe(asm, sym));
      sym.index = locals.length;
    }
  }
  const local = { value: 0, size: 0, binding: STB.LOCAL, other: 0 };
  for (const section of groups) {
    const { signature } = section;
    if (asm.symbols.find(signature) === undefined)
      locals.push({ ...local, name: signature, type: STT.NOTYPE, section });
  }
  for (const section of sections)
    if (section.symbol === null || section.symbol.order < 0)
      locals.push({ ...local, name: '', type: STT.SECTION, section });
  for (const section of groups) locals.push({ ...local, name: '', type: STT.SECTION, section });
  for (const sym of undefinedLocals) {
    globals.push(describe(asm, sym));
    sym.index = locals.length + globals.length;
  }
  return [...locals, ...globals];
}

function describe(asm: Assembler, sym: Sym): FileSymbol {
  const isSection = sym.sectionSymbol !== null;
  const size = sym.size === null ? 0 : (asm.resolver.number(sym.size) ?? 0);
  const shape = {
    name: isSection ? '' : sym.name,
    type: sym.location !== null && (sym.location.subsection.section.shape.flags & SHF.TLS) !== 0 ? STT.TLS : sym.type,
    other: sym.other,
    size,
    binding: sym.defined || sym.binding !== STB.LOCAL ? sym.binding : STB.GLOBAL,
  };
  if (sym.common !== null) return { ...shape, section: 'common', value: sym.common.align, size: sym.common.size };
  const v: Value | null = asm.resolver.symbol(sym);
  if (v === null || v.symbol !== null) return { ...shape, section: 'undefined', value: 0 };
  const value = Number(v.value) >>> 0;
  return { ...shape, section: v.section ?? 'absolute', value };
}

/** Writes the file. */
export function writeObject(
  asm: Assembler,
  sections: readonly Section[],
  groups: readonly Group[],
  links: ReadonlyMap<Section, Section>,
  symbols: readonly FileSymbol[],
  relocations: ReadonlyMap<Section, readonly Relocation[]>,
  flags: number,
): Uint8Array {
  const numbers = new Map([...sections, ...groups].map((section, i) => [section, i + 1]));
  const indexOf = (name: string) => symbols.findIndex((symbol) => symbol.name === name) + 1;
  return writeElf({
    endian: asm.little ? 'little' : 'big',
    type: ET.REL,
    machine: EM.MIPS,
    // Sections that are kept unasked are an extension of GNU's.
    osAbi: sections.some(({ shape }) => (shape.flags & SHF.GNU_RETAIN) !== 0) ? OSABI_GNU : 0,
    flags,
    sections: sections.map((section) => ({
      name: section.name,
      type: section.shape.type,
      flags: section.shape.flags >>> 0,
      align: 2 ** section.align,
      entrySize: section.shape.entrySize,
      size: section.size,
      bytes: section.contents,
      ...linkOf(numbers.get(links.get(section)!)),
      ...relocationsOf(relocations.get(section)),
    })),
    symbols: symbols.map(({ section, ...symbol }) => ({
      ...symbol,
      section: typeof section === 'string' ? INDEX[section] : numbers.get(section)!,
    })),
    groups: groups.map(({ signature, comdat, members }) => ({
      signature: indexOf(signature),
      comdat,
      members: members.map((section) => numbers.get(section)!),
    })),
  });
}

const OSABI_GNU = 3;
const INDEX = { undefined: SHN.UNDEF, absolute: SHN.ABS, common: SHN.COMMON } as const;

const linkOf = (link: number | undefined) => (link === undefined ? {} : { link });

const relocationsOf = (list: readonly Relocation[] | undefined) =>
  list === undefined
    ? {}
    : { relocations: list.map(({ offset, type, symbol }) => ({ offset, type, symbol: symbol?.index ?? 0 })) };
