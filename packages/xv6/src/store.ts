import { Xv6Error } from './errors.ts';

/**
 * Where an image's blocks live: in memory, in a file, behind a guest's disk. Blocks are numbered from 0; one never
 * written reads as zeros.
 */
export interface ImageStore {
  /** Bytes in a block. */
  readonly blockSize: number;
  /** How many blocks there are. */
  readonly blocks: number;
  /** The block's bytes. The caller must not keep or change them. */
  read(block: number): Uint8Array;
  /** Replaces a block; `bytes` is `blockSize` long and copied. */
  write(block: number, bytes: Uint8Array): void;
}

/** Blocks over bytes that are already in memory, such as an image file that was read whole. */
export function bytesStore(bytes: Uint8Array, blockSize: number): ImageStore {
  const blocks = Math.floor(bytes.length / blockSize);
  const at = (block: number) => {
    if (block < 0 || block >= blocks) throw new Xv6Error('KSEG_XV6_IMAGE', `block ${block} of ${blocks}`, { block });
    return block * blockSize;
  };
  return {
    blockSize,
    blocks,
    read: (block) => bytes.subarray(at(block), at(block) + blockSize),
    write: (block, content) => bytes.set(content.subarray(0, blockSize), at(block)),
  };
}

/** Copy-on-write blocks over another store, which stays as it is. Without one, blocks that only cost memory once written. */
export function overlayStore(under: Omit<ImageStore, 'write'>): ImageStore {
  const { blockSize, blocks } = under;
  const changed = new Map<number, Uint8Array>();
  return {
    blockSize,
    blocks,
    read: (block) => changed.get(block) ?? under.read(block),
    write: (block, content) => {
      if (block < 0 || block >= blocks) throw new Xv6Error('KSEG_XV6_IMAGE', `block ${block} of ${blocks}`, { block });
      changed.set(block, new Uint8Array(content.subarray(0, blockSize)));
    },
  };
}

/** An empty store that takes memory only for blocks that were written. */
export function sparseStore(blocks: number, blockSize: number): ImageStore {
  const zeros = new Uint8Array(blockSize);
  return overlayStore({ blocks, blockSize, read: () => zeros });
}
