// Numbers of the ELF specification (System V gABI, chapters 4 and 5) and of its MIPS supplement.
// The names are the specification's own, so that they can be looked up there.

/** e_type: what kind of file this is. */
export const ET = { NONE: 0, REL: 1, EXEC: 2, DYN: 3, CORE: 4 } as const;

/** e_machine values kseg has a use for. */
export const EM = { NONE: 0, I386: 3, MIPS: 8, MIPS_RS3_LE: 10, RISCV: 243 } as const;

/** sh_type. */
export const SHT = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  RELA: 4,
  HASH: 5,
  DYNAMIC: 6,
  NOTE: 7,
  NOBITS: 8,
  REL: 9,
  DYNSYM: 11,
  INIT_ARRAY: 14,
  FINI_ARRAY: 15,
  PREINIT_ARRAY: 16,
  GROUP: 17,
  SYMTAB_SHNDX: 18,
  GNU_ATTRIBUTES: 0x6ffffff5,
  MIPS_DEBUG: 0x70000005,
  MIPS_REGINFO: 0x70000006,
  MIPS_OPTIONS: 0x7000000d,
  MIPS_DWARF: 0x7000001e,
  MIPS_ABIFLAGS: 0x7000002a,
} as const;

/** sh_flags. */
export const SHF = {
  WRITE: 0x1,
  ALLOC: 0x2,
  EXECINSTR: 0x4,
  MERGE: 0x10,
  STRINGS: 0x20,
  INFO_LINK: 0x40,
  LINK_ORDER: 0x80,
  GROUP: 0x200,
  TLS: 0x400,
  GNU_RETAIN: 0x200000,
  MIPS_GPREL: 0x10000000,
  EXCLUDE: 0x80000000,
} as const;

/** Section indices with a meaning of their own (st_shndx). */
export const SHN = {
  UNDEF: 0,
  LORESERVE: 0xff00,
  /** MIPS: a COMMON symbol small enough for gp-relative addressing. */
  MIPS_SCOMMON: 0xff03,
  /** MIPS: an undefined symbol that the compiler addresses gp-relative. */
  MIPS_SUNDEFINED: 0xff04,
  ABS: 0xfff1,
  COMMON: 0xfff2,
  XINDEX: 0xffff,
} as const;

/** Symbol binding (high nibble of st_info). */
export const STB = { LOCAL: 0, GLOBAL: 1, WEAK: 2 } as const;

/** Symbol type (low nibble of st_info). */
export const STT = { NOTYPE: 0, OBJECT: 1, FUNC: 2, SECTION: 3, FILE: 4, COMMON: 5, TLS: 6 } as const;

/** Symbol visibility (low two bits of st_other). */
export const STV = { DEFAULT: 0, INTERNAL: 1, HIDDEN: 2, PROTECTED: 3 } as const;

/** p_type. */
export const PT = {
  NULL: 0,
  LOAD: 1,
  DYNAMIC: 2,
  INTERP: 3,
  NOTE: 4,
  PHDR: 6,
  TLS: 7,
  GNU_STACK: 0x6474e551,
  MIPS_REGINFO: 0x70000000,
  MIPS_OPTIONS: 0x70000002,
  MIPS_ABIFLAGS: 0x70000003,
} as const;

/** p_flags. */
export const PF = { X: 1, W: 2, R: 4 } as const;

/** Sizes of the file's records in bytes (ELF32). */
export const SIZE = { HEADER: 52, PROGRAM_HEADER: 32, SECTION_HEADER: 40, SYMBOL: 16, REL: 8, RELA: 12 } as const;

/** The name of `value` in one of the tables above, or undefined. */
export function nameOf(table: Readonly<Record<string, number>>, value: number): string | undefined {
  return Object.keys(table).find((name) => table[name] === value);
}
