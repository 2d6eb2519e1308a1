import { closeSync, fdatasyncSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { type BlockStore, fingerprint, SECTOR } from '@kseg/devices';
import { MachineError } from '../errors.ts';

/**
 * A disk in a file, read by range and written through: each write has reached the operating system when it returns, so the file survives
 * a kill of this process at any moment as a disk survives a power cut. `flush` makes it survive a crash of the host as well.
 */
export class FileBlocks implements BlockStore {
  readonly sectors: number;
  readonly readOnly: boolean;
  readonly #file: number;

  /** @throws what `fs.openSync` throws; KSEG_MACHINE_DISK_KIND for a folder, pipe or terminal; KSEG_MACHINE_DISK_SIZE when the file is empty, or its size is no multiple of 512 and it is to be written */
  constructor(
    readonly path: string,
    options: { readonly write?: boolean } = {},
  ) {
    this.readOnly = options.write !== true;
    // Looked at before it is opened: the opening of a FIFO waits for somebody at its other end.
    const stat = statSync(path);
    if (!stat.isFile() && !stat.isBlockDevice())
      throw new MachineError(
        'KSEG_MACHINE_DISK_KIND',
        `${path} is neither a file nor a block device, so it is no disk`,
        {
          path,
        },
      );
    this.#file = openSync(path, this.readOnly ? 'r' : 'r+');
    const size = stat.isFile() ? stat.size : deviceSize(this.#file);
    if (size === 0 || (!this.readOnly && size % SECTOR !== 0)) {
      closeSync(this.#file);
      throw new MachineError(
        'KSEG_MACHINE_DISK_SIZE',
        `${path} has ${size} bytes: a disk image has a multiple of ${SECTOR}, and at least one sector`,
        { path, size },
      );
    }
    this.sectors = Math.ceil(size / SECTOR);
  }

  /** Of a file that nobody writes here: which one it is. What is written to is another one at every look. */
  get identity(): string {
    return this.readOnly ? (fingerprint(this) ?? '') : '';
  }

  read(lba: number, count: number, into: Uint8Array): void {
    const got = readSync(this.#file, into, 0, count * SECTOR, lba * SECTOR);
    into.fill(0, got, count * SECTOR);
  }

  write(lba: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, lba * SECTOR + done);
  }

  flush(): void {
    if (!this.readOnly) fdatasyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Bytes of a block device, whose `stat` says 0: as far as a byte can be read, found by halving. */
function deviceSize(file: number): number {
  const byte = new Uint8Array(1);
  let sectors = 0;
  for (let step = 2 ** 43; step >= 1; step /= 2)
    if (readSync(file, byte, 0, 1, (sectors + step) * SECTOR - 1) === 1) sectors += step;
  return sectors * SECTOR;
}
