import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, OtherMmu } from '../test/other-mmu.ts';
import { type Configuration, configurations } from '../test/subjects.ts';
import { catalogue } from './catalogue.ts';
import { checksFor, randomOf } from './checks.ts';
import { CP0_ENTRY_HI, CP0_RANDOM } from './cp0-registers.ts';
import * as models from './index.ts';
import { lawsFor, lawsNotFor, type MmuSubject, type SubjectFactory } from './laws.ts';
import type { Access, Context, Translation } from './translation.ts';

const { FixedMappingMmu, GaiaMmu, Mips32Mmu, R3000Mmu, R4000Mmu, ReferenceMips32, ReferenceR3000, VcpuMap } = models;

/** Besides those that the long run and the mutants are asked of: the literal models, and options that make no difference to a law. */
const OTHERS: readonly Configuration[] = [
  { name: 'ReferenceMips32', make: () => new ReferenceMips32() },
  {
    name: 'ReferenceMips32, with options',
    make: () =>
      new ReferenceMips32({
        entries: 4,
        random: 'architectural',
        duplicates: 'machineCheck',
        smallPages: true,
        seed: 3,
      }),
  },
  { name: 'ReferenceMips32, an r4000', make: () => new ReferenceMips32({ model: 'r4000' }) },
  { name: 'ReferenceR3000', make: () => new ReferenceR3000() },
  {
    name: 'ReferenceR3000, with options',
    make: () => new ReferenceR3000({ random: 'seeded', seed: 3, badVAddrOnAddressError: false }),
  },
  {
    name: 'Mips32Mmu, every option',
    make: () =>
      new Mips32Mmu({
        entries: 7,
        random: 'architectural',
        seed: -1,
        duplicates: 'machineCheck',
        smallPages: true,
        state: new Int32Array(Mips32Mmu.stateWords(7)),
      }),
  },
  { name: 'Mips32Mmu, a seed below zero', make: () => new Mips32Mmu({ seed: -5 }) },
  {
    name: 'R4000Mmu, every option',
    make: () =>
      new R4000Mmu({
        entries: 3,
        random: 'architectural',
        seed: 5,
        duplicates: 'machineCheck',
        state: new Int32Array(R4000Mmu.stateWords(3)),
      }),
  },
  {
    name: 'R3000Mmu, every option',
    make: () =>
      new R3000Mmu({
        random: 'seeded',
        seed: 0.5,
        badVAddrOnAddressError: false,
        state: new Int32Array(R3000Mmu.stateWords()),
      }),
  },
  {
    name: 'FixedMappingMmu, with a state',
    make: () => new FixedMappingMmu({ state: new Int32Array(FixedMappingMmu.stateWords()) }),
  },
  { name: 'GaiaMmu, as it is made', make: () => new GaiaMmu({ readWord: () => 0, state: new Int32Array(2) }) },
  {
    name: 'VcpuMap of other models',
    make: () =>
      new VcpuMap({ guest: new R3000Mmu(), host: new VcpuMap({ guest: new R4000Mmu(), host: new Mips32Mmu() }) }),
  },
  {
    name: 'VcpuMap of a guest without a TLB',
    make: () => new VcpuMap({ guest: new GaiaMmu({ readWord: () => 0 }), host: new Mips32Mmu() }),
  },
];
const all = [...configurations(models), ...OTHERS];

describe.each(all)('$name', ({ make }) => {
  it.each(lawsFor(make))('$name', ({ property }) => {
    fc.assert(property);
  });

  it('has every other law left out for a reason', () => {
    const left = lawsNotFor(make);
    expect([...lawsFor(make), ...left].map(({ name }) => name).sort()).toEqual(
      catalogue.map(({ name }) => name).sort(),
    );
    expect(
      left.filter(({ because }) => !/^(it is for the model|the MMU has no|with duplicates:) /.test(because)),
    ).toEqual([]);
  });
});

describe('what is asked of an MMU of another make', () => {
  const broken = (make: SubjectFactory): readonly string[] =>
    checksFor(make).flatMap(({ check }) => {
      const random = randomOf(1);
      try {
        for (let batch = 0; batch < 100; batch++) check(random);
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });

  it('is what the manual says, and no choice of ours', () => {
    expect(broken(() => new OtherMmu())).toEqual([]);
  });

  it('is not the form of its states', () => {
    const make = () => Object.assign(new OtherMmu(), { state: new Int32Array(8), save: () => 'a snapshot' });
    expect(lawsNotFor(make)).toContainEqual(
      expect.objectContaining({ name: 'state for state', because: "its states are not in this package's form" }),
    );
    expect(broken(make)).toEqual([]);
  });

  it.each<[bug: string, says: RegExp, make: SubjectFactory]>([
    [
      'looks at D before V',
      /^an entry translates its pages: store .* expected \{"kind":"invalid"\}, found \{"kind":"modified"\}$/,
      () =>
        new (class extends OtherMmu {
          protected override page(lo: number, va: number, access: Access): Translation {
            return access === 'store' && (lo & 4) === 0 ? { kind: 'modified' } : super.page(lo, va, access);
          }
        })(),
    ],
    [
      'takes an entry for global when one half says so',
      /^ASIDs keep apart: with ASID \d+, global said by (even|odd), of .* expected \{"kind":"refill"\}/,
      () =>
        new (class extends OtherMmu {
          protected override isGlobal({ lo: [even, odd] }: Entry): boolean {
            return ((even | odd) & 1) === 1;
          }
        })(),
    ],
    [
      'forgets EXL',
      /^EXL is kernel mode: with EXL set 0x\w+ \w+ (user|supervisor): expected \{.*\}, found \{"kind":"addressError"\}$/,
      () =>
        new (class extends OtherMmu {
          override translate(va: number, access: Access, context: Context): Translation {
            return super.translate(va, access, { ...context, exl: false });
          }
        })(),
    ],
    [
      'writes wired entries',
      /^Random spares the wired: Random is \d, not from \d \(Wired\) to 7 \(the last\)$/,
      () =>
        new (class extends OtherMmu {
          override tlbwr(): boolean {
            const at = this.cp0[CP0_RANDOM]!;
            this.cp0[CP0_RANDOM] = (at + 7) % 8;
            return this.write(at);
          }
        })(),
    ],
    [
      'loses the ASID in TLBR',
      /^a probe finds what a write put: EntryLo0, EntryLo1, PageMask and EntryHi of .*: expected \[/,
      () =>
        new (class extends OtherMmu {
          override tlbr(): void {
            super.tlbr();
            this.cp0[CP0_ENTRY_HI]! &= ~0xff;
          }
        })(),
    ],
  ])('finds one that %s', (_, says, make) => {
    expect(broken(make)).toContainEqual(expect.stringMatching(says));
  });

  it.each<[code: string, message: RegExp, make: () => MmuSubject]>([
    ['KSEG_MMU_OPTION', /model of a subject must be one of .*, not z80/, () => ({ ...tlbless, model: 'z80' })],
    ['KSEG_MMU_OPTION', /model mips32 must have .*tlbwr/, () => ({ ...tlbless, model: 'mips32' })],
    ['KSEG_MMU_OPTION', /model gaia must have translate/, () => ({ model: 'gaia' }) as MmuSubject],
    ['KSEG_MMU_ENTRIES', /1 to 64 entries, not 65/, () => Object.assign(new Mips32Mmu(), { entries: 65 })],
    ['KSEG_MMU_ENTRIES', /64 entries, not 8/, () => Object.assign(new R3000Mmu(), { entries: 8 })],
    ['KSEG_MMU_OPTION', /new each time.* one and the same/, () => shared.guest],
    ['KSEG_MMU_OPTION', /new each time.* same state/, () => new Mips32Mmu({ state: shared.guest.state })],
    ['KSEG_MMU_OPTION', /new each time.* same guest/, () => new VcpuMap(shared)],
  ])('%s: %s', (code, message, make) => {
    for (const ask of [lawsFor, checksFor, lawsNotFor]) {
      expect(() => ask(make)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
    }
  });
});

const tlbless: MmuSubject = { model: 'gaia', translate: () => ({ kind: 'refill' }) };
const shared = { guest: new Mips32Mmu(), host: new Mips32Mmu() };

describe('checks', () => {
  const seed = Number(process.env['KSEG_PROP_SEED'] ?? Date.now() | 0);

  it.each(all)('hold for $name', ({ make }) => {
    for (const { name, check } of checksFor(make)) {
      const random = randomOf(seed);
      let tried = 0;
      for (let batch = 0; batch < 20; batch++) tried += check(random);
      expect(tried, name).toBeGreaterThan(20);
    }
  });

  it('say what they tried, and where it went wrong', () => {
    class Broken extends models.Mips32Mmu {
      override lookup(va: number, access: number, mode: number): number {
        return super.lookup(va, access, va >>> 8 === 0xc0_0020 ? 0 : mode);
      }
    }
    const check = checksFor(() => new Broken()).find(({ name }) => name === 'users stay below')!;
    const random = randomOf(1);
    const run = () => {
      for (let batch = 0; batch < 1000; batch++) check.check(random);
    };
    expect(run).toThrow(/^users stay below: address error in user mode 0xc00020.. \w+: expected true, found false$/);
  });
});
