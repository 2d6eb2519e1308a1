// The configurations of our models that the laws are asked of, by tests, by the long run and on mutants.

import { pageTable } from '../src/cases.ts';
import type { SubjectFactory } from '../src/checks.ts';
import { randomOf } from '../src/gen.ts';
import type * as Models from '../src/index.ts';
import type { MmuSubject } from '../src/operations.ts';
import { ReferenceMips32, type ReferenceMips32Options } from '../src/reference-mips32.ts';
import { ReferenceR3000, type ReferenceR3000Options } from '../src/reference-r3000.ts';

export interface Configuration {
  readonly name: string;
  readonly make: SubjectFactory;
  /** What it is compared with; absent: no literal model is like it, and no law asks for one. */
  readonly reference?: () => MmuSubject;
  /** A law that this configuration is meant to break. */
  readonly not?: string;
}

/** A model without a TLB as a subject: the guest's instructions do nothing to it. */
const WITHOUT_TLB = {
  entries: 1,
  readCp0: () => 0,
  writeCp0() {},
  tlbp() {},
  tlbr() {},
  tlbwi: () => true,
  tlbwr: () => true,
};

/** Every model under the options that change what a guest sees. The classes are given, so that they may be mutants. */
export function configurations({
  Mips32Mmu,
  R4000Mmu,
  R3000Mmu,
  FixedMappingMmu,
  GaiaMmu,
  VcpuMap,
}: Pick<
  typeof Models,
  'Mips32Mmu' | 'R4000Mmu' | 'R3000Mmu' | 'FixedMappingMmu' | 'GaiaMmu' | 'VcpuMap'
>): readonly Configuration[] {
  const mips32 = (name: string, options: ReferenceMips32Options = {}): Configuration => ({
    name: `Mips32Mmu${name}`,
    make: () => new Mips32Mmu(options),
    reference: () => new ReferenceMips32(options),
  });
  const r3000 = (name: string, options: ReferenceR3000Options = {}): Configuration => ({
    name: `R3000Mmu${name}`,
    make: () => new R3000Mmu(options),
    reference: () => new ReferenceR3000(options),
  });
  const table = pageTable().draw(randomOf(4));
  const gaia = (name: string, strict: boolean): Configuration => ({
    name: `GaiaMmu${name}`,
    make() {
      const mmu = new GaiaMmu({ readWord: (pa) => table.words.get(pa) ?? 0, strict });
      return Object.assign(mmu, WITHOUT_TLB, { pdaddr: table.directory, vaenable: true });
    },
  });
  return [
    mips32(''),
    r3000(''),
    { name: 'R4000Mmu', make: () => new R4000Mmu(), reference: () => new ReferenceMips32({ model: 'r4000' }) },
    { name: 'FixedMappingMmu', make: () => new FixedMappingMmu() },
    gaia('', false),
    gaia(', strict', true),
    {
      name: 'VcpuMap',
      make() {
        const guest = new Mips32Mmu();
        const host = new Mips32Mmu();
        host.setEntry(0, {
          va: 0,
          asid: 0,
          global: true,
          pageMask: 0x1fff_e000,
          even: { pa: 0x1000_0000, cca: 3, dirty: true, valid: true },
          odd: { pa: 0, cca: 3, dirty: false, valid: true },
        });
        // The guest's kernel drives the guest's MMU, and sees it through the map.
        const { entries } = guest;
        const bound = Object.fromEntries(
          (['readCp0', 'writeCp0', 'tlbp', 'tlbr', 'tlbwi', 'tlbwr'] as const).map((name) => [
            name,
            (guest[name] as () => unknown).bind(guest),
          ]),
        );
        return Object.assign(new VcpuMap({ guest, host }), { entries }, bound as unknown as typeof WITHOUT_TLB);
      },
    },
    mips32(', 64 entries', { entries: 64 }),
    mips32(', 5 entries', { entries: 5 }),
    mips32(', 1 entry', { entries: 1 }),
    mips32(', 1 KB pages', { smallPages: true }),
    // The law presupposes that duplicates are tolerated.
    { ...mips32(', machine checks', { duplicates: 'machineCheck' }), not: 'the lowest of duplicates' },
    mips32(', architectural Random', { random: 'architectural' }),
    mips32(', another seed', { seed: 77 }),
    r3000(', seeded Random', { random: 'seeded' }),
    r3000(', as aoR3000', { badVAddrOnAddressError: false }),
  ];
}
