import { closeSync, openSync, readSync } from 'node:fs';
import { isElf } from '@kseg/elf';
import { findBlob, Xv6Fs } from '@kseg/xv6';
import { fileStore } from '@kseg/xv6/node';
import { UsageError } from './errors.ts';
import { blaming, naming, read } from './files.ts';
import { lockFile } from './image-locks.ts';

interface OpenImage {
  readonly fs: Xv6Fs;
  close(): void;
}

/**
 * Opens the file system in an image, or the one embedded in a kernelmemfs, which is read only.
 * @throws KSEG_XV6_IMAGE when there is none, and what `fs.openSync` throws
 */
export function openImage(path: string, options: { readonly write?: boolean } = {}): OpenImage {
  return blaming(path, () => {
    if (startsAsElf(path)) {
      if (options.write) throw new UsageError(`${path}: the file system inside a kernel cannot be changed`);
      return { fs: Xv6Fs.open(findBlob(read(path)).bytes, { readOnly: true }), close() {} };
    }
    try {
      return openStore(path, 512, options.write === true);
    } catch (error) {
      // A layout with larger blocks says so.
      const { blockSize } = (error as { data?: { blockSize?: number } }).data ?? {};
      if (blockSize === undefined) throw error;
      return openStore(path, blockSize, options.write === true);
    }
  });
}

function openStore(path: string, blockSize: number, write: boolean): OpenImage {
  const lock = write ? lockFile(path) : undefined;
  let store: ReturnType<typeof fileStore> | undefined;
  const close = () => {
    store?.close();
    lock?.dispose();
  };
  try {
    store = fileStore(path, { blockSize, readOnly: !write });
    return { fs: Xv6Fs.open(store, { readOnly: !write }), close };
  } catch (error) {
    close();
    throw error;
  }
}

function startsAsElf(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = new Uint8Array(4);
    naming(path, () => readSync(file, start, 0, 4, 0));
    return isElf(start);
  } finally {
    closeSync(file);
  }
}
