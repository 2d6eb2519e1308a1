import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Xv6Fs } from './fs.ts';
import { fileStore } from './node.ts';

it('a 1 GB image is made, filled and checked in a file, in little memory', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kseg-xv6-'));
  try {
    const path = join(dir, 'fs.img');
    const before = process.memoryUsage().arrayBuffers;
    const store = fileStore(path, { blockSize: 512, create: 2 ** 21 });
    const fs = Xv6Fs.make({ size: 2 ** 21, inodes: 500, store });
    for (let i = 0; i < 50; i++) fs.write(`file${i}`, new Uint8Array(5000).fill(i));
    store.close();
    expect(statSync(path).size).toBe(2 ** 30);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);

    const again = fileStore(path, { blockSize: 512, readOnly: true });
    const opened = Xv6Fs.open(again, { readOnly: true });
    expect(opened.read('file49')).toEqual(new Uint8Array(5000).fill(49));
    expect(opened.list('/').length).toBe(52);
    again.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
