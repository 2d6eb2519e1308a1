import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configurations } from '../test/subjects.ts';
import { checksFor, randomOf } from './checks.ts';
import * as models from './index.ts';
import { lawsFor } from './laws.ts';

describe.each(configurations(models))('$name', ({ make, reference, not }) => {
  it.each(lawsFor(make, reference).filter(({ name }) => name !== not))('$name', ({ property }) => {
    fc.assert(property);
  });
});

describe('checks', () => {
  const seed = Number(process.env['KSEG_PROP_SEED'] ?? Date.now() | 0);

  it.each(configurations(models))('hold for $name', ({ make, reference, not }) => {
    for (const { name, check } of checksFor(make, reference).filter((each) => each.name !== not)) {
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
