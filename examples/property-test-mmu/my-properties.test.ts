// For what no law asks: properties of one's own, about cases drawn from @kseg/mmu/arbitraries.
import { CP0_ENTRY_HI, CP0_INDEX, ReferenceMips32 } from '@kseg/mmu';
import {
  arbitraryAccess,
  arbitraryAsid,
  arbitraryTlbEntry,
  arbitraryVirtualAddress,
  install,
  mmuCommands,
} from '@kseg/mmu/arbitraries';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ToyMmu } from './toy-mmu.ts';

it('an entry of one process is nothing to another', () => {
  fc.assert(
    fc.property(arbitraryTlbEntry(), arbitraryAsid(), arbitraryVirtualAddress(), (entry, asid, va) => {
      fc.pre(!entry.global && asid !== entry.asid);
      const [empty, mmu] = [new ToyMmu(), new ToyMmu()];
      install(mmu, 0, entry);
      for (const each of [empty, mmu]) each.writeCp0(CP0_ENTRY_HI, asid);
      expect(mmu.translate(va, 'load', { mode: 'user' })).toEqual(empty.translate(va, 'load', { mode: 'user' }));
    }),
  );
});

it('what TLBR has read, TLBWI writes back', () => {
  const entries = fc.tuple(arbitraryTlbEntry(), arbitraryTlbEntry());
  fc.assert(
    fc.property(entries, arbitraryAsid(), arbitraryVirtualAddress(), arbitraryAccess(), (entries, asid, va, access) => {
      const mmu = new ToyMmu();
      entries.forEach((entry, i) => void install(mmu, i, entry));
      const ask = () => {
        mmu.writeCp0(CP0_ENTRY_HI, asid);
        return mmu.translate(va, access, { mode: 'kernel' });
      };
      const before = ask();
      mmu.writeCp0(CP0_INDEX, 0);
      mmu.tlbr();
      mmu.tlbwi();
      expect(ask()).toEqual(before);
    }),
  );
});

it('a program beside a reference finds the bug, too, and is cut down to one store', () => {
  const programs = fc.property(mmuCommands({ entries: 16 }), (commands) =>
    fc.modelRun(() => ({ model: new ReferenceMips32({ entries: 16 }), real: new ToyMmu() }), commands),
  );
  const { counterexample, errorInstance } = fc.check(programs, { seed: 1 });
  expect(String(counterexample)).toMatch(/^access\(0, "store", {[^}]*}\) /);
  expect(String(errorInstance)).toMatch(/expected {"kind":"invalid"}, found {"kind":"modified"}$/);
});
