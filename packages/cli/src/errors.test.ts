import { expect, it } from 'vitest';
import { explain, UsageError } from './errors.ts';
import { suggest } from './suggest.ts';

it('answers bad input with its own line and status 2', () => {
  expect(explain(new UsageError('no such board'))).toEqual({ text: 'no such board', status: 2 });
  expect(explain(Object.assign(new Error('ENOENT: …'), { code: 'ENOENT', path: 'x.elf' }))).toEqual({
    text: 'x.elf: there is no such file',
    status: 2,
  });
});

it('owns up to a fault of its own, with the stack', () => {
  const { text, status } = explain(new TypeError('undefined is not a function'));
  expect(status).toBe(1);
  expect(text).toMatch(/fault of kseg/);
  expect(text).toContain('errors.test.ts');
});

it('suggests what was probably meant, and nothing far-fetched', () => {
  expect(suggest('r4', ['r4k', 'mips', 'malta'])).toBe('; did you mean "r4k"?');
  expect(suggest('molta', ['r4k', 'mips', 'malta'])).toBe('; did you mean "malta"?');
  expect(suggest('amiga', ['r4k', 'mips'])).toBe('');
});
