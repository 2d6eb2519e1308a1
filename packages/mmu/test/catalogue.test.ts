import { expect, it } from 'vitest';
import { catalogue } from '../src/catalogue.ts';

it('no two laws have one name, and each says in a sentence what it is', () => {
  const names = catalogue.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(catalogue.filter(({ says, one }) => says.length < 20 || one.length < 5 || says.endsWith('.'))).toEqual([]);
});
