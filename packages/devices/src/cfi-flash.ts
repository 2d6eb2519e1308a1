import type { Device, Endian, RegisterSpec, State, Width } from '@kseg/bus';
import { copyState } from './state.ts';

/** What a flash needs of the memory that holds its content. */
export interface FlashMemory {
  readonly size: number;
  readonly endian: Endian;
  read(offset: number, width: Width): number;
  write(offset: number, width: Width, value: number): void;
  fill(value: number, offset: number, length: number): void;
}

export interface CfiFlashOptions {
  readonly memory: FlashMemory;
  /** Bytes in an erase block (default 64 KB). */
  readonly sectorSize?: number | undefined;
  /**
   * Called when reads begin to give content (`true`) or registers (`false`), so that the board can map the memory itself while nothing else
   * is asked for, and code runs from it at full speed.
   */
  readonly onMode?: ((array: boolean) => void) | undefined;
  /** Called when content has changed, to save it to a file. */
  readonly onChange?: ((offset: number, length: number) => void) | undefined;
}

/** The flash has commands instead of registers; this is the only place that means something to every read. */
export const cfiFlashRegisters: readonly RegisterSpec[] = [
  {
    name: 'COMMAND',
    offset: 0,
    width: 4,
    access: 'w',
    description:
      '0xff array, 0x90 identifiers, 0x98 query, 0x70 status, 0x50 clear status, 0x20 erase (0xd0), 0x40 or 0x10 program, 0xe8 buffer, 0x60 lock',
  },
];

type FlashState = {
  mode: 'array' | 'status' | 'identifier' | 'query';
  status: number;
  /** A command whose next cycle is awaited: 0 for none. */
  pending: number;
  /** Buffered programming: accesses left (-1 before the count), and what came so far. */
  left: number;
  buffered: number[];
};

const READY = 0x80;
const ERASE_ERROR = 0x20;
const PROGRAM_ERROR = 0x10;
const CONFIRM = 0xd0;
/** Bytes that buffered programming takes. */
const BUFFER = 32;

/** Maker and device 0, as on the board this stands for; no block is locked. */
const IDENTIFIER = 0;

const initial = (): FlashState => ({ mode: 'array', status: READY, pending: 0, left: 0, buffered: [] });

/**
 * A flash on a 32-bit bus with Intel's command set (CFI specification JESD68, Intel 28F128J3 data sheet), as emulated Maltas have it: it
 * describes itself as one chip of the whole size, and answers in the low bits of an access of any width; the status shows on both
 * halves of the bus. What a command takes is done at once.
 */
export class CfiFlash implements Device {
  readonly registers = cfiFlashRegisters;
  readonly #memory: FlashMemory;
  readonly #sectorSize: number;
  readonly #onMode: (array: boolean) => void;
  readonly #onChange: (offset: number, length: number) => void;
  readonly #query: Uint8Array;
  #s = initial();

  constructor({ memory, sectorSize = 0x1_0000, onMode = () => {}, onChange = () => {} }: CfiFlashOptions) {
    this.#memory = memory;
    this.#sectorSize = sectorSize;
    this.#onMode = onMode;
    this.#onChange = onChange;
    this.#query = queryTable(memory.size, sectorSize);
  }

  /** Reads give content. */
  get array(): boolean {
    return this.#s.mode === 'array';
  }

  read(offset: number, width: Width): number {
    return this.peek(offset, width);
  }

  peek(offset: number, width: Width): number {
    const at = (offset >>> 0) % this.#memory.size;
    const { mode, status } = this.#s;
    if (mode === 'array') return this.#memory.read(at & -width, width);
    const place = (at >>> 2) & 0xff;
    const answer = mode === 'status' ? status | (status << 16) : mode === 'query' ? this.#query[place]! : IDENTIFIER;
    return width === 4 ? answer >>> 0 : width === 2 ? answer & 0xffff : answer & 0xff;
  }

  write(offset: number, width: Width, value: number): void {
    const at = ((offset >>> 0) % this.#memory.size) & -width;
    const s = this.#s;
    switch (s.pending) {
      case 0x20:
        this.#erase(at, value & 0xff);
        break;
      case 0x10:
        this.#program(at, width, value);
        s.pending = 0;
        break;
      case 0xe8:
        this.#buffer(at, width, value);
        break;
      case 0x60:
        // Every lock operation succeeds: nothing is locked.
        s.pending = 0;
        break;
      default:
        this.#command(value & 0xff);
    }
  }

  reset(): void {
    this.#s = initial();
    this.#onMode(true);
  }

  save(): State {
    return copyState(this.#s);
  }

  load(state: State): void {
    this.#s = copyState(state as FlashState);
    this.#onMode(this.array);
    // The memory was loaded before.
    this.#onChange(0, this.#memory.size);
  }

  #mode(mode: FlashState['mode']): void {
    const was = this.array;
    this.#s.mode = mode;
    if (this.array !== was) this.#onMode(this.array);
  }

  #command(command: number) {
    const s = this.#s;
    switch (command) {
      case 0x00:
      case 0xff:
        return this.#mode('array');
      case 0x50:
        s.status = READY;
        return;
      case 0x90:
        return this.#mode('identifier');
      case 0x98:
        return this.#mode('query');
      case 0x10:
      case 0x40:
        s.pending = 0x10;
        return this.#mode('status');
      case 0x20:
      case 0x60:
        s.pending = command;
        return this.#mode('status');
      case 0xe8:
        s.pending = command;
        s.left = -1;
        s.buffered = [];
        return this.#mode('status');
      case 0x70:
      case 0xb0: // suspend and resume: everything has finished
      case CONFIRM:
        return this.#mode('status');
    }
  }

  #erase(at: number, confirmation: number): void {
    const s = this.#s;
    s.pending = 0;
    if (confirmation !== CONFIRM) {
      s.status |= ERASE_ERROR | PROGRAM_ERROR;
      return;
    }
    const start = at - (at % this.#sectorSize);
    this.#memory.fill(0xff, start, this.#sectorSize);
    this.#onChange(start, this.#sectorSize);
  }

  /** Programming turns ones into zeros, never back. */
  #program(at: number, width: Width, value: number): void {
    this.#memory.write(at, width, (this.#memory.read(at, width) & value) >>> 0);
    this.#onChange(at, width);
  }

  /** The count less one, then that many data cycles, then the confirmation. */
  #buffer(at: number, width: Width, value: number): void {
    const s = this.#s;
    if (s.left < 0) {
      s.left = (value & 0xff) + 1;
      if (s.left > BUFFER) {
        s.status |= PROGRAM_ERROR;
        s.pending = 0;
      }
    } else if (s.left > 0) {
      s.left--;
      s.buffered.push(at, width, value);
    } else {
      s.pending = 0;
      if ((value & 0xff) !== CONFIRM) s.status |= PROGRAM_ERROR;
      else
        for (let i = 0; i < s.buffered.length; i += 3)
          this.#program(s.buffered[i]!, s.buffered[i + 1] as Width, s.buffered[i + 2]!);
      s.buffered = [];
    }
  }
}

/** The CFI query structure of a chip of `size` bytes (JESD68 §5, primary vendor-specific table of Intel's extended command set). */
function queryTable(size: number, sectorSize: number): Uint8Array {
  const table = new Uint8Array(0x100);
  const text = (at: number, letters: string) => {
    for (let i = 0; i < letters.length; i++) table[at + i] = letters.charCodeAt(i);
  };
  text(0x10, 'QRY');
  table.set([0x01, 0x00, 0x31, 0x00, 0x00, 0x00, 0x00, 0x00], 0x13); // Intel extended, table at 0x31, no alternative
  table.set([0x45, 0x55, 0x00, 0x00], 0x1b); // 4.5 to 5.5 V, no programming voltage
  table.set([0x07, 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00], 0x1f); // typical and longest times, as powers of 2
  table[0x27] = Math.round(Math.log2(size));
  table[0x28] = 0x02; // by 8 or 16 bits
  table[0x2a] = Math.log2(BUFFER);
  table[0x2c] = 1;
  const blocks = size / sectorSize - 1;
  table.set([blocks & 0xff, blocks >>> 8, (sectorSize >>> 8) & 0xff, sectorSize >>> 16], 0x2d);
  text(0x31, 'PRI10');
  return table;
}
