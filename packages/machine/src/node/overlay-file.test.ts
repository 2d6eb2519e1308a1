import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBlocks } from '@kseg/devices';
import { afterAll, expect, it } from 'vitest';
import { FileBlocks } from './file-blocks.ts';
import { OverlayFile } from './overlay-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kseg-overlay-'));
afterAll(() => rmSync(folder, { recursive: true }));
const refused = expect.objectContaining({ code: 'KSEG_MACHINE_OVERLAY' });

it('keeps changes in a file of their own, for the next run as well', () => {
  const image = join(folder, 'base.img');
  const content = Uint8Array.from({ length: 100 * 512 }, (_, i) => i >> 9);
  writeFileSync(image, content);
  const path = join(folder, 'changes');
  const first = new OverlayFile(new FileBlocks(image), path);
  first.write(7, new Uint8Array(3 * 512).fill(0xee));
  first.write(99, new Uint8Array(512).fill(0xdd));
  first.flush();
  first.close();
  const again = new OverlayFile(new FileBlocks(image), path);
  const sectors = new Uint8Array(6 * 512);
  again.read(6, 6, sectors);
  expect([0, 1, 2, 3, 4, 5].map((i) => sectors[i * 512])).toEqual([6, 0xee, 0xee, 0xee, 10, 11]);
  again.read(99, 1, sectors);
  expect([again.sectors, sectors[511]]).toEqual([100, 0xdd]);
  expect(readFileSync(image)).toEqual(Buffer.from(content));
  again.close();
});

it('refuses another disk’s changes, and what is no overlay', () => {
  const path = join(folder, 'other');
  new OverlayFile(new MemoryBlocks(8), path).close();
  expect(() => new OverlayFile(new MemoryBlocks(9), path)).toThrow(refused);
  expect(() => new OverlayFile(new MemoryBlocks(new Uint8Array(8 * 512).fill(1)), path)).toThrow(refused);
  writeFileSync(path, 'something else that somebody would like to keep');
  expect(() => new OverlayFile(new MemoryBlocks(8), path)).toThrow(/no overlay/);
});
