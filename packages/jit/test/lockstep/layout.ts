// Where everything lies in the memory of a generated program. Addresses are physical unless they are called virtual.

export const RAM_BYTES = 0x2_0000;
export const KSEG0 = 0x8000_0000;
export const DEVICE = 0x1000_0000;
/** From here on in its page, each access makes the core stand still for so many ticks. */
export const SLOW = 0x100;
export const SLOW_TICKS = 29;
/** The device's register that lowers the interrupt line. */
export const ACKNOWLEDGE = 0x20;

export const REFILL = 0x000;
export const GENERAL = 0x180;
export const INTERRUPT = 0x200;
export const HANDLER = 0x400;
/** What the kernel looks up: where to start again and with which bits of Status, the timer's period, the word that it patches. */
export const RESTART = 0x800;
export const RESTART_STATUS = 0x804;
export const PERIOD = 0x808;
export const PATCH = 0x80c;
export const SCRATCH = 0x810;
/** Pairs of EntryLo for 16 pairs of pages, for each of 16 ASIDs, more than a soft TLB has tables for. Addresses above wrap. */
export const PAGE_TABLE = 0x1000;
export const ASIDS = 16;
export const PAIRS = 16;
/** A byte for each word of code: how often an interrupt came in front of it. */
export const INTERRUPTED = 0x2000;

/** Four pages of code, in kseg0 and kseg1 and, by the page table, at the same address with other top bits; four of data likewise. */
export const CODE = 0x4000;
export const DATA = 0x8000;
/** What odd ASIDs have as their code: the same but for some constants. */
export const OTHER_CODE = 0xc000;
export const PAGE = 0x1000;
/** Virtual page of the device. */
export const DEVICE_PAGE = 12;
