import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arbitraryAccess,
  arbitraryContext,
  arbitraryPageTable,
  arbitraryProgram,
  arbitraryVirtualAddress,
  perform,
} from './arbitraries.ts';
import {
  explain,
  FixedMappingMmu,
  GaiaMmu,
  Mips32Mmu as Mips32,
  type Mips32Mmu,
  type Mmu,
  R3000Mmu,
  R4000Mmu,
  renderExplanation,
  VcpuMap,
} from './index.ts';

/** MMUs in a random state, by model. */
const after = <M extends Mips32Mmu | R3000Mmu>(make: () => M): fc.Arbitrary<M> =>
  arbitraryProgram(make()).map((program) => {
    const mmu = make();
    for (const operation of program) perform(mmu, operation);
    return mmu;
  });
const mips32 = after(() => new Mips32());
const gaia = fc.tuple(arbitraryPageTable(), fc.boolean(), fc.boolean()).map(([{ directory, words }, strict, on]) => {
  const mmu = new GaiaMmu({ readWord: (pa) => words.get(pa) ?? 0, strict });
  mmu.pdaddr = directory;
  mmu.vaenable = on;
  return mmu;
});
const fixed = fc
  .tuple(fc.nat(7), fc.nat(7), fc.nat(7))
  .map(([k0, ku, k23]) => Object.assign(new FixedMappingMmu(), { k0, ku, k23 }));

const models: Record<string, fc.Arbitrary<Mmu>> = {
  Mips32Mmu: mips32,
  'Mips32Mmu, 1 KB pages': after(() => new Mips32({ smallPages: true })),
  R4000Mmu: after(() => new R4000Mmu()),
  R3000Mmu: after(() => new R3000Mmu()),
  FixedMappingMmu: fixed,
  GaiaMmu: gaia,
  VcpuMap: fc.tuple(mips32, mips32).map(([guest, host]) => new VcpuMap({ guest, host })),
  'VcpuMap on a VcpuMap': fc
    .tuple(mips32, mips32, fixed)
    .map(([guest, host, last]) => new VcpuMap({ guest, host: new VcpuMap({ guest: host, host: last }) })),
};

describe('explain', () => {
  it.each(Object.entries(models))('comes to what translate says: %s', (model, mmus) => {
    fc.assert(
      fc.property(
        mmus,
        arbitraryVirtualAddress(),
        arbitraryAccess(),
        arbitraryContext(),
        (mmu, va, access, context) => {
          const before = JSON.stringify(mmu.save());
          const explanation = explain(mmu, va, access, context);
          const { kind, pa, cca } = mmu.translate(va, access, context) as { kind: string; pa?: number; cca?: number };
          expect(explanation.result).toEqual(pa === undefined ? { kind } : { kind, pa, cca });
          expect(explanation.exception !== undefined).toBe(kind !== 'mapped' && !/Gaia|Vcpu/.test(model));
          expect(renderExplanation(explanation)).toContain(kind === 'mapped' ? 'physical' : 'result');
          expect(JSON.stringify(mmu.save())).toBe(before);
        },
      ),
    );
  });
});
