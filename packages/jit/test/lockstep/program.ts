// What a generated program is: everything that a run depends on, as plain data, so that it can be shrunk and written down.

/** Where a program lives: unmapped, or in mapped pages in kernel or user mode. */
export type Home = 'kseg0' | 'kseg1' | 'kseg2' | 'kernel' | 'user';

/** The segment of each, and whether its pages are mapped. */
export const homes: Readonly<Record<Home, { readonly segment: number; readonly mapped: boolean }>> = {
  kseg0: { segment: 0x8000_0000, mapped: false },
  kseg1: { segment: 0xa000_0000, mapped: false },
  kseg2: { segment: 0xc000_0000, mapped: true },
  kernel: { segment: 0, mapped: true },
  user: { segment: 0, mapped: true },
};

export interface Program {
  readonly home: Home;
  /** Bits of Status besides the mode's. */
  readonly status: number;
  /** Words of the four pages of code, in virtual order, and what odd address spaces have in their place. */
  readonly code: readonly number[];
  readonly otherCode: readonly number[];
  readonly data: readonly number[];
  /** Frame numbers of the code pages in even and in odd address spaces. */
  readonly frames: readonly [readonly number[], readonly number[]];
  /** Words of the page table from `PAGE_TABLE` on. */
  readonly pageTable: readonly number[];
  /** TLB entries in place at the start: ASID and pair number each. */
  readonly tlb: readonly (readonly [asid: number, pair: number])[];
  /** Initial general registers. */
  readonly gprs: readonly number[];
  /** Address of what the kernel patches when asked, as an offset into `code` in words. */
  readonly patch: number;
  /** Timer ticks between interrupts, and ticks between those of the line; 0 for none. */
  readonly period: number;
  readonly linePeriod: number;
  /** How the run is cut; the state is compared behind each piece. */
  readonly budgets: readonly number[];
  /** Words of code, as indices, that the host changes behind the piece of the same number; -1 for none. */
  readonly pokes: readonly number[];
  /** Indices of words at which regions are wanted at once. */
  readonly entries: readonly number[];
}
