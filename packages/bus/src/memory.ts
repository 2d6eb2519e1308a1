import type { Arena } from './arena.ts';
import type { Width } from './device.ts';
import { BusSetupError, hex } from './errors.ts';
import { type Disposable, Listeners } from './subscription.ts';

export type Endian = 'little' | 'big';

/**
 * RAM or ROM: a piece of the arena, kept as native-order 32-bit words whatever the guest's byte order is (word-invariant memory). A
 * big-endian guest's byte address is XORed with 3 and a halfword's with 2, so both endians run at the same speed. Loaders, DMA and
 * debuggers come through here; offsets are bytes from the start, values unsigned.
 */
export class Memory {
  /** Where it starts in the arena, in bytes. */
  readonly byteOffset: number;
  readonly size: number;
  /** 1 where the 4 KB page holds code that somebody has decoded or translated. */
  readonly codePages: Uint8Array;
  readonly #u8: Uint8Array;
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #swap: 0 | 3;
  readonly #watchers = new Listeners<[offset: number, length: number]>();

  /** @throws KSEG_BUS_MEMORY_SIZE when the size of the arena region is not a multiple of 4 KB */
  constructor(
    arena: Arena,
    readonly name: string,
    readonly endian: Endian,
  ) {
    const { byteOffset, bytes } = arena.region(name);
    if (bytes % 4096 !== 0 || bytes === 0)
      throw new BusSetupError('KSEG_BUS_MEMORY_SIZE', `memory "${name}" has ${bytes} bytes: give a multiple of 4096`, {
        name,
        bytes,
      });
    this.byteOffset = byteOffset;
    this.size = bytes;
    this.codePages = new Uint8Array(bytes >>> 12);
    this.#u8 = new Uint8Array(arena.buffer, byteOffset, bytes);
    this.#u16 = new Uint16Array(arena.buffer, byteOffset, bytes >>> 1);
    this.#i32 = new Int32Array(arena.buffer, byteOffset, bytes >>> 2);
    this.#swap = endian === 'big' ? 3 : 0;
  }

  /** The memory's words, native order. Writing here bypasses the watchers of code. */
  get words(): Int32Array {
    return this.#i32;
  }

  /** `offset` is aligned to `width` and inside. */
  read(offset: number, width: Width): number {
    if (width === 4) return this.#i32[offset >>> 2]! >>> 0;
    if (width === 2) return this.#u16[(offset ^ (this.#swap & 2)) >>> 1]!;
    return this.#u8[offset ^ this.#swap]!;
  }

  /** `offset` is aligned to `width` and inside. */
  write(offset: number, width: Width, value: number): void {
    if (width === 4) this.#i32[offset >>> 2] = value;
    else if (width === 2) this.#u16[(offset ^ (this.#swap & 2)) >>> 1] = value;
    else this.#u8[offset ^ this.#swap] = value;
    if (this.codePages[offset >>> 12] !== 0) this.#tell(offset, width);
  }

  /** A copy of `length` bytes in the guest's order. @throws KSEG_BUS_MEMORY_RANGE */
  readBytes(offset: number, length: number): Uint8Array {
    this.#check(offset, length);
    const bytes = this.#u8.slice(offset, offset + length);
    if (this.#swap !== 0) for (let i = 0; i < length; i++) bytes[i] = this.#u8[(offset + i) ^ 3]!;
    return bytes;
  }

  /** Stores bytes given in the guest's order and tells whoever has decoded code there. @throws KSEG_BUS_MEMORY_RANGE */
  writeBytes(offset: number, bytes: Uint8Array): void {
    this.#check(offset, bytes.length);
    if (this.#swap === 0) this.#u8.set(bytes, offset);
    else for (let i = 0; i < bytes.length; i++) this.#u8[(offset + i) ^ 3] = bytes[i]!;
    this.#tellPages(offset, bytes.length);
  }

  /** @throws KSEG_BUS_MEMORY_RANGE */
  fill(value: number, offset = 0, length = this.size - offset): void {
    this.#check(offset, length);
    if ((offset | length) & 3) for (let i = 0; i < length; i++) this.#u8[(offset + i) ^ this.#swap] = value;
    else this.#u8.fill(value, offset, offset + length);
    this.#tellPages(offset, length);
  }

  /**
   * Calls back after a write to a page marked in `codePages`, by whatever way it came here. A watcher that decodes code marks its page and
   * sees to it that nothing writes the page behind this object's back.
   */
  watchCode(watcher: (offset: number, length: number) => void): Disposable {
    return this.#watchers.add(watcher);
  }

  /** Tells the watchers that the whole memory may have changed behind this object's back (a snapshot was loaded). */
  changed(): void {
    this.#tellPages(0, this.size);
  }

  #tellPages(offset: number, length: number): void {
    for (let page = offset >>> 12; page << 12 < offset + length; page++) {
      if (this.codePages[page] === 0) continue;
      const start = Math.max(offset, page << 12);
      this.#tell(start, Math.min(offset + length, (page + 1) << 12) - start);
    }
  }

  #tell(offset: number, length: number): void {
    for (const watcher of this.#watchers.all) watcher(offset, length);
  }

  #check(offset: number, length: number): void {
    if (offset >= 0 && length >= 0 && offset + length <= this.size && Number.isInteger(offset)) return;
    throw new BusSetupError(
      'KSEG_BUS_MEMORY_RANGE',
      `${length} bytes at offset ${hex(offset)} are outside memory "${this.name}" of ${this.size} bytes`,
      { memory: this.name, offset, length, size: this.size },
    );
  }
}
