import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { models } from './models.ts';
import { Predecoder } from './predecode.ts';
import { rehearse, rehearsed } from './rehearse.ts';

it('has every instruction that the interpreter has a place for', () => {
  const source = readFileSync(new URL('interpret.ts', import.meta.url), 'utf8');
  const places = [...source.matchAll(/^ +case (\d+):/gm)].map(([, number]) => Number(number));
  const predecoder = new Predecoder(models['34Kf']);
  const met = new Set(
    rehearsed().map((word) => {
      predecoder.decode(word);
      return predecoder.first & 255;
    }),
  );
  // Words that have not been decoded yet are met in any case.
  expect(places.filter((number) => number !== 0 && !met.has(number))).toEqual([]);
  expect(() => rehearse()).not.toThrow();
});
