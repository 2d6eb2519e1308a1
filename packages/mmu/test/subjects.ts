// The configurations of our models that the laws are asked of, by tests, by the long run and on mutants.

import { TABLE_SLOTS } from '../src/cases.ts';
import type { SubjectFactory } from '../src/checks.ts';
import { integer, nat, randomOf } from '../src/gen.ts';
import type * as Models from '../src/index.ts';

export interface Configuration {
  readonly name: string;
  readonly make: SubjectFactory;
}

/** Six tables, each of which can be the directory: most entries lead to a table, in the colour of their slot and with every right. */
function gaiaMemory(): ReadonlyMap<number, number> {
  const random = randomOf(4);
  const oneIn = (n: number) => nat(n - 1).draw(random) === 0;
  const words = new Map<number, number>();
  for (let table = 1; table <= 6; table++) {
    for (const slot of TABLE_SLOTS) {
      const colour = slot % 4 === 0 ? 4 : slot % 4;
      const far = () => (oneIn(2) ? 0x400 : nat(0xf_ffff).draw(random));
      const frame = oneIn(6) ? far() : oneIn(4) ? integer(1, 6).draw(random) : colour;
      words.set(0x1000 * table + 4 * slot, frame * 0x1000 + (oneIn(3) ? nat(7).draw(random) : 7));
    }
  }
  return words;
}

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
  const mips32 = (name: string, options: Models.Mips32MmuOptions = {}): Configuration => ({
    name: `Mips32Mmu${name}`,
    make: () => new Mips32Mmu(options),
  });
  const r3000 = (name: string, options: Models.R3000MmuOptions = {}): Configuration => ({
    name: `R3000Mmu${name}`,
    make: () => new R3000Mmu(options),
  });
  const memory = gaiaMemory();
  const gaia = (name: string, strict: boolean): Configuration => ({
    name: `GaiaMmu${name}`,
    make() {
      const mmu = new GaiaMmu({ readWord: (pa) => memory.get(pa) ?? 0, strict });
      return Object.assign(mmu, { pdaddr: 0x1000, vaenable: true });
    },
  });
  const vcpu = (name: string, makeHost: () => Models.Mmu): Configuration => ({
    name: `VcpuMap${name}`,
    make: () => new VcpuMap({ guest: new Mips32Mmu(), host: makeHost() }),
  });
  return [
    mips32(''),
    r3000(''),
    { name: 'R4000Mmu', make: () => new R4000Mmu() },
    { name: 'FixedMappingMmu', make: () => new FixedMappingMmu() },
    gaia('', false),
    gaia(', strict', true),
    vcpu('', () => {
      const host = new Mips32Mmu();
      host.setEntry(0, {
        va: 0,
        asid: 0,
        global: true,
        pageMask: 0x1fff_e000,
        even: { pa: 0x1000_0000, cca: 3, dirty: true, valid: true },
        odd: { pa: 0, cca: 3, dirty: false, valid: true },
      });
      return host;
    }),
    vcpu(' on a FixedMappingMmu', () => new FixedMappingMmu()),
    mips32(', 64 entries', { entries: 64 }),
    mips32(', 5 entries', { entries: 5 }),
    mips32(', 1 entry', { entries: 1 }),
    mips32(', 1 KB pages', { smallPages: true }),
    mips32(', machine checks', { duplicates: 'machineCheck' }),
    mips32(', architectural Random', { random: 'architectural' }),
    mips32(', another seed', { seed: 77 }),
    r3000(', seeded Random', { random: 'seeded' }),
    r3000(', as aoR3000', { badVAddrOnAddressError: false }),
  ];
}
