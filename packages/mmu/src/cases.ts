// What laws are tried on and arbitraries give: addresses, entries, whole TLBs, operations, programs, page tables.
import {
  CP0_CONTEXT,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_PAGE_MASK,
  CP0_WIRED,
} from './cp0-registers.ts';
import { array, constantFrom, type Gen, integer, nat, oneOf, record, tuple } from './gen.ts';
import type { Operation } from './operations.ts';
import { segmentsOf } from './segments.ts';
import { type AnyTlbEntry, pageSizeOf, type R3000TlbEntry, spanOf, type TlbEntry, type TlbPage } from './tlb-entry.ts';
import type { Access, Context } from './translation.ts';

/** The MMU that something is generated for: an MMU with a TLB describes itself. */
export interface MmuDescription {
  /** 'mips32' (default), 'r4000' or 'r3000'. */
  readonly model?: string;
  /** Default: 16, 48 or 64. */
  readonly entries?: number;
  /** Writable bits of PageMask. Default: 0x1fffe000, or 0x01ffe000 of the r4000. */
  readonly pageMaskBits?: number;
}

const ENTRIES: Readonly<Record<string, number>> = { mips32: 16, r4000: 48, r3000: 64 };

function complete(mmu: MmuDescription): Required<MmuDescription> {
  const { model = 'mips32' } = mmu;
  const { entries = ENTRIES[model] ?? 16, pageMaskBits = model === 'r4000' ? 0x01ff_e000 : 0x1fff_e000 } = mmu;
  return { model, entries, pageMaskBits };
}

// A TLB is small and an address space is large: without a common stock of pages nothing would ever match. 0x0020_1000 meets page 0 in a
// cache that is looked up by a few bits of both halves of the address.
const STOCK = [
  0, 0x0020_0000, 0x0040_0000, 0x0040_2000, 0x0040_4000, 0x0080_0000, 0x7fff_e000, 0xc000_0000, 0xc000_2000,
  0xdfff_e000, 0xe000_0000, 0xffff_e000,
];
/** First and last words of pages. */
const ENDS = [0, 0xffc, 0x1000, 0x1ffc, 0x2000];
const ASIDS = [0, 1, 2, 0x3f];
const LARGE_ASIDS = [0x80, 0x81];

/** Any 32 bits. */
export const word: Gen<number> = nat(0xffff_ffff);

export function virtualAddress(mmu: MmuDescription = {}): Gen<number> {
  const edges = [0, 0x8000_0000, ...segmentsOf(complete(mmu).model).map(({ first }) => first)];
  const plus = ([base, offset]: [number, number]) => (base + offset) >>> 0;
  return oneOf(
    [6, tuple(constantFrom(...STOCK), oneOf([2, nat(0x3fff)], [1, constantFrom(...ENDS)])).map(plus)],
    [2, tuple(constantFrom(...edges), integer(-0x1001, 0x1001)).map(plus)],
    [1, tuple(constantFrom(...edges), constantFrom(0, -1)).map(plus)],
    [1, word],
  );
}

export const access: Gen<Access> = constantFrom<Access>('load', 'store', 'fetch');

const now: Gen<boolean> = oneOf([4, constantFrom(false)], [1, constantFrom(true)]);

/** An operating mode, with EXL and ERL now and then. */
export const context: Gen<Context> = record({
  mode: constantFrom<Context['mode']>('kernel', 'user', 'supervisor'),
  exl: now,
  erl: now,
});

export type AccessCase = [va: number, access: Access, context: Context];

/** Accesses to try, in whatever mode. */
export function accesses(mmu: MmuDescription, max = 64): Gen<AccessCase[]> {
  return array(tuple<AccessCase>(virtualAddress(mmu), access, context), 1, max);
}

export function pageSize(mmu: MmuDescription = {}): Gen<number> {
  const { model, pageMaskBits } = complete(mmu);
  const bits = model === 'r3000' ? 0 : pageMaskBits;
  const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) => 4096 * 4 ** power);
  const had = sizes.filter((size) => (pageMaskOf(size) & ~bits) === 0);
  return oneOf([3, constantFrom(4096)], [1, constantFrom(...had)]);
}

/** PageMask for pages of a size. */
const pageMaskOf = (size: number) => (2 * size - 1) & 0x1fff_e000;

export function asid({ model = 'mips32' }: MmuDescription = {}): Gen<number> {
  if (model === 'r3000') return oneOf([4, constantFrom(...ASIDS)], [1, nat(0x3f)]);
  return oneOf([4, constantFrom(...ASIDS, ...LARGE_ASIDS)], [1, nat(0xff)]);
}

const aligned = (address: number, to: number) => address - (address % to);

const frame = oneOf([1, nat(15).map((low) => low * 0x1000)], [1, word]);
const valid: Gen<boolean> = oneOf([3, constantFrom(true)], [1, constantFrom(false)]);
const either: Gen<boolean> = constantFrom(false, true);
const global: Gen<boolean> = oneOf([3, constantFrom(false)], [1, constantFrom(true)]);
const page: Gen<TlbPage> = record<TlbPage>({ pa: frame, cca: nat(7), dirty: either, valid });

function pairEntry(mmu: MmuDescription = {}): Gen<TlbEntry> {
  return record<TlbEntry>({
    va: virtualAddress(mmu),
    asid: asid(mmu),
    global,
    pageMask: pageSize(mmu).map(pageMaskOf),
    even: page,
    odd: page,
  }).map((entry) => {
    const { va, even, odd } = entry;
    const size = pageSizeOf(entry);
    return {
      ...entry,
      va: aligned(va, 2 * size),
      even: { ...even, pa: aligned(even.pa, size) },
      odd: { ...odd, pa: aligned(odd.pa, size) },
    };
  });
}

function r3000Entry(): Gen<R3000TlbEntry> {
  const mmu = { model: 'r3000' };
  return record<R3000TlbEntry>({
    va: virtualAddress(mmu).map((va) => aligned(va, 0x1000)),
    asid: asid(mmu),
    global,
    pa: frame.map((pa) => aligned(pa, 0x1000)),
    noncacheable: either,
    dirty: either,
    valid,
  });
}

export function tlbEntry(mmu: MmuDescription = {}): Gen<AnyTlbEntry> {
  return mmu.model === 'r3000' ? r3000Entry() : pairEntry(mmu);
}

/** An entry to be put somewhere. */
export interface Slot {
  readonly index: number;
  readonly entry: AnyTlbEntry;
}

/** The contents of a whole TLB: for some of its entries, what to put there. The rest keeps what reset left. */
export function tlbState(mmu: MmuDescription = {}): Gen<Slot[]> {
  const { entries } = complete(mmu);
  const slot = record<Slot>({ index: nat(entries - 1), entry: tlbEntry(mmu) });
  return array(slot, 0, Math.min(entries, 12)).map((slots) =>
    slots.filter(({ index }, i) => slots.findIndex((other) => other.index === index) === i),
  );
}

/** An entry in a segment that the TLB is asked for, an address inside it, and where to put it. */
export function placedEntry(mmu: MmuDescription): Gen<Slot & { readonly va: number }> {
  const { entries } = complete(mmu);
  return tuple<[AnyTlbEntry, number, number]>(tlbEntry(mmu), word, nat(entries - 1)).map(([entry, at, index]) => {
    const span = spanOf(entry);
    const own = { ...entry, va: aligned(mapped(entry.va), span) };
    return { entry: own, va: own.va + (at % span), index };
  });
}

/** An address like `va` that the TLB is asked for: kseg0 and kseg1 are moved to kuseg. */
export const mapped = (va: number) => (va < 0x8000_0000 || va >= 0xc000_0000 ? va : va - 0x8000_0000);

/** A write to one of CP0's MMU registers: plausible values mostly, all bits now and then, other registers too. */
export function registerWrite(mmu: MmuDescription = {}): Gen<Operation> {
  const { model, entries } = complete(mmu);
  const r3000 = model === 'r3000';
  const write = (register: number, value: Gen<number>, select = 0) =>
    value.map((v): Operation => ({ op: 'mtc0', register, select, value: v >>> 0 }));
  const lo = r3000
    ? tuple(nat(15), nat(15)).map(([frame, flags]) => (frame << 12) | (flags << 8))
    : tuple(nat(0x3f), nat(0x3f)).map(([frame, flags]) => (frame << 6) | flags);
  const hi = tuple(virtualAddress(mmu), asid(mmu)).map(([va, id]) =>
    r3000 ? (va & ~0xfff) | (id << 6) : (va & ~0x7ff) | id,
  );
  const masks = [
    0, 0, 0, 0, 0x6000, 0x1e000, 0x7e000, 0x1fe_0000, 0x1fff_e000, 0x4000, 0x800, 0x1000, 0x1800, 0xffff_ffff,
  ];
  const any = (select: number) =>
    tuple(nat(31), word).map(([register, value]): Operation => ({ op: 'mtc0', register, select, value }));
  return oneOf(
    [
      4,
      write(
        CP0_INDEX,
        nat(entries + 2).map((i) => (r3000 ? i << 8 : i)),
      ),
    ],
    [4, write(CP0_ENTRY_LO0, oneOf([2, lo], [1, word]))],
    [4, write(CP0_ENTRY_LO1, oneOf([2, lo], [1, word]))],
    [4, write(CP0_PAGE_MASK, constantFrom(...masks))],
    [6, write(CP0_ENTRY_HI, oneOf([3, hi], [1, word]))],
    [1, write(CP0_WIRED, oneOf([1, nat(entries)], [1, word]))],
    [1, write(CP0_CONTEXT, word)],
    [3, write(CP0_PAGE_MASK, constantFrom(0, 0x1000_0000, 0xffff_ffff), 1)],
    [1, any(0)],
    [1, any(1)],
  );
}

export function accessOperation(mmu: MmuDescription = {}): Gen<Operation> {
  return record<Extract<Operation, { op: 'access' }>>({
    op: constantFrom('access' as const),
    va: virtualAddress(mmu),
    access,
    context,
  });
}

/** Anything a guest can do to an MMU. */
export function operation(mmu: MmuDescription = {}): Gen<Operation> {
  const mfc0 = record<Extract<Operation, { op: 'mfc0' }>>({
    op: constantFrom('mfc0' as const),
    register: constantFrom(0, 1, 2, 3, 4, 5, 6, 8, 10, 7, 9, 11, 31),
    select: constantFrom(0, 0, 0, 1),
  });
  const instruction = constantFrom('tlbwi', 'tlbwi', 'tlbwi', 'tlbwr', 'tlbwr', 'tlbp', 'tlbr').map(
    (op): Operation => ({ op }) as Operation,
  );
  return oneOf<Operation>([4, registerWrite(mmu)], [2, mfc0], [3, instruction], [5, accessOperation(mmu)]);
}

/** A TLB program: a list of operations. */
export function program(mmu: MmuDescription = {}, max = 60): Gen<Operation[]> {
  return array(operation(mmu), 0, max, 'long');
}

/** Page tables of the GAIA kind. */
export interface PageTable {
  /** Physical address of the page directory. */
  readonly directory: number;
  /** Words by physical address; the rest of memory is zero. */
  readonly words: ReadonlyMap<number, number>;
}

/** The slots of a directory or table that are used. */
export const TABLE_SLOTS = [0, 1, 2, 0x1ff, 0x200, 0x300, 0x3ff];

/** Page tables of the GAIA kind: the directory at 0x1000, tables and frames behind it. */
export function pageTable(): Gen<PageTable> {
  const entry = tuple(oneOf([1, integer(1, 6)], [1, nat(0xf_ffff)]), nat(7)).map(
    ([frame, flags]) => frame * 4096 + flags,
  );
  const table = array(tuple<[number, number]>(constantFrom(...TABLE_SLOTS), entry), 0, 8);
  return array(table, 6, 6).map((tables) => {
    const words = new Map<number, number>();
    for (const [i, rows] of tables.entries()) {
      for (const [slot, value] of rows) words.set(0x1000 * (i + 1) + 4 * slot, value);
    }
    return { directory: 0x1000, words };
  });
}
