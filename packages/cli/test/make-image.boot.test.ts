import { readFileSync, writeFileSync } from 'node:fs';
import { unixKernel } from '@kseg/unix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kseg, scratch, shell } from './kseg.ts';

const { path, dispose } = scratch();
afterAll(dispose);

beforeAll(() => {
  writeFileSync(path('hello'), 'from a new file system\n');
  expect(kseg(['mkfs', path('fs.img'), '--unix', path('hello')]).status).toBe(0);
  writeFileSync(path('kernelmemfs'), unixKernel({ disk: 'memide' }));
});

describe('kseg mkimg', () => {
  it('puts another file system into a kernel, which boots from it', () => {
    expect(
      kseg(['mkimg', 'memfs', path('new'), '--kernel', path('kernelmemfs'), '--fs', path('fs.img'), '--listing'])
        .status,
    ).toBe(0);
    expect(kseg(['run', '--kernel', path('new'), ...shell('cat hello')]).stdout).toMatch(/from a new file system/);
    expect(kseg(['cat', path('new'), 'hello']).stdout).toBe('from a new file system\n');
    expect(readFileSync(path('new.sym'), 'utf8')).toMatch(/^[0-9a-f]{8} _binary_fs_img_start$/m);
    expect(readFileSync(path('new.asm'), 'utf8')).toMatch(/eret/);
  });

  it('makes a disk with the kernel at sector 1', () => {
    writeFileSync(path('boot'), Uint8Array.of(1, 2, 3));
    expect(
      kseg([
        'mkimg',
        'disk',
        path('xv6.img'),
        '--kernel',
        path('kernelmemfs'),
        '--boot',
        path('boot'),
        '--sectors',
        '3000',
      ]).status,
    ).toBe(0);
    const image = readFileSync(path('xv6.img'));
    expect(image).toHaveLength(3000 * 512);
    expect([...image.subarray(0, 4), ...image.subarray(510, 512)]).toEqual([1, 2, 3, 0, 0x55, 0xaa]);
    expect(image.subarray(512, 516).toString('latin1')).toBe('\x7fELF');
  });

  it('puts a size in front of a GAIA image', () => {
    expect(kseg(['mkimg', 'gaia', path('gaia.img'), path('hello'), path('boot')]).status).toBe(0);
    const image = readFileSync(path('gaia.img'));
    expect(image.readUInt32LE(0)).toBe(image.length - 4);
  });

  it.each([
    [['memfs', 'out', '--fs', 'fs.img'], /--object/],
    [['memfs', 'out', '--fs', 'none.img', '--kernel', 'kernelmemfs'], /none\.img: there is no such file/],
    [['memfs', 'out', '--fs', 'hello', '--kernel', 'kernelmemfs'], /room for 524288 bytes/],
    [['disk', 'out', '--kernel', 'kernelmemfs', '--boot', 'kernelmemfs'], /510/],
    [['disk', 'out', '--kernel', 'kernelmemfs', '--sectors', '3'], /sectors/],
  ])('refuses %j in one line', (args, says) => {
    const { status, stderr } = kseg(['mkimg', ...args], { cwd: path('.') });
    expect(stderr).toMatch(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
  });
});
