import type { State } from '@kseg/bus';

/** Status register (ATA/ATAPI-6 §7.15). */
export const STATUS = { ERR: 0x01, DRQ: 0x08, DSC: 0x10, DF: 0x20, DRDY: 0x40, BSY: 0x80 } as const;
/** Error register (ATA/ATAPI-6 §7.9). */
export const ERROR = { ABRT: 0x04, IDNF: 0x10, UNC: 0x40 } as const;

/** Command block registers of one drive. 16-bit ones hold the byte written last and, above it, the one before (48-bit commands). */
export type TaskFile = {
  features: number;
  count: number;
  low: number;
  mid: number;
  high: number;
  device: number;
  error: number;
  status: number;
  /** INTRQ: set by the drive, cleared by a read of the status register or a new command. */
  interrupt: boolean;
};

/** What a drive sees of its channel. */
export interface AtaPort {
  readonly file: TaskFile;
  /** There is a bus master, so DMA commands work. */
  readonly hasDma: boolean;
  /** Stays busy for the drive's latency, then calls the drive's `ready`. */
  work(): void;
  /** Does what the host's storage needs done, with virtual time held while it takes; then calls `done` with whether it succeeded. */
  store(action: () => void | Promise<void>, done: (success: boolean) => void): void;
  /** INTRQ may have changed. */
  settle(): void;
  /** Moves bytes between `bytes` and memory (`in`: to memory); returns how many, 0 while the bus master is not ready. */
  dma(direction: 'in' | 'out', bytes: Uint8Array): number;
}

type DriveState = {
  phase: 'idle' | 'busy' | 'in' | 'out' | 'dma-in' | 'dma-out';
  buffer: Uint8Array;
  position: number;
};

/** A drive on an ATA channel: the data port and the phases of a command. Kinds of drives say what the commands do. */
export abstract class AtaDrive {
  /** LBA mid and high after a reset, by which a program tells kinds of drives apart. */
  protected abstract readonly signature: readonly [number, number];
  /** As a device's. */
  abstract readonly identity: string;
  protected port!: AtaPort;
  #s: DriveState = { phase: 'idle', buffer: new Uint8Array(0), position: 0 };

  /** A new command. */
  abstract execute(command: number): void;
  /** The drive has worked for its latency. */
  abstract ready(): void;
  /** The buffer is full (out) or empty (in). */
  protected abstract transferred(): void;
  /** The drive's own part of `save` and `load`. */
  protected abstract saveCommand(): State;
  protected abstract loadCommand(state: State): void;
  protected abstract resetCommand(): void;

  attach(port: AtaPort): void {
    this.port = port;
  }

  /** Software reset, hardware reset and EXECUTE DEVICE DIAGNOSTIC end here. */
  reset(): void {
    this.#s = { phase: 'idle', buffer: new Uint8Array(0), position: 0 };
    this.resetCommand();
    const { file } = this.port;
    file.count = file.low = 1;
    [file.mid, file.high] = this.signature;
    file.error = 1;
    file.status = STATUS.DRDY | STATUS.DSC;
  }

  /** One 16-bit word of the data port; 0 when no data is on offer. */
  readData(): number {
    const s = this.#s;
    if (s.phase !== 'in') return 0;
    const word = this.peekData();
    s.position += 2;
    if (s.position >= s.buffer.length) this.transferred();
    return word;
  }

  peekData(): number {
    const { phase, buffer, position } = this.#s;
    return phase === 'in' ? (buffer[position] ?? 0) | ((buffer[position + 1] ?? 0) << 8) : 0;
  }

  writeData(word: number): void {
    const s = this.#s;
    if (s.phase !== 'out') return;
    s.buffer[s.position] = word & 0xff;
    s.buffer[s.position + 1] = (word >>> 8) & 0xff;
    s.position += 2;
    if (s.position >= s.buffer.length) this.transferred();
  }

  /** Moves what the bus master takes; called when either side becomes ready. */
  pumpDma(): void {
    const s = this.#s;
    while (s.phase === 'dma-in' || s.phase === 'dma-out') {
      const moved = this.port.dma(s.phase === 'dma-in' ? 'in' : 'out', s.buffer.subarray(s.position));
      if (moved === 0) return;
      s.position += moved;
      if (s.position >= s.buffer.length) this.transferred();
    }
  }

  save(): State {
    const { phase, buffer, position } = this.#s;
    return { phase, buffer: buffer.slice(), position, command: this.saveCommand() };
  }

  load(state: State): void {
    const { phase, buffer, position, command } = state as DriveState & { command: State };
    this.#s = { phase, buffer: buffer.slice(), position };
    this.loadCommand(command);
  }

  protected get buffer(): Uint8Array {
    return this.#s.buffer;
  }

  /** Works; `ready` follows. */
  protected begin(): void {
    this.#s.phase = 'busy';
    this.port.file.status = STATUS.BSY;
    this.port.work();
  }

  /** Offers `bytes` on the data port or to the bus master. */
  protected send(bytes: Uint8Array, dma: boolean): void {
    this.#exchange(dma ? 'dma-in' : 'in', bytes, true);
  }

  /** Asks for `length` bytes. The first request of a PIO command comes without an interrupt. */
  protected fetch(length: number, dma: boolean, interrupt: boolean): void {
    this.#exchange(dma ? 'dma-out' : 'out', new Uint8Array(length), interrupt);
  }

  protected complete(): void {
    this.#finish(STATUS.DRDY | STATUS.DSC, 0);
  }

  protected fail(error: number): void {
    this.#finish(STATUS.DRDY | STATUS.DSC | STATUS.ERR, error);
  }

  /** Ends a PIO read: its last interrupt was that of the last block. */
  protected finishQuietly(): void {
    this.#s.phase = 'idle';
    this.port.file.status = STATUS.DRDY | STATUS.DSC;
  }

  #exchange(phase: DriveState['phase'], buffer: Uint8Array, interrupt: boolean): void {
    const { file } = this.port;
    this.#s = { phase, buffer, position: 0 };
    file.status = STATUS.DRDY | STATUS.DSC | STATUS.DRQ;
    if (phase === 'dma-in' || phase === 'dma-out') this.pumpDma();
    else if (interrupt) {
      file.interrupt = true;
      this.port.settle();
    }
  }

  #finish(status: number, error: number): void {
    const { file } = this.port;
    this.#s.phase = 'idle';
    file.status = status;
    file.error = error;
    file.interrupt = true;
    this.port.settle();
  }
}

/** Text in IDENTIFY data: two characters a word, the first in the high byte, padded with spaces. */
export function identifyText(words: Uint16Array, first: number, length: number, text: string): void {
  const padded = text.padEnd(length * 2).slice(0, length * 2);
  for (let i = 0; i < length; i++)
    words[first + i] = ((padded.charCodeAt(2 * i) & 0xff) << 8) | (padded.charCodeAt(2 * i + 1) & 0xff);
}

/** The words of IDENTIFY data as the bytes of the data port. */
export function wordBytes(words: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 2);
  for (let i = 0; i < words.length; i++) {
    bytes[2 * i] = words[i]! & 0xff;
    bytes[2 * i + 1] = words[i]! >>> 8;
  }
  return bytes;
}
