/** Where the cacheability of a direct segment comes from: a field of Config, or fixed. */
export type CcaSource = 'k0' | 'ku' | 'k23' | 'cached' | 'uncached';

/** What a segment does with an address: asks the TLB, subtracts `offset` (modulo 2^32), or refuses. */
export type Route =
  | { readonly via: 'tlb' }
  | { readonly via: 'direct'; readonly offset: number; readonly cca: CcaSource }
  | { readonly via: 'error' };

/** The columns of a segment table: the operating modes, and kernel mode under Status.ERL. */
export type SegmentMode = 'kernel' | 'supervisor' | 'user' | 'errorLevel';

export interface Segment extends Readonly<Record<SegmentMode, Route>> {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

const tlb: Route = { via: 'tlb' };
const error: Route = { via: 'error' };
const direct = (offset: number, cca: CcaSource): Route => ({ via: 'direct', offset, cca });

/** A row of the tables below; what only the kernel may do, supervisor and user may not. */
function segment(
  name: string,
  first: number,
  last: number,
  kernel: Route,
  more: Partial<Record<SegmentMode, Route>> = {},
): Segment {
  return { name, first, last, kernel, errorLevel: kernel, supervisor: error, user: error, ...more };
}

const kseg0 = segment('kseg0', 0x8000_0000, 0x9fff_ffff, direct(0x8000_0000, 'k0'));
const kseg1 = segment('kseg1', 0xa000_0000, 0xbfff_ffff, direct(0xa000_0000, 'uncached'));

/** MIPS32 PRA vol. III, "Virtual Memory": the segments of Release 1 and 2; the 32-bit R4000's are the same. */
export const MIPS32_SEGMENTS: readonly Segment[] = [
  segment('kuseg', 0, 0x7fff_ffff, tlb, { supervisor: tlb, user: tlb, errorLevel: direct(0, 'uncached') }),
  kseg0,
  kseg1,
  segment('ksseg', 0xc000_0000, 0xdfff_ffff, tlb, { supervisor: tlb }),
  segment('kseg3', 0xe000_0000, 0xffff_ffff, tlb),
];

/** MIPS32 PRA vol. III, "Fixed Mapping MMU". */
export const FIXED_SEGMENTS: readonly Segment[] = [
  segment('kuseg', 0, 0x7fff_ffff, direct(0xc000_0000, 'ku'), {
    supervisor: direct(0xc000_0000, 'ku'),
    user: direct(0xc000_0000, 'ku'),
    errorLevel: direct(0, 'uncached'),
  }),
  kseg0,
  kseg1,
  segment('kseg2', 0xc000_0000, 0xdfff_ffff, direct(0, 'k23')),
  segment('kseg3', 0xe000_0000, 0xffff_ffff, direct(0, 'k23')),
];

/** The R3000's: kseg2 up to the top, kseg0 always cached. */
export const R3000_SEGMENTS: readonly Segment[] = [
  segment('kuseg', 0, 0x7fff_ffff, tlb, { supervisor: tlb, user: tlb }),
  segment('kseg0', 0x8000_0000, 0x9fff_ffff, direct(0x8000_0000, 'cached')),
  kseg1,
  segment('kseg2', 0xc000_0000, 0xffff_ffff, tlb),
];

/** The map of a hypervisor's guest (see VcpuMap): the kernel's segments in the lower half, flat in user mode. */
export const VCPU_SEGMENTS: readonly Segment[] = [
  segment('guest kseg0', 0, 0x1fff_ffff, direct(0, 'cached'), { supervisor: direct(0, 'cached'), user: tlb }),
  segment('guest kseg1', 0x2000_0000, 0x3fff_ffff, direct(0x2000_0000, 'uncached'), {
    supervisor: direct(0x2000_0000, 'uncached'),
    user: tlb,
  }),
  segment('guest kseg2', 0x4000_0000, 0x7fff_ffff, tlb, { supervisor: tlb, user: tlb }),
  segment('hypervisor', 0x8000_0000, 0xffff_ffff, error),
];

const TABLES: Readonly<Record<string, readonly Segment[]>> = {
  mips32: MIPS32_SEGMENTS,
  r4000: MIPS32_SEGMENTS,
  r3000: R3000_SEGMENTS,
  fixed: FIXED_SEGMENTS,
  vcpu: VCPU_SEGMENTS,
};

/** The segments of a model; empty for one that has none (gaia) or is not ours. */
export function segmentsOf(model: string): readonly Segment[] {
  return TABLES[model] ?? [];
}
