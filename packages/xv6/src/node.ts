import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { ImageStore } from './store.ts';

export interface FileStoreOptions {
  readonly blockSize: number;
  /** Make (or empty) the file with this many blocks; without it the file must exist. */
  readonly create?: number | undefined;
  readonly readOnly?: boolean | undefined;
}

/** How many blocks the store keeps in memory. */
const CACHED = 4096;

/**
 * An image file as a block store: memory stays the same however large the image is, and a new file takes disk space
 * only for what is written. Changes go to the file at once; call `close` when done.
 */
export function fileStore(path: string, options: FileStoreOptions): ImageStore & { close(): void } {
  const { blockSize, create, readOnly = false } = options;
  const file = openSync(path, create !== undefined ? 'w+' : readOnly ? 'r' : 'r+');
  if (create !== undefined) ftruncateSync(file, create * blockSize);
  const blocks = Math.floor(fstatSync(file).size / blockSize);
  const cache = new Map<number, Uint8Array>();
  const keep = (block: number, bytes: Uint8Array) => {
    // A Map keeps insertion order: the block that came in first goes first.
    if (cache.size >= CACHED) cache.delete(cache.keys().next().value!);
    cache.set(block, bytes);
    return bytes;
  };
  return {
    blockSize,
    blocks,
    read: (block) => {
      const known = cache.get(block);
      if (known !== undefined) return known;
      const bytes = new Uint8Array(blockSize);
      readSync(file, bytes, 0, blockSize, block * blockSize);
      return keep(block, bytes);
    },
    write: (block, bytes) => {
      writeSync(file, bytes, 0, blockSize, block * blockSize);
      cache.delete(block);
      keep(block, new Uint8Array(bytes.subarray(0, blockSize)));
    },
    close: () => closeSync(file),
  };
}
