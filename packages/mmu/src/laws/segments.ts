// Laws about segments and operating modes (MIPS32 PRA vol. III, "Virtual Memory" and "Operating Modes").
import * as cases from '../cases.ts';
import { array, integer, nat, tuple } from '../gen.ts';
import {
  EVERY_MODEL,
  equal,
  KERNEL,
  type Law,
  law,
  pageMaskAt,
  prepared,
  R4K,
  SUPERVISOR,
  tlbLaw,
  USER,
} from '../law.ts';
import { type Operation, perform } from '../operations.ts';
import type { Access, Context } from '../translation.ts';

export const segmentLaws: readonly Law[] = [
  tlbLaw({
    name: 'unmapped segments',
    says: 'kseg0 and kseg1 lead to the first 512 MB of physical memory and never consult the TLB',
    one: 'an access, whatever the TLB holds',
    cases: (mmu) =>
      tuple<[cases.Slot[], [number, Access][]]>(
        cases.tlbState(mmu),
        array(tuple<[number, Access]>(integer(0x8000_0000, 0xbfff_ffff), cases.access), 1, 64),
      ),
    holds([state, accesses], make) {
      const mmu = prepared(make, state);
      for (const [va, access] of accesses) {
        const translation = mmu.translate(va, access, KERNEL);
        equal(translation.kind === 'mapped' && translation.pa, va % 0x2000_0000, 'physical address of', va, access);
      }
      return accesses.length;
    },
  }),
  tlbLaw({
    name: 'kseg1 is uncached',
    says: 'kseg1 is uncached whatever the registers say',
    one: 'an access, whatever program ran before',
    cases: (mmu) =>
      tuple<[Operation[], number[]]>(cases.program(mmu, 10), array(integer(0xa000_0000, 0xbfff_ffff), 1, 64)),
    holds([program, addresses], make) {
      const mmu = make();
      for (const operation of program) perform(mmu, operation);
      for (const va of addresses) {
        equal(mmu.translate(va, 'load', KERNEL), { kind: 'mapped', pa: va - 0xa000_0000, cca: 2 }, 'translation', va);
      }
      return addresses.length;
    },
  }),
  tlbLaw({
    name: 'users stay below',
    says: 'user mode never reaches the upper half, supervisor mode nothing there but its segment',
    one: 'an access, whatever the TLB holds',
    cases: (mmu) =>
      tuple<[cases.Slot[], [number, Access][]]>(
        cases.tlbState(mmu),
        array(tuple<[number, Access]>(cases.virtualAddress(mmu), cases.access), 1, 64),
      ),
    holds([state, accesses], make) {
      const mmu = prepared(make, state);
      const refused = (mode: typeof KERNEL, va: number, access: Access) =>
        mmu.translate(va, access, mode).kind === 'addressError';
      for (const [va, access] of accesses) {
        const upper = va >= 0x8000_0000;
        const sseg = va >= 0xc000_0000 && va < 0xe000_0000 && mmu.model !== 'r3000';
        equal(refused(USER, va, access), upper, 'address error in user mode', va, access);
        equal(refused(SUPERVISOR, va, access), upper && !sseg, 'address error in supervisor mode', va, access);
        equal(refused(KERNEL, va, access), false, 'address error in kernel mode', va, access);
      }
      return accesses.length;
    },
  }),
  law({
    name: 'EXL is kernel mode',
    says: 'EXL makes it kernel mode whatever KSU says, and changes nothing else',
    one: 'an access, whatever program ran before',
    models: EVERY_MODEL,
    cases: (mmu) => tuple<[Operation[], cases.AccessCase[]]>(cases.program(mmu), cases.accesses(mmu)),
    holds([program, accesses], make) {
      const mmu = make();
      for (const operation of program) perform(mmu, operation);
      for (const [va, access, { mode }] of accesses) {
        const kernel = mmu.translate(va, access, KERNEL);
        equal(mmu.translate(va, access, { mode, exl: true }), kernel, 'with EXL set', va, access, mode);
      }
      return accesses.length;
    },
  }),
  tlbLaw({
    name: 'ERL opens kuseg',
    says: 'under ERL kuseg is unmapped, uncached and 1:1, and the rest is as in kernel mode',
    one: 'an access, whatever the TLB holds',
    models: R4K,
    cases: (mmu) => tuple<[cases.Slot[], cases.AccessCase[]]>(cases.tlbState(mmu), cases.accesses(mmu)),
    holds([state, accesses], make) {
      const mmu = prepared(make, state);
      for (const [va, access, context] of accesses) {
        const expected = va < 0x8000_0000 ? { kind: 'mapped', pa: va, cca: 2 } : mmu.translate(va, access, KERNEL);
        equal(mmu.translate(va, access, { ...context, erl: true }), expected, 'translation', va, access, context);
      }
      return accesses.length;
    },
  }),
  law({
    name: 'K0 is the cacheability of kseg0',
    says: 'kseg0 has the cacheability of Config.K0, and nothing else has',
    one: 'a value of K0, and an address',
    models: [...R4K, 'fixed'],
    needs: ['k0'],
    cases: () => array(tuple(nat(7), nat(0x1fff_ffff)), 1, 64),
    holds(writes, make) {
      const mmu = make();
      for (const [k0, offset] of writes) {
        mmu.k0 = k0;
        equal(mmu.k0, k0, 'k0');
        const kseg0 = mmu.translate(0x8000_0000 + offset, 'load', KERNEL);
        equal(kseg0, { kind: 'mapped', pa: offset, cca: k0 }, 'kseg0 at', offset);
        const kseg1 = mmu.translate(0xa000_0000 + offset, 'load', KERNEL);
        equal(kseg1, { kind: 'mapped', pa: offset, cca: 2 }, 'kseg1 at', offset);
      }
      return writes.length;
    },
  }),
  tlbLaw({
    name: 'pageMask of what is unmapped',
    says: 'an unmapped segment is one page of its own size',
    one: 'an address in kseg0 or kseg1, and one in kuseg',
    needs: ['lookup', 'pageMask'],
    cases: () => array(tuple(nat(0x3fff_ffff), nat(0x7fff_ffff)), 1, 64),
    holds(addresses, make) {
      const mmu = make();
      const errorLevel: Context = { mode: 'kernel', erl: true };
      for (const [offset, low] of addresses) {
        const high = 0x8000_0000 + offset;
        equal(pageMaskAt(mmu, high, 'load', KERNEL), 0x1fff_ffff, 'pageMask of', high);
        if (mmu.model === 'r3000') continue;
        equal(pageMaskAt(mmu, low, 'load', errorLevel), 0x7fff_ffff, 'pageMask under ERL of', low);
      }
      return addresses.length;
    },
  }),
];
