// The relocatable ELF file, laid out as GNU as lays it out.
import type { Assembler } from './assembler.ts';
import type { Relocation, Value } from './resolve.ts';
import type { Section } from './section.ts';
import { SHF, SHT } from './section-shapes.ts';
import { TailMergedStrings } from './string-table.ts';
import { STB_LOCAL, STB_WEAK, type Sym } from './symbols.ts';

const ET_REL = 1;
const EM_MIPS = 8;
const STT_TLS = 6;
const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;
const SHN_COMMON = 0xfff2;

/** A symbol as it goes into the file. */
export interface FileSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  readonly binding: number;
  readonly type: number;
  readonly other: number;
  readonly section: Section | 'undefined' | 'absolute' | 'common';
}

interface Header {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  offset: number;
  size: number;
  link: number;
  info: number;
  readonly align: number;
  readonly entrySize: number;
  readonly bytes: Uint8Array | null;
}

/** The symbols in file order, the null symbol left out; sets `Sym.index`. */
export function fileSymbols(asm: Assembler, sections: readonly Section[]): FileSymbol[] {
  const locals: FileSymbol[] = [];
  const globals: FileSymbol[] = [];
  for (const name of asm.sourceFiles)
    locals.push({ name, value: 0, size: 0, binding: STB_LOCAL, type: 4, other: 0, section: 'absolute' });
  const undefinedLocals: Sym[] = [];
  for (const sym of asm.symbols.chain) {
    if (sym.order < 0) continue;
    if (sym.sectionSymbol === null && sym.temporary && !sym.usedInRelocation && sym.binding === STB_LOCAL) continue;
    if (!sym.defined && !sym.usedInRelocation && sym.binding === STB_WEAK) continue;
    // Another name of what is defined elsewhere: relocations name that.
    if (sym.expression !== null && asm.resolver.symbol(sym)?.symbol) continue;
    if (!sym.defined || sym.common !== null || sym.binding !== STB_LOCAL) undefinedLocals.push(sym);
    else {
      locals.push(describe(asm, sym));
      sym.index = locals.length;
    }
  }
  for (const section of sections) {
    if (section.symbol !== null && section.symbol.order >= 0) continue;
    locals.push({ name: '', value: 0, size: 0, binding: STB_LOCAL, type: 3, other: 0, section });
  }
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
    type: sym.location !== null && (sym.location.subsection.section.shape.flags & SHF.TLS) !== 0 ? STT_TLS : sym.type,
    other: sym.other,
    size,
    binding: sym.defined || sym.binding !== STB_LOCAL ? sym.binding : 1,
  };
  if (sym.common !== null) return { ...shape, section: 'common', value: sym.common.align, size: sym.common.size };
  const v: Value | null = asm.resolver.symbol(sym);
  if (v === null || v.symbol !== null) return { ...shape, section: 'undefined', value: 0 };
  const value = Number(v.value) >>> 0;
  return { ...shape, section: v.section ?? 'absolute', value };
}

/** Writes the file: contents, symbols, relocations, section headers. */
export function writeObject(
  asm: Assembler,
  sections: readonly Section[],
  symbols: readonly FileSymbol[],
  relocations: ReadonlyMap<Section, readonly Relocation[]>,
  flags: number,
): Uint8Array {
  const { little } = asm;
  const headers: Header[] = [];
  const header = (h: Partial<Header> & { name: string; type: number }): Header => {
    const full = {
      flags: 0,
      offset: 0,
      size: h.bytes?.length ?? 0,
      link: 0,
      info: 0,
      align: 1,
      entrySize: 0,
      bytes: null,
      ...h,
    };
    headers.push(full);
    return full;
  };
  const relocationHeaders: { header: Header; section: Section }[] = [];
  for (const section of sections) {
    const { shape } = section;
    section.index = headers.length + 1;
    header({
      name: section.name,
      type: shape.type,
      flags: shape.flags,
      size: section.size,
      align: 2 ** section.align,
      entrySize: shape.entrySize,
      bytes: section.nobits ? null : section.contents,
    });
    const list = relocations.get(section);
    if (list === undefined) continue;
    const rel = header({
      name: `.rel${section.name}`,
      type: SHT.REL,
      flags: SHF.INFO_LINK,
      info: section.index,
      align: 4,
      entrySize: 8,
      bytes: relocationBytes(list, little),
    });
    relocationHeaders.push({ header: rel, section });
  }
  const strings = new TailMergedStrings();
  for (const { name } of symbols) strings.add(name);
  const table = strings.finish();
  const symtab = header({
    name: '.symtab',
    type: SHT.SYMTAB,
    align: 4,
    entrySize: 16,
    bytes: symbolBytes(symbols, table.offsets, little),
    link: headers.length + 2,
    info: 1 + symbols.filter(({ binding }) => binding === STB_LOCAL).length,
  });
  const symtabIndex = headers.length;
  const strtab = header({ name: '.strtab', type: SHT.STRTAB, bytes: table.bytes });
  for (const { header: rel } of relocationHeaders) rel.link = symtabIndex;
  const names = new TailMergedStrings();
  for (const name of ['.symtab', '.strtab', '.shstrtab']) names.add(name);
  for (const { name } of headers) names.add(name);
  const sectionNames = names.finish();
  const shstrtab = header({ name: '.shstrtab', type: SHT.STRTAB, bytes: sectionNames.bytes });

  // Contents first, then symbols and relocations, then the names and the headers.
  const isLate = (h: Header) => h === symtab || h === strtab || h === shstrtab || h.type === SHT.REL;
  const order = [
    ...headers.filter((h) => !isLate(h)),
    symtab,
    strtab,
    ...relocationHeaders.map((r) => r.header),
    shstrtab,
  ];
  let at = 52;
  for (const h of order) {
    at = Math.ceil(at / h.align) * h.align;
    h.offset = at;
    if (h.type !== SHT.NOBITS) at += h.size;
  }
  const tableAt = Math.ceil(at / 4) * 4;
  const out = new Uint8Array(tableAt + (headers.length + 1) * 40);
  const view = new DataView(out.buffer);
  out.set([0x7f, 0x45, 0x4c, 0x46, 1, little ? 1 : 2, 1]);
  view.setUint16(16, ET_REL, little);
  view.setUint16(18, EM_MIPS, little);
  view.setUint32(20, 1, little);
  view.setUint32(32, tableAt, little);
  view.setUint32(36, flags, little);
  view.setUint16(40, 52, little);
  view.setUint16(46, 40, little);
  view.setUint16(48, headers.length + 1, little);
  view.setUint16(50, headers.length, little);
  headers.forEach((h, i) => {
    const name = sectionNames.offsets.get(h.name)!;
    const words = [name, h.type, h.flags, 0, h.offset, h.size, h.link, h.info, h.align, h.entrySize];
    words.forEach((word, k) => {
      view.setUint32(tableAt + (i + 1) * 40 + k * 4, word, little);
    });
    if (h.bytes !== null) out.set(h.bytes, h.offset);
  });
  return out;
}

function relocationBytes(list: readonly Relocation[], little: boolean): Uint8Array {
  const bytes = new Uint8Array(list.length * 8);
  const view = new DataView(bytes.buffer);
  list.forEach(({ offset, type, symbol }, i) => {
    view.setUint32(i * 8, offset, little);
    view.setUint32(i * 8 + 4, ((symbol?.index ?? 0) << 8) | type, little);
  });
  return bytes;
}

function symbolBytes(symbols: readonly FileSymbol[], names: ReadonlyMap<string, number>, little: boolean): Uint8Array {
  const bytes = new Uint8Array((symbols.length + 1) * 16);
  const view = new DataView(bytes.buffer);
  symbols.forEach((symbol, i) => {
    const at = (i + 1) * 16;
    const { section } = symbol;
    const index =
      section === 'undefined'
        ? SHN_UNDEF
        : section === 'absolute'
          ? SHN_ABS
          : section === 'common'
            ? SHN_COMMON
            : section.index;
    view.setUint32(at, names.get(symbol.name)!, little);
    view.setUint32(at + 4, symbol.value, little);
    view.setUint32(at + 8, symbol.size, little);
    view.setUint8(at + 12, (symbol.binding << 4) | symbol.type);
    view.setUint8(at + 13, symbol.other);
    view.setUint16(at + 14, index, little);
  });
  return bytes;
}
