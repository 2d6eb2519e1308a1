import { closeSync, existsSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * What a board's flash chip holds, in a file: given to a board as `flash` and `onFlash`. Every change has reached the operating system when
 * the guest goes on, so the file survives a kill of this process at any moment.
 */
export class FlashFile {
  /** What the file held when it was opened; `undefined` for a new one. */
  readonly content: Uint8Array | undefined;
  readonly #file: number;

  /** Opens the file, or begins a new one. @throws what `fs.openSync` throws */
  constructor(readonly path: string) {
    const old = existsSync(path);
    this.#file = openSync(path, old ? 'r+' : 'wx+');
    this.content = old && fstatSync(this.#file).size > 0 ? readFileSync(this.#file) : undefined;
  }

  readonly change = (offset: number, bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, offset + done);
  };

  close(): void {
    closeSync(this.#file);
  }
}
