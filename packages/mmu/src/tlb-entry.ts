// TLB entries as plain data, for hosts, generators and laws.

/** A page of a TLB entry. */
export interface TlbPage {
  /** Physical address of the page, a multiple of its size. */
  readonly pa: number;
  /** Cacheability attribute (C), 0 to 7. */
  readonly cca: number;
  readonly dirty: boolean;
  readonly valid: boolean;
}

/** An entry of an R4000-class TLB: a pair of pages. */
export interface TlbEntry {
  /** Virtual address of the pair of pages. */
  readonly va: number;
  readonly asid: number;
  readonly global: boolean;
  /** As in the PageMask register: 0 for 4 KB, 0x6000 for 16 KB … To an MMU with `smallPages`, MaskX (12:11) too: 0 for 1 KB, 0x1800 for 4 KB. */
  readonly pageMask: number;
  readonly even: TlbPage;
  readonly odd: TlbPage;
}

/** An entry of an R3000 TLB: one page of 4 KB. */
export interface R3000TlbEntry {
  readonly va: number;
  /** PID, 0 to 63. */
  readonly asid: number;
  readonly global: boolean;
  readonly pa: number;
  readonly noncacheable: boolean;
  readonly dirty: boolean;
  readonly valid: boolean;
}

/** An entry of either kind. */
export type AnyTlbEntry = TlbEntry | R3000TlbEntry;

/** Bytes that an entry maps: a pair of pages, or one. */
export function spanOf(entry: AnyTlbEntry): number {
  return 'pageMask' in entry ? (entry.pageMask | 0x1fff) + 1 : 0x1000;
}

/** Bytes of each of an entry's pages. */
export function pageSizeOf(entry: AnyTlbEntry): number {
  return 'pageMask' in entry ? spanOf(entry) / 2 : 0x1000;
}

/** The page of an entry that holds `va`. */
export function pageAt(entry: AnyTlbEntry, va: number): TlbPage {
  if ('pageMask' in entry) return Math.floor(va / pageSizeOf(entry)) % 2 === 0 ? entry.even : entry.odd;
  const { pa, noncacheable, dirty, valid } = entry;
  return { pa, cca: noncacheable ? 2 : 3, dirty, valid };
}
