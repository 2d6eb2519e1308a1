import { Random } from './random-c.ts';

const TAIL = '/DISCARD/ : { *(.eh_frame .note.GNU-stack .comment .mdebug.*) }';

/** Linker scripts of the kinds kernels and boards use; `%BASE%` varies. */
const SCRIPTS = [
  // A kernel in kseg0 with its load address, as xv6 and its relatives do it.
  `OUTPUT_ARCH(mips)
ENTRY(_start)
SECTIONS {
  . = %BASE%;
  .text : AT(%BASE% - 0x80000000) { *(.text .stub .text.* .gnu.linkonce.t.*) }
  PROVIDE(etext = .);
  .rodata : { *(.rodata .rodata.* .gnu.linkonce.r.*) }
  . = ALIGN(0x1000);
  PROVIDE(data = .);
  .data : { *(.data .data.*) }
  _gp = ALIGN(16) + 0x7ff0;
  .sdata : { *(.sdata .sdata.* .lit4 .lit8) }
  PROVIDE(edata = .);
  .bss : { *(.sbss .sbss.* .scommon .bss .bss.* COMMON) }
  PROVIDE(end = .);
  ${TAIL}
}`,
  // Everything but code in one section each, symbols and numbers inside of sections.
  `ENTRY(_start)
SECTIONS
{
  .text %BASE% : ALIGN(32) { begin = .; KEEP(*(.vectors)) *(.text*) . = ALIGN(64); text_end = .; LONG(text_end - begin) BYTE(1) SHORT(0x1234) QUAD(7) }
  .rodata : SUBALIGN(16) { *(.rodata*) }
  .data ALIGN(0x100) : { data_start = .; *(.data) *(.data.*) *(.sdata*) *(.lit*) . = . + 24; data_end = ABSOLUTE(.); } =0xdeadbeef
  _gp = data_start + 0x8000;
  data_size = SIZEOF(.data); text_at = ADDR(.text); text_load = LOADADDR(.text);
  .bss (NOLOAD) : { __bss_start = .; *(.sbss*) *(.scommon) *(.bss*) *(COMMON) . = ALIGN(4); __bss_end = .; }
  . += 0x1000; stack_top = .;
  ASSERT(__bss_end >= __bss_start, "bss backwards")
  ${TAIL}
}`,
  // Code in ROM, data copied to RAM by start-up code.
  `MEMORY { rom (rx) : ORIGIN = 0xbfc00000, LENGTH = 4M  ram (rwx) : ORIGIN = %BASE%, LENGTH = 16M }
ENTRY(_start)
SECTIONS {
  .text : { *(.text .text.*) } > rom
  .rodata : { *(.rodata) *(.rodata.*) } > rom
  .reginfo : { *(.reginfo) } > rom
  .MIPS.abiflags : { *(.MIPS.abiflags) } > rom
  .data : { . = ALIGN(16); _data = .; *(.data .data.*) _gp = . + 0x7ff0; *(.sdata .sdata.* .lit4 .lit8) . = ALIGN(16); _edata = .; } > ram AT> rom
  _data_load = LOADADDR(.data);
  .sbss : { *(.sbss .sbss.* .scommon) } > ram
  .bss : { *(.bss .bss.* COMMON) } > ram
  _end = ORIGIN(ram) + LENGTH(ram) > . ? . : 0;
  ${TAIL}
}`,
  // Much is left to orphan placement.
  `SECTIONS {
  . = %BASE%;
  .text : { *(.text) }
  etext = .;
  .data : { *(.data) }
  edata = .; _gp = edata;
  .bss : { *(.bss) *(COMMON) }
  end = .;
  ${TAIL}
}`,
  // Sorting, files by name, several statements for one section.
  `ENTRY(_start)
SECTIONS {
  .text %BASE% : { *1.o(.text) *(EXCLUDE_FILE(*0.o) .text) *(.text) }
  .rodata : { *(SORT_BY_ALIGNMENT(.rodata*)) }
  .data : { *(SORT(.data*)) *(.lit8) *(.lit4) }
  .sdata : { HIDDEN(_gp = . + 0x7ff0); *(.sdata) }
  .sbss : { *(.sbss) *(.scommon) }
  .bss : { *(COMMON) *(.bss) }
  ${TAIL}
}`,
];

/** One of the scripts at one of several addresses. */
export function randomScript(seed: number): string {
  const random = new Random(seed * 31 + 7);
  const base = random.pick(['0x80100000', '0x80000000', '0x80002000', '0x80010040']);
  return random.pick(SCRIPTS).replaceAll('%BASE%', base);
}
