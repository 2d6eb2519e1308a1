import fc from 'fast-check';
import * as cases from './cases.ts';
import { stepBoth } from './law.ts';
import type { MmuSubject, Operation, TlbSubject } from './operations.ts';
import type { AnyTlbEntry, R3000TlbEntry, TlbEntry } from './tlb-entry.ts';
import type { Access, Context } from './translation.ts';

export type { AccessCase, MmuDescription, PageTable, Slot } from './cases.ts';
export { install, perform } from './operations.ts';
export type { AnyTlbEntry, MmuSubject, Operation, R3000TlbEntry, TlbEntry, TlbSubject };

/** A virtual address: near the edges of segments, in a small stock of pages that entries are drawn from too, or anywhere. */
export function arbitraryVirtualAddress(mmu: cases.MmuDescription = {}): fc.Arbitrary<number> {
  return cases.virtualAddress(mmu).arbitrary(fc);
}

export function arbitraryAccess(): fc.Arbitrary<Access> {
  return cases.access.arbitrary(fc);
}

/** An operating mode, with EXL and ERL now and then. */
export function arbitraryContext(): fc.Arbitrary<Context> {
  return cases.context.arbitrary(fc);
}

/** A size of page: 4 KB mostly, up to 256 MB (r4000: 16 MB; r3000: 4 KB only). */
export function arbitraryPageSize(mmu: cases.MmuDescription = {}): fc.Arbitrary<number> {
  return cases.pageSize(mmu).arbitrary(fc);
}

/** An ASID: one of a few, mostly, so that entries and accesses meet; 6 bits on the r3000, 8 elsewhere. */
export function arbitraryAsid(mmu: cases.MmuDescription = {}): fc.Arbitrary<number> {
  return cases.asid(mmu).arbitrary(fc);
}

/**
 * A TLB entry, as a guest could write it: aligned, an ASID in range, a pair of pages or (r3000) one. `setEntry` of our models
 * takes it, and `install` writes it to anybody's through the registers.
 */
export function arbitraryTlbEntry(mmu: { readonly model: 'r3000' }): fc.Arbitrary<R3000TlbEntry>;
export function arbitraryTlbEntry(
  mmu?: cases.MmuDescription & { readonly model?: 'mips32' | 'r4000' },
): fc.Arbitrary<TlbEntry>;
export function arbitraryTlbEntry(mmu: cases.MmuDescription): fc.Arbitrary<AnyTlbEntry>;
export function arbitraryTlbEntry(mmu: cases.MmuDescription = {}): fc.Arbitrary<AnyTlbEntry> {
  return cases.tlbEntry(mmu).arbitrary(fc);
}

/** The contents of a whole TLB: for some of its entries, what to put there. The rest keeps what reset left. */
export function arbitraryTlbState(mmu: cases.MmuDescription = {}): fc.Arbitrary<readonly cases.Slot[]> {
  return cases.tlbState(mmu).arbitrary(fc);
}

/** A write to one of CP0's MMU registers: plausible values mostly, all bits now and then, other registers too. */
export function arbitraryRegisterWrite(mmu: cases.MmuDescription = {}): fc.Arbitrary<Operation> {
  return cases.registerWrite(mmu).arbitrary(fc);
}

/** Accesses one after another, each with its mode: addresses come back, now and then in another mode. */
export function arbitraryAccesses(
  mmu: cases.MmuDescription = {},
  maxLength = 64,
): fc.Arbitrary<readonly cases.AccessCase[]> {
  return cases.accesses(mmu, maxLength).arbitrary(fc);
}

/** A load, store or fetch. */
export function arbitraryAccessOperation(mmu: cases.MmuDescription = {}): fc.Arbitrary<Operation> {
  return cases.accessOperation(mmu).arbitrary(fc);
}

/** Anything a guest can do to an MMU. */
export function arbitraryOperation(mmu: cases.MmuDescription = {}): fc.Arbitrary<Operation> {
  return cases.operation(mmu).arbitrary(fc);
}

/** A TLB program: a list of operations. */
export function arbitraryProgram(mmu: cases.MmuDescription = {}, maxLength = 60): fc.Arbitrary<readonly Operation[]> {
  return cases.program(mmu, maxLength).arbitrary(fc);
}

/** Page tables of the GAIA kind: the directory at 0x1000, tables and frames behind it. */
export function arbitraryPageTable(): fc.Arbitrary<cases.PageTable> {
  return cases.pageTable().arbitrary(fc);
}

/** One operation, done to both sides of a model-based run. */
class OperationCommand implements fc.Command<TlbSubject, TlbSubject> {
  constructor(readonly operation: Operation) {}

  check(): boolean {
    return true;
  }

  run(model: TlbSubject, real: TlbSubject): void {
    stepBoth(real, model, this.operation);
  }

  toString(): string {
    const { op, ...rest } = this.operation;
    const show = (value: unknown) =>
      typeof value === 'number' && value > 31 ? `0x${value.toString(16)}` : JSON.stringify(value);
    return `${op}(${Object.values(rest).map(show).join(', ')})`;
  }
}

/**
 * Model-based commands: run them with `fc.modelRun(() => ({ model, real }), commands)`, where `model` is one of this
 * package's (a `ReferenceMips32`, say) and `real` your own MMU. Each command does one operation to both, as far as the manual
 * defines it (what Random does, say, is up to you), and compares what a guest sees.
 * The two start alike: write every entry of `real`, as a kernel does, if its TLB is not as the model's after a reset.
 * @param mmu the model and its number of entries
 */
export function mmuCommands(
  mmu: cases.MmuDescription = {},
  maxCommands = 60,
): fc.Arbitrary<Iterable<fc.Command<TlbSubject, TlbSubject>>> {
  return fc.commands([arbitraryOperation(mmu).map((operation) => new OperationCommand(operation))], {
    maxCommands,
    size: 'max',
  });
}
