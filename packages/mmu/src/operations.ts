import {
  CP0_BAD_VADDR,
  CP0_CONTEXT,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_PAGE_MASK,
  CP0_WIRED,
} from './cp0-registers.ts';
import type { AnyTlbEntry, TlbPage } from './tlb-entry.ts';
import {
  type Access,
  type ChangeListener,
  type Context,
  type Disposable,
  resultCode,
  type TlbMmu,
  type Translation,
} from './translation.ts';
import type { VcpuMap } from './vcpu-map.ts';

/** What a guest does to an MMU, as data: a list of these is a TLB program, for a model, a simulator or a machine. */
export type Operation =
  | { readonly op: 'mtc0'; readonly register: number; readonly select: number; readonly value: number }
  | { readonly op: 'mfc0'; readonly register: number; readonly select: number }
  | { readonly op: 'tlbp' | 'tlbr' | 'tlbwi' | 'tlbwr' }
  /** A load, store or fetch; a fault loads BadVAddr, Context and EntryHi. */
  | { readonly op: 'access'; readonly va: number; readonly access: Access; readonly context: Context };

/**
 * What an MMU has to offer to be tested, its model and `translate`, and what more can be asked of it: a law that needs a
 * member that is not there is left out. `model` says which of this package's models it claims to be: 'mips32', 'r4000' or
 * 'r3000', which have a TLB and are a `TlbSubject`, or 'fixed', 'gaia' or 'vcpu'.
 */
export interface MmuSubject {
  readonly model: string;
  translate(va: number, access: Access, context: Context): Translation;
  /** `translate` in numbers, as in `Mmu`, with `pa`, `cca` and `pageMask` for the rest of the answer. */
  lookup?(va: number, access: number, mode: number): number;
  readonly pa?: number;
  readonly cca?: number;
  readonly pageMask?: number;
  /** Config.K0, 0 to 7. */
  k0?: number;
  reset?(): void;
  /** All it keeps, as plain data of any form that JSON can carry. */
  save?(): unknown;
  load?(state: unknown): void;
  onChange?(listener: ChangeListener): Disposable;
}

/** What a guest does to a TLB. */
type TlbMembers = Pick<TlbMmu, 'entries' | 'readCp0' | 'writeCp0' | 'tlbp' | 'tlbr' | 'tlbwi' | 'tlbwr'>;

/** An MMU with a TLB, to be tested: the part of `TlbMmu` that a guest can see. */
export interface TlbSubject extends MmuSubject, TlbMembers {
  /** As in `TlbMmu`: `result` is REFILL, INVALID, MODIFIED or ADDRESS_ERROR, the numbers of the hot form. */
  recordFault?(va: number, result: number): void;
  /** Writable bits of PageMask, where they are fewer than the model's: 0 where every page is of 4 KB. */
  readonly pageMaskBits?: number;
  /** 'machineCheck' where TLBWI and TLBWR refuse, and return false for, an entry that overlaps another. */
  readonly duplicates?: 'lowest' | 'machineCheck';
  /** Of an r3000: false where an address error leaves BadVAddr alone. */
  readonly badVAddrOnAddressError?: boolean;
}

/** The MMU whose registers and TLB, if it has them, a guest's instructions reach: of two stages that is the guest's own. */
export function reached(mmu: MmuSubject): MmuSubject & Partial<TlbMembers> {
  return mmu.model === 'vcpu' && 'guest' in mmu ? reached((mmu as VcpuMap).guest) : mmu;
}

/** Performs one operation and returns what the guest sees of it. Instructions for a TLB that there is not do nothing. */
export function perform(
  mmu: MmuSubject | TlbSubject,
  operation: Operation,
): number | boolean | Translation | undefined {
  const own = reached(mmu);
  switch (operation.op) {
    case 'mtc0':
      own.writeCp0?.(operation.register, operation.value, operation.select);
      return undefined;
    case 'mfc0':
      return own.readCp0?.(operation.register, operation.select);
    case 'tlbwi':
    case 'tlbwr':
      return own[operation.op]?.();
    case 'tlbp':
    case 'tlbr':
      own[operation.op]?.();
      return undefined;
    case 'access': {
      const { va, access, context } = operation;
      const translation = mmu.translate(va, access, context);
      if (translation.kind !== 'mapped') (mmu as TlbSubject).recordFault?.(va, resultCode(translation.kind));
      return translation;
    }
  }
}

/** The registers without Random. */
const R3000_REGISTERS: readonly number[] = [CP0_INDEX, CP0_ENTRY_LO0, CP0_CONTEXT, CP0_BAD_VADDR, CP0_ENTRY_HI];
const R4K_REGISTERS: readonly number[] = [...R3000_REGISTERS, CP0_ENTRY_LO1, CP0_PAGE_MASK, CP0_WIRED];

/**
 * The nearest operation that the manual defines: undefined where there is none. What Random does is the core's choice, and
 * so are an Index or a Wired beyond the last entry and a page mask with holes.
 */
export function defined(
  operation: Operation,
  { model, entries, pageMaskBits = 0x1fff_e000 }: Pick<TlbSubject, 'model' | 'entries' | 'pageMaskBits'>,
): Operation | undefined {
  if (operation.op === 'tlbwr') return { op: 'tlbwi' };
  if (operation.op !== 'mtc0' && operation.op !== 'mfc0') return operation;
  const { register, select } = operation;
  const known = model === 'r3000' ? R3000_REGISTERS : R4K_REGISTERS;
  if (select !== 0 || !known.includes(register)) return undefined;
  if (operation.op === 'mfc0' || model === 'r3000') return operation;
  if (register === CP0_INDEX || register === CP0_WIRED) return { ...operation, value: operation.value % entries };
  // The page mask next below: ones from bit 13 up, an even number of them.
  const ones = Math.floor(Math.log2((operation.value & pageMaskBits) / 2 ** 13 + 1));
  return register === CP0_PAGE_MASK ? { ...operation, value: (4 ** Math.floor(ones / 2) - 1) * 2 ** 13 } : operation;
}

/** EntryHi for an address and an ASID. */
export function entryHi(model: string, va: number, asid: number): number {
  return model === 'r3000' ? ((va & ~0xfff) | (asid << 6)) >>> 0 : ((va & ~0x1fff) | asid) >>> 0;
}

/** Writes entry `i` the way a guest does, through the registers and TLBWI. EntryHi is left with the entry's ASID. */
export function install(mmu: TlbSubject, i: number, entry: AnyTlbEntry): boolean {
  const { va, asid, global } = entry;
  if ('pageMask' in entry) {
    mmu.writeCp0(CP0_INDEX, i);
    mmu.writeCp0(CP0_PAGE_MASK, entry.pageMask);
    mmu.writeCp0(CP0_ENTRY_LO0, entryLo(entry.even, global));
    mmu.writeCp0(CP0_ENTRY_LO1, entryLo(entry.odd, global));
  } else {
    const { pa, noncacheable, dirty, valid } = entry;
    const flags = (noncacheable ? 0x800 : 0) | (dirty ? 0x400 : 0) | (valid ? 0x200 : 0) | (global ? 0x100 : 0);
    mmu.writeCp0(CP0_INDEX, i << 8);
    mmu.writeCp0(CP0_ENTRY_LO0, (pa | flags) >>> 0);
  }
  mmu.writeCp0(CP0_ENTRY_HI, entryHi(mmu.model, va, asid));
  return mmu.tlbwi();
}

function entryLo({ pa, cca, dirty, valid }: TlbPage, global: boolean): number {
  return (pa >>> 6) | (cca << 3) | (dirty ? 4 : 0) | (valid ? 2 : 0) | (global ? 1 : 0);
}
