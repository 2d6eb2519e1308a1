import { type ElfFile, type ElfRelocation, EM, type Endian, ET, readElf, SHF, SHN, SHT, STB, STT } from '@kseg/elf';
import { fail } from './errors.ts';
import type { MergedStrings } from './merge.ts';
import type { OutputSection } from './output.ts';

/** A section of an input file on its way into the output. */
export interface InputSection {
  readonly object: LinkObject;
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly align: number;
  readonly entrySize: number;
  bytes: Uint8Array;
  relocations: readonly ElfRelocation[];
  /** Size in the output; merging and common symbols change it. */
  size: number;
  keep: boolean;
  /** Where it went; undefined when it was not placed, or discarded. */
  output: OutputSection | undefined;
  /** Offset in `output`. */
  offset: number;
  /** Set when equal strings or constants of several files share one copy. */
  merged: MergedStrings | undefined;
}

/** A symbol as its object sees it. */
export interface ObjectSymbol {
  readonly name: string;
  /** Offset in `section`, or an absolute value; alignment for a common symbol. */
  readonly value: number;
  readonly size: number;
  readonly binding: number;
  readonly type: number;
  readonly other: number;
  readonly place: 'undefined' | 'absolute' | 'common' | 'small-common' | InputSection;
}

/** An input file: an ELF object, or a blob made to look like one. */
export interface LinkObject {
  readonly name: string;
  readonly endian: Endian;
  /** e_flags; undefined for a blob, which fits any machine. */
  readonly flags: number | undefined;
  readonly sections: readonly InputSection[];
  /** By index, as relocations name them; entry 0 is the null symbol. */
  readonly symbols: readonly ObjectSymbol[];
  /** Sections that exist only for common symbols, made when one is allocated. */
  readonly commons: Map<'common' | 'small-common', InputSection>;
}

/** Types of section that describe the file itself and never go into the output as they are. */
const TABLES: ReadonlySet<number> = new Set([
  SHT.NULL,
  SHT.SYMTAB,
  SHT.STRTAB,
  SHT.REL,
  SHT.RELA,
  SHT.SYMTAB_SHNDX,
  SHT.GROUP,
]);

/** Common symbols up to this size go near the gp, as with `ld`'s default of -G 8. */
const SMALL_COMMON = 8;

const NOTHING = new Uint8Array(0);

const NULL_SYMBOL: ObjectSymbol = {
  name: '',
  value: 0,
  size: 0,
  binding: STB.LOCAL,
  type: STT.NOTYPE,
  other: 0,
  place: 'undefined',
};

function section(object: LinkObject, fields: Partial<InputSection> & { name: string; index: number }): InputSection {
  return {
    object,
    type: SHT.PROGBITS,
    flags: SHF.ALLOC | SHF.WRITE,
    align: 1,
    entrySize: 0,
    bytes: NOTHING,
    relocations: [],
    size: fields.bytes?.length ?? 0,
    keep: false,
    output: undefined,
    offset: 0,
    merged: undefined,
    ...fields,
  };
}

/** Decodes an ELF object. @throws ElfError, LinkError `KSEG_LD_INPUT` */
export function elfObject(name: string, bytes: Uint8Array): LinkObject {
  const elf = readElf(bytes, { name, expect: { machine: EM.MIPS, type: ET.REL } });
  const sections: InputSection[] = [];
  const object: LinkObject = {
    name,
    endian: elf.header.endian,
    flags: elf.header.flags,
    sections,
    symbols: [],
    commons: new Map(),
  };
  const relocations = new Map(elf.relocations.map((table) => [table.target, table.entries]));
  const byIndex = new Map<number, InputSection>();
  for (const header of elf.sections) {
    if (TABLES.has(header.type)) continue;
    if (header.align > 1 && (header.align & (header.align - 1)) !== 0)
      fail('KSEG_LD_INPUT', `${name}: the alignment of ${header.name} is ${header.align}`, { file: name });
    const one = section(object, {
      name: header.name,
      index: header.index,
      type: header.type,
      flags: header.flags,
      align: Math.max(header.align, 1),
      entrySize: header.entrySize,
      bytes: header.bytes,
      size: header.size,
      relocations: relocations.get(header.index) ?? [],
    });
    byIndex.set(header.index, one);
    sections.push(one);
  }
  const symbols = objectSymbols(elf, name, byIndex);
  // In the order in which the symbol table first needs them, which is the order they are placed in.
  for (const { place } of symbols) if (place === 'common' || place === 'small-common') commonSection(object, place);
  return Object.assign(object, { symbols });
}

function objectSymbols(elf: ElfFile, file: string, sections: ReadonlyMap<number, InputSection>): ObjectSymbol[] {
  return elf.symbols.map(({ name, value, size, binding, type, other, section: index }) => {
    const place = ((): ObjectSymbol['place'] => {
      switch (index) {
        case SHN.UNDEF:
        case SHN.MIPS_SUNDEFINED:
          return 'undefined';
        case SHN.ABS:
          return 'absolute';
        case SHN.COMMON:
          return size <= SMALL_COMMON ? 'small-common' : 'common';
        case SHN.MIPS_SCOMMON:
          return 'small-common';
        default: {
          const found = sections.get(index);
          // A symbol of a table (a group's signature, say) stands for no address.
          if (found === undefined && index < SHN.LORESERVE) return 'absolute';
          return found ?? fail('KSEG_LD_INPUT', `${file}: symbol ${name} has section index ${index}`, { file });
        }
      }
    })();
    return { name, value, size, binding, type, other, place };
  });
}

/**
 * Makes an object of any bytes, as `ld -b binary` does: all of them in `.data`, with the symbols
 * `_binary_NAME_start`, `_end` and `_size`, where characters other than letters and digits become `_`.
 */
export function blobObject(name: string, bytes: Uint8Array, endian: Endian): LinkObject {
  const sections: InputSection[] = [];
  const object: LinkObject = { name, endian, flags: undefined, sections, symbols: [], commons: new Map() };
  const data = section(object, { name: '.data', index: 1, bytes });
  sections.push(data);
  const stem = `_binary_${name.replace(/[^A-Za-z0-9]/g, '_')}`;
  const symbol = (suffix: string, value: number, place: ObjectSymbol['place']): ObjectSymbol => ({
    name: `${stem}_${suffix}`,
    value,
    size: 0,
    binding: STB.GLOBAL,
    type: STT.NOTYPE,
    other: 0,
    place,
  });
  const symbols = [
    symbol('start', 0, data),
    symbol('end', bytes.length, data),
    symbol('size', bytes.length, 'absolute'),
  ];
  return Object.assign(object, { symbols: [NULL_SYMBOL, ...symbols] });
}

/** The section in which an object's common symbols are allocated. */
export function commonSection(object: LinkObject, kind: 'common' | 'small-common'): InputSection {
  const known = object.commons.get(kind);
  if (known !== undefined) return known;
  const name = kind === 'common' ? 'COMMON' : '.scommon';
  const made = section(object, { name, index: -1, type: SHT.NOBITS });
  object.commons.set(kind, made);
  return made;
}
