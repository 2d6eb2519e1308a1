import { ReferenceMips32, type ReferenceMips32Options } from './reference-mips32.ts';
import { ReferenceR3000, type ReferenceR3000Options } from './reference-r3000.ts';

/** The literal model of the same kind as an MMU with a TLB, made with the options that the MMU shows as properties. */
export function literalOf(mmu: { readonly model: string }): ReferenceMips32 | ReferenceR3000 {
  return mmu.model === 'r3000'
    ? new ReferenceR3000(mmu as ReferenceR3000Options)
    : new ReferenceMips32(mmu as ReferenceMips32Options);
}
