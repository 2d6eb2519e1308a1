import fc from 'fast-check';
import {
  arbitraryAccess,
  arbitraryAsid,
  arbitraryContext,
  arbitraryProgram,
  arbitraryTlbEntry,
  arbitraryTlbState,
  arbitraryVirtualAddress,
} from './arbitraries.ts';
import { entryHi, type GuestEntry, install, type MmuSubject, type Operation, perform } from './operations.ts';
import { ReferenceMips32 } from './reference-mips32.ts';
import { ReferenceR3000 } from './reference-r3000.ts';
import {
  type Access,
  accessCode,
  type Context,
  MAPPED,
  type Mmu,
  modeCode,
  type Translation,
  toTranslation,
} from './translation.ts';

export type { MmuSubject, Operation };

/**
 * What a law is asked of: a factory of fresh MMUs, in the state after reset. More than `MmuSubject` is optional, and a law
 * that needs what a subject lacks is left out for it: `lookup` (the hot form), `save` and `load`, `onChange`, `reset`, `k0`.
 */
export type SubjectFactory = () => MmuSubject & { reset?(): void } & Partial<
    Pick<Mmu, 'lookup' | 'pa' | 'cca' | 'pageMask' | 'save' | 'load' | 'onChange'>
  >;

/** A law of address translation: what it says, and the property that tests it. */
export interface Law {
  readonly name: string;
  /** The law in a sentence. */
  readonly says: string;
  /** The models it holds for; absent: all with a TLB. */
  readonly models?: readonly string[];
  /** What the subject must have besides a TLB. */
  readonly needs?: readonly (keyof Mmu | 'k0' | 'reset' | 'state')[];
  property(make: SubjectFactory, reference: () => MmuSubject): fc.IRawProperty<unknown>;
}

const KERNEL: Context = { mode: 'kernel' };
const USER: Context = { mode: 'user' };
const R4K = ['mips32', 'r4000'];

/** Registers by model: writable bits of each, for the models' full-featured relatives too. */
const WRITABLE: Readonly<Record<string, readonly (readonly [register: number, mask: number])[]>> = {
  mips32: [
    [2, 0x03ff_ffff],
    [3, 0x03ff_ffff],
    [4, 0xff80_0000],
    [5, 0x1fff_e000],
    [8, 0],
    [10, 0xffff_e0ff],
  ],
  r4000: [
    [2, 0x03ff_ffff],
    [3, 0x03ff_ffff],
    [4, 0xff80_0000],
    [5, 0x01ff_e000],
    [8, 0],
    [10, 0xffff_e0ff],
  ],
  r3000: [
    [0, 0x0000_3f00],
    [2, 0xffff_ff00],
    [4, 0xffe0_0000],
    [8, 0],
    [10, 0xffff_ffc0],
  ],
};

function equal(found: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, found ${a}`);
}

/** What an entry makes of an access that it matches. */
function outcome(entry: GuestEntry, va: number, access: Access): Translation {
  const page = entry.pages[Math.floor(va / entry.size) % entry.pages.length]!;
  if (!page.valid) return { kind: 'invalid' };
  if (!page.dirty && access === 'store') return { kind: 'modified' };
  return { kind: 'mapped', pa: page.pa + (va % entry.size), cca: page.cca };
}

/** Entries that match nothing a TLB is asked for: page numbers inside kseg0, a different one for each. */
function park(mmu: MmuSubject): void {
  const pages = mmu.model === 'r3000' ? 1 : 2;
  const page = { pa: 0, cca: 3, dirty: false, valid: false };
  for (let i = 0; i < mmu.entries; i++) {
    const va = 0x8000_0000 + i * pages * 4096;
    install(mmu, i, { va, asid: 0, global: false, size: 4096, pages: Array(pages).fill(page) });
  }
}

/** A subject with `state` in an otherwise parked TLB, and EntryHi at `asid`. */
function prepared(make: SubjectFactory, state: readonly { index: number; entry: GuestEntry }[], asid = 0) {
  const mmu = make();
  park(mmu);
  for (const { index, entry } of state) install(mmu, index, entry);
  mmu.writeCp0(10, entryHi(mmu.model, 0, asid));
  return mmu;
}

const mapped = (va: number) => (va < 0x8000_0000 || va >= 0xc000_0000 ? va : va - 0x8000_0000);

/** An entry with an address of its own that the TLB is asked for, and an address inside it. */
function entryAndAddress(make: SubjectFactory): fc.Arbitrary<{ entry: GuestEntry; va: number; index: number }> {
  const { model, entries } = make();
  const span = ({ size, pages }: GuestEntry) => size * pages.length;
  return fc
    .record({ entry: arbitraryTlbEntry({ model, entries }), at: fc.nat(0xffff_ffff), index: fc.nat(entries - 1) })
    .map(({ entry, at, index }) => {
      const va = mapped(entry.va);
      const own = { ...entry, va: va - (va % span(entry)) };
      return { entry: own, va: own.va + (at % span(entry)), index };
    })
    .filter(({ va }) => va === mapped(va));
}

function shapeOf(make: SubjectFactory) {
  const { model, entries } = make();
  return { model, entries };
}

/** The nearest operation that the manual defines: undefined where there is none (what Random does is the core's choice). */
function defined(operation: Operation, { model, entries }: MmuSubject): Operation | undefined {
  if (operation.op === 'tlbwr') return { op: 'tlbwi' };
  if (operation.op === 'access' || (operation.op !== 'mtc0' && operation.op !== 'mfc0')) return operation;
  const { register, select } = operation;
  const known = model === 'r3000' ? [0, 2, 4, 8, 10] : [0, 2, 3, 4, 5, 6, 8, 10];
  if (select !== 0 || !known.includes(register)) return undefined;
  if (operation.op === 'mfc0' || model === 'r3000') return operation;
  if (register === 0 || register === 6) return { ...operation, value: operation.value % entries };
  // The page mask next below: ones from bit 13 up, an even number of them.
  const ones = Math.floor(Math.log2((operation.value & 0x1fff_e000) / 2 ** 13 + 1));
  return register === 5 ? { ...operation, value: (4 ** Math.floor(ones / 2) - 1) * 2 ** 13 } : operation;
}

/** The catalogue. Each law is asked of fresh subjects, through what a guest can do. */
export const laws: readonly Law[] = [
  {
    name: 'unmapped segments',
    says: 'kseg0 and kseg1 lead to the first 512 MB of physical memory and never consult the TLB',
    property: (make) =>
      fc.property(
        arbitraryTlbState(shapeOf(make)),
        fc.integer({ min: 0x8000_0000, max: 0xbfff_ffff }),
        arbitraryAccess(),
        (state, va, access) => {
          const translation = prepared(make, state).translate(va, access, KERNEL);
          equal(translation.kind === 'mapped' && translation.pa, va % 0x2000_0000, 'physical address');
        },
      ),
  },
  {
    name: 'kseg1 is uncached',
    says: 'kseg1 is uncached whatever the registers say',
    property: (make) =>
      fc.property(
        arbitraryProgram(shapeOf(make), 10),
        fc.integer({ min: 0xa000_0000, max: 0xbfff_ffff }),
        (program, va) => {
          const mmu = make();
          for (const operation of program) perform(mmu, operation);
          equal(mmu.translate(va, 'load', KERNEL), { kind: 'mapped', pa: va - 0xa000_0000, cca: 2 }, 'translation');
        },
      ),
  },
  {
    name: 'users stay below',
    says: 'user mode never reaches the upper half, supervisor mode nothing there but its segment',
    property: (make) =>
      fc.property(
        arbitraryTlbState(shapeOf(make)),
        arbitraryVirtualAddress(shapeOf(make)),
        arbitraryAccess(),
        (state, va, access) => {
          const mmu = prepared(make, state);
          const upper = va >= 0x8000_0000;
          const sseg = va >= 0xc000_0000 && va < 0xe000_0000 && mmu.model !== 'r3000';
          equal(mmu.translate(va, access, USER).kind === 'addressError', upper, 'address error in user mode');
          equal(
            mmu.translate(va, access, { mode: 'supervisor' }).kind === 'addressError',
            upper && !sseg,
            'address error in supervisor mode',
          );
          equal(mmu.translate(va, access, KERNEL).kind === 'addressError', false, 'address error in kernel mode');
        },
      ),
  },
  {
    name: 'EXL is kernel mode',
    says: 'EXL makes it kernel mode whatever KSU says, and changes nothing else',
    property: (make) =>
      fc.property(
        arbitraryTlbState(shapeOf(make)),
        arbitraryVirtualAddress(shapeOf(make)),
        arbitraryAccess(),
        arbitraryContext(),
        (state, va, access, { mode }) => {
          const mmu = prepared(make, state);
          equal(mmu.translate(va, access, { mode, exl: true }), mmu.translate(va, access, KERNEL), 'translation');
        },
      ),
  },
  {
    name: 'ERL opens kuseg',
    says: 'under ERL kuseg is unmapped, uncached and 1:1, and the rest is as in kernel mode',
    models: R4K,
    property: (make) =>
      fc.property(
        arbitraryTlbState(shapeOf(make)),
        arbitraryVirtualAddress(),
        arbitraryAccess(),
        arbitraryContext(),
        (state, va, access, context) => {
          const mmu = prepared(make, state);
          const expected = va < 0x8000_0000 ? { kind: 'mapped', pa: va, cca: 2 } : mmu.translate(va, access, KERNEL);
          equal(mmu.translate(va, access, { ...context, erl: true }), expected, 'translation');
        },
      ),
  },
  {
    name: 'a probe finds what a write put',
    says: 'TLBP finds an entry by any address in it, and TLBR reads back what was written',
    property: (make) =>
      fc.property(entryAndAddress(make), ({ entry, va, index }) => {
        const mmu = prepared(make, []);
        install(mmu, index, entry);
        const written = [2, 3, 5].map((register) => mmu.readCp0(register));
        mmu.writeCp0(10, entryHi(mmu.model, va, entry.asid));
        mmu.tlbp();
        equal(mmu.readCp0(0), mmu.model === 'r3000' ? index << 8 : index, 'Index');
        for (const register of [2, 3, 5, 10]) mmu.writeCp0(register, 0);
        mmu.tlbr();
        equal(
          [2, 3, 5].map((register) => mmu.readCp0(register)),
          written,
          'EntryLo0, EntryLo1, PageMask',
        );
        equal(mmu.readCp0(10), entryHi(mmu.model, entry.va, entry.asid), 'EntryHi');
      }),
  },
  {
    name: 'a probe misses what was never put',
    says: 'TLBP of a page that no entry has sets P',
    property: (make) =>
      fc.property(entryAndAddress(make), fc.nat(0x3f), ({ entry, va, index }, other) => {
        const mmu = prepared(make, []);
        mmu.writeCp0(10, entryHi(mmu.model, va, entry.asid));
        mmu.tlbp();
        equal(mmu.readCp0(0) >= 2 ** 31, true, 'P before the write');
        install(mmu, index, { ...entry, global: false });
        mmu.writeCp0(10, entryHi(mmu.model, va, other));
        mmu.tlbp();
        equal(mmu.readCp0(0) >= 2 ** 31, other !== entry.asid, 'P with another ASID');
      }),
  },
  {
    name: 'an entry translates its pages',
    says: 'an address in an entry comes to what its page says: Invalid for V=0 whatever D is, Modified for a store to D=0, else the frame and the offset',
    property: (make) =>
      fc.property(
        entryAndAddress(make),
        fc.array(fc.tuple(fc.nat(0xffff_ffff), arbitraryAccess()), { minLength: 1, maxLength: 12 }),
        ({ entry, va, index }, accesses) => {
          const mmu = prepared(make, [{ index, entry }], entry.asid);
          const size = entry.size * entry.pages.length;
          for (const [at, access] of accesses) {
            // Some anywhere in the entry, some in the page where the others are.
            const address = at % 2 === 0 ? entry.va + (at % size) : va - (va % 4096) + (at % 4096);
            const expected = outcome(entry, address, access);
            equal(mmu.translate(address, access, KERNEL), expected, 'translation');
            if (va < 0x8000_0000) equal(mmu.translate(address, access, USER), expected, 'translation in user mode');
            if (expected.kind === 'mapped' && 'pageMask' in mmu) equal(mmu.pageMask, entry.size - 1, 'pageMask');
          }
        },
      ),
  },
  {
    name: 'an entry translates nothing else',
    says: 'an address outside every entry is a refill',
    property: (make) =>
      fc.property(
        entryAndAddress(make),
        arbitraryVirtualAddress(shapeOf(make)),
        arbitraryAccess(),
        ({ entry, index }, any, access) => {
          const va = mapped(any);
          fc.pre(va === mapped(va) && (va < entry.va || va >= entry.va + entry.size * entry.pages.length));
          equal(
            prepared(make, [{ index, entry }], entry.asid).translate(va, access, KERNEL),
            { kind: 'refill' },
            'translation',
          );
        },
      ),
  },
  {
    name: 'ASIDs keep apart',
    says: 'an entry serves its own ASID, a global one every ASID; both halves must say global for an entry to be it',
    property: (make) =>
      fc.property(
        entryAndAddress(make),
        arbitraryAsid(shapeOf(make)),
        fc.constantFrom('both', 'even', 'odd', 'none'),
        ({ entry, va, index }, asid, which) => {
          const mmu = prepared(make, []);
          install(mmu, index, { ...entry, global: which === 'both' });
          if (mmu.model !== 'r3000' && (which === 'even' || which === 'odd')) {
            const register = which === 'even' ? 2 : 3;
            mmu.writeCp0(register, mmu.readCp0(register) + 1);
            mmu.tlbwi();
          }
          mmu.writeCp0(10, entryHi(mmu.model, 0, asid));
          const serves = which === 'both' || asid === entry.asid;
          equal(
            mmu.translate(va, 'load', KERNEL),
            serves ? outcome(entry, va, 'load') : { kind: 'refill' },
            'translation',
          );
        },
      ),
  },
  {
    name: 'nothing is lost between ASIDs',
    says: 'changing the ASID and changing it back changes nothing',
    property: (make) =>
      fc.property(
        arbitraryTlbState(shapeOf(make)),
        fc.array(arbitraryAsid(shapeOf(make)), { maxLength: 8 }),
        fc.array(arbitraryVirtualAddress(shapeOf(make)), { minLength: 1, maxLength: 8 }),
        (state, asids, addresses) => {
          const mmu = prepared(make, state, 1);
          const all = () => addresses.map((va) => mmu.translate(va, 'load', KERNEL));
          const before = all();
          for (const asid of asids) {
            mmu.writeCp0(10, entryHi(mmu.model, 0, asid));
            all();
          }
          mmu.writeCp0(10, entryHi(mmu.model, 0, 1));
          equal(all(), before, 'translations');
        },
      ),
  },
  {
    name: 'the lowest of duplicates',
    says: 'of several entries that match, the one with the lowest index counts, in translation and probe',
    property: (make) =>
      fc.property(
        entryAndAddress(make),
        fc.uniqueArray(fc.nat(0xff), { minLength: 2, maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        ({ entry, va }, places, globals) => {
          const mmu = prepared(make, []);
          const indices = [...new Set(places.map((place) => place % mmu.entries))];
          // The frames tell the entries apart.
          const twin = (i: number): GuestEntry => ({
            ...entry,
            global: globals[i % globals.length]!,
            pages: entry.pages.map((page, half) => ({
              ...page,
              valid: true,
              pa: (entry.size * (2 * i + half)) % 2 ** 32,
            })),
          });
          for (const i of indices) install(mmu, i, twin(i));
          const lowest = Math.min(...indices);
          mmu.writeCp0(10, entryHi(mmu.model, va, entry.asid));
          equal(mmu.translate(va, 'load', KERNEL), outcome(twin(lowest), va, 'load'), 'translation');
          mmu.tlbp();
          equal(mmu.readCp0(0), mmu.model === 'r3000' ? lowest << 8 : lowest, 'Index');
        },
      ),
  },
  {
    name: 'page sizes come and go',
    says: 'however many entries of whatever sizes came and went, those that are there translate as in a fresh TLB',
    needs: ['save', 'load'],
    property: (make) =>
      fc.property(
        fc.array(fc.tuple(arbitraryTlbEntry(shapeOf(make)), fc.nat(0xff)), {
          minLength: 30,
          maxLength: 60,
          size: 'max',
        }),
        (writes) => {
          const mmu = prepared(make, []);
          for (const [entry, place] of writes) install(mmu, place % mmu.entries, entry);
          const fresh = make();
          fresh.load!(mmu.save!());
          for (const [{ va }] of writes)
            equal(mmu.translate(va, 'load', KERNEL), fresh.translate(va, 'load', KERNEL), 'translation');
        },
      ),
  },
  {
    name: 'constant within a page',
    says: 'all addresses of a page have the same fate, and keep their distance',
    property: (make) =>
      fc.property(
        arbitraryProgram(shapeOf(make)),
        arbitraryVirtualAddress(shapeOf(make)),
        fc.nat(1023),
        arbitraryAccess(),
        arbitraryContext(),
        (program, va, offset, access, context) => {
          const mmu = make();
          for (const operation of program) perform(mmu, operation);
          const base = va - (va % 1024);
          const first = mmu.translate(base, access, context);
          const expected = first.kind === 'mapped' ? { ...first, pa: first.pa + offset } : first;
          equal(mmu.translate(base + offset, access, context), expected, 'translation');
        },
      ),
  },
  {
    name: 'reads and fetches agree',
    says: 'a fetch is translated as a load, and a store as a load unless it is Modified',
    property: (make) =>
      fc.property(
        arbitraryProgram(shapeOf(make)),
        arbitraryVirtualAddress(shapeOf(make)),
        arbitraryContext(),
        (program, va, context) => {
          const mmu = make();
          for (const operation of program) perform(mmu, operation);
          const load = mmu.translate(va, 'load', context);
          equal(mmu.translate(va, 'fetch', context), load, 'fetch');
          const store = mmu.translate(va, 'store', context);
          if (store.kind !== 'modified') equal(store, load, 'store');
          else equal(load.kind, 'mapped', 'load where a store is Modified');
        },
      ),
  },
  {
    name: 'Random spares the wired',
    says: 'Random stays between Wired and the last entry, TLBWR writes where it points, and wired entries are never replaced',
    property: (make) =>
      fc.property(fc.nat(0xff), fc.integer({ min: 2, max: 30 }), (place, times) => {
        const mmu = prepared(make, []);
        const r3000 = mmu.model === 'r3000';
        const wired = r3000 ? 8 : place % mmu.entries;
        mmu.writeCp0(6, wired);
        if (!r3000) equal(mmu.readCp0(1), mmu.entries - 1, 'Random after a write to Wired');
        for (let n = 0; n < times; n++) {
          const va = 0x0100_0000 + n * 0x2000;
          mmu.writeCp0(10, entryHi(mmu.model, va, 0));
          for (const register of [2, 3]) mmu.writeCp0(register, r3000 ? 0x600 : 6);
          mmu.tlbwr();
          mmu.tlbp();
          const index = mmu.readCp0(0) >>> (r3000 ? 8 : 0);
          if (index < wired || index >= mmu.entries) throw new Error(`TLBWR wrote entry ${index} with Wired ${wired}`);
          const random = mmu.readCp0(1) >>> (r3000 ? 8 : 0);
          if (random < wired || random >= mmu.entries) throw new Error(`Random is ${random} with Wired ${wired}`);
        }
      }),
  },
  {
    name: 'Random reaches the rest',
    says: 'Random comes to every entry from Wired to the last',
    property: (make) =>
      fc.property(fc.nat(0xff), (place) => {
        const mmu = make();
        const r3000 = mmu.model === 'r3000';
        const wired = r3000 ? 8 : place % mmu.entries;
        mmu.writeCp0(6, wired);
        const seen = new Set<number>();
        for (let n = 0; n < 16 * mmu.entries; n++) {
          // An r3000's Random moves on by TLBWR alone.
          if (r3000) mmu.tlbwr();
          seen.add(mmu.readCp0(1) >>> (r3000 ? 8 : 0));
        }
        equal(
          [...seen].sort((a, b) => a - b),
          Array.from({ length: mmu.entries - wired }, (_, i) => wired + i),
          'the indices seen',
        );
      }),
  },
  {
    name: 'registers keep their writable bits',
    says: 'a register reads back its writable bits of what was written, and zero or the old value elsewhere',
    property: (make) =>
      fc.property(fc.nat(0xffff_ffff), (value) => {
        const mmu = make();
        for (const [register, mask] of WRITABLE[mmu.model] ?? []) {
          mmu.writeCp0(register, value);
          equal(mmu.readCp0(register), (value & mask) >>> 0, `register ${register}`);
        }
      }),
  },
  {
    name: 'Index names an entry',
    says: 'Index takes the number of any entry, and a number beyond the last leaves it alone',
    models: R4K,
    property: (make) =>
      fc.property(fc.nat(0xff), fc.nat(0x7fff_ffff), (place, any) => {
        const mmu = make();
        const index = place % mmu.entries;
        mmu.writeCp0(0, index);
        equal(mmu.readCp0(0), index, 'Index');
        mmu.writeCp0(0, any);
        equal(mmu.readCp0(0), any < mmu.entries ? any : index, 'Index');
      }),
  },
  {
    name: 'a write touches one entry',
    says: 'TLBWI changes the entry at Index and no other',
    property: (make) =>
      fc.property(
        arbitraryTlbState(shapeOf(make)),
        arbitraryTlbEntry(shapeOf(make)),
        fc.nat(0xff),
        (state, entry, place) => {
          const mmu = prepared(make, state);
          const index = place % mmu.entries;
          const all = () =>
            Array.from({ length: mmu.entries }, (_, i) => {
              mmu.writeCp0(0, mmu.model === 'r3000' ? i << 8 : i);
              mmu.tlbr();
              return i === index ? [] : [2, 3, 5, 10].map((register) => mmu.readCp0(register));
            });
          const before = all();
          install(mmu, index, entry);
          equal(all(), before, 'the other entries');
        },
      ),
  },
  {
    name: 'a TLB fault leaves its address',
    says: 'a fault loads BadVAddr, and a TLB fault the page number into Context and EntryHi, which keep the rest',
    property: (make) =>
      fc.property(
        arbitraryVirtualAddress(shapeOf(make)),
        arbitraryAsid(shapeOf(make)),
        fc.nat(0xffff_ffff),
        arbitraryContext(),
        (va, asid, base, context) => {
          const mmu = prepared(make, [], asid);
          const r3000 = mmu.model === 'r3000';
          if (mmu.recordFault === undefined) return;
          mmu.writeCp0(4, base);
          const before = [4, 10].map((register) => mmu.readCp0(register));
          const seen = perform(mmu, { op: 'access', va, access: 'store', context }) as Translation;
          if (seen.kind === 'mapped' || seen.kind === 'addressError') {
            equal(
              [4, 10].map((register) => mmu.readCp0(register)),
              before,
              'Context and EntryHi',
            );
          } else {
            const page = r3000 ? Math.floor((va % 2 ** 31) / 2 ** 12) * 4 : Math.floor(va / 2 ** 13) * 16;
            equal(mmu.readCp0(4), ((base & (r3000 ? 0xffe0_0000 : 0xff80_0000)) | page) >>> 0, 'Context');
            equal(mmu.readCp0(10), entryHi(mmu.model, va, asid), 'EntryHi');
            equal(mmu.readCp0(8), va, 'BadVAddr');
          }
        },
      ),
  },
  {
    name: 'as the manual has it',
    says: 'every operation that the manual defines shows the guest what the literal model shows it',
    property: (make, reference) =>
      fc.property(arbitraryProgram(shapeOf(make)), (program) => {
        const mmu = make();
        const model = reference();
        for (const [i, any] of program.entries()) {
          const operation = defined(any, mmu);
          if (operation === undefined) continue;
          equal(perform(mmu, operation), perform(model, operation), `operation ${i}, ${JSON.stringify(operation)}`);
          if (operation.op !== 'tlbp') continue;
          const [found, expected] = [mmu.readCp0(0), model.readCp0(0)];
          // After a miss all but P is unpredictable, and Index no entry's number.
          equal(found >= 2 ** 31 ? 'P' : found, expected >= 2 ** 31 ? 'P' : expected, `Index after operation ${i}`);
          for (const each of [mmu, model]) each.writeCp0(0, 0);
        }
      }),
  },
  {
    name: 'state for state',
    says: 'every operation, defined or not, does to the state what it does to the state of the literal model',
    needs: ['state', 'save'],
    property: (make, reference) =>
      fc.property(arbitraryProgram(shapeOf(make)), (program) => {
        const mmu = make();
        const model = reference() as MmuSubject & Pick<Mmu, 'save'>;
        for (const [i, operation] of program.entries()) {
          equal(perform(mmu, operation), perform(model, operation), `operation ${i}, ${JSON.stringify(operation)}`);
        }
        equal(mmu.save!(), model.save(), 'state');
      }),
  },
  {
    name: 'K0 is the cacheability of kseg0',
    says: 'kseg0 has the cacheability of Config.K0, three bits of it, and nothing else has',
    models: [...R4K, 'fixed'],
    needs: ['k0'],
    property: (make) =>
      fc.property(fc.nat(0xff), fc.nat(0x1fff_ffff), (k0, offset) => {
        const mmu = make() as { k0: number } & MmuSubject;
        mmu.k0 = k0;
        equal(mmu.k0, k0 % 8, 'k0');
        equal(
          mmu.translate(0x8000_0000 + offset, 'load', KERNEL),
          { kind: 'mapped', pa: offset, cca: k0 % 8 },
          'kseg0',
        );
        equal(mmu.translate(0xa000_0000 + offset, 'load', KERNEL), { kind: 'mapped', pa: offset, cca: 2 }, 'kseg1');
      }),
  },
  {
    name: 'pageMask of what is unmapped',
    says: 'an unmapped segment is one page of its own size',
    needs: ['lookup', 'pageMask'],
    property: (make) =>
      fc.property(fc.nat(0x3fff_ffff), fc.nat(0x7fff_ffff), (offset, low) => {
        const mmu = make();
        equal(mmu.translate(0x8000_0000 + offset, 'load', KERNEL).kind, 'mapped', 'kseg0 and kseg1');
        equal(mmu.pageMask, 0x1fff_ffff, 'pageMask');
        if (mmu.model === 'r3000') return;
        equal(mmu.translate(low, 'load', { mode: 'kernel', erl: true }).kind, 'mapped', 'kuseg under ERL');
        equal(mmu.pageMask, 0x7fff_ffff, 'pageMask');
      }),
  },
  {
    name: 'reset forgets everything',
    says: 'after a reset an MMU is as new',
    needs: ['reset', 'save'],
    property: (make) =>
      fc.property(
        arbitraryProgram(shapeOf(make)),
        fc.array(arbitraryVirtualAddress(shapeOf(make))),
        (program, addresses) => {
          const mmu = make();
          for (const operation of program) perform(mmu, operation);
          const fresh = make();
          mmu.reset!();
          equal(mmu.save!(), fresh.save!(), 'state');
          for (const va of addresses)
            equal(mmu.translate(va, 'load', KERNEL), fresh.translate(va, 'load', KERNEL), 'translation');
        },
      ),
  },
  {
    name: 'translating changes nothing',
    says: 'a translation leaves no trace',
    models: ['mips32', 'r4000', 'r3000', 'fixed', 'gaia', 'vcpu'],
    needs: ['save'],
    property: (make) =>
      fc.property(
        arbitraryProgram(shapeOf(make)),
        fc.array(fc.tuple(arbitraryVirtualAddress(shapeOf(make)), arbitraryAccess(), arbitraryContext()), {
          minLength: 1,
          maxLength: 20,
        }),
        (program, accesses) => {
          const mmu = make();
          for (const operation of program) perform(mmu, operation);
          const before = mmu.save!();
          const first = accesses.map((access) => mmu.translate(...access));
          equal(mmu.save!(), before, 'state');
          equal(
            accesses.map((access) => mmu.translate(...access)),
            first,
            'translations',
          );
        },
      ),
  },
  {
    name: 'the hot form agrees',
    says: 'lookup and translate give the same answer, and pageMask says how far it reaches',
    models: ['mips32', 'r4000', 'r3000', 'fixed', 'gaia', 'vcpu'],
    needs: ['lookup'],
    property: (make) =>
      fc.property(
        arbitraryProgram(shapeOf(make)),
        fc.array(fc.tuple(arbitraryVirtualAddress(shapeOf(make)), arbitraryAccess(), arbitraryContext()), {
          minLength: 1,
          maxLength: 20,
        }),
        (program, accesses) => {
          const mmu = make() as Mmu & MmuSubject;
          for (const operation of program) perform(mmu, operation);
          for (const [va, access, context] of accesses) {
            const translation = mmu.translate(va, access, context);
            const code = mmu.lookup(va, accessCode(access), modeCode(context));
            const { kind, pa, cca } = translation as Extract<Translation, { kind: 'mapped' }>;
            equal(toTranslation(mmu, code), kind === 'mapped' ? { kind, pa, cca } : { kind }, 'lookup');
            equal(mmu.lookup(va | 0, accessCode(access), modeCode(context)), code, 'lookup of the signed address');
            if (code === MAPPED) equal((mmu.pa ^ va) & mmu.pageMask, 0, 'the bits that pass through');
          }
        },
      ),
  },
  {
    name: 'a snapshot is the whole of it',
    says: 'a fresh MMU that loads a state goes on as the saved one does; it survives JSON',
    models: ['mips32', 'r4000', 'r3000', 'fixed', 'gaia', 'vcpu'],
    needs: ['save', 'load'],
    property: (make) =>
      fc.property(arbitraryProgram(shapeOf(make)), arbitraryProgram(shapeOf(make)), (before, after) => {
        const mmu = make();
        for (const operation of before) perform(mmu, operation);
        const copy = make();
        for (const operation of after) perform(copy, operation);
        copy.load!(JSON.parse(JSON.stringify(mmu.save!())));
        for (const [i, operation] of after.entries()) {
          equal(perform(copy, operation), perform(mmu, operation), `operation ${i}, ${JSON.stringify(operation)}`);
        }
        equal(copy.save!(), mmu.save!(), 'state');
      }),
  },
  {
    name: 'being asked makes no difference',
    says: 'what was translated before does not change what is translated next: an MMU that was just loaded answers the same',
    models: ['mips32', 'r4000', 'r3000', 'fixed', 'gaia', 'vcpu'],
    needs: ['save', 'load'],
    property: (make) =>
      fc.property(
        arbitraryProgram(shapeOf(make)),
        arbitraryVirtualAddress(shapeOf(make)),
        fc.array(fc.tuple(fc.nat(0x1fff), arbitraryAccess()), { minLength: 2, maxLength: 8 }),
        fc.constantFrom(undefined, 0, 0x800, 0x1000, 0x1800),
        (program, any, accesses, small) => {
          const mmu = make();
          const va = mapped(any);
          for (const operation of program) perform(mmu, operation);
          if (small !== undefined && mmu.model === 'mips32') {
            // A page of less than 4 KB, where there are such: Index, PageGrain, PageMask, EntryLo0, EntryLo1, EntryHi.
            mmu.writeCp0(0, 0);
            mmu.writeCp0(5, 0x1000_0000, 1);
            mmu.writeCp0(5, small);
            mmu.writeCp0(2, 0x0001_0016);
            mmu.writeCp0(3, 0x0002_0016);
            mmu.writeCp0(10, va - (va % 0x800));
            mmu.tlbwi();
          }
          const saved = mmu.save!();
          for (const [offset, access] of accesses) {
            const address = va - (va % 0x2000) + offset;
            const cold = make();
            cold.load!(saved);
            equal(
              mmu.translate(address, access, KERNEL),
              cold.translate(address, access, KERNEL),
              `0x${address.toString(16)}`,
            );
          }
        },
      ),
  },
  {
    name: 'changes are announced',
    says: 'a translation that a TLB write or a load changes was announced, for its ASID',
    models: ['mips32', 'r4000', 'r3000', 'fixed', 'gaia', 'vcpu'],
    needs: ['onChange', 'save', 'load'],
    property: (make) =>
      fc.property(
        arbitraryProgram(shapeOf(make)),
        fc.array(arbitraryVirtualAddress(shapeOf(make)), { minLength: 1, maxLength: 10 }),
        (program, addresses) => {
          const mmu = make();
          const fresh = mmu.save!();
          const edges = [0, ...addresses, 0xffff_ffff];
          const all = () => edges.map((va) => JSON.stringify(mmu.translate(va, 'store', KERNEL)));
          const heard: (readonly [number, number, number])[] = [];
          const subscription = mmu.onChange!((...announced) => void heard.push(announced));
          /** Does what may change translations, and checks that every change was heard of. */
          const watch = (change: () => void, asid: number) => {
            heard.length = 0;
            const before = all();
            change();
            for (const [i, now] of all().entries()) {
              const va = edges[i]!;
              const known = heard.some(
                ([from, size, who]) => va >= from && va < from + size && (who === -1 || who === asid),
              );
              if (now !== before[i] && !known)
                throw new Error(`0x${va.toString(16)} changed from ${before[i]} to ${now} unannounced`);
            }
          };
          for (const operation of program) {
            const asid = mmu.model === 'r3000' ? (mmu.readCp0(10) >>> 6) & 63 : mmu.readCp0(10) & 0xff;
            if (operation.op === 'tlbwi' || operation.op === 'tlbwr') watch(() => perform(mmu, operation), asid);
            else perform(mmu, operation);
          }
          watch(() => mmu.load!(fresh), -2);
          subscription.dispose();
          heard.length = 0;
          mmu.load!(fresh);
          equal(heard, [], 'announcements after the end of the subscription');
        },
      ),
  },
  {
    name: 'replacing is announced to the ASIDs it concerns',
    says: 'an entry that comes or goes is announced to whoever it serves: its ASID, every ASID if it is global, and wherever a page mask with holes makes it match',
    needs: ['onChange'],
    property: (make) =>
      fc.property(
        entryAndAddress(make),
        arbitraryAsid(shapeOf(make)),
        fc.constantFrom(0, 0, 0x4000, 0x1_0000, 0x1_4000),
        ({ entry, va, index }, asid, holes) => {
          const mmu = prepared(make, [], asid);
          const edges = [va, (va ^ holes) >>> 0, entry.va];
          const heard: (readonly [number, number, number])[] = [];
          mmu.onChange!((...announced) => void heard.push(announced));
          const watch = (change: () => void) => {
            const before = edges.map((at) => JSON.stringify(mmu.translate(at, 'load', KERNEL)));
            heard.length = 0;
            change();
            mmu.writeCp0(10, entryHi(mmu.model, 0, asid));
            for (const [i, at] of edges.entries()) {
              const now = JSON.stringify(mmu.translate(at, 'load', KERNEL));
              const known = heard.some(
                ([from, size, who]) => at >= from && at < from + size && (who === -1 || who === asid),
              );
              if (now !== before[i] && !known)
                throw new Error(`0x${at.toString(16)} changed from ${before[i]} to ${now} unannounced`);
            }
          };
          watch(() => {
            if (mmu.model === 'r3000' || holes === 0) install(mmu, index, entry);
            else {
              mmu.writeCp0(5, holes);
              mmu.writeCp0(10, entryHi(mmu.model, entry.va, entry.asid));
              mmu.tlbwi();
            }
          });
          watch(() => park(mmu));
        },
      ),
  },
];

/** The literal model of the same kind and size as a subject, with default options. */
function literal(make: SubjectFactory): MmuSubject {
  const { model, entries } = make();
  return model === 'r3000'
    ? new ReferenceR3000()
    : new ReferenceMips32({ model: model as 'mips32' | 'r4000', entries });
}

/**
 * The laws that apply to what `make` makes: by its model, and by what it offers. `reference` makes what the subject is
 * compared with, where that has options (1 KB pages, another Random policy …); the default is the literal model of its kind.
 */
export function lawsFor(
  make: SubjectFactory,
  reference: () => MmuSubject = () => literal(make),
): { readonly name: string; readonly says: string; readonly property: fc.IRawProperty<unknown> }[] {
  const subject = make();
  return laws
    .filter(({ models = ['mips32', 'r4000', 'r3000'] }) => models.includes(subject.model))
    .filter(({ needs = [] }) => needs.every((member) => member in subject))
    .map(({ name, says, property }) => ({ name, says, property: property(make, reference) }));
}
