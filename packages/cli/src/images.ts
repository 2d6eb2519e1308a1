import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { isElf } from '@kseg/elf';
import { type BlockStore, findBlob, Xv6Fs } from '@kseg/xv6';
import { UsageError } from './errors.ts';

/** An image file as blocks, read and written by range. */
class FileStore implements BlockStore {
  readonly blocks: number;

  constructor(
    private readonly file: number,
    readonly blockSize: number,
  ) {
    this.blocks = Math.floor(fstatSync(file).size / blockSize);
  }

  read(block: number): Uint8Array {
    const bytes = new Uint8Array(this.blockSize);
    readSync(this.file, bytes, 0, this.blockSize, block * this.blockSize);
    return bytes;
  }

  write(block: number, bytes: Uint8Array): void {
    writeSync(this.file, bytes, 0, this.blockSize, block * this.blockSize);
  }
}

export interface OpenImage {
  /** Throws what `Xv6Fs.open` throws when the image is no file system. */
  readonly fs: Xv6Fs;
  close(): void;
}

/**
 * Opens the file system in an image, or the one embedded in a kernelmemfs, which is read only.
 * @throws KSEG_XV6_IMAGE when there is none, and what `fs.openSync` throws
 */
export function openImage(path: string, options: { readonly write?: boolean } = {}): OpenImage {
  const file = openSync(path, options.write ? 'r+' : 'r');
  const close = () => closeSync(file);
  try {
    const { size } = fstatSync(file);
    const start = new Uint8Array(4);
    readSync(file, start, 0, 4, 0);
    if (isElf(start)) {
      if (options.write) throw new UsageError(`${path} is a kernel: the file system inside it cannot be changed`);
      const bytes = new Uint8Array(size);
      readSync(file, bytes, 0, size, 0);
      return { fs: Xv6Fs.open(findBlob(bytes).bytes, { readOnly: true }), close };
    }
    const open = (blockSize: number) => Xv6Fs.open(new FileStore(file, blockSize), { readOnly: !options.write });
    try {
      return { fs: open(512), close };
    } catch (error) {
      const { blockSize } = (error as { data?: { blockSize?: number } }).data ?? {};
      if (blockSize === undefined) throw error;
      return { fs: open(blockSize), close };
    }
  } catch (error) {
    close();
    if (error instanceof Error && 'code' in error && error.code === 'KSEG_XV6_IMAGE')
      error.message = `${path}: ${error.message}`;
    throw error;
  }
}

/** Makes an image file of `blocks` blocks that reads as zeros, to be filled by `Xv6Fs.make`. */
export function createImage(path: string, blocks: number, blockSize: number): { store: BlockStore; close(): void } {
  const file = openSync(path, 'w+');
  writeSync(file, new Uint8Array(1), 0, 1, blocks * blockSize - 1);
  return { store: new FileStore(file, blockSize), close: () => closeSync(file) };
}
