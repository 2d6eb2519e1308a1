import { type ModelName, models } from '@kseg/cpu';
import { expect, it } from 'vitest';
import { coverage } from './oracle/command.ts';
import { Generator } from './oracle/generate.ts';
import { TlbGenerator } from './oracle/generate-tlb.ts';
import { Random } from './oracle/random.ts';
import { traitsOf } from './oracle/traits.ts';

const cores = (Object.keys(models) as ModelName[]).filter((name) => !name.startsWith('R'));

it.each(cores)('programs for a %s use every row of its table', (cpu) => {
  const traits = traitsOf(cpu);
  const generator = new Generator(traits, new Random(1));
  const tlb = new TlbGenerator(traits, new Random(1));
  for (let slot = 0; slot < 1000; slot++) generator.program(slot);
  if (traits.tlb > 0) for (let slot = 0; slot < 100; slot++) tlb.program(slot);
  const { missing, pinned } = coverage(cpu, new Set([...generator.used.keys(), ...tlb.used.keys()]));
  expect(missing).toEqual([]);
  // Coprocessor 2's own, and FORK.
  expect(pinned).toBeLessThanOrEqual(18);
});

it('a seed gives the same programs every time', () => {
  const programs = (seed: number) => {
    const generator = new Generator(traitsOf('24Kf'), new Random(seed));
    return Array.from({ length: 20 }, (_, slot) => generator.program(slot));
  };
  expect(programs(5)).toEqual(programs(5));
  expect(programs(5)).not.toEqual(programs(6));
});
