import fc from 'fast-check';
import { describe, it } from 'vitest';
import { arbitraryPageTable } from './arbitraries.ts';
import {
  FixedMappingMmu,
  GaiaMmu,
  Mips32Mmu,
  R3000Mmu,
  R4000Mmu,
  ReferenceMips32,
  ReferenceR3000,
  VcpuMap,
} from './index.ts';
import { lawsFor, type MmuSubject, type SubjectFactory } from './laws.ts';

/** Two models without a TLB as subjects: the guest's instructions do nothing to them. */
const without = {
  entries: 1,
  readCp0: () => 0,
  writeCp0() {},
  tlbp() {},
  tlbr() {},
  tlbwi: () => true,
  tlbwr: () => true,
};

const [table] = fc.sample(arbitraryPageTable(), { numRuns: 1, seed: 4 }) as [
  { directory: number; words: ReadonlyMap<number, number> },
];
const gaia = (strict: boolean) => {
  const mmu = new GaiaMmu({ readWord: (pa) => table.words.get(pa) ?? 0, strict });
  mmu.pdaddr = table.directory;
  mmu.vaenable = true;
  return Object.assign(mmu, without);
};

const subjects: Record<string, SubjectFactory> = {
  'Mips32Mmu, 16 entries': () => new Mips32Mmu(),
  'Mips32Mmu, 64 entries': () => new Mips32Mmu({ entries: 64 }),
  'Mips32Mmu, 1 entry': () => new Mips32Mmu({ entries: 1 }),
  'Mips32Mmu, 5 entries': () => new Mips32Mmu({ entries: 5 }),
  R4000Mmu: () => new R4000Mmu(),
  R3000Mmu: () => new R3000Mmu(),
  FixedMappingMmu: () => new FixedMappingMmu(),
  'GaiaMmu, hardware': () => gaia(false),
  'GaiaMmu, strict': () => gaia(true),
  VcpuMap: () => {
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
    const map = new VcpuMap({ guest, host });
    const { readCp0, writeCp0, tlbp, tlbr, tlbwi, tlbwr } = Mips32Mmu.prototype;
    const bound = Object.entries({ readCp0, writeCp0, tlbp, tlbr, tlbwi, tlbwr }).map(([name, method]) => [
      name,
      method.bind(guest),
    ]);
    return Object.assign(map, { entries: guest.entries }, Object.fromEntries(bound));
  },
};

// Options that change what a guest sees: compared with the literal model under the same options.
const variants = {
  'Mips32Mmu, 1 KB pages': [() => new Mips32Mmu({ smallPages: true }), () => new ReferenceMips32({ smallPages: true })],
  'Mips32Mmu, machine checks': [
    () => new Mips32Mmu({ duplicates: 'machineCheck' }),
    () => new ReferenceMips32({ duplicates: 'machineCheck' }),
  ],
  'Mips32Mmu, architectural Random': [
    () => new Mips32Mmu({ random: 'architectural' }),
    () => new ReferenceMips32({ random: 'architectural' }),
  ],
  'Mips32Mmu, another seed': [() => new Mips32Mmu({ seed: 77 }), () => new ReferenceMips32({ seed: 77 })],
  'R3000Mmu, seeded Random': [() => new R3000Mmu({ random: 'seeded' }), () => new ReferenceR3000({ random: 'seeded' })],
  'R3000Mmu, as aoR3000': [
    () => new R3000Mmu({ badVAddrOnAddressError: false }),
    () => new ReferenceR3000({ badVAddrOnAddressError: false }),
  ],
} satisfies Record<string, [SubjectFactory, () => MmuSubject]>;

/** It presupposes that duplicates are tolerated. */
const TOLERANT = 'the lowest of duplicates';

describe.each(Object.entries(variants))('%s', (kind, [make, reference]) => {
  const held = lawsFor(make, reference).filter(({ name }) => name !== TOLERANT || kind !== 'Mips32Mmu, machine checks');
  it.each(held.map((law) => [law.name, law] as const))('%s', (_name, { property }) => {
    fc.assert(property as fc.IProperty<unknown>);
  });
});

describe.each(Object.entries(subjects))('%s', (_, make) => {
  it.each(lawsFor(make).map((law) => [law.name, law] as const))('%s', (_name, { property }) => {
    fc.assert(property as fc.IProperty<unknown>);
  });
});
