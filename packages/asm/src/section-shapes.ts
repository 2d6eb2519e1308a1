import { SHF, SHT } from '@kseg/elf';
import type { SectionShape } from './section.ts';

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
