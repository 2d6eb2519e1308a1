// Numbers of CP0's MMU registers (MIPS32 PRA vol. III, "Coprocessor 0 Registers"), all of select 0. PageGrain is register 5, select 1.

export const CP0_INDEX = 0;
export const CP0_RANDOM = 1;
/** On an r3000 the only EntryLo. */
export const CP0_ENTRY_LO0 = 2;
export const CP0_ENTRY_LO1 = 3;
export const CP0_CONTEXT = 4;
export const CP0_PAGE_MASK = 5;
export const CP0_WIRED = 6;
export const CP0_BAD_VADDR = 8;
export const CP0_ENTRY_HI = 10;
