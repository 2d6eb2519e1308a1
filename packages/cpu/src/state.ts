// The CPU's state block: one region of the arena, word by word. Interpreter, translator and debugger read and write these words; nothing
// else holds architectural state but virtual time, which is the timeline's.

/** Bytes of the arena region that a core takes. */
export const STATE_BYTES = 16384;

/** General registers 0 to 31. Word 0 stays 0. */
export const GPR = 0;
/** What an instruction whose destination is $0 writes to, so that no handler tests for it. */
export const SINK = 32;
export const HI = 33;
export const LO = 34;
/** Address of the next instruction to execute. */
export const PC = 35;
/** 1 when the instruction at PC is in a delay slot; NEXT_PC then says where execution goes behind it. */
export const IN_SLOT = 36;
/** Where execution goes behind the delay slot at PC. Meaningful only while IN_SLOT is 1. */
export const NEXT_PC = 37;
/** 1 between LL and the SC, ERET or lost link that ends it. */
export const LL_BIT = 38;
/** Physical address and value that the last LL read. */
export const LL_ADDR = 39;
export const LL_VALUE = 40;
/** 1 while WAIT holds the core. */
export const WAITING = 41;
/** 1 when `halt` has stopped the core until the next reset. */
export const HALTED = 42;
/** Levels of the interrupt lines IP2 to IP7, in Cause's bits 10 to 15. */
export const IRQ_LINES = 43;
/** 1 from Count = Compare until Compare is written (Cause.TI). */
export const TIMER_PENDING = 44;
/** 1 once Compare was written: a core whose guest never wrote it takes no timer interrupt. */
export const TIMER_ARMED = 45;
/** Count minus the ticks of virtual time divided by the divisor; the count itself while Cause.DC stops it. */
export const COUNT_BASE = 46;

// CP0 registers that are not the MMU's.
export const STATUS = 48;
/** Cause but for IP7:2 and TI, which are made up on reading from IRQ_LINES and TIMER_PENDING. */
export const CAUSE = 49;
export const EPC = 50;
export const ERROR_EPC = 51;
export const EBASE = 52;
export const CONFIG = 53;
export const COMPARE = 54;
export const INT_CTL = 55;
export const SRS_CTL = 56;
export const SRS_MAP = 57;
export const HWRENA = 58;
export const DEBUG = 60;
export const DEPC = 61;
export const DESAVE = 62;
export const TAG_LO = 63;
/** Four pairs of watch registers: WatchLo 0 to 3, then WatchHi 0 to 3. */
export const WATCH_LO = 64;
export const WATCH_HI = 68;

/** 32 floating-point registers of 64 bits, each at an 8-byte boundary, low word first; FCSR follows them. */
export const FPR = 128;
export const FCSR = 192;
/** The MMU's own words (see `@kseg/mmu`). */
export const MMU_STATE = 256;
/** Shadow sets 0 to 15 of the general registers, 32 words each; that of the current one is stale. */
export const SHADOW = 1024;

// An R3000A's own.
/** Register whose load has not arrived yet (0: none), and what will be in it behind the next instruction. */
export const LOAD_REGISTER = 73;
export const LOAD_VALUE = 74;
/** Its data and its instruction cache, as Status.IsC shows them: 512 words each, then their 512 tags each. */
export const CACHE_DATA = 2048;
export const CACHE_TAGS = 3072;

// The DSP ASE's own.
/** DSPControl. */
export const DSP_CONTROL = 84;
/** HI and LO of accumulators 1 to 3; accumulator 0 is HI and LO themselves. */
export const AC1 = 86;

// The MT ASE's own: registers of the processor, of its one VPE, and of that one's thread context.
export const MVP_CONTROL = 96;
export const VPE_CONTROL = 97;
export const VPE_CONF0 = 98;
export const VPE_CONF1 = 99;
export const VPE_SCHEDULE = 100;
export const VPE_SCHE_FBACK = 101;
export const VPE_OPT = 102;
/** TCStatus but for what is Status' and EntryHi's. */
export const TC_STATUS = 103;
export const TC_BIND = 104;
/** 1 when the thread has halted itself: it stays like that until the next reset. */
export const TC_HALT = 105;
export const TC_CONTEXT = 106;
export const TC_SCHEDULE = 107;
export const TC_SCHE_FBACK = 108;

// Words that follow from the others and belong in no snapshot: they are rebuilt.
/** Translation mode: the mmu's KERNEL, SUPERVISOR, USER or ERROR_LEVEL. */
export const MODE = 80;
/** Word indices in the arena of the current soft-TLB tables. */
export const READ_BASE = 81;
export const WRITE_BASE = 82;
