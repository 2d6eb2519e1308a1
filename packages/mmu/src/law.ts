// What a law is, and what the catalogue's laws have in common. Nothing here needs fast-check.

import type { MmuDescription, Slot } from './cases.ts';
import { CP0_ENTRY_HI, CP0_ENTRY_LO0, CP0_ENTRY_LO1, CP0_INDEX, CP0_PAGE_MASK } from './cp0-registers.ts';
import type { Gen } from './gen.ts';
import { defined, entryHi, install, type MmuSubject, type Operation, perform, type TlbSubject } from './operations.ts';
import { type AnyTlbEntry, pageAt, pageSizeOf } from './tlb-entry.ts';
import { type Access, accessCode, type Context, modeCode, type Translation } from './translation.ts';

/** A factory of MMUs, each fresh and in the state after reset. */
export type SubjectFactory = () => MmuSubject | TlbSubject;

/** A law as it is written down, about MMUs of the type `S`. */
export interface LawText<C, S extends MmuSubject> {
  readonly name: string;
  /** The law in a sentence. */
  readonly says: string;
  /** What is counted as one case. */
  readonly one: string;
  /** The models it holds for. */
  readonly models: readonly string[];
  /** What an MMU must have for it. */
  readonly needs?: readonly string[];
  /** Why it does not hold for an MMU that has all that, where it does not. */
  exempts?(mmu: S): string | undefined;
  /** What it is tried on: a state with a number of accesses, mostly, so that making the state is paid for once. */
  cases(mmu: MmuDescription): Gen<C>;
  /** Throws where the law is broken; returns how many cases it was tried on. */
  holds(drawn: C, make: () => S): number;
}

export const R4K = ['mips32', 'r4000'];
export const WITH_TLB = [...R4K, 'r3000'];
export const EVERY_MODEL = [...WITH_TLB, 'fixed', 'gaia', 'vcpu'];

/** A law, whatever it is tried on. */
export type Law = LawText<unknown, MmuSubject>;

/** Types a law by what it is tried on, then forgets it. */
export const law = <C>(text: LawText<C, MmuSubject>): Law => text;

/** A law about MMUs with a TLB, all of them unless it says which. */
export const tlbLaw = <C>(text: Omit<LawText<C, TlbSubject>, 'models'> & { models?: readonly string[] }): Law => ({
  models: WITH_TLB,
  ...text,
});

export const KERNEL: Context = { mode: 'kernel' };
export const USER: Context = { mode: 'user' };
export const SUPERVISOR: Context = { mode: 'supervisor' };
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
  throw new Error(`${what}${where}${difference(found, expected)}`);
}

/** How two values differ: of long ones, only the first part that does. */
function difference(found: unknown, expected: unknown): string {
  const [left, right] = [show(found), show(expected)];
  if (
    typeof found === 'object' &&
    typeof expected === 'object' &&
    found &&
    expected &&
    left.length + right.length > 200
  ) {
    const [a, b] = [found as Record<string, unknown>, expected as Record<string, unknown>];
    const key = Object.keys({ ...a, ...b }).find((each) => !same(a[each], b[each]))!;
    return `, ${key}${difference(a[key], b[key])}`;
  }
  return `: expected ${right}, found ${left}`;
}

/**
 * Does to both what the manual defines of an operation, and compares what a guest sees: `model` is right.
 * @returns whether anything of it is defined
 */
export function stepBoth(real: TlbSubject, model: TlbSubject, any: Operation): boolean {
  const operation = defined(any, real);
  if (operation === undefined) return false;
  // What a fault leaves in the registers is not asked of an MMU that is not told of it.
  const silent = operation.op === 'access' && real.recordFault === undefined;
  const seen = (mmu: TlbSubject) =>
    silent ? mmu.translate(operation.va, operation.access, operation.context) : perform(mmu, operation);
  equal(seen(real), seen(model), 'operation', operation);
  if (operation.op !== 'tlbp') return true;
  // After a miss all but P is unpredictable, and Index no entry's number.
  const index = (mmu: TlbSubject) => (mmu.readCp0(CP0_INDEX) >= 2 ** 31 ? 'P' : mmu.readCp0(CP0_INDEX));
  equal(index(real), index(model), 'Index after', operation);
  for (const mmu of [real, model]) mmu.writeCp0(CP0_INDEX, 0);
  equal(real.readCp0(CP0_INDEX), model.readCp0(CP0_INDEX), 'Index, whose P is read-only, after TLBP and a write of 0');
  return true;
}

/** What an entry makes of an access that it matches. */
export function outcome(entry: AnyTlbEntry, va: number, access: Access): Translation {
  const page = pageAt(entry, va);
  if (!page.valid) return { kind: 'invalid' };
  if (!page.dirty && access === 'store') return { kind: 'modified' };
  return { kind: 'mapped', pa: page.pa + (va % pageSizeOf(entry)), cca: page.cca };
}

/** How far the answer to an access that is mapped reaches, which `lookup` leaves in `pageMask`. */
export function pageMaskAt(mmu: MmuSubject, va: number, access: Access, context: Context): number | undefined {
  mmu.lookup!(va, accessCode(access), modeCode(context));
  return mmu.pageMask;
}

/** Makes entry `i` match nothing that a TLB is asked for: a page inside kseg0, a different one for each. */
export function park(mmu: TlbSubject, i: number): void {
  const nowhere = { pa: 0, cca: 3, dirty: false, valid: false };
  const parked = { va: 0x8000_0000 + i * 0x2000, asid: 0, global: false };
  if (mmu.model === 'r3000') install(mmu, i, { ...parked, ...nowhere, noncacheable: false });
  else install(mmu, i, { ...parked, pageMask: 0, even: nowhere, odd: nowhere });
}

/** Moves EntryHi to address space `asid`. */
export function setAsid(mmu: TlbSubject, asid: number): void {
  mmu.writeCp0(CP0_ENTRY_HI, entryHi(mmu.model, 0, asid));
}

/** A subject with `state` in an otherwise parked TLB, and EntryHi at `asid`. */
export function prepared(make: () => TlbSubject, state: readonly Slot[] = [], asid = 0): TlbSubject {
  const mmu = make();
  for (let i = 0; i < mmu.entries; i++) park(mmu, i);
  for (const { index, entry } of state) install(mmu, index, entry);
  setAsid(mmu, asid);
  return mmu;
}

/** What TLBWI and TLBWR write an entry from. */
export const ENTRY_REGISTERS: readonly number[] = [CP0_ENTRY_LO0, CP0_ENTRY_LO1, CP0_PAGE_MASK, CP0_ENTRY_HI];

/** The number in Index, Random or Wired as an entry's, and back: an r3000 keeps Index and Random in bits 13:8. */
export const entryNumber = (mmu: TlbSubject, value: number): number => (mmu.model === 'r3000' ? value >>> 8 : value);
export const indexOf = (mmu: TlbSubject, entry: number): number => (mmu.model === 'r3000' ? entry << 8 : entry);
