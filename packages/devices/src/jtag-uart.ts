import {
  type Device,
  type Disposable,
  type IrqLine,
  Listeners,
  type RegisterSpec,
  type State,
  unconnected,
  type Width,
} from '@kseg/bus';
import { copyState } from './state.ts';

export const jtagUartRegisters: readonly RegisterSpec[] = [
  {
    name: 'DATA',
    offset: 0,
    width: 4,
    access: 'rw',
    reset: 0,
    description: 'read: 7:0 character, 15 it is valid, 31:16 characters left; write: 7:0 character to send',
  },
  {
    name: 'CONTROL',
    offset: 4,
    width: 4,
    access: 'rw',
    reset: 0x0040_0000,
    description:
      '0 RE, 1 WE interrupt enables, 8 RI, 9 WI pending, 10 AC activity (1 clears), 31:16 free places to send',
  },
];

export interface JtagUartOptions {
  readonly irq?: IrqLine | undefined;
  /** Takes every byte sent. */
  readonly sink?: ((byte: number) => void) | undefined;
}

const FIFO = 64;
const READ_ENABLE = 1;
const WRITE_ENABLE = 2;
const READ_PENDING = 0x100;
const WRITE_PENDING = 0x200;
const ACTIVITY = 0x400;
const VALID = 0x8000;

type JtagUartState = { rx: number[]; enables: number; activity: boolean };

const initial = (): JtagUartState => ({ rx: [], enables: 0, activity: false });

/**
 * Altera's JTAG UART (Embedded Peripherals IP guide), the console of Nios and aoR3000 boards: 64-byte FIFOs, a host that reads what is
 * sent at once. Registers are words; narrower accesses reach their low bits at the same offset.
 */
export class JtagUart implements Device {
  readonly registers = jtagUartRegisters;
  readonly #irq: IrqLine;
  readonly #sink: (byte: number) => void;
  readonly #drain = new Listeners();
  #s = initial();

  constructor({ irq = unconnected, sink = () => {} }: JtagUartOptions = {}) {
    this.#irq = irq;
    this.#sink = sink;
  }

  /** How many bytes the receive FIFO can take now. */
  get room(): number {
    return FIFO - this.#s.rx.length;
  }

  /** Feeds the receive FIFO; returns how many of the bytes it took. The rest wait for `onDrain`. */
  receive(bytes: Uint8Array | readonly number[]): number {
    const taken = Math.min(this.room, bytes.length);
    for (let i = 0; i < taken; i++) this.#s.rx.push(bytes[i]! & 0xff);
    if (taken > 0) this.#s.activity = true;
    this.#settle();
    return taken;
  }

  /** Calls back when the guest has made room. */
  onDrain(listener: () => void): Disposable {
    return this.#drain.add(listener);
  }

  read(offset: number, width: Width): number {
    const value = this.peek(offset, width);
    if ((offset & ~3) === 0 && this.#s.rx.length > 0) {
      this.#s.rx.shift();
      this.#settle();
      this.#drain.notify();
    }
    return value;
  }

  peek(offset: number, width: Width): number {
    const { rx, enables, activity } = this.#s;
    const register = offset & ~3;
    let value = 0;
    if (register === 0) value = rx.length === 0 ? 0 : rx[0]! | VALID | ((rx.length - 1) << 16);
    else if (register === 4) value = (FIFO << 16) | (activity ? ACTIVITY : 0) | this.#pending | enables;
    return width === 4 ? value >>> 0 : width === 2 ? value & 0xffff : value & 0xff;
  }

  write(offset: number, _width: Width, value: number): void {
    const s = this.#s;
    const register = offset & ~3;
    if (register === 0) this.#sink(value & 0xff);
    else if (register === 4) {
      s.enables = value & (READ_ENABLE | WRITE_ENABLE);
      if (value & ACTIVITY) s.activity = false;
    }
    this.#settle();
  }

  reset(): void {
    this.#s = initial();
    this.#settle();
    this.#drain.notify();
  }

  save(): State {
    return copyState(this.#s);
  }

  load(state: State): void {
    this.#s = copyState(state as JtagUartState);
  }

  /** The send FIFO is always empty, so its interrupt is pending whenever it is enabled. */
  get #pending(): number {
    const { rx, enables } = this.#s;
    return (enables & READ_ENABLE && rx.length > 0 ? READ_PENDING : 0) | (enables & WRITE_ENABLE ? WRITE_PENDING : 0);
  }

  #settle(): void {
    this.#irq.set(this.#pending !== 0);
  }
}
