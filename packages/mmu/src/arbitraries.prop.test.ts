import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arbitraryPageSize,
  arbitraryTlbEntry,
  arbitraryTlbState,
  arbitraryVirtualAddress,
  install,
  mmuCommands,
} from './arbitraries.ts';
import { Mips32Mmu, R3000Mmu, R4000Mmu, ReferenceMips32, ReferenceR3000 } from './index.ts';

describe('mmuCommands', () => {
  it.each([
    ['mips32', () => new Mips32Mmu({ random: 'architectural' }), () => new ReferenceMips32()],
    ['r4000', () => new R4000Mmu(), () => new ReferenceMips32({ model: 'r4000' })],
    ['r3000', () => new R3000Mmu({ random: 'seeded' }), () => new ReferenceR3000()],
  ] as const)('find nothing in our %s, whatever its Random does', (model, real, reference) => {
    fc.assert(
      fc.property(mmuCommands({ model }), (commands) =>
        fc.modelRun(() => ({ model: reference(), real: real() }), commands),
      ),
    );
  });

  it('find a TLBR that forgets the ASID, and shrink it', () => {
    class Forgetful extends Mips32Mmu {
      override tlbr(): void {
        const asid = this.readCp0(10) & 0xff;
        super.tlbr();
        this.writeCp0(10, (this.readCp0(10) & ~0xff) | asid);
      }
    }
    const run = fc.check(
      fc.property(mmuCommands(), (commands) =>
        fc.modelRun(() => ({ model: new ReferenceMips32(), real: new Forgetful() }), commands),
      ),
      { seed: 1, numRuns: 1000 },
    );
    expect(run.failed).toBe(true);
    // An ASID in EntryHi, TLBR, and something that shows it.
    expect(`${run.counterexample?.[0]}`).toMatch(/^mtc0\(10, 0, \w+\),tlbr\(\),(access|mfc0|tlbp)\([^)]*\) /);
  });
});

describe('arbitraries', () => {
  it.each([
    ['mips32', () => new Mips32Mmu(), arbitraryTlbEntry({ model: 'mips32' })],
    ['r4000', () => new R4000Mmu(), arbitraryTlbEntry({ model: 'r4000' })],
  ] as const)('make entries that a %s takes from host and guest alike', (_, make, entries) => {
    fc.assert(
      fc.property(entries, (entry) => {
        const [host, guest] = [make(), make()];
        host.setEntry(3, entry);
        install(guest, 3, entry);
        expect(host.entry(3)).toEqual(entry);
        expect(guest.entry(3)).toEqual(entry);
      }),
    );
  });

  it('make entries of the R3000', () => {
    fc.assert(
      fc.property(arbitraryTlbEntry({ model: 'r3000' }), (entry) => {
        const [host, guest] = [new R3000Mmu(), new R3000Mmu()];
        host.setEntry(3, entry);
        install(guest, 3, entry);
        expect(host.entry(3)).toEqual(entry);
        expect(guest.entry(3)).toEqual(entry);
      }),
    );
  });

  it('come near the edges of segments, and to every size of page', () => {
    const addresses = fc.sample(arbitraryVirtualAddress(), { numRuns: 2000, seed: 1 });
    for (const edge of [0, 0x8000_0000, 0xa000_0000, 0xc000_0000, 0xe000_0000]) {
      expect(addresses.some((va) => Math.abs(va - edge) < 0x1000)).toBe(true);
    }
    const sizes = (model: string) => new Set(fc.sample(arbitraryPageSize({ model }), { numRuns: 500, seed: 1 })).size;
    expect([sizes('mips32'), sizes('r4000'), sizes('r3000')]).toEqual([9, 7, 1]);
  });

  it('name an entry of a TLB state once', () => {
    fc.assert(
      fc.property(arbitraryTlbState({ entries: 4 }), (state) => {
        const indices = state.map(({ index }) => index);
        expect(new Set(indices).size).toBe(indices.length);
        expect(Math.max(-1, ...indices)).toBeLessThan(4);
      }),
    );
  });
});
