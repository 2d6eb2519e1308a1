import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { explain, UsageError } from './errors.ts';
import { suggest } from './suggest.ts';

it('answers bad input with its own line and status 2', () => {
  expect(explain(new UsageError('no such board'))).toEqual({ text: 'no such board', status: 2 });
  expect(explain(Object.assign(new Error('ENOENT: …'), { code: 'ENOENT', syscall: 'open', path: 'x.elf' }))).toEqual({
    text: 'x.elf: there is no such file',
    status: 2,
  });
});

it('knows every error of the system, and an empty path', () => {
  const failed = (code: string, errno: number, path?: string) =>
    explain(Object.assign(new Error(code), { code, errno, syscall: 'read', ...(path === undefined ? {} : { path }) }));
  expect(failed('ENAMETOOLONG', -constants.errno.ENAMETOOLONG, 'aaa')).toEqual({
    text: 'aaa: name too long',
    status: 2,
  });
  expect(failed('ENOENT', -constants.errno.ENOENT, '')).toEqual({ text: '"": there is no such file', status: 2 });
  expect(failed('EIO', -constants.errno.EIO)).toEqual({ text: 'read: i/o error', status: 2 });
});

it('prints the first line of a message that goes on', () => {
  const overlap = Object.assign(new Error('"a" overlaps "b"\n0x00000000 …'), { code: 'KSEG_BUS_OVERLAP' });
  expect(explain(overlap)).toEqual({ text: '"a" overlaps "b"', status: 2 });
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
