import { Xv6Error } from './errors.ts';
import type { ImageStore } from './store.ts';

/**
 * The three on-disk layouts of xv6. They share inodes, directories and the log's form, and differ in block size,
 * superblock and in the order of the areas.
 */
export type LayoutName = 'classic' | 'x86' | 'riscv';

/** Byte order of the numbers on disk; the xv6s are little-endian, a big-endian kernel may keep its own order. */
export type Endian = 'little' | 'big';

interface LayoutRow {
  readonly blockSize: number;
  /** Words before `size` in the superblock. */
  readonly magic: number | undefined;
  /** Whether the superblock says where log, inodes and bitmap start. */
  readonly explicitStarts: boolean;
  /** What mkfs of that xv6 makes by default. */
  readonly defaults: { readonly size: number; readonly inodes: number; readonly log: number };
}

/** classic: the MIPS and GAIA ports, log last. x86: xv6 since 2014, log first. riscv: the same with 1,024-byte blocks. */
const LAYOUTS: Readonly<Record<LayoutName, LayoutRow>> = {
  classic: {
    blockSize: 512,
    magic: undefined,
    explicitStarts: false,
    defaults: { size: 1024, inodes: 200, log: 30 },
  },
  x86: { blockSize: 512, magic: undefined, explicitStarts: true, defaults: { size: 1000, inodes: 200, log: 30 } },
  riscv: { blockSize: 1024, magic: 0x10203040, explicitStarts: true, defaults: { size: 1000, inodes: 200, log: 30 } },
};

/** Bytes of an inode on disk. */
export const INODE_SIZE = 64;
/** Block addresses in an inode before the indirect one. */
export const DIRECT = 12;
/** Bytes of a directory entry. */
export const ENTRY_SIZE = 16;
/** Longest file name, bytes. */
export const NAME_SIZE = 14;
/** The root directory's inode. */
export const ROOT = 1;
/** Inode types. */
export const TYPE = { FREE: 0, DIRECTORY: 1, FILE: 2, DEVICE: 3 } as const;

/** Where everything is in an image. Starts and sizes count blocks. */
export interface Geometry {
  readonly layout: LayoutName;
  readonly endian: Endian;
  readonly blockSize: number;
  readonly size: number;
  /** Data blocks (`nblocks`). */
  readonly dataBlocks: number;
  readonly inodes: number;
  /** Blocks of the log, its header included. */
  readonly log: number;
  readonly logStart: number;
  readonly inodeStart: number;
  readonly bitmapStart: number;
  readonly dataStart: number;
  /** Block behind the last data block. */
  readonly dataEnd: number;
  /** Longest file, blocks. */
  readonly maxFileBlocks: number;
}

/** What a new file system is to be like; all counts have the layout's mkfs values by default. */
export interface GeometryOptions {
  readonly layout?: LayoutName | undefined;
  readonly endian?: Endian | undefined;
  /** Blocks of the whole image. */
  readonly size?: number | undefined;
  readonly inodes?: number | undefined;
  readonly log?: number | undefined;
}

/** Works out where everything goes. @throws Xv6Error `KSEG_XV6_PARAMETER` */
export function planGeometry(options: GeometryOptions = {}): Geometry {
  const layout = options.layout ?? 'classic';
  const row = LAYOUTS[layout];
  if (row === undefined) throw new Xv6Error('KSEG_XV6_PARAMETER', `no layout ${layout}: classic, x86 or riscv`);
  const { size, inodes, log } = { ...row.defaults, ...definedOf(options) };
  for (const [name, value, least] of [
    ['size', size, 1],
    ['inodes', inodes, 2],
    ['log', log, 2],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > 0xffff_ffff)
      throw new Xv6Error('KSEG_XV6_PARAMETER', `${name} is ${value}; a whole number from ${least} is needed`);
  }
  if (inodes > 0x1_0000)
    throw new Xv6Error('KSEG_XV6_PARAMETER', `${inodes} inodes; directory entries count to 65,535 only`);
  const geometry = geometryOf(layout, options.endian ?? 'little', { size, inodes, log });
  if (geometry.dataBlocks < 1)
    throw new Xv6Error(
      'KSEG_XV6_PARAMETER',
      `${size} blocks leave no room for data: superblock, log, inodes and bitmap take ${size - geometry.dataBlocks}`,
      { size, taken: size - geometry.dataBlocks },
    );
  return geometry;
}

function definedOf({ size, inodes, log }: GeometryOptions) {
  return {
    ...(size === undefined ? {} : { size }),
    ...(inodes === undefined ? {} : { inodes }),
    ...(log === undefined ? {} : { log }),
  };
}

function geometryOf(
  layout: LayoutName,
  endian: Endian,
  counts: { size: number; inodes: number; log: number },
): Geometry {
  const { size, inodes, log } = counts;
  const { blockSize, explicitStarts } = LAYOUTS[layout];
  // mkfs rounds both up by "divide, plus one", even when nothing is left over.
  const inodeBlocks = Math.floor(inodes / (blockSize / INODE_SIZE)) + 1;
  const bitmapBlocks = Math.floor(size / (blockSize * 8)) + 1;
  const inodeStart = explicitStarts ? 2 + log : 2;
  const bitmapStart = inodeStart + inodeBlocks;
  const dataStart = bitmapStart + bitmapBlocks;
  const logStart = explicitStarts ? 2 : size - log;
  const dataEnd = explicitStarts ? size : logStart;
  const maxFileBlocks = DIRECT + blockSize / 4;
  const dataBlocks = dataEnd - dataStart;
  const areas = { logStart, inodeStart, bitmapStart, dataStart, dataEnd, dataBlocks, maxFileBlocks };
  return { layout, endian, blockSize, size, inodes, log, ...areas };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The superblock of a geometry, one block long. */
export function encodeSuperblock(geometry: Geometry): Uint8Array {
  const { magic, explicitStarts } = LAYOUTS[geometry.layout];
  const bytes = new Uint8Array(geometry.blockSize);
  const words = [geometry.size, geometry.dataBlocks, geometry.inodes, geometry.log];
  if (magic !== undefined) words.unshift(magic);
  if (explicitStarts) words.push(geometry.logStart, geometry.inodeStart, geometry.bitmapStart);
  const view = viewOf(bytes);
  words.forEach((word, i) => {
    view.setUint32(i * 4, word, geometry.endian === 'little');
  });
  return bytes;
}

/**
 * Tells the geometry from a superblock, trying each layout and byte order: a superblock is taken only when its
 * numbers agree with each other, so no image fits two.
 *
 * @param bytes the image's first 2,048 bytes or more
 * @param imageSize bytes of the whole image
 */
export function detectGeometry(bytes: Uint8Array, imageSize: number): Geometry {
  for (const layout of ['riscv', 'x86', 'classic'] as const) {
    for (const endian of ['little', 'big'] as const) {
      const geometry = decodeSuperblock(bytes, layout, endian);
      if (geometry !== undefined && geometry.size * geometry.blockSize <= imageSize) return geometry;
    }
  }
  const guess = decodeSuperblock(bytes, 'classic', 'little') ?? decodeSuperblock(bytes, 'x86', 'little');
  if (guess !== undefined) {
    const detail = { size: guess.size, imageSize };
    const message = `the superblock says ${guess.size} blocks, the image ends after ${imageSize / guess.blockSize}`;
    throw new Xv6Error('KSEG_XV6_IMAGE', message, detail);
  }
  throw new Xv6Error('KSEG_XV6_IMAGE', 'no xv6 file system: block 1 holds no superblock of a known layout');
}

function decodeSuperblock(bytes: Uint8Array, layout: LayoutName, endian: Endian): Geometry | undefined {
  const { blockSize, magic, explicitStarts } = LAYOUTS[layout];
  if (bytes.length < blockSize + 32) return undefined;
  const view = viewOf(bytes);
  const base = blockSize + (magic === undefined ? 0 : 4);
  const word = (index: number) => view.getUint32(base + index * 4, endian === 'little');
  if (magic !== undefined && view.getUint32(blockSize, endian === 'little') !== magic) return undefined;
  const [size, dataBlocks, inodes, log] = [word(0), word(1), word(2), word(3)];
  if (inodes < 2 || log < 2 || size > 0x7fff_ffff || inodes > 0x1_0000 || log > size) return undefined;
  const planned = geometryOf(layout, endian, { size, inodes, log });
  if (planned.dataStart >= planned.dataEnd) return undefined;
  if (!explicitStarts) return planned.dataBlocks === dataBlocks ? planned : undefined;

  const [logStart, inodeStart, bitmapStart] = [word(4), word(5), word(6)];
  const dataStart = size - dataBlocks;
  const inodeBlocks = Math.ceil(inodes / (blockSize / INODE_SIZE));
  const bitmapBlocks = Math.ceil(size / (blockSize * 8));
  const inOrder =
    logStart >= 2 &&
    logStart + log <= inodeStart &&
    inodeStart + inodeBlocks <= bitmapStart &&
    bitmapStart + bitmapBlocks <= dataStart &&
    dataStart < size;
  return inOrder ? { ...planned, dataBlocks, logStart, inodeStart, bitmapStart, dataStart } : undefined;
}

/** Reads what {@link detectGeometry} needs from a store of any block size. */
export function detectStoreGeometry(store: ImageStore): Geometry {
  const head = new Uint8Array(2048 + store.blockSize);
  for (let at = 0; at < 2048; at += store.blockSize) {
    const block = at / store.blockSize;
    if (block < store.blocks) head.set(store.read(block), at);
  }
  return detectGeometry(head, store.blocks * store.blockSize);
}
