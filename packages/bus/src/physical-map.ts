import type { Ports, Width } from './device.ts';
import { BusSetupError, hex } from './errors.ts';
import type { Endian, Memory } from './memory.ts';
import { type Disposable, disposable, Listeners } from './subscription.ts';

interface Span {
  readonly name: string;
  /** First physical address. */
  readonly base: number;
  /** Bytes. */
  readonly size: number;
}

/** RAM, or a window on it: `offset` is where in `memory` the region starts (default 0). */
export interface RamRegion extends Span {
  readonly kind: 'ram';
  readonly memory: Memory;
  readonly offset?: number;
}

/** As RAM, but guest writes go to `writes` (a flash chip's commands) or nowhere. */
export interface RomRegion extends Span {
  readonly kind: 'rom';
  readonly memory: Memory;
  readonly offset?: number;
  readonly writes?: Ports;
}

export interface DeviceRegion extends Span {
  readonly kind: 'device';
  readonly device: Ports;
  /** Offset in the device of the region's first byte (default 0). */
  readonly offset?: number;
  /** Widest access the device understands (default 4). A wider one is cut into several, lowest address first. */
  readonly width?: Width;
  /** Bytes between registers (default 1). With a stride, an access of any width reaches the one register of its slot. */
  readonly stride?: number;
  /**
   * Byte order of registers wider than a byte where it is not the map's own: ISA and PCI ports are little-endian on every board. Bytes keep
   * their addresses, so the bytes of a value are swapped on a map of the other order.
   */
  readonly endian?: Endian;
}

/** Nothing answers, but the bus does not complain: reads give `value`'s low bits, writes are dropped. Any other region may lie over it. */
export interface OpenRegion extends Span {
  readonly kind: 'open';
  readonly value: number;
}

export type Region = RamRegion | RomRegion | DeviceRegion | OpenRegion;

/**
 * The physical address map. An access that no region claims sets `busError`; the CPU takes it as a bus error exception and clears the
 * flag. Regions can come and go while the machine runs (PCI windows, flash modes): listeners then drop what they cached.
 */
export class PhysicalMap {
  /** Set by an access that nothing claimed; whoever sees it clears it. */
  busError = false;
  #regions: Region[] = [];
  #open: OpenRegion[] = [];
  #last: Region | undefined;
  readonly #listeners = new Listeners();

  constructor(readonly endian: Endian) {}

  /** Lowest address first. */
  get regions(): readonly Region[] {
    return [...this.#regions, ...this.#open].sort((a, b) => a.base - b.base || b.size - a.size);
  }

  /** @throws KSEG_BUS_REGION for a span that is empty, fractional, misaligned memory or past 4 GB, and a device that cannot answer in it; KSEG_BUS_OVERLAP, whose message prints the map */
  add(region: Region): Disposable {
    this.#check(region);
    const list: Region[] = region.kind === 'open' ? this.#open : this.#regions;
    const clash = list.find((other) => other.base < region.base + region.size && region.base < other.base + other.size);
    if (clash !== undefined)
      throw new BusSetupError(
        'KSEG_BUS_OVERLAP',
        `"${region.name}" (${range(region)}) overlaps "${clash.name}" (${range(clash)}): move one of them\n${this.describe()}`,
        { a: clash.name, b: region.name },
      );
    const index = list.findIndex((other) => other.base > region.base);
    list.splice(index < 0 ? list.length : index, 0, region);
    this.#changed();
    return disposable(() => this.remove(region));
  }

  remove(region: Region): void {
    this.#regions = this.#regions.filter((other) => other !== region);
    this.#open = this.#open.filter((other) => other !== region);
    this.#changed();
  }

  /** Calls back after any change of the map. */
  onChange(listener: () => void): Disposable {
    return this.#listeners.add(listener);
  }

  find(address: number): Region | undefined {
    const last = this.#last;
    if (last !== undefined && address >= last.base && address - last.base < last.size) return last;
    const region = search(this.#regions, address);
    if (region !== undefined) {
      this.#last = region;
      return region;
    }
    return this.#open.length === 0 ? undefined : search(this.#open, address);
  }

  /** The memory that answers reads at `address`, with the offset of the address in it; `undefined` for anything else. */
  memoryAt(address: number): { memory: Memory; offset: number; writable: boolean } | undefined {
    const region = this.find(address);
    if (region === undefined || (region.kind !== 'ram' && region.kind !== 'rom')) return undefined;
    return {
      memory: region.memory,
      offset: address - region.base + (region.offset ?? 0),
      writable: region.kind === 'ram',
    };
  }

  /** A guest's read: `address` is aligned to `width`. */
  read(address: number, width: Width): number {
    const region = this.find(address);
    if (region === undefined) {
      this.busError = true;
      return 0;
    }
    const offset = address - region.base;
    switch (region.kind) {
      case 'ram':
      case 'rom':
        return region.memory.read(offset + (region.offset ?? 0), width);
      case 'device':
        if (this.#isPlain(region, width)) return region.device.read((region.offset ?? 0) + offset, width);
        return this.#access(region, offset, width, (at, w) => region.device.read(at, w));
      case 'open':
        return (region.value & mask(width)) >>> 0;
    }
  }

  /** A debugger's read: no side effects. Devices without `peek` read as 0. */
  peek(address: number, width: Width): number {
    const region = this.find(address);
    if (region?.kind === 'device') {
      const { device } = region;
      return this.#access(region, address - region.base, width, (at, w) => device.peek?.(at, w) ?? 0);
    }
    const { busError } = this;
    const value = this.read(address, width);
    this.busError = busError;
    return value;
  }

  /** A guest's write: `address` is aligned to `width`; only the low `width` bytes of `value` count. */
  write(address: number, width: Width, value: number): void {
    const region = this.find(address);
    if (region === undefined) {
      this.busError = true;
      return;
    }
    const offset = address - region.base;
    if (region.kind === 'ram') region.memory.write(offset + (region.offset ?? 0), width, value);
    else if (region.kind === 'rom')
      region.writes?.write(offset + (region.offset ?? 0), width, (value & mask(width)) >>> 0);
    else if (region.kind === 'device') {
      const low = (value & mask(width)) >>> 0;
      if (this.#isPlain(region, width)) region.device.write((region.offset ?? 0) + offset, width, low);
      else this.#store(region, offset, width, low);
    }
  }

  /** The map as a text table, for errors and `kseg boards`. */
  describe(): string {
    const nested = (region: Region) =>
      this.#open.some(
        (outer) => outer !== region && outer.base <= region.base && region.base < outer.base + outer.size,
      );
    return this.regions
      .map((region) => `  ${range(region)}  ${nested(region) ? '  ' : ''}${region.name} (${region.kind})`)
      .join('\n');
  }

  /** Whether a device sees an access of `width` as it is. */
  #isPlain({ stride, endian = this.endian, width: widest = 4 }: DeviceRegion, width: Width): boolean {
    return stride === undefined && endian === this.endian && width <= widest;
  }

  #access(region: DeviceRegion, offset: number, width: Width, read: (at: number, width: Width) => number): number {
    const at = region.offset ?? 0;
    const widest = region.width ?? 4;
    const swapped = region.endian !== undefined && region.endian !== this.endian;
    const piece = (where: number, w: Width) => (swapped ? swap(read(where, w), w) : read(where, w));
    if (region.stride !== undefined) return piece(at + Math.floor(offset / region.stride), narrower(widest, width));
    if (width <= widest) return piece(at + offset, width);
    let value = 0;
    for (let i = 0; i < width; i += widest) value |= piece(at + offset + i, widest) << this.#shift(i, width, widest);
    return value >>> 0;
  }

  #store(region: DeviceRegion, offset: number, width: Width, value: number): void {
    const at = region.offset ?? 0;
    const widest = region.width ?? 4;
    const { device } = region;
    const swapped = region.endian !== undefined && region.endian !== this.endian;
    const piece = (where: number, w: Width, part: number) => device.write(where, w, swapped ? swap(part, w) : part);
    if (region.stride !== undefined) {
      const w = narrower(widest, width);
      piece(at + Math.floor(offset / region.stride), w, (value & mask(w)) >>> 0);
    } else if (width <= widest) piece(at + offset, width, value);
    else
      for (let i = 0; i < width; i += widest)
        piece(at + offset + i, widest, ((value >>> this.#shift(i, width, widest)) & mask(widest)) >>> 0);
  }

  /** Where the piece at byte `i` of a cut access sits in its value. */
  #shift(i: number, width: number, piece: number): number {
    return 8 * (this.endian === 'little' ? i : width - piece - i);
  }

  #check(region: Region): void {
    const { name, base, size } = region;
    const fault = (why: string) =>
      new BusSetupError('KSEG_BUS_REGION', `region "${name}" ${why}`, { name, base, size });
    if (!Number.isInteger(base) || base < 0 || !Number.isInteger(size) || size <= 0)
      throw fault(`has base ${base} and size ${size}: give whole numbers`);
    if (base + size > 0x1_0000_0000) throw fault(`(${range(region)}) ends past the 4 GB of a 32-bit physical space`);
    if (region.kind === 'device') {
      const why = windowFault(region);
      if (why !== undefined) throw fault(`has ${why}`);
    }
    if (region.kind !== 'ram' && region.kind !== 'rom') return;
    if ((base | size | (region.offset ?? 0)) & 4095)
      throw fault(`(${range(region)}) is memory and must start and end on a 4 KB boundary`);
    if ((region.offset ?? 0) + size > region.memory.size)
      throw fault(`(${range(region)}) is larger than its memory of ${region.memory.size} bytes`);
  }

  #changed(): void {
    this.#last = undefined;
    this.#listeners.notify();
  }
}

/** What keeps a device from answering in a region. */
function windowFault({
  offset = 0,
  width = 4,
  stride = 1,
  endian = 'little',
  device,
}: DeviceRegion): string | undefined {
  if (!Number.isInteger(offset) || offset < 0) return `offset ${offset}: give a whole number of bytes`;
  if (width !== 1 && width !== 2 && width !== 4) return `width ${width}: give 1, 2 or 4`;
  if (!(stride > 0 && Number.isInteger(Math.log2(stride)))) return `stride ${stride}: give a power of two`;
  if (endian !== 'little' && endian !== 'big') return `endian "${endian}": give "little" or "big"`;
  if (typeof device?.read !== 'function' || typeof device.write !== 'function')
    return 'a device that cannot be read and written';
  return undefined;
}

const mask = (width: Width): number => (width === 4 ? 0xffff_ffff : width === 2 ? 0xffff : 0xff);
const swap = (value: number, width: Width): number =>
  width === 1
    ? value
    : width === 2
      ? ((value << 8) & 0xff00) | (value >>> 8)
      : ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
const narrower = (a: Width, b: Width): Width => (a < b ? a : b);
const range = ({ base, size }: Span): string => `${hex(base)}-${hex(base + size - 1)}`;

function search<T extends Region>(sorted: readonly T[], address: number): T | undefined {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const region = sorted[middle]!;
    if (address < region.base) high = middle - 1;
    else if (address - region.base >= region.size) low = middle + 1;
    else return region;
  }
  return undefined;
}
