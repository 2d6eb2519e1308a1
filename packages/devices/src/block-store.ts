import { checkBytes, type State } from '@kseg/bus';
import { DeviceError } from './errors.ts';

/** Bytes in a sector, the unit of every block store. */
export const SECTOR = 512;

/**
 * What is behind a disk. Methods that are not done when they return give a promise: the disk then holds virtual time still, so that the
 * guest never sees how slow the host is. A rejection or an exception reaches the guest as an uncorrectable error.
 */
export interface BlockStore {
  /** Size in sectors. */
  readonly sectors: number;
  /** True refuses writes (default false). */
  readonly readOnly?: boolean;
  /** Fills `into` with `count` sectors from `lba`; the range is inside the store. */
  read(lba: number, count: number, into: Uint8Array): void | Promise<void>;
  /** Stores whole sectors; the range is inside the store. */
  write(lba: number, bytes: Uint8Array): void | Promise<void>;
  /** Returns when everything written is as safe as the store can make it. */
  flush(): void | Promise<void>;
  /** What a snapshot of the machine must hold of the content; absent where the content outlives the machine. */
  save?(): State;
  load?(state: State): void;
  /** What tells its content from that of another store of the same size, where a saved state is worth nothing without it. One word. */
  readonly identity?: string;
}

/** How many sectors a fingerprint looks at. */
const SAMPLES = 64;

/** Eight hexadecimal digits from sectors spread over a store; `undefined` for a store that does not read at once. Tells images apart, not every change. */
export function fingerprint(store: BlockStore): string | undefined {
  const sector = new Uint8Array(SECTOR);
  let sum = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const lba = Math.floor((i * store.sectors) / SAMPLES);
    if (store.read(lba, 1, sector) !== undefined) return undefined;
    for (const byte of sector) sum = Math.imul(sum ^ byte, 0x0100_0193);
  }
  return (sum >>> 0).toString(16).padStart(8, '0');
}

/** Sectors in memory. */
export class MemoryBlocks implements BlockStore {
  readonly sectors: number;
  readonly bytes: Uint8Array;

  /**
   * A number of empty sectors, or the bytes of an image (used as they are, not copied; a ragged end is padded with zeros).
   * @throws KSEG_BUS_BYTES, KSEG_DEVICES_SECTORS when it is neither
   */
  constructor(content: number | Uint8Array) {
    if (typeof content !== 'number') checkBytes(content, 'what a disk holds');
    else if (!Number.isInteger(content) || content < 0)
      throw new DeviceError('KSEG_DEVICES_SECTORS', `a disk of ${content} sectors: give a whole number, or bytes`, {
        sectors: content,
      });
    const length = typeof content === 'number' ? content * SECTOR : content.length;
    this.sectors = Math.ceil(length / SECTOR);
    // Node's Buffer is a Uint8Array whose `slice` does not copy: keep it as what it is.
    if (typeof content !== 'number' && length % SECTOR === 0)
      this.bytes = new Uint8Array(content.buffer, content.byteOffset, length);
    else {
      this.bytes = new Uint8Array(this.sectors * SECTOR);
      if (typeof content !== 'number') this.bytes.set(content);
    }
  }

  read(lba: number, count: number, into: Uint8Array): void {
    into.set(this.bytes.subarray(lba * SECTOR, (lba + count) * SECTOR));
  }

  write(lba: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, lba * SECTOR);
  }

  flush(): void {}

  save(): State {
    return this.bytes.slice();
  }

  load(state: State): void {
    this.bytes.set(state as Uint8Array);
  }
}

/** A copy-on-write layer: reads fall through to `base` until a sector is written; `base` never changes. */
export class OverlayBlocks implements BlockStore {
  readonly #written = new Map<number, Uint8Array>();
  #identity: string | undefined;

  constructor(private readonly base: BlockStore) {}

  /** The base's: what was written is of no use over another. */
  get identity(): string {
    this.#identity ??= `over-${fingerprint(this.base) ?? 'unknown'}`;
    return this.#identity;
  }

  get sectors(): number {
    return this.base.sectors;
  }

  /** Sectors that differ from the base, by number. */
  get written(): ReadonlyMap<number, Uint8Array> {
    return this.#written;
  }

  read(lba: number, count: number, into: Uint8Array): void | Promise<void> {
    const overlay = () => {
      for (let i = 0; i < count; i++) {
        const sector = this.#written.get(lba + i);
        if (sector !== undefined) into.set(sector, i * SECTOR);
      }
    };
    const done = this.base.read(lba, count, into);
    if (done !== undefined) return done.then(overlay);
    overlay();
  }

  write(lba: number, bytes: Uint8Array): void {
    for (let i = 0; i * SECTOR < bytes.length; i++)
      this.#written.set(lba + i, new Uint8Array(bytes.subarray(i * SECTOR, (i + 1) * SECTOR)));
  }

  flush(): void {}

  /** Drops every change. */
  discard(): void {
    this.#written.clear();
  }

  save(): State {
    return [...this.#written].sort(([a], [b]) => a - b).map(([lba, sector]) => [lba, sector.slice()]);
  }

  load(state: State): void {
    this.#written.clear();
    for (const [lba, sector] of state as readonly (readonly [number, Uint8Array])[])
      this.#written.set(lba, sector.slice());
  }
}
