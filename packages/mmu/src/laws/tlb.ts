// Laws about the TLB's entries (MIPS32 PRA vol. III, "TLB Address Translation"; vol. II, TLBP, TLBR, TLBWI, TLBWR).

import * as cases from '../cases.ts';
import { CP0_ENTRY_HI, CP0_ENTRY_LO0, CP0_ENTRY_LO1, CP0_INDEX, CP0_RANDOM, CP0_WIRED } from '../cp0-registers.ts';
import { array, constantFrom, nat, tuple } from '../gen.ts';
import {
  ENTRY_REGISTERS,
  entryNumber,
  equal,
  indexOf,
  KERNEL,
  type Law,
  outcome,
  pageMaskAt,
  park,
  prepared,
  REFILL,
  setAsid,
  tlbLaw,
  USER,
} from '../law.ts';
import { entryHi, install, type Operation, perform, type TlbSubject } from '../operations.ts';
import { type AnyTlbEntry, pageSizeOf, spanOf } from '../tlb-entry.ts';
import type { Access, Context } from '../translation.ts';

type Placed = cases.Slot & { readonly va: number };

const registers = (mmu: TlbSubject) => ENTRY_REGISTERS.map((register) => mmu.readCp0(register));

/** An entry whose pages are valid where those of `entry` are not, and the other way round. */
const withOtherV = (entry: AnyTlbEntry): AnyTlbEntry =>
  'valid' in entry
    ? { ...entry, valid: !entry.valid }
    : {
        ...entry,
        even: { ...entry.even, valid: !entry.even.valid },
        odd: { ...entry.odd, valid: !entry.odd.valid },
      };

export const tlbLaws: readonly Law[] = [
  tlbLaw({
    name: 'a probe finds what a write put',
    says: 'TLBP finds an entry by any address in it, and TLBR reads back what was written',
    one: 'an entry, at an index',
    cases: (mmu) => array(cases.placedEntry(mmu), 1, 64),
    holds(placed, make) {
      const mmu = prepared(make);
      for (const { entry, va, index } of placed) {
        install(mmu, index, entry);
        const written = registers(mmu).slice(0, 3);
        mmu.writeCp0(CP0_ENTRY_HI, entryHi(mmu.model, va, entry.asid));
        mmu.tlbp();
        equal(mmu.readCp0(CP0_INDEX), indexOf(mmu, index), 'Index of', entry);
        for (const register of ENTRY_REGISTERS) mmu.writeCp0(register, 0);
        mmu.tlbr();
        const hi = entryHi(mmu.model, entry.va, entry.asid);
        equal(registers(mmu), [...written, hi], 'EntryLo0, EntryLo1, PageMask and EntryHi of', entry);
        park(mmu, index);
      }
      return placed.length;
    },
  }),
  tlbLaw({
    name: 'a probe misses what was never put',
    says: 'TLBP of a page that no entry has sets P',
    one: 'an entry, probed for before it is put, and with an ASID behind it',
    cases: (mmu) => array(tuple<[Placed, number]>(cases.placedEntry(mmu), cases.asid(mmu)), 1, 64),
    holds(placed, make) {
      const mmu = prepared(make);
      const missed = (va: number, asid: number) => {
        mmu.writeCp0(CP0_ENTRY_HI, entryHi(mmu.model, va, asid));
        mmu.tlbp();
        return mmu.readCp0(CP0_INDEX) >= 2 ** 31;
      };
      for (const [{ entry, va, index }, other] of placed) {
        equal(missed(va, entry.asid), true, 'P before the write of', entry);
        install(mmu, index, { ...entry, global: false });
        equal(missed(va, other), other !== entry.asid, `P with ASID ${other} after the write of`, entry);
        park(mmu, index);
      }
      return placed.length;
    },
  }),
  tlbLaw({
    name: 'an entry translates its pages',
    says: 'an address in an entry comes to what its page says: Invalid for V=0 whatever D is, Modified for a store to D=0, else the frame and the offset',
    one: 'an access to an entry',
    cases: (mmu) =>
      array(
        tuple<[Placed, [number, Access][]]>(
          cases.placedEntry(mmu),
          array(tuple<[number, Access]>(cases.word, cases.access), 1, 12),
        ),
        1,
        16,
      ),
    holds(entries, make) {
      const mmu = prepared(make);
      let tried = 0;
      for (const [{ entry, va, index }, accesses] of entries) {
        install(mmu, index, entry);
        const size = spanOf(entry);
        for (const [at, access] of accesses) {
          // Some anywhere in the entry, some in the page where the others are.
          const address = at % 2 === 0 ? entry.va + (at % size) : va - (va % 4096) + (at % 4096);
          const expected = outcome(entry, address, access);
          equal(mmu.translate(address, access, KERNEL), expected, access, address, 'of', entry);
          if (va < 0x8000_0000) equal(mmu.translate(address, access, USER), expected, 'user', access, address, entry);
          if (expected.kind !== 'mapped' || mmu.lookup === undefined) continue;
          equal(pageMaskAt(mmu, address, access, KERNEL), pageSizeOf(entry) - 1, 'pageMask of', address, 'of', entry);
        }
        tried += accesses.length;
        park(mmu, index);
      }
      return tried;
    },
  }),
  tlbLaw({
    name: 'an entry translates nothing else',
    says: 'an address outside every entry is a refill',
    one: 'an access beside the only entry',
    cases: (mmu) =>
      tuple<[Placed, [number, Access][]]>(
        cases.placedEntry(mmu),
        array(tuple<[number, Access]>(cases.virtualAddress(mmu).map(cases.mapped), cases.access), 1, 64),
      ),
    holds([{ entry, index }, accesses], make) {
      const mmu = prepared(make, [{ index, entry }], entry.asid);
      const end = entry.va + spanOf(entry);
      const outside = accesses.filter(([va]) => va < entry.va || va >= end);
      for (const [va, access] of outside) equal(mmu.translate(va, access, KERNEL), REFILL, access, va);
      return outside.length;
    },
  }),
  tlbLaw({
    name: 'ASIDs keep apart',
    says: 'an entry serves its own ASID, a global one every ASID, and so does what replaces it; both halves must say global for an entry to be it',
    one: 'an entry, an ASID, and what the halves say',
    cases: (mmu) =>
      array(
        tuple<[Placed, number, string]>(
          cases.placedEntry(mmu),
          cases.asid(mmu),
          constantFrom('both', 'even', 'odd', 'none'),
        ),
        1,
        64,
      ),
    holds(entries, make) {
      const mmu = prepared(make);
      for (const [{ entry, va, index }, asid, which] of entries) {
        install(mmu, index, { ...entry, global: which === 'both' });
        if (mmu.model !== 'r3000' && (which === 'even' || which === 'odd')) {
          const register = which === 'even' ? CP0_ENTRY_LO0 : CP0_ENTRY_LO1;
          mmu.writeCp0(register, mmu.readCp0(register) + 1);
          mmu.tlbwi();
        }
        setAsid(mmu, asid);
        const serves = which === 'both' || asid === entry.asid;
        const expected = serves ? outcome(entry, va, 'load') : REFILL;
        equal(mmu.translate(va, 'load', KERNEL), expected, `with ASID ${asid}, global said by ${which}, of`, entry);
        // In its place another of the same pages, which does the opposite.
        const opposite = { ...withOtherV(entry), global: which === 'both' };
        install(mmu, index, opposite);
        setAsid(mmu, asid);
        equal(
          mmu.translate(va, 'load', KERNEL),
          serves ? outcome(opposite, va, 'load') : REFILL,
          `with ASID ${asid} and V turned round in`,
          entry,
        );
        park(mmu, index);
      }
      return entries.length;
    },
  }),
  tlbLaw({
    name: 'nothing is lost between ASIDs',
    says: 'changing the ASID and changing it back changes nothing',
    one: 'an address, and some ASIDs in between',
    cases: (mmu) =>
      tuple<[cases.Slot[], number[], number[]]>(
        cases.tlbState(mmu),
        array(cases.asid(mmu), 1, 4),
        array(cases.virtualAddress(mmu), 1, 64),
      ),
    holds([state, asids, addresses], make) {
      const mmu = prepared(make, state, 1);
      const all = () => addresses.map((va) => mmu.translate(va, 'load', KERNEL));
      const before = all();
      for (const asid of asids) {
        setAsid(mmu, asid);
        all();
      }
      setAsid(mmu, 1);
      equal(all(), before, 'translations');
      return addresses.length;
    },
  }),
  tlbLaw({
    name: 'the lowest of duplicates',
    says: 'of several entries that match, the one with the lowest index counts, in translation and probe',
    one: 'some entries for one page',
    exempts: ({ duplicates }) =>
      duplicates === 'machineCheck' ? "with duplicates: 'machineCheck' no two entries match" : undefined,
    cases: (mmu) =>
      array(
        tuple<[Placed, number[], boolean[]]>(
          cases.placedEntry(mmu),
          array(nat(0xff), 2, 5),
          array(constantFrom(false, true), 5, 5),
        ),
        1,
        64,
      ),
    holds(twins, make) {
      const mmu = prepared(make);
      for (const [{ entry, va }, places, globals] of twins) {
        const indices = places.map((place) => place % mmu.entries);
        // The frames tell the entries apart.
        const size = pageSizeOf(entry);
        const own = (i: number) => ({ valid: true, pa: (size * i) % 2 ** 32 });
        const twin = (i: number): AnyTlbEntry => {
          const global = globals[i % globals.length]!;
          if (!('pageMask' in entry)) return { ...entry, ...own(i), global };
          const { even, odd } = entry;
          return { ...entry, global, even: { ...even, ...own(2 * i) }, odd: { ...odd, ...own(2 * i + 1) } };
        };
        for (const i of indices) install(mmu, i, twin(i));
        const lowest = Math.min(...indices);
        mmu.writeCp0(CP0_ENTRY_HI, entryHi(mmu.model, va, entry.asid));
        equal(mmu.translate(va, 'load', KERNEL), outcome(twin(lowest), va, 'load'), 'translation', entry, indices);
        mmu.tlbp();
        equal(mmu.readCp0(CP0_INDEX), indexOf(mmu, lowest), 'Index', entry, indices);
        for (const i of indices) park(mmu, i);
      }
      return twins.length;
    },
  }),
  tlbLaw({
    name: 'page sizes come and go',
    says: 'however many entries of whatever sizes came and went, those that are there translate as in a fresh TLB',
    one: 'an address that an entry was written for',
    needs: ['save', 'load'],
    cases: (mmu) => array(tuple<[AnyTlbEntry, number]>(cases.tlbEntry(mmu), nat(0xff)), 30, 60, 'long'),
    holds(writes, make) {
      const mmu = prepared(make);
      for (const [entry, place] of writes) install(mmu, place % mmu.entries, entry);
      const fresh = make();
      fresh.load!(mmu.save!());
      for (const [{ va }] of writes) {
        equal(mmu.translate(va, 'load', KERNEL), fresh.translate(va, 'load', KERNEL), 'translation', va);
      }
      return writes.length;
    },
  }),
  tlbLaw({
    name: 'constant within a page',
    says: 'all addresses of a page have the same fate, and keep their distance',
    one: 'an access and its page, whatever program ran before',
    cases: (mmu) =>
      tuple<[Operation[], [cases.AccessCase, number][]]>(
        cases.program(mmu),
        array(
          tuple<[cases.AccessCase, number]>(
            tuple<cases.AccessCase>(cases.virtualAddress(mmu), cases.access, cases.context),
            nat(1023),
          ),
          1,
          64,
        ),
      ),
    holds([program, accesses], make) {
      const mmu = make();
      for (const operation of program) perform(mmu, operation);
      for (const [[va, access, context], offset] of accesses) {
        const base = va - (va % 1024);
        const first = mmu.translate(base, access, context);
        const expected = first.kind === 'mapped' ? { ...first, pa: first.pa + offset } : first;
        equal(mmu.translate(base + offset, access, context), expected, access, base + offset, context);
      }
      return accesses.length;
    },
  }),
  tlbLaw({
    name: 'reads and fetches agree',
    says: 'a fetch is translated as a load, and a store as a load unless it is Modified',
    one: 'an address, whatever program ran before',
    cases: (mmu) =>
      tuple<[Operation[], [number, Context][]]>(
        cases.program(mmu),
        array(tuple<[number, Context]>(cases.virtualAddress(mmu), cases.context), 1, 64),
      ),
    holds([program, addresses], make) {
      const mmu = make();
      for (const operation of program) perform(mmu, operation);
      for (const [va, context] of addresses) {
        const load = mmu.translate(va, 'load', context);
        equal(mmu.translate(va, 'fetch', context), load, 'fetch', va, context);
        const store = mmu.translate(va, 'store', context);
        if (store.kind !== 'modified') equal(store, load, 'store', va, context);
        else equal(load.kind, 'mapped', 'load where a store is Modified,', va, context);
      }
      return addresses.length;
    },
  }),
  tlbLaw({
    name: 'a write touches one entry',
    says: 'TLBWI changes the entry at Index and no other',
    one: 'a write, with every entry read before and after',
    cases: (mmu) => tuple<[cases.Slot[], cases.Slot[]]>(cases.tlbState(mmu), array(cases.placedEntry(mmu), 1, 16)),
    holds([state, writes], make) {
      const mmu = prepared(make, state);
      // Read, of every entry, in one flat list: this is most of the law's work.
      const known = new Float64Array(4 * mmu.entries);
      const changed = (i: number): boolean => {
        mmu.writeCp0(CP0_INDEX, indexOf(mmu, i));
        mmu.tlbr();
        let other = false;
        for (const [at, register] of ENTRY_REGISTERS.entries()) {
          const now = mmu.readCp0(register);
          if (known[4 * i + at] !== now) other = true;
          known[4 * i + at] = now;
        }
        return other;
      };
      for (let i = 0; i < mmu.entries; i++) changed(i);
      for (const { index, entry } of writes) {
        install(mmu, index, entry);
        for (let i = 0; i < mmu.entries; i++) {
          if (changed(i) && i !== index) throw new Error(`entry ${i} changed with a write of ${index}`);
        }
      }
      return writes.length;
    },
  }),
  tlbLaw({
    name: 'Random spares the wired',
    says: 'Random stays between Wired and the last entry, TLBWR writes where it points, and wired entries are never replaced',
    one: 'a TLBWR',
    cases: () => tuple(nat(0xff), nat(30)),
    holds([place, times], make) {
      const mmu = prepared(make);
      const wired = wire(mmu, place);
      if (mmu.model !== 'r3000') equal(mmu.readCp0(CP0_RANDOM), mmu.entries - 1, 'Random after a write to Wired');
      const spared = (what: string, entry: number) => {
        if (entry >= wired && entry < mmu.entries) return;
        throw new Error(`${what} is ${entry}, not from ${wired} (Wired) to ${mmu.entries - 1} (the last)`);
      };
      for (let n = 0; n <= times; n++) {
        spared('the entry that TLBWR wrote', writtenAtRandom(mmu, n));
        spared('Random', entryNumber(mmu, mmu.readCp0(CP0_RANDOM)));
      }
      return times + 1;
    },
  }),
  tlbLaw({
    name: 'Random reaches the rest',
    says: 'TLBWR comes to every entry from Wired to the last',
    one: 'a TLBWR',
    cases: () => tuple(nat(0xff), nat(100)),
    holds([place, skipped], make) {
      const mmu = prepared(make);
      const wired = wire(mmu, place);
      for (let n = 0; n < skipped; n++) mmu.readCp0(CP0_RANDOM);
      const steps = 32 * mmu.entries;
      const seen = new Set<number>();
      for (let n = 0; n < steps; n++) seen.add(writtenAtRandom(mmu, n));
      const all = Array.from({ length: mmu.entries - wired }, (_, i) => wired + i);
      equal(
        [...seen].sort((a, b) => a - b),
        all,
        `the entries seen with Wired ${wired}`,
      );
      return steps;
    },
  }),
];

/** Moves Wired, where there is such a register, to one of the entries; gives the first that is not wired. */
function wire(mmu: TlbSubject, place: number): number {
  mmu.writeCp0(CP0_WIRED, place % mmu.entries);
  return mmu.model === 'r3000' ? 8 : place % mmu.entries;
}

/** Writes the `n`th of a row of pages by TLBWR, and gives the entry that has it. */
function writtenAtRandom(mmu: TlbSubject, n: number): number {
  mmu.writeCp0(CP0_ENTRY_HI, entryHi(mmu.model, 0x0100_0000 + n * 0x2000, 0));
  const lo = mmu.model === 'r3000' ? 0x600 : 6;
  for (const register of [CP0_ENTRY_LO0, CP0_ENTRY_LO1]) mmu.writeCp0(register, lo);
  mmu.tlbwr();
  mmu.tlbp();
  return entryNumber(mmu, mmu.readCp0(CP0_INDEX));
}
