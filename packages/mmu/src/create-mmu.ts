import { FixedMappingMmu } from './fixed-mapping-mmu.ts';
import { Mips32Mmu, R4000Mmu } from './mips32-mmu.ts';
import { R3000Mmu } from './r3000-mmu.ts';

/** Address translation as data, as the CPU models of `@kseg/cpu` name it: a TLB of so many entries, an R3000A's, or the fixed mapping. */
export type MmuKind =
  | { readonly kind: 'tlb' | 'r4000'; readonly entries: number }
  | { readonly kind: 'fixed' | 'r3000' };

/** The MMU that a core of this kind has. */
export type CoreMmu = Mips32Mmu | R3000Mmu | FixedMappingMmu;

/** Makes an MMU in its reset state. `words(n)` gives the n words it keeps its state in; an array of its own without it. */
export function createMmu(mmu: MmuKind, words?: (count: number) => Int32Array): CoreMmu {
  const state = (count: number) => (words === undefined ? {} : { state: words(count) });
  switch (mmu.kind) {
    case 'tlb':
      return new Mips32Mmu({ entries: mmu.entries, ...state(Mips32Mmu.stateWords(mmu.entries)) });
    case 'r4000':
      return new R4000Mmu({ entries: mmu.entries, ...state(R4000Mmu.stateWords(mmu.entries)) });
    case 'r3000':
      return new R3000Mmu(state(R3000Mmu.stateWords()));
    case 'fixed':
      return new FixedMappingMmu(state(FixedMappingMmu.stateWords()));
  }
}
