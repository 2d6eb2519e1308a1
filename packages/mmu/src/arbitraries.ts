import fc from 'fast-check';
import { type GuestEntry, type MmuSubject, type Operation, perform } from './operations.ts';
import { segmentsOf } from './segments.ts';
import type { Access, Context } from './translation.ts';

export { install, perform } from './operations.ts';
export type { GuestEntry, MmuSubject, Operation };

/** What the generators must know of the MMU they generate for. */
export interface Shape {
  /** 'mips32' (default), 'r4000' or 'r3000'. */
  readonly model?: string;
  /** Default: 16, 48 or 64. */
  readonly entries?: number;
}

const ENTRIES: Readonly<Record<string, number>> = { mips32: 16, r4000: 48, r3000: 64 };

function complete({ model = 'mips32', entries = ENTRIES[model] ?? 16 }: Shape): Required<Shape> {
  return { model, entries };
}

// A TLB is small and an address space is large: without a common stock of pages nothing would ever match.
const STOCK = [
  0, 0x0040_0000, 0x0040_2000, 0x0040_4000, 0x0080_0000, 0x7fff_e000, 0xc000_0000, 0xc000_2000, 0xdfff_e000,
  0xe000_0000, 0xffff_e000,
];
const ASIDS = [0, 1, 2, 0x3f];

/** A virtual address: near the edges of segments, in a small stock of pages that entries are drawn from too, or anywhere. */
export function arbitraryVirtualAddress(shape: Shape = {}): fc.Arbitrary<number> {
  const edges = [0, 0x8000_0000, ...segmentsOf(complete(shape).model).map(({ first }) => first)];
  const near = (base: number) => fc.integer({ min: -0x1001, max: 0x1001 }).map((offset) => (base + offset) >>> 0);
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(fc.constantFrom(...STOCK), fc.nat(0x3fff)).map(([base, offset]) => (base + offset) >>> 0),
    },
    { weight: 3, arbitrary: fc.constantFrom(...edges).chain(near) },
    { weight: 1, arbitrary: fc.nat(0xffff_ffff) },
  );
}

export function arbitraryAccess(): fc.Arbitrary<Access> {
  return fc.constantFrom<Access>('load', 'store', 'fetch');
}

/** An operating mode, with EXL and ERL now and then. */
export function arbitraryContext(): fc.Arbitrary<Context> {
  return fc.record({
    mode: fc.constantFrom('kernel', 'user', 'supervisor'),
    exl: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
    erl: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  });
}

/** A size of page: 4 KB mostly, up to 256 MB (r4000: 16 MB; r3000: 4 KB only). */
export function arbitraryPageSize({ model = 'mips32' }: Shape = {}): fc.Arbitrary<number> {
  const largest = model === 'r3000' ? 0 : model === 'r4000' ? 6 : 8;
  return fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(largest)).map((power) => 4096 * 4 ** power);
}

/** A TLB entry, as a guest could write it: aligned, an ASID in range, a pair of pages or (r3000) one. */
export function arbitraryTlbEntry(shape: Shape = {}): fc.Arbitrary<GuestEntry> {
  const { model } = complete(shape);
  const pages = model === 'r3000' ? 1 : 2;
  return arbitraryPageSize(shape).chain((size) => {
    const aligned = (address: number, to: number) => address - (address % to);
    const page = fc.record({
      pa: fc
        .oneof(
          fc.nat(15).map((frame) => frame * 4096),
          fc.nat(0xffff_ffff),
        )
        .map((pa) => aligned(pa, size)),
      cca: model === 'r3000' ? fc.constantFrom(2, 3) : fc.nat(7),
      dirty: fc.boolean(),
      valid: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
    });
    return fc.record({
      va: arbitraryVirtualAddress(shape).map((va) => aligned(va, pages * size)),
      asid: arbitraryAsid(shape),
      global: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
      size: fc.constant(size),
      pages: fc.array(page, { minLength: pages, maxLength: pages }),
    });
  });
}

/** An ASID: one of a few, mostly, so that entries and accesses meet; 6 bits on the r3000, 8 elsewhere. */
export function arbitraryAsid({ model = 'mips32' }: Shape = {}): fc.Arbitrary<number> {
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...ASIDS) }, fc.nat(model === 'r3000' ? 0x3f : 0xff));
}

/** The contents of a whole TLB: for some of its entries, what to put there. The rest keeps what reset left. */
export function arbitraryTlbState(shape: Shape = {}): fc.Arbitrary<readonly { index: number; entry: GuestEntry }[]> {
  const { entries } = complete(shape);
  const slot = fc.record({ index: fc.nat(entries - 1), entry: arbitraryTlbEntry(shape) });
  return fc.uniqueArray(slot, { selector: ({ index }) => index, maxLength: Math.min(entries, 12) });
}

/** A write to one of CP0's MMU registers: plausible values mostly, all bits now and then, other registers too. */
export function arbitraryRegisterWrite(shape: Shape = {}): fc.Arbitrary<Operation> {
  const { model, entries } = complete(shape);
  const r3000 = model === 'r3000';
  const word = fc.nat(0xffff_ffff);
  const write = (register: number, value: fc.Arbitrary<number>, select = 0) =>
    value.map((v): Operation => ({ op: 'mtc0', register, select, value: v >>> 0 }));
  const lo = r3000
    ? fc.tuple(fc.nat(15), fc.nat(15)).map(([frame, flags]) => (frame << 12) | (flags << 8))
    : fc.tuple(fc.nat(0x3f), fc.nat(0x3f)).map(([frame, flags]) => (frame << 6) | flags);
  const hi = fc
    .tuple(arbitraryVirtualAddress(shape), arbitraryAsid(shape))
    .map(([va, asid]) => (r3000 ? (va & ~0xfff) | (asid << 6) : (va & ~0x1fff) | asid));
  const masks = [
    0, 0, 0, 0, 0x6000, 0x1e000, 0x7e000, 0x1fe_0000, 0x1fff_e000, 0x4000, 0x800, 0x1000, 0x1800, 0xffff_ffff,
  ];
  return fc.oneof(
    {
      weight: 4,
      arbitrary: write(
        0,
        fc.nat(entries + 2).map((i) => (r3000 ? i << 8 : i)),
      ),
    },
    { weight: 4, arbitrary: write(2, fc.oneof(lo, lo, word)) },
    { weight: 4, arbitrary: write(3, fc.oneof(lo, lo, word)) },
    { weight: 4, arbitrary: write(5, fc.constantFrom(...masks)) },
    { weight: 6, arbitrary: write(10, fc.oneof(hi, hi, hi, word)) },
    { weight: 1, arbitrary: write(6, fc.oneof(fc.nat(entries), word)) },
    { weight: 1, arbitrary: write(4, word) },
    { weight: 1, arbitrary: write(5, fc.constantFrom(0, 0x1000_0000, 0xffff_ffff), 1) },
    { weight: 1, arbitrary: fc.nat(31).chain((register) => write(register, word, 0)) },
    { weight: 1, arbitrary: fc.nat(31).chain((register) => write(register, word, 1)) },
  );
}

/** A load, store or fetch. */
export function arbitraryAccessOperation(shape: Shape = {}): fc.Arbitrary<Operation> {
  return fc.record({
    op: fc.constant('access' as const),
    va: arbitraryVirtualAddress(shape),
    access: arbitraryAccess(),
    context: arbitraryContext(),
  });
}

/** Anything a guest can do to an MMU. */
export function arbitraryOperation(shape: Shape = {}): fc.Arbitrary<Operation> {
  const mfc0 = fc
    .record({
      register: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 8, 10, 7, 9, 11, 31),
      select: fc.constantFrom(0, 0, 0, 1),
    })
    .map((read): Operation => ({ op: 'mfc0', ...read }));
  const instruction = fc
    .constantFrom('tlbwi', 'tlbwi', 'tlbwi', 'tlbwr', 'tlbwr', 'tlbp', 'tlbr')
    .map((op): Operation => ({ op }) as Operation);
  return fc.oneof(
    { weight: 4, arbitrary: arbitraryRegisterWrite(shape) },
    { weight: 2, arbitrary: mfc0 },
    { weight: 3, arbitrary: instruction },
    { weight: 5, arbitrary: arbitraryAccessOperation(shape) },
  );
}

/** A TLB program: a list of operations. */
export function arbitraryProgram(shape: Shape = {}, maxLength = 60): fc.Arbitrary<readonly Operation[]> {
  return fc.array(arbitraryOperation(shape), { maxLength, size: 'max' });
}

/** Page tables of the GAIA kind: a few megabytes of words by physical address, with the directory at 0x1000 and some frames. */
export function arbitraryPageTable(): fc.Arbitrary<{
  readonly directory: number;
  readonly words: ReadonlyMap<number, number>;
}> {
  const entry = fc
    .tuple(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.nat(0xf_ffff)), fc.nat(7))
    .map(([frame, flags]) => frame * 4096 + flags);
  const row = fc.tuple(fc.constantFrom(0, 1, 2, 0x1ff, 0x200, 0x300, 0x3ff), entry);
  const table = fc.array(row, { maxLength: 8 });
  return fc.tuple(table, fc.array(table, { minLength: 5, maxLength: 5 })).map(([first, others]) => {
    const words = new Map<number, number>();
    for (const [i, rows] of [first, ...others].entries()) {
      for (const [slot, value] of rows) words.set(0x1000 * (i + 1) + 4 * slot, value);
    }
    return { directory: 0x1000, words };
  });
}

/** The two sides of a model-based run: a model that is trusted and the MMU under test. */
class OperationCommand implements fc.Command<MmuSubject, MmuSubject> {
  constructor(readonly operation: Operation) {}

  check(): boolean {
    return true;
  }

  run(model: MmuSubject, real: MmuSubject): void {
    const expected = JSON.stringify(perform(model, this.operation));
    const found = JSON.stringify(perform(real, this.operation));
    if (found !== expected) throw new Error(`${this}: expected ${expected}, found ${found}`);
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
 * package's (a `ReferenceMips32`, say) and `real` your own MMU. Each command does one operation to both and compares.
 * @param shape the model and its number of entries
 */
export function mmuCommands(
  shape: Shape = {},
  maxCommands = 60,
): fc.Arbitrary<Iterable<fc.Command<MmuSubject, MmuSubject>>> {
  return fc.commands([arbitraryOperation(shape).map((operation) => new OperationCommand(operation))], {
    maxCommands,
    size: 'max',
  });
}
