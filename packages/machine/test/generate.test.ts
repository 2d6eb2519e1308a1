import { type ModelName, models } from '@kseg/cpu';
import { expect, it } from 'vitest';
import { Generator } from './oracle/generate.ts';
import { Random } from './oracle/random.ts';
import { traitsOf } from './oracle/traits.ts';

/** What differential programs leave to other tests: TLB instructions have programs of their own, the others are in DEVIATIONS.md. */
const ELSEWHERE = new Set(
  'wait sdbbp tlbwr tlbwi tlbr tlbp mfc0:sel mtc0:sel rdpgpr wrpgpr mfc2 cfc2 mtc2 ctc2 c2 mfc2:sel mtc2:sel mfhc2 mthc2'.split(
    ' ',
  ),
);
const isElsewhere = (name: string) => ELSEWHERE.has(name) || name.startsWith('bc2');

const cores = (Object.keys(models) as ModelName[]).filter((name) => !name.startsWith('R'));

it.each(cores)('programs for a %s use every row of its table', (cpu) => {
  const traits = traitsOf(cpu);
  const generator = new Generator(traits, new Random(1));
  for (let slot = 0; slot < 1000; slot++) generator.program(slot);
  const unused = traits.rows.filter(
    ({ name, aliasOf, level }) =>
      aliasOf === undefined && level !== 'mt' && !isElsewhere(name) && !generator.used.has(name),
  );
  expect(unused.map(({ name }) => name)).toEqual([]);
});

it('a seed gives the same programs every time', () => {
  const programs = (seed: number) => {
    const generator = new Generator(traitsOf('24Kf'), new Random(seed));
    return Array.from({ length: 20 }, (_, slot) => generator.program(slot));
  };
  expect(programs(5)).toEqual(programs(5));
  expect(programs(5)).not.toEqual(programs(6));
});
