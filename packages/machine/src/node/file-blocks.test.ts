import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FileBlocks } from './file-blocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'kseg-blocks-'));
afterAll(() => rmSync(folder, { recursive: true }));
const image = (name: string, size: number) => {
  const path = join(folder, name);
  writeFileSync(
    path,
    Uint8Array.from({ length: size }, (_, i) => i >> 9),
  );
  return path;
};

it('reads by range and writes through to the file at once', () => {
  const path = image('rw', 512 * 8);
  const blocks = new FileBlocks(path, { write: true });
  expect(blocks.sectors).toBe(8);
  const sectors = new Uint8Array(1024);
  blocks.read(3, 2, sectors);
  expect([sectors[0], sectors[512]]).toEqual([3, 4]);
  blocks.write(5, new Uint8Array(512).fill(0xee));
  expect(
    readFileSync(path)
      .subarray(5 * 512, 6 * 512)
      .every((byte) => byte === 0xee),
  ).toBe(true);
  expect(readFileSync(path)).toHaveLength(512 * 8);
  blocks.flush();
  blocks.close();
});

it('pads the ragged end of an image that it only reads', () => {
  const blocks = new FileBlocks(image('ragged', 700));
  const sector = new Uint8Array(512).fill(0xff);
  blocks.read(1, 1, sector);
  expect([blocks.sectors, blocks.readOnly, sector[0], sector[187], sector[188]]).toEqual([2, true, 1, 1, 0]);
  blocks.close();
});

it('refuses what is no disk', () => {
  for (const path of [folder, '/dev/null'])
    expect(() => new FileBlocks(path)).toThrow(expect.objectContaining({ code: 'KSEG_MACHINE_DISK_KIND' }));
  expect(() => new FileBlocks(image('empty', 0))).toThrow(expect.objectContaining({ code: 'KSEG_MACHINE_DISK_SIZE' }));
  expect(() => new FileBlocks(image('odd', 700), { write: true })).toThrow(/multiple of 512/);
  expect(() => new FileBlocks(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
