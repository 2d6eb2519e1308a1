import type { SectionShape } from './section.ts';

/** ELF section types and flags (gABI ch. 4 "Sections"; MIPS psABI supplement). */
export const SHT = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  NOTE: 7,
  NOBITS: 8,
  REL: 9,
  INIT_ARRAY: 14,
  FINI_ARRAY: 15,
  PREINIT_ARRAY: 16,
  GROUP: 17,
  GNU_ATTRIBUTES: 0x6fff_fff5,
  MIPS_DEBUG: 0x7000_0005,
  MIPS_REGINFO: 0x7000_0006,
  MIPS_OPTIONS: 0x7000_000d,
  MIPS_DWARF: 0x7000_001e,
  MIPS_ABIFLAGS: 0x7000_002a,
} as const;

export const SHF = {
  WRITE: 1,
  ALLOC: 2,
  EXECINSTR: 4,
  MERGE: 0x10,
  STRINGS: 0x20,
  INFO_LINK: 0x40,
  LINK_ORDER: 0x80,
  GROUP: 0x200,
  TLS: 0x400,
  MIPS_GPREL: 0x1000_0000,
  EXCLUDE: 0x8000_0000 | 0,
} as const;

const AW = SHF.ALLOC | SHF.WRITE;
const AX = SHF.ALLOC | SHF.EXECINSTR;

/** Types and flags that go with a name; a prefix counts with a dot behind it too. */
const KNOWN: readonly (readonly [name: string, type: number, flags: number])[] = [
  ['.text', SHT.PROGBITS, AX],
  ['.init', SHT.PROGBITS, AX],
  ['.fini', SHT.PROGBITS, AX],
  ['.data', SHT.PROGBITS, AW],
  ['.data1', SHT.PROGBITS, AW],
  ['.rodata', SHT.PROGBITS, SHF.ALLOC],
  ['.rodata1', SHT.PROGBITS, SHF.ALLOC],
  ['.bss', SHT.NOBITS, AW],
  ['.sdata', SHT.PROGBITS, AW | SHF.MIPS_GPREL],
  ['.sbss', SHT.NOBITS, AW | SHF.MIPS_GPREL],
  ['.lit4', SHT.PROGBITS, AW | SHF.MIPS_GPREL],
  ['.lit8', SHT.PROGBITS, AW | SHF.MIPS_GPREL],
  ['.tdata', SHT.PROGBITS, AW | SHF.TLS],
  ['.tbss', SHT.NOBITS, AW | SHF.TLS],
  ['.init_array', SHT.INIT_ARRAY, AW],
  ['.fini_array', SHT.FINI_ARRAY, AW],
  ['.preinit_array', SHT.PREINIT_ARRAY, AW],
  ['.eh_frame', SHT.PROGBITS, SHF.ALLOC],
  ['.note.GNU-stack', SHT.PROGBITS, 0],
  ['.note', SHT.NOTE, 0],
  ['.mdebug', SHT.MIPS_DEBUG, 0],
  ['.reginfo', SHT.MIPS_REGINFO, SHF.ALLOC],
];

/** What a section of that name is when the source does not say. */
export function shapeOf(name: string): SectionShape {
  for (const [known, type, flags] of KNOWN) {
    if (name === known || (name.startsWith(known) && name.charCodeAt(known.length) === 46)) {
      if (known === '.mdebug' && name !== known) break;
      if (known === '.reginfo' && name !== known) break;
      return { type, flags, entrySize: 0 };
    }
  }
  if (/^\.debug_/.test(name)) return { type: SHT.MIPS_DWARF, flags: 0, entrySize: 0 };
  return { type: SHT.PROGBITS, flags: 0, entrySize: 0 };
}
