import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { models } from './index.ts';

it('the README lists every model', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const listed = [...readme.matchAll(/^\| (\w+) +\| [12–]/gm)].map((match) => match[1]);
  expect(listed).toEqual(Object.keys(models));
});
