import { closeSync, existsSync, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs';
import { type BlockStore, fingerprint, SECTOR } from '@kseg/devices';
import { MachineError } from '../errors.ts';

const MAGIC = 'KSEGOVL1';
/** Where the bitmap of written sectors begins; the sectors follow at the next multiple, each at its place, so the file is sparse. */
const PAGE = 4096;

/**
 * A copy-on-write layer in a file: what is written goes there, `base` never changes, and another run with both goes on where this one
 * stopped. A write has reached the operating system when it returns, sector first, then the bit that says it is there; `flush` makes it
 * survive a crash of the host as well.
 */
export class OverlayFile implements BlockStore {
  readonly sectors: number;
  readonly #file: number;
  readonly #bitmap: Uint8Array;
  readonly #data: number;

  /** Opens the file, or begins a new one. @throws what `fs.openSync` throws; KSEG_MACHINE_OVERLAY for a file that is no overlay, or another base's */
  constructor(
    private readonly base: BlockStore,
    readonly path: string,
  ) {
    this.sectors = base.sectors;
    this.#bitmap = new Uint8Array(Math.ceil(this.sectors / 8));
    this.#data = PAGE + Math.ceil(this.#bitmap.length / PAGE) * PAGE;
    const header = new TextEncoder().encode(`${MAGIC} ${this.sectors} ${fingerprint(base) ?? ''}\n`);
    const old = existsSync(path);
    this.#file = openSync(path, old ? 'r+' : 'wx+');
    const found = new Uint8Array(header.length);
    if (readSync(this.#file, found, 0, found.length, 0) === 0) writeSync(this.#file, header, 0, header.length, 0);
    else if (found.some((byte, i) => byte !== header[i])) {
      closeSync(this.#file);
      throw new MachineError(
        'KSEG_MACHINE_OVERLAY',
        new TextDecoder().decode(found).startsWith(MAGIC)
          ? `${path} holds the changes to another disk image`
          : `${path} is no overlay: give the name of a new file, or of one that an overlay began`,
        { path },
      );
    }
    readSync(this.#file, this.#bitmap, 0, this.#bitmap.length, PAGE);
  }

  read(lba: number, count: number, into: Uint8Array): void | Promise<void> {
    const overlay = () => {
      for (let i = 0; i < count; i++)
        if (this.#has(lba + i)) readSync(this.#file, into, i * SECTOR, SECTOR, this.#data + (lba + i) * SECTOR);
    };
    const done = this.base.read(lba, count, into);
    if (done !== undefined) return done.then(overlay);
    overlay();
  }

  write(lba: number, bytes: Uint8Array): void {
    this.#put(bytes, this.#data + lba * SECTOR);
    const [first, last] = [lba >>> 3, (lba + bytes.length / SECTOR - 1) >>> 3];
    for (let i = 0; i * SECTOR < bytes.length; i++) this.#bitmap[(lba + i) >>> 3]! |= 1 << ((lba + i) & 7);
    this.#put(this.#bitmap.subarray(first, last + 1), PAGE + first);
  }

  flush(): void {
    fdatasyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #has(lba: number): boolean {
    return (this.#bitmap[lba >>> 3]! & (1 << (lba & 7))) !== 0;
  }

  #put(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
  }
}
