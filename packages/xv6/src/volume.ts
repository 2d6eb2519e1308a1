import { Xv6Error } from './errors.ts';
import { DIRECT, type Geometry, INODE_SIZE, TYPE } from './format.ts';
import type { ImageStore } from './store.ts';

/** An inode as it is on disk. */
export interface Inode {
  readonly number: number;
  /** `TYPE`. */
  type: number;
  major: number;
  minor: number;
  links: number;
  /** Bytes. */
  size: number;
  /** Twelve direct block numbers and the indirect block's. */
  readonly addresses: number[];
}

/**
 * Blocks, bitmap and inodes of an image: the layer below names. Free blocks and inodes are taken lowest first, as
 * xv6's kernel and mkfs do.
 */
export class Volume {
  private readonly little: boolean;
  private readonly inodesPerBlock: number;
  private readonly bitsPerBlock: number;
  /** No free block lies below this one. */
  private lowestFree: number;
  private lowestFreeInode = 1;

  constructor(
    readonly store: ImageStore,
    readonly geometry: Geometry,
  ) {
    this.little = geometry.endian === 'little';
    this.inodesPerBlock = geometry.blockSize / INODE_SIZE;
    this.bitsPerBlock = geometry.blockSize * 8;
    this.lowestFree = geometry.dataStart;
  }

  // --- blocks

  /** A copy of a block that may be changed. */
  copy(block: number): Uint8Array {
    // Not `slice`: that of Node's Buffer does not copy.
    return new Uint8Array(this.store.read(block));
  }

  isUsed(block: number): boolean {
    const { bitmapStart } = this.geometry;
    const bits = this.store.read(bitmapStart + Math.floor(block / this.bitsPerBlock));
    const bit = block % this.bitsPerBlock;
    return (bits[bit >>> 3]! & (1 << (bit & 7))) !== 0;
  }

  mark(block: number, used: boolean): void {
    const at = this.geometry.bitmapStart + Math.floor(block / this.bitsPerBlock);
    const bits = this.copy(at);
    const bit = block % this.bitsPerBlock;
    if (used) bits[bit >>> 3]! |= 1 << (bit & 7);
    else bits[bit >>> 3]! &= ~(1 << (bit & 7));
    this.store.write(at, bits);
    if (!used) this.lowestFree = Math.min(this.lowestFree, block);
  }

  /** Marks all blocks below `end` used, or `[start, end)`. */
  markRange(start: number, end: number): void {
    for (let block = start; block < end; ) {
      const at = this.geometry.bitmapStart + Math.floor(block / this.bitsPerBlock);
      const bits = this.copy(at);
      do {
        const bit = block % this.bitsPerBlock;
        bits[bit >>> 3]! |= 1 << (bit & 7);
        block++;
      } while (block < end && block % this.bitsPerBlock !== 0);
      this.store.write(at, bits);
    }
  }

  /** Takes the lowest free data block and clears it. */
  allocate(): number {
    const { dataEnd, dataStart, dataBlocks } = this.geometry;
    for (let block = Math.max(this.lowestFree, dataStart); block < dataEnd; block++) {
      if (this.isUsed(block)) continue;
      this.lowestFree = block + 1;
      this.mark(block, true);
      this.store.write(block, new Uint8Array(this.geometry.blockSize));
      return block;
    }
    this.lowestFree = dataEnd;
    throw new Xv6Error('KSEG_XV6_NO_SPACE', `no space left: all ${dataBlocks} data blocks are in use`, { dataBlocks });
  }

  /** How many data blocks are free. */
  freeBlocks(): number {
    const { dataStart, dataEnd } = this.geometry;
    let free = 0;
    for (let block = dataStart; block < dataEnd; block++) if (!this.isUsed(block)) free++;
    return free;
  }

  // --- inodes

  inode(number: number): Inode {
    const { block, at } = this.inodePlace(number);
    const view = this.view(this.store.read(block));
    const half = (offset: number) => view.getInt16(at + offset, this.little);
    const word = (offset: number) => view.getUint32(at + offset, this.little);
    const addresses = Array.from({ length: DIRECT + 1 }, (_, i) => word(12 + i * 4));
    return { number, type: half(0), major: half(2), minor: half(4), links: half(6), size: word(8), addresses };
  }

  put(inode: Inode): void {
    const { block, at } = this.inodePlace(inode.number);
    const bytes = this.copy(block);
    const view = this.view(bytes);
    [inode.type, inode.major, inode.minor, inode.links].forEach((value, i) => {
      view.setInt16(at + i * 2, value, this.little);
    });
    view.setUint32(at + 8, inode.size, this.little);
    inode.addresses.forEach((address, i) => {
      view.setUint32(at + 12 + i * 4, address, this.little);
    });
    this.store.write(block, bytes);
    if (inode.type === TYPE.FREE) this.lowestFreeInode = Math.min(this.lowestFreeInode, inode.number);
  }

  /** Takes the lowest free inode. */
  allocateInode(type: number, major = 0, minor = 0): Inode {
    const { inodes } = this.geometry;
    for (let number = this.lowestFreeInode; number < inodes; number++) {
      if (this.inode(number).type !== TYPE.FREE) continue;
      this.lowestFreeInode = number + 1;
      const inode = { number, type, major, minor, links: 1, size: 0, addresses: new Array<number>(DIRECT + 1).fill(0) };
      this.put(inode);
      return inode;
    }
    this.lowestFreeInode = inodes;
    throw new Xv6Error('KSEG_XV6_NO_INODES', `too many files: all ${inodes - 1} inodes are in use`, { inodes });
  }

  freeInodes(): number {
    let free = 0;
    for (let number = 1; number < this.geometry.inodes; number++) if (this.inode(number).type === TYPE.FREE) free++;
    return free;
  }

  // --- contents

  /** The block that holds a file's block `index`, 0 for none; with `make` it is allocated, and the inode put. */
  blockOf(inode: Inode, index: number, make = false): number {
    const { maxFileBlocks, blockSize } = this.geometry;
    if (index >= maxFileBlocks) {
      const limit = maxFileBlocks * blockSize;
      throw new Xv6Error('KSEG_XV6_FILE_TOO_LARGE', `a file holds at most ${limit} bytes here`, { limit });
    }
    const slot = Math.min(index, DIRECT);
    let block = this.checked(inode, inode.addresses[slot]!);
    if (block === 0 && make) {
      block = this.allocate();
      inode.addresses[slot] = block;
      this.put(inode);
    }
    if (index < DIRECT || block === 0) return block;
    const at = (index - DIRECT) * 4;
    const entry = this.checked(inode, this.view(this.store.read(block)).getUint32(at, this.little));
    if (entry !== 0 || !make) return entry;
    const fresh = this.allocate();
    const table = this.copy(block);
    this.view(table).setUint32(at, fresh, this.little);
    this.store.write(block, table);
    return fresh;
  }

  /** `length` bytes of a file from `offset`, fewer at its end. */
  readAt(inode: Inode, offset: number, length: number): Uint8Array {
    const { blockSize, maxFileBlocks } = this.geometry;
    if (inode.size > maxFileBlocks * blockSize) this.corrupt(inode, `is ${inode.size} bytes long`);
    const end = Math.min(inode.size, offset + length);
    const out = new Uint8Array(Math.max(0, end - offset));
    for (let at = offset; at < end; ) {
      const inside = at % blockSize;
      const count = Math.min(blockSize - inside, end - at);
      const block = this.blockOf(inode, Math.floor(at / blockSize));
      if (block !== 0) out.set(this.store.read(block).subarray(inside, inside + count), at - offset);
      at += count;
    }
    return out;
  }

  /** Writes at `offset`; the file grows as needed, with zeros in between. The inode is put. */
  writeAt(inode: Inode, offset: number, bytes: Uint8Array): void {
    const { blockSize, maxFileBlocks } = this.geometry;
    const end = offset + bytes.length;
    const limit = maxFileBlocks * blockSize;
    if (end > limit) {
      const message = `${end} bytes are too many: a file holds at most ${limit} here`;
      throw new Xv6Error('KSEG_XV6_FILE_TOO_LARGE', message, { size: end, limit });
    }
    if (offset > inode.size) this.extend(inode, offset);
    for (let at = offset; at < end; ) {
      const inside = at % blockSize;
      const count = Math.min(blockSize - inside, end - at);
      const block = this.blockOf(inode, Math.floor(at / blockSize), true);
      const content = this.copy(block);
      content.set(bytes.subarray(at - offset, at - offset + count), inside);
      this.store.write(block, content);
      at += count;
      if (at > inode.size) inode.size = at;
    }
    this.put(inode);
  }

  private extend(inode: Inode, size: number) {
    const { blockSize } = this.geometry;
    for (let index = Math.ceil(inode.size / blockSize); index * blockSize < size; index++)
      this.blockOf(inode, index, true);
    inode.size = size;
    this.put(inode);
  }

  /** Cuts a file to `size` bytes and frees the blocks behind; what is left of the last block is zeroed. */
  shrink(inode: Inode, size: number): void {
    const { blockSize, maxFileBlocks } = this.geometry;
    const kept = Math.ceil(size / blockSize);
    for (let index = kept; index < DIRECT; index++) {
      this.release(inode.addresses[index]!);
      inode.addresses[index] = 0;
    }
    const indirect = this.checked(inode, inode.addresses[DIRECT]!);
    if (indirect !== 0) {
      const table = this.copy(indirect);
      const view = this.view(table);
      for (let index = Math.max(kept, DIRECT); index < maxFileBlocks; index++) {
        const at = (index - DIRECT) * 4;
        this.release(this.checked(inode, view.getUint32(at, this.little)));
        view.setUint32(at, 0, this.little);
      }
      if (kept > DIRECT) this.store.write(indirect, table);
      else {
        this.release(indirect);
        inode.addresses[DIRECT] = 0;
      }
    }
    inode.size = size;
    this.put(inode);
    const inside = size % blockSize;
    const last = inside === 0 ? 0 : this.blockOf(inode, kept - 1);
    if (last === 0) return;
    const content = this.copy(last).fill(0, inside);
    this.store.write(last, content);
  }

  private release(block: number) {
    if (block !== 0) this.mark(block, false);
  }

  /** A block number of an inode; one outside the data area would damage something else. */
  private checked(inode: Inode, block: number): number {
    const { dataStart, dataEnd } = this.geometry;
    if (block !== 0 && (block < dataStart || block >= dataEnd)) this.corrupt(inode, `uses block ${block}`);
    return block;
  }

  corrupt(inode: Inode, what: string): never {
    const message = `the image is damaged: inode ${inode.number} ${what}; run a check`;
    throw new Xv6Error('KSEG_XV6_CORRUPT', message, { inode: inode.number });
  }

  private inodePlace(number: number): { block: number; at: number } {
    const { inodes, inodeStart } = this.geometry;
    if (number < 1 || number >= inodes)
      throw new Xv6Error('KSEG_XV6_CORRUPT', `inode ${number} of ${inodes}`, { inode: number });
    const block = inodeStart + Math.floor(number / this.inodesPerBlock);
    return { block, at: (number % this.inodesPerBlock) * INODE_SIZE };
  }

  private view(bytes: Uint8Array): DataView {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
