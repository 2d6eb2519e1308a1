// What becomes of what a guest writes: to disks, beside them, and into flash.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kseg, scratch, shell } from './kseg.ts';

const { path, dispose } = scratch();
afterAll(dispose);
const image = path('unix.img');
let untouched: Buffer;
beforeAll(() => {
  expect(kseg(['mkfs', image, '--unix']).status).toBe(0);
  untouched = readFileSync(image);
});

it('keeps changes in an overlay, from one run to the next, and leaves the image alone', () => {
  const disk = ['--disk', `${image},overlay=${path('changes')}`];
  expect(kseg(['run', ...disk, ...shell('echo precious > f', 'cat f')]).status).toBe(0);
  const { status, stdout } = kseg(['run', ...disk, ...shell('cat f')]);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/\nprecious\n/)]);
  expect(readFileSync(image).equals(untouched)).toBe(true);
  expect(existsSync(path('changes.lock'))).toBe(false);
});

it('refuses an overlay of another image, and a file that is none', () => {
  expect(kseg(['mkfs', path('other.img'), '--unix', '--blocks', '2000']).status).toBe(0);
  const other = kseg(['run', '--disk', `${path('other.img')},overlay=${path('changes')}`]);
  expect([other.status, other.stderr]).toEqual([2, expect.stringMatching(/changes to another disk image\n$/)]);
  const none = kseg(['run', '--disk', `${image},overlay=${path('other.img')}`]);
  expect([none.status, none.stderr]).toEqual([2, expect.stringMatching(/is no overlay/)]);
  const twice = kseg(['run', '--disk', `${image},overlay=${image}`]);
  expect([twice.status, twice.stderr]).toEqual([2, expect.stringMatching(/in drive hda already/)]);
});

it('fails what a guest writes to a read-only disk', () => {
  // Our Unix begins with its journal, and will not go on without it.
  const { status, stdout } = kseg(['run', '--disk', `${image},ro`, '--expect', '$ ']);
  expect([status, stdout]).toEqual([3, expect.stringMatching(/panic: ATA disk: block \d+, status 0*51/)]);
  expect(readFileSync(image).equals(untouched)).toBe(true);
});

it('takes a snapshot back only with the disks that it was taken with', () => {
  const saved = path('snapshot');
  expect(kseg(['run', '--disk', image, '--save', saved, ...shell('echo kept > f')]).status).toBe(0);
  const same = kseg(['run', '--disk', image, '--load', saved, '--send', 'cat f\\n', '--expect', 'kept\\r\\n$ ']);
  expect(same.status).toBe(0);
  const smaller = kseg(['run', '--disk', path('other.img'), '--load', saved]);
  expect([smaller.status, smaller.stderr]).toEqual([2, expect.stringMatching(/other disks: .*-sectors.*-sectors/)]);
  const written = kseg(['run', '--disk', `${image},write`, '--load', saved]);
  expect([written.status, written.stderr]).toEqual([2, expect.stringMatching(/other disks/)]);
  expect(readFileSync(image).equals(untouched)).toBe(true);
});

it('keeps a flash chip in a file, and refuses what is too large to be one', () => {
  const flash = path('flash.bin');
  writeFileSync(flash, Uint8Array.of(1, 2, 3));
  expect(kseg(['run', '--flash', flash, ...shell('ls')]).status).toBe(0);
  const kept = readFileSync(flash);
  expect([kept.length, ...kept.subarray(0, 4)]).toEqual([4 << 20, 1, 2, 3, 0xff]);
  writeFileSync(path('large.bin'), new Uint8Array((4 << 20) + 1));
  const large = kseg(['run', '--flash', path('large.bin')]);
  expect([large.status, large.stderr]).toEqual([2, expect.stringMatching(/cannot hold 4194305/)]);
  const aor3000 = kseg(['run', '--board', 'aor3000', '--flash', flash]);
  expect([aor3000.status, aor3000.stderr]).toEqual([
    2,
    expect.stringMatching(/does not take --flash; r4k, malta would/),
  ]);
});
