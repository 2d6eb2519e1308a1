// What a law is, and what the catalogue's laws have in common. Nothing here needs fast-check.

import type { Shape, Slot } from './cases.ts';
import { CP0_ENTRY_HI, CP0_ENTRY_LO0, CP0_ENTRY_LO1, CP0_INDEX, CP0_PAGE_MASK } from './cp0-registers.ts';
import type { Gen } from './gen.ts';
import { defined, entryHi, install, type MmuSubject, type Operation, perform } from './operations.ts';
import { type AnyTlbEntry, pageAt, pageSizeOf } from './tlb-entry.ts';
import type { Access, Context, Mmu, Translation } from './translation.ts';

/** What a law is asked of: an MMU as a guest drives it. More than `MmuSubject` is optional; a law that needs it says so. */
export type Subject = MmuSubject & { reset?(): void } & Partial<
    Pick<Mmu, 'lookup' | 'pa' | 'cca' | 'pageMask' | 'save' | 'load' | 'onChange'>
  >;

/** A factory of fresh MMUs, in the state after reset. */
export type SubjectFactory = () => Subject;

/** A law as it is written down. */
export interface LawText<C> {
  readonly name: string;
  /** The law in a sentence. */
  readonly says: string;
  /** What is counted as one case. */
  readonly one: string;
  /** The models it holds for; absent: all with a TLB. */
  readonly models?: readonly string[];
  /** What the subject must have besides a TLB. */
  readonly needs?: readonly string[];
  /** What it is tried on: a state with a number of accesses, mostly, so that making the state is paid for once. */
  cases(shape: Shape): Gen<C>;
  /** Throws where the law is broken; returns how many cases it was tried on. */
  holds(drawn: C, make: SubjectFactory, reference: () => MmuSubject): number;
}

/** Types a law by what it is tried on, then forgets it. */
export const law = <C>(text: LawText<C>): LawText<unknown> => text;

export const KERNEL: Context = { mode: 'kernel' };
export const USER: Context = { mode: 'user' };
export const SUPERVISOR: Context = { mode: 'supervisor' };
export const R4K = ['mips32', 'r4000'];
export const EVERY_MODEL = ['mips32', 'r4000', 'r3000', 'fixed', 'gaia', 'vcpu'];
export const REFILL: Translation = { kind: 'refill' };

/** Whether two values of plain data are the same; a member that is undefined counts as absent. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((part, i) => same(part, b[i]));
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in left) if (!same(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** Plain data as text, numbers above 9 in hexadecimal. */
function show(value: unknown): string {
  const hex = (_: string, part: unknown) => (typeof part === 'number' && part > 9 ? `0x${part.toString(16)}` : part);
  return `${JSON.stringify(value, hex)}`.replaceAll(/"(0x[0-9a-f]+)"/g, '$1');
}

/** Throws unless `found` is as `expected`; `at` is what helps to find the place. */
export function equal(found: unknown, expected: unknown, what: string, ...at: readonly unknown[]): void {
  if (same(found, expected)) return;
  const where = at.map((each) => ` ${typeof each === 'string' ? each : show(each)}`).join('');
  throw new Error(`${what}${where}: expected ${show(expected)}, found ${show(found)}`);
}

/**
 * Does to both what the manual defines of an operation, and compares what a guest sees: `model` is right.
 * @returns whether anything of it is defined
 */
export function stepBoth(real: MmuSubject, model: MmuSubject, any: Operation): boolean {
  const operation = defined(any, real);
  if (operation === undefined) return false;
  equal(perform(real, operation), perform(model, operation), 'operation', operation);
  if (operation.op !== 'tlbp') return true;
  // After a miss all but P is unpredictable, and Index no entry's number.
  const index = (mmu: MmuSubject) => (mmu.readCp0(CP0_INDEX) >= 2 ** 31 ? 'P' : mmu.readCp0(CP0_INDEX));
  equal(index(real), index(model), 'Index after', operation);
  for (const mmu of [real, model]) mmu.writeCp0(CP0_INDEX, 0);
  return true;
}

/** What an entry makes of an access that it matches. */
export function outcome(entry: AnyTlbEntry, va: number, access: Access): Translation {
  const page = pageAt(entry, va);
  if (!page.valid) return { kind: 'invalid' };
  if (!page.dirty && access === 'store') return { kind: 'modified' };
  return { kind: 'mapped', pa: page.pa + (va % pageSizeOf(entry)), cca: page.cca };
}

/** Makes entry `i` match nothing that a TLB is asked for: a page inside kseg0, a different one for each. */
export function park(mmu: MmuSubject, i: number): void {
  const nowhere = { pa: 0, cca: 3, dirty: false, valid: false };
  const parked = { va: 0x8000_0000 + i * 0x2000, asid: 0, global: false };
  if (mmu.model === 'r3000') install(mmu, i, { ...parked, ...nowhere, noncacheable: false });
  else install(mmu, i, { ...parked, pageMask: 0, even: nowhere, odd: nowhere });
}

/** Moves EntryHi to address space `asid`. */
export function setAsid(mmu: MmuSubject, asid: number): void {
  mmu.writeCp0(CP0_ENTRY_HI, entryHi(mmu.model, 0, asid));
}

/** A subject with `state` in an otherwise parked TLB, and EntryHi at `asid`. */
export function prepared(make: SubjectFactory, state: readonly Slot[] = [], asid = 0): Subject {
  const mmu = make();
  for (let i = 0; i < mmu.entries; i++) park(mmu, i);
  for (const { index, entry } of state) install(mmu, index, entry);
  setAsid(mmu, asid);
  return mmu;
}

/** What TLBWI and TLBWR write an entry from. */
export const ENTRY_REGISTERS: readonly number[] = [CP0_ENTRY_LO0, CP0_ENTRY_LO1, CP0_PAGE_MASK, CP0_ENTRY_HI];

/** The number in Index, Random or Wired as an entry's, and back: an r3000 keeps Index and Random in bits 13:8. */
export const entryNumber = (mmu: MmuSubject, value: number): number => (mmu.model === 'r3000' ? value >>> 8 : value);
export const indexOf = (mmu: MmuSubject, entry: number): number => (mmu.model === 'r3000' ? entry << 8 : entry);
