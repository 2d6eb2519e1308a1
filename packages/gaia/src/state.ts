// The core's state block, word by word: the architectural state but for the special registers, which are a device, and time.

// General registers 0 to 31 come first; word 0 stays 0.

/** What an instruction whose destination is r0 writes to, so that no handler tests for it. */
export const SINK = 32;
/** Address of the next instruction, a multiple of 4. */
export const PC = 33;
/** 1 once an instruction outside the boot ROM was executed: coming back to the ROM is then the end. */
export const LEFT_ROM = 34;

export const STATE_BYTES = 256;
/** One word for each page of the virtual space: host page minus virtual page, 0 for none. */
export const TABLE_BYTES = 4 << 20;

export const SRAM_BYTES = 4 << 20;
export const ROM = 0x8000_0000;
export const REGISTERS = 0x8000_1000;
/** End of what is never translated. */
export const WINDOW_END = 0x8000_2000;
