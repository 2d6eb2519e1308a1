/** Byte order of a file or machine. */
export type Endian = 'little' | 'big';

/** The ELF header's fields that carry a meaning of their own (gABI ch. 4 "ELF Header"). */
export interface ElfHeader {
  readonly endian: Endian;
  readonly osAbi: number;
  readonly abiVersion: number;
  /** e_type, see `ET`. */
  readonly type: number;
  /** e_machine, see `EM`. */
  readonly machine: number;
  readonly version: number;
  readonly entry: number;
  /** e_flags; for MIPS see `describeMipsFlags`. */
  readonly flags: number;
  readonly programHeaderOffset: number;
  readonly sectionHeaderOffset: number;
  /** Index of the section that holds the section names, 0 for none. */
  readonly sectionNameIndex: number;
}

/** One section header with its bytes. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** sh_type, see `SHT`. */
  readonly type: number;
  /** sh_flags, see `SHF`. */
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  /** Size in memory, bytes. A NOBITS section has a size and no bytes. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entrySize: number;
  /** A view into the file, empty for NOBITS and NULL. */
  readonly bytes: Uint8Array;
}

/** One program header with its bytes. */
export interface ElfSegment {
  /** p_type, see `PT`. */
  readonly type: number;
  /** p_flags, see `PF`. */
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly paddr: number;
  readonly memSize: number;
  readonly align: number;
  /** What the file holds of it (p_filesz bytes); the rest up to `memSize` is zero. */
  readonly bytes: Uint8Array;
}

/** One entry of a symbol table. */
export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  readonly value: number;
  readonly size: number;
  /** `STB`. */
  readonly binding: number;
  /** `STT`. */
  readonly type: number;
  /** st_other: visibility (`STV`) in the low two bits, ISA marks of MIPS above. */
  readonly other: number;
  /** Index of its section, or one of `SHN`. */
  readonly section: number;
}

/** One relocation. `addend` is undefined in a REL table, where it sits in the section's bytes. */
export interface ElfRelocation {
  readonly offset: number;
  readonly type: number;
  /** Index into the symbol table, 0 for none. */
  readonly symbol: number;
  readonly addend?: number;
}

/** A REL or RELA section, decoded. */
export interface ElfRelocationTable {
  /** Index of the REL/RELA section itself. */
  readonly section: number;
  /** Index of the section whose bytes it changes. */
  readonly target: number;
  readonly entries: readonly ElfRelocation[];
}

/** An ELF32 file, decoded. Views into `bytes` are not copied. */
export interface ElfFile {
  readonly bytes: Uint8Array;
  readonly header: ElfHeader;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  /** Entries of SHT_SYMTAB, the null entry included, so that indices of relocations fit. Empty when stripped. */
  readonly symbols: readonly ElfSymbol[];
  readonly relocations: readonly ElfRelocationTable[];
}
