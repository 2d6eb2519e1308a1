import { EM, nameOf, PT, SHN, SHT, SIZE } from './constants.ts';
import { ElfError } from './errors.ts';
import type {
  ElfFile,
  ElfHeader,
  ElfRelocation,
  ElfRelocationTable,
  ElfSection,
  ElfSegment,
  ElfSymbol,
  Endian,
} from './types.ts';

/** What {@link readElf} insists on; a file that differs is refused with a code of its own. */
export interface ElfExpectation {
  readonly machine?: 'mips' | number;
  readonly endian?: Endian;
  /** `ET.REL`, `ET.EXEC`, … */
  readonly type?: number;
}

export interface ReadElfOptions {
  /** Names the file in error messages. */
  readonly name?: string;
  readonly expect?: ElfExpectation;
}

const TYPE_NAMES = ['no type', 'relocatable', 'executable', 'shared object', 'core'];

/** True when the bytes start as every ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * Decodes an ELF32 file of either byte order.
 *
 * @throws ElfError with a `code`: `KSEG_ELF_NOT_ELF`, `KSEG_ELF_TRUNCATED`, `KSEG_ELF_CLASS` (64-bit),
 * `KSEG_ELF_MALFORMED`, and `KSEG_ELF_MACHINE`/`ENDIAN`/`TYPE` for what `expect` asked for.
 */
export function readElf(bytes: Uint8Array, options: ReadElfOptions = {}): ElfFile {
  return new Reader(bytes, options.name ?? 'ELF file').read(options.expect ?? {});
}

class Reader {
  private readonly view: DataView;
  private little = true;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly name: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(expect: ElfExpectation): ElfFile {
    const raw = this.header(expect);
    const segments = this.segments(raw.header.programHeaderOffset, raw.segmentCount, raw.segmentSize);
    const sections = this.sections(raw.header, raw.sectionCount, raw.sectionSize);
    const symbolTable = sections.find((section) => section.type === SHT.SYMTAB);
    const symbols = symbolTable === undefined ? [] : this.symbols(symbolTable, sections);
    const relocations = this.relocations(sections, symbolTable, symbols.length);
    return { bytes: this.bytes, header: raw.header, sections, segments, symbols, relocations };
  }

  private header(expect: ElfExpectation) {
    const { bytes, name } = this;
    if (!isElf(bytes))
      throw new ElfError('KSEG_ELF_NOT_ELF', `${name}: not an ELF file (it does not start with 7f 45 4c 46)`);
    this.need(0, SIZE.HEADER, 'ELF header');
    const cls = bytes[4]!;
    if (cls !== 1) {
      const what = cls === 2 ? 'a 64-bit ELF file' : `an ELF file of unknown class ${cls}`;
      throw new ElfError('KSEG_ELF_CLASS', `${name}: ${what}; kseg takes 32-bit ones`, { class: cls });
    }
    const data = bytes[5]!;
    if (data !== 1 && data !== 2) this.malformed(`unknown byte order ${data} in the ELF header`);
    this.little = data === 1;

    const header: ElfHeader = {
      endian: this.little ? 'little' : 'big',
      osAbi: bytes[7]!,
      abiVersion: bytes[8]!,
      type: this.half(16),
      machine: this.half(18),
      version: this.word(20),
      entry: this.word(24),
      programHeaderOffset: this.word(28),
      sectionHeaderOffset: this.word(32),
      flags: this.word(36),
      sectionNameIndex: this.half(50),
    };
    this.check(header, expect);
    return {
      header,
      segmentSize: this.half(42),
      segmentCount: this.half(44),
      sectionSize: this.half(46),
      sectionCount: this.half(48),
    };
  }

  private check(header: ElfHeader, expect: ElfExpectation) {
    const { name } = this;
    const machine = expect.machine === 'mips' ? EM.MIPS : expect.machine;
    if (machine !== undefined && header.machine !== machine) {
      const is = nameOf(EM, header.machine) ?? `machine ${header.machine}`;
      const wanted = nameOf(EM, machine) ?? `machine ${machine}`;
      const detail = { machine: header.machine, expected: machine };
      throw new ElfError('KSEG_ELF_MACHINE', `${name}: an ELF file for ${is}, ${wanted} is needed`, detail);
    }
    if (expect.endian !== undefined && header.endian !== expect.endian) {
      const detail = { endian: header.endian, expected: expect.endian };
      const message = `${name}: a ${header.endian}-endian ELF file, ${expect.endian}-endian is needed`;
      throw new ElfError('KSEG_ELF_ENDIAN', message, detail);
    }
    if (expect.type !== undefined && header.type !== expect.type) {
      const is = TYPE_NAMES[header.type] ?? `type ${header.type}`;
      const wanted = TYPE_NAMES[expect.type] ?? `type ${expect.type}`;
      const detail = { type: header.type, expected: expect.type };
      throw new ElfError('KSEG_ELF_TYPE', `${name}: its ELF type is ${is}, ${wanted} is needed`, detail);
    }
  }

  private segments(offset: number, count: number, size: number): ElfSegment[] {
    if (offset === 0 || count === 0) return [];
    if (size < SIZE.PROGRAM_HEADER) this.malformed(`program headers of ${size} bytes`);
    this.need(offset, count * size, 'program header table');
    return Array.from({ length: count }, (_, i) => {
      const at = offset + i * size;
      const type = this.word(at);
      const fileOffset = this.word(at + 4);
      const fileSize = this.word(at + 16);
      const memSize = this.word(at + 20);
      if (type === PT.LOAD && fileSize > memSize)
        this.malformed(`segment ${i} has more bytes in the file (${fileSize}) than in memory (${memSize})`);
      return {
        type,
        offset: fileOffset,
        vaddr: this.word(at + 8),
        paddr: this.word(at + 12),
        memSize,
        flags: this.word(at + 24),
        align: this.word(at + 28),
        bytes: this.slice(fileOffset, fileSize, `segment ${i}`),
      };
    });
  }

  private sections(header: ElfHeader, count: number, size: number): ElfSection[] {
    const offset = header.sectionHeaderOffset;
    if (offset === 0) return [];
    if (size < SIZE.SECTION_HEADER) this.malformed(`section headers of ${size} bytes`);
    this.need(offset, SIZE.SECTION_HEADER, 'section header table');
    // gABI: a count or index too large for 16 bits sits in section header 0.
    if (count === 0) count = this.word(offset + 20);
    const nameIndex = header.sectionNameIndex === SHN.XINDEX ? this.word(offset + 24) : header.sectionNameIndex;
    this.need(offset, count * size, 'section header table');

    const nameTable = nameIndex === 0 ? undefined : this.sectionAt(offset, size, count, nameIndex, 'section names');
    return Array.from({ length: count }, (_, index) => {
      const at = offset + index * size;
      const type = this.word(at + 4);
      const fileOffset = this.word(at + 16);
      const length = this.word(at + 20);
      const hasBytes = type !== SHT.NULL && type !== SHT.NOBITS;
      const name = nameTable === undefined ? '' : this.string(nameTable, this.word(at), `name of section ${index}`);
      return {
        index,
        name,
        type,
        flags: this.word(at + 8),
        address: this.word(at + 12),
        offset: fileOffset,
        size: length,
        link: this.word(at + 24),
        info: this.word(at + 28),
        align: this.word(at + 32),
        entrySize: this.word(at + 36),
        bytes: hasBytes ? this.slice(fileOffset, length, `section ${index} ${name}`) : this.bytes.subarray(0, 0),
      };
    });
  }

  private sectionAt(table: number, size: number, count: number, index: number, what: string): Uint8Array {
    if (index >= count) this.malformed(`${what}: section ${index} of ${count}`);
    const at = table + index * size;
    return this.slice(this.word(at + 16), this.word(at + 20), what);
  }

  private symbols(table: ElfSection, sections: readonly ElfSection[]): ElfSymbol[] {
    const names = sections[table.link];
    if (names === undefined || names.type !== SHT.STRTAB)
      this.malformed(`the symbol table's string table is section ${table.link}`);
    const large = sections.find((section) => section.type === SHT.SYMTAB_SHNDX && section.link === table.index);
    const count = this.entries(table, SIZE.SYMBOL);
    if (large !== undefined && large.size < count * 4) this.malformed('the extended section index table is too short');
    const symbols: ElfSymbol[] = new Array(count);
    for (let index = 0; index < count; index++) {
      const at = table.offset + index * SIZE.SYMBOL;
      const info = this.bytes[at + 12]!;
      let section = this.half(at + 14);
      if (section === SHN.XINDEX && large !== undefined) section = this.word(large.offset + index * 4);
      else if (section < SHN.LORESERVE && section >= sections.length)
        this.malformed(`symbol ${index} is in section ${section} of ${sections.length}`);
      symbols[index] = {
        index,
        name: this.string(names.bytes, this.word(at), `name of symbol ${index}`),
        value: this.word(at + 4),
        size: this.word(at + 8),
        binding: info >>> 4,
        type: info & 15,
        other: this.bytes[at + 13]!,
        section,
      };
    }
    return symbols;
  }

  private relocations(
    sections: readonly ElfSection[],
    symbolTable: ElfSection | undefined,
    symbolCount: number,
  ): ElfRelocationTable[] {
    const tables: ElfRelocationTable[] = [];
    for (const section of sections) {
      if (section.type !== SHT.REL && section.type !== SHT.RELA) continue;
      // Dynamic relocations refer to .dynsym; kseg runs static programs and leaves them undecoded.
      if (symbolTable === undefined || section.link !== symbolTable.index) continue;
      const withAddend = section.type === SHT.RELA;
      const size = withAddend ? SIZE.RELA : SIZE.REL;
      const count = this.entries(section, size);
      if (section.info >= sections.length) this.malformed(`${section.name} applies to section ${section.info}`);
      const entries: ElfRelocation[] = new Array(count);
      for (let i = 0; i < count; i++) {
        const at = section.offset + i * size;
        const info = this.word(at + 4);
        const symbol = info >>> 8;
        if (symbol >= symbolCount) this.malformed(`${section.name}: entry ${i} refers to symbol ${symbol}`);
        const entry = { offset: this.word(at), type: info & 0xff, symbol };
        entries[i] = withAddend ? { ...entry, addend: this.view.getInt32(at + 8, this.little) } : entry;
      }
      tables.push({ section: section.index, target: section.info, entries });
    }
    return tables;
  }

  private entries(table: ElfSection, size: number): number {
    if (table.size % size !== 0) this.malformed(`${table.name} is ${table.size} bytes, not a multiple of ${size}`);
    return table.size / size;
  }

  private string(table: Uint8Array, offset: number, what: string): string {
    if (offset === 0 && table.length === 0) return '';
    if (offset >= table.length) this.malformed(`${what} lies outside the string table`);
    const end = table.indexOf(0, offset);
    if (end < 0) this.malformed(`${what} has no end`);
    let text = '';
    for (let i = offset; i < end; i++) text += String.fromCharCode(table[i]!);
    return text;
  }

  private slice(offset: number, size: number, what: string): Uint8Array {
    this.need(offset, size, what);
    return this.bytes.subarray(offset, offset + size);
  }

  private need(offset: number, size: number, what: string) {
    if (offset + size <= this.bytes.length) return;
    const message = `${this.name}: truncated, ${what} ends at byte ${offset + size} of ${this.bytes.length}`;
    throw new ElfError('KSEG_ELF_TRUNCATED', message, { offset, size, fileSize: this.bytes.length });
  }

  private malformed(what: string): never {
    throw new ElfError('KSEG_ELF_MALFORMED', `${this.name}: malformed ELF file: ${what}`);
  }

  private half(at: number): number {
    return this.view.getUint16(at, this.little);
  }

  private word(at: number): number {
    return this.view.getUint32(at, this.little);
  }
}
