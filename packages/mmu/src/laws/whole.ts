// Laws about an MMU as an object: its hot form, its snapshots, its announcements.

import * as cases from '../cases.ts';
import { CP0_ENTRY_HI, CP0_ENTRY_LO0, CP0_ENTRY_LO1, CP0_INDEX, CP0_PAGE_MASK } from '../cp0-registers.ts';
import { array, constantFrom, nat, tuple } from '../gen.ts';
import { EVERY_MODEL, equal, KERNEL, type Law, law, park, prepared, setAsid, tlbLaw } from '../law.ts';
import { entryHi, install, type MmuSubject, type Operation, perform, reached, type TlbSubject } from '../operations.ts';
import {
  type Access,
  accessCode,
  MAPPED,
  type Mmu,
  modeCode,
  type Translation,
  toTranslation,
} from '../translation.ts';

const afterProgram = (mmu: cases.MmuDescription) =>
  tuple<[Operation[], cases.AccessCase[]]>(cases.program(mmu), cases.accesses(mmu));

export const wholeLaws: readonly Law[] = [
  law({
    name: 'reset forgets everything',
    says: 'after a reset an MMU is as new',
    one: 'an access after the reset',
    models: EVERY_MODEL,
    needs: ['reset', 'save', 'onChange'],
    cases: afterProgram,
    holds([program, accesses], make) {
      const mmu = make();
      for (const operation of program) perform(mmu, operation);
      const fresh = make();
      const heard: number[][] = [];
      mmu.onChange!((...announced) => void heard.push(announced));
      mmu.reset!();
      equal(heard, [[0, 2 ** 32, -1]], 'what was announced');
      equal(mmu.save!(), fresh.save!(), 'state');
      for (const access of accesses) {
        equal(mmu.translate(...access), fresh.translate(...access), 'translation', access);
      }
      return accesses.length;
    },
  }),
  law({
    name: 'translating changes nothing',
    says: 'a translation leaves no trace',
    one: 'an access, made twice',
    models: EVERY_MODEL,
    needs: ['save'],
    cases: afterProgram,
    holds([program, accesses], make) {
      const mmu = make();
      for (const operation of program) perform(mmu, operation);
      const before = mmu.save!();
      const first = accesses.map((access) => mmu.translate(...access));
      equal(mmu.save!(), before, 'state');
      for (const [i, access] of accesses.entries()) equal(mmu.translate(...access), first[i], 'translation', access);
      return accesses.length;
    },
  }),
  law({
    name: 'the hot form agrees',
    says: 'lookup and translate give the same answer, and pageMask says how far it reaches',
    one: 'an access, whatever program ran before',
    models: EVERY_MODEL,
    needs: ['lookup', 'pa', 'cca', 'pageMask'],
    cases: afterProgram,
    holds([program, accesses], make) {
      const mmu = make() as MmuSubject & Mmu;
      for (const operation of program) perform(mmu, operation);
      for (const [va, access, context] of accesses) {
        const { kind, pa, cca } = mmu.translate(va, access, context) as Extract<Translation, { kind: 'mapped' }>;
        const code = mmu.lookup(va, accessCode(access), modeCode(context));
        const expected = kind === 'mapped' ? { kind, pa, cca } : { kind };
        equal(toTranslation(mmu, code), expected, 'lookup of', va, access);
        const signed = mmu.lookup(va | 0, accessCode(access), modeCode(context));
        equal([signed, toTranslation(mmu, signed)], [code, expected], 'lookup of the signed address', va);
        if (code === MAPPED) equal((mmu.pa ^ va) & mmu.pageMask, 0, 'the bits that pass through of', va);
      }
      return accesses.length;
    },
  }),
  law({
    name: 'a snapshot is the whole of it',
    says: 'a fresh MMU that loads a state goes on as the saved one does; it survives JSON',
    one: 'an operation after the snapshot, in the state that those before it left',
    models: EVERY_MODEL,
    needs: ['save', 'load'],
    cases: (mmu) => tuple<[Operation[], Operation[]]>(cases.program(mmu), cases.program(mmu)),
    holds([before, after], make) {
      const mmu = make();
      for (const operation of before) perform(mmu, operation);
      const copy = make();
      for (const operation of after) perform(copy, operation);
      copy.load!(JSON.parse(JSON.stringify(mmu.save!())));
      for (const [i, operation] of after.entries()) {
        equal(perform(copy, operation), perform(mmu, operation), `operation ${i}`, operation);
      }
      equal(copy.save!(), mmu.save!(), 'state');
      return after.length;
    },
  }),
  law({
    name: 'being asked makes no difference',
    says: 'what was translated before does not change what is translated next: an MMU that was just loaded answers the same',
    one: 'an access, after others to the pages beside it',
    models: EVERY_MODEL,
    needs: ['save', 'load'],
    cases: (mmu) =>
      tuple<[Operation[], number, [number, Access][], number | undefined]>(
        cases.program(mmu),
        cases.virtualAddress(mmu).map(cases.mapped),
        array(tuple<[number, Access]>(nat(0x1fff), cases.access), 2, 16),
        constantFrom(undefined, 0, 0x800, 0x1000, 0x1800),
      ),
    holds([program, va, accesses, small], make) {
      const mmu = make();
      for (const operation of program) perform(mmu, operation);
      if (small !== undefined && mmu.model === 'mips32') {
        // A page of less than 4 KB, where there are such. Select 1 of PageMask's register is PageGrain.
        const write = (register: number, value: number, select = 0) =>
          perform(mmu, { op: 'mtc0', register, value, select });
        write(CP0_INDEX, 0);
        write(CP0_PAGE_MASK, 0x1000_0000, 1);
        write(CP0_PAGE_MASK, small);
        write(CP0_ENTRY_LO0, 0x0001_0016);
        write(CP0_ENTRY_LO1, 0x0002_0016);
        write(CP0_ENTRY_HI, va - (va % 0x800));
        perform(mmu, { op: 'tlbwi' });
      }
      const saved = mmu.save!();
      const cold = make();
      for (const [offset, access] of accesses) {
        const address = va - (va % 0x2000) + offset;
        cold.load!(saved);
        const expected = cold.translate(address, access, KERNEL);
        equal(mmu.translate(address, access, KERNEL), expected, access, address);
      }
      return accesses.length;
    },
  }),
  law({
    name: 'changes are announced',
    says: 'a translation that a TLB write or a load changes was announced, for its ASID',
    one: 'an address, across a TLB write or a load',
    models: EVERY_MODEL,
    needs: ['onChange', 'save', 'load'],
    cases: (mmu) => tuple<[Operation[], number[]]>(cases.program(mmu), array(cases.virtualAddress(mmu), 1, 10)),
    holds([program, addresses], make) {
      const mmu = make();
      const fresh = mmu.save!();
      const watched = [0, ...addresses, 0xffff_ffff];
      const { watch, dispose, heard } = listen(mmu, watched, 'store');
      let tried = 0;
      for (const operation of program) {
        const asid = asidOf(reached(mmu));
        if (operation.op === 'tlbwi' || operation.op === 'tlbwr') {
          tried += watch(asid, () => perform(mmu, operation));
        } else perform(mmu, operation);
      }
      tried += watch(NO_ASID, () => mmu.load!(fresh));
      dispose();
      heard.length = 0;
      mmu.load!(fresh);
      equal(heard, [], 'announcements after the end of the subscription');
      return tried;
    },
  }),
  tlbLaw({
    name: 'replacing is announced to the ASIDs it concerns',
    says: 'an entry that comes or goes is announced to whoever it serves: its ASID, every ASID if it is global, and wherever a page mask with holes makes it match',
    one: 'an address, across an entry that comes or goes',
    needs: ['onChange'],
    cases: (mmu) =>
      array(
        tuple<[cases.Slot & { va: number }, number, number]>(
          cases.placedEntry(mmu),
          cases.asid(mmu),
          constantFrom(0, 0, 0x4000, 0x1_0000, 0x1_4000),
        ),
        1,
        16,
      ),
    holds(entries, make) {
      const mmu = prepared(make);
      let tried = 0;
      for (const [{ entry, va, index }, asid, holes] of entries) {
        setAsid(mmu, asid);
        const { watch, dispose } = listen(mmu, [va, (va ^ holes) >>> 0, entry.va], 'load');
        tried += watch(asid, () => {
          install(mmu, index, entry);
          if (mmu.model !== 'r3000' && holes !== 0) {
            mmu.writeCp0(CP0_PAGE_MASK, holes);
            mmu.writeCp0(CP0_ENTRY_HI, entryHi(mmu.model, entry.va, entry.asid));
            mmu.tlbwi();
          }
          setAsid(mmu, asid);
        });
        tried += watch(asid, () => {
          park(mmu, index);
          setAsid(mmu, asid);
        });
        dispose();
      }
      return tried;
    },
  }),
];

/** The ASID that EntryHi is at, 0 where there is no such register. */
function asidOf(mmu: MmuSubject & Partial<TlbSubject>): number {
  const hi = mmu.readCp0?.(CP0_ENTRY_HI) ?? 0;
  return mmu.model === 'r3000' ? (hi >>> 6) & 63 : hi & 0xff;
}

/** In place of an ASID: a change that must be announced to all. */
const NO_ASID = -2;

/** Listens to a subject's announcements, to be held against what becomes of `addresses`. */
function listen(mmu: MmuSubject, addresses: readonly number[], access: Access) {
  const heard: (readonly [va: number, size: number, asid: number])[] = [];
  const { dispose } = mmu.onChange!((...announced) => void heard.push(announced));
  const all = () => addresses.map((va) => mmu.translate(va, access, KERNEL));
  /** Does what may change translations, and checks that every change was heard of. */
  const watch = (asid: number, change: () => void): number => {
    const before = all();
    heard.length = 0;
    change();
    for (const [i, now] of all().entries()) {
      const va = addresses[i]!;
      if (heard.some(([from, size, who]) => va >= from && va < from + size && (who === -1 || who === asid))) continue;
      equal(now, before[i], 'translation without an announcement,', va);
    }
    return addresses.length;
  };
  return { watch, dispose, heard };
}
