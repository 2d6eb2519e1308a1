// Laws about CP0's MMU registers (MIPS32 PRA vol. III, "Coprocessor 0 Registers").

import * as cases from '../cases.ts';
import {
  CP0_BAD_VADDR,
  CP0_CONTEXT,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_PAGE_MASK,
} from '../cp0-registers.ts';
import { array, nat, tuple } from '../gen.ts';
import { equal, type Law, prepared, R4K, setAsid, tlbLaw } from '../law.ts';
import { entryHi, perform } from '../operations.ts';
import type { Context, Translation } from '../translation.ts';

type WritableBits = readonly [register: number, mask: number];

const R4K_REGISTERS: readonly WritableBits[] = [
  [CP0_ENTRY_LO0, 0x03ff_ffff],
  [CP0_ENTRY_LO1, 0x03ff_ffff],
  [CP0_CONTEXT, 0xff80_0000],
  [CP0_BAD_VADDR, 0],
  [CP0_ENTRY_HI, 0xffff_e0ff],
];

/** Registers by model, and the writable bits of each. */
const WRITABLE: Readonly<Record<string, readonly WritableBits[]>> = {
  mips32: [...R4K_REGISTERS, [CP0_PAGE_MASK, 0x1fff_e000]],
  r4000: [...R4K_REGISTERS, [CP0_PAGE_MASK, 0x01ff_e000]],
  r3000: [
    [CP0_INDEX, 0x0000_3f00],
    [CP0_ENTRY_LO0, 0xffff_ff00],
    [CP0_CONTEXT, 0xffe0_0000],
    [CP0_BAD_VADDR, 0],
    [CP0_ENTRY_HI, 0xffff_ffc0],
  ],
};

export const registerLaws: readonly Law[] = [
  tlbLaw({
    name: 'registers keep their writable bits',
    says: 'a register reads back its writable bits of what was written, and zero or the old value elsewhere',
    one: 'a value, written to every register',
    cases: () => array(cases.word, 1, 64),
    holds(values, make) {
      const mmu = make();
      for (const value of values) {
        for (const [register, ofModel] of WRITABLE[mmu.model]!) {
          const mask = register === CP0_PAGE_MASK ? (mmu.pageMaskBits ?? ofModel) : ofModel;
          mmu.writeCp0(register, value);
          equal(mmu.readCp0(register), (value & mask) >>> 0, `register ${register} after`, value);
        }
      }
      return values.length;
    },
  }),
  tlbLaw({
    name: 'Index names an entry',
    says: 'Index takes the number of any entry',
    one: 'a write to Index',
    models: R4K,
    cases: () => array(nat(0xff), 1, 64),
    holds(places, make) {
      const mmu = make();
      for (const place of places) {
        mmu.writeCp0(CP0_INDEX, place % mmu.entries);
        equal(mmu.readCp0(CP0_INDEX), place % mmu.entries, 'Index');
      }
      return places.length;
    },
  }),
  tlbLaw({
    name: 'a TLB fault leaves its address',
    says: 'a fault loads BadVAddr, and a TLB fault the page number into Context and EntryHi, which keep the rest',
    one: 'an access',
    needs: ['recordFault'],
    cases: (mmu) =>
      array(
        tuple<[number, number, number, Context]>(cases.virtualAddress(mmu), cases.asid(mmu), cases.word, cases.context),
        1,
        32,
      ),
    holds(accesses, make) {
      const mmu = prepared(make);
      const r3000 = mmu.model === 'r3000';
      const registers = () => [CP0_CONTEXT, CP0_ENTRY_HI].map((register) => mmu.readCp0(register));
      for (const [va, asid, base, context] of accesses) {
        setAsid(mmu, asid);
        mmu.writeCp0(CP0_CONTEXT, base);
        const before = registers();
        const seen = perform(mmu, { op: 'access', va, access: 'store', context }) as Translation;
        if (seen.kind === 'mapped' || seen.kind === 'addressError') {
          equal(registers(), before, `Context and EntryHi after ${seen.kind} at`, va);
        } else {
          const page = r3000 ? Math.floor((va % 2 ** 31) / 2 ** 12) * 4 : Math.floor(va / 2 ** 13) * 16;
          const badVpn = ((base & (r3000 ? 0xffe0_0000 : 0xff80_0000)) | page) >>> 0;
          equal(registers(), [badVpn, entryHi(mmu.model, va, asid)], 'Context and EntryHi after a fault at', va);
          equal(mmu.readCp0(CP0_BAD_VADDR), va, 'BadVAddr');
        }
      }
      return accesses.length;
    },
  }),
];
