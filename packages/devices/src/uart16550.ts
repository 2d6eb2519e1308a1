import {
  type Device,
  type Disposable,
  type IrqLine,
  Listeners,
  type RegisterSpec,
  type Scheduler,
  type State,
  unconnected,
  type Width,
} from '@kseg/bus';
import { copyState } from './state.ts';

/** Offsets are register numbers: a board with wider spacing maps the device with a stride. */
export const uart16550Registers: readonly RegisterSpec[] = [
  { name: 'RBR', offset: 0, width: 1, access: 'r', reset: 0, description: 'receive buffer (DLAB = 0)' },
  { name: 'THR', offset: 0, width: 1, access: 'w', description: 'transmit holding (DLAB = 0)' },
  { name: 'DLL', offset: 0, width: 1, access: 'rw', description: 'divisor, low byte (DLAB = 1)' },
  {
    name: 'IER',
    offset: 1,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'interrupt enable: 0 data, 1 THRE, 2 line status, 3 modem status (DLAB = 0)',
  },
  { name: 'DLM', offset: 1, width: 1, access: 'rw', description: 'divisor, high byte (DLAB = 1)' },
  {
    name: 'IIR',
    offset: 2,
    width: 1,
    access: 'r',
    reset: 0x01,
    description: 'interrupt identification; bits 7:6 read 1 with the FIFOs on',
  },
  {
    name: 'FCR',
    offset: 2,
    width: 1,
    access: 'w',
    description: 'FIFO control: 0 enable, 1 clear receiver, 2 clear transmitter, 7:6 trigger 1/4/8/14',
  },
  { name: 'LCR', offset: 3, width: 1, access: 'rw', reset: 0, description: 'line control; bit 7 is DLAB' },
  {
    name: 'MCR',
    offset: 4,
    width: 1,
    access: 'rw',
    reset: 0,
    description: 'modem control: DTR, RTS, OUT1, OUT2, loopback',
  },
  {
    name: 'LSR',
    offset: 5,
    width: 1,
    access: 'r',
    reset: 0x60,
    description: 'line status; reading clears the error bits',
  },
  {
    name: 'MSR',
    offset: 6,
    width: 1,
    access: 'r',
    reset: 0xb0,
    description: 'modem status; CTS, DSR and DCD are on; reading clears the delta bits',
  },
  { name: 'SCR', offset: 7, width: 1, access: 'rw', reset: 0, description: 'scratch' },
];

export interface Uart16550Options {
  readonly scheduler: Scheduler;
  readonly irq?: IrqLine | undefined;
  /** Takes every byte sent. */
  readonly sink?: ((byte: number) => void) | undefined;
  /** Input clock in Hz; the bit rate is a sixteenth of it over the divisor (default 1.8432 MHz). */
  readonly clock?: number | undefined;
  /** False: an 8250 or 16450, which has no FIFOs (default true). */
  readonly fifo?: boolean | undefined;
  /**
   * When a byte written to THR has left: `instant` (default) at once, as guests written against an emulator expect (xv6 polls 128
   * times, then writes regardless); `baud` after its bits at the divisor's rate.
   */
  readonly transmit?: 'instant' | 'baud' | undefined;
}

type UartState = {
  ier: number;
  fcr: number;
  lcr: number;
  mcr: number;
  msr: number;
  scr: number;
  divisor: number;
  overrun: boolean;
  /** Received and unread: the byte, and its line status error bits shifted left by 8. */
  rx: number[];
  /** Written and not yet in the shift register. */
  tx: number[];
  /** The byte in the transmit shift register; -1 when it is idle. */
  shifting: number;
  thrEmpty: boolean;
  timeout: boolean;
};

const FIFO_SIZE = 16;
const TRIGGERS = [1, 4, 8, 14];
const DLAB = 0x80;
const LOOP = 0x10;
const PARITY_FRAMING_BREAK = 0x1c;

const initial = (): UartState => ({
  ier: 0,
  fcr: 0,
  lcr: 0,
  mcr: 0,
  msr: 0xb0,
  scr: 0,
  divisor: 12,
  overrun: false,
  rx: [],
  tx: [],
  shifting: -1,
  thrEmpty: false,
  timeout: false,
});

/**
 * National's 16550A serial port (PC16550D data sheet), or without FIFOs its forebears. The interrupt output is the chip's own, not gated
 * by OUT2 as PC boards gate it: MIPS boards wire it straight to the controller. The far end honours flow control: it sends only while
 * there is `room`, so no byte of the host's is lost. Byte-wide: map it with `width: 1`.
 */
export class Uart16550 implements Device {
  readonly registers = uart16550Registers;
  #s = initial();
  readonly #scheduler: Scheduler;
  readonly #irq: IrqLine;
  readonly #sink: (byte: number) => void;
  readonly #clock: number;
  readonly #hasFifo: boolean;
  readonly #paced: boolean;
  readonly #drain = new Listeners();

  constructor({
    scheduler,
    irq = unconnected,
    sink = () => {},
    clock = 1_843_200,
    fifo = true,
    transmit = 'instant',
  }: Uart16550Options) {
    this.#scheduler = scheduler;
    this.#irq = irq;
    this.#sink = sink;
    this.#clock = clock;
    this.#hasFifo = fifo;
    this.#paced = transmit === 'baud';
    scheduler.handle((key) => this.#event(key));
  }

  /** How many bytes the receiver can take now; 0 in loopback, where the far end is cut off. */
  get room(): number {
    return this.#s.mcr & LOOP ? 0 : this.#free;
  }

  /** Feeds the receiver; returns how many of the bytes it took. The rest wait for `onDrain`. */
  receive(bytes: Uint8Array | readonly number[]): number {
    const taken = Math.min(this.room, bytes.length);
    for (let i = 0; i < taken; i++) this.#push(bytes[i]! & 0xff);
    this.#settle();
    return taken;
  }

  /** A break on the line: a zero byte with BI and FE. Returns false when there is no room. */
  receiveBreak(): boolean {
    if (this.room === 0) return false;
    this.#push(0x18 << 8);
    this.#settle();
    return true;
  }

  /** Calls back when the guest has made room. */
  onDrain(listener: () => void): Disposable {
    return this.#drain.add(listener);
  }

  read(offset: number, _width: Width): number {
    const s = this.#s;
    const value = this.peek(offset);
    switch (offset & 7) {
      case 0:
        if (s.lcr & DLAB || s.rx.length === 0) return value;
        s.rx.shift();
        this.#restartTimeout();
        this.#settle();
        this.#drained();
        return value;
      case 2:
        // Reading IIR answers the THRE interrupt, and only when it is the one shown.
        if ((value & 0xf) === 0x2) {
          s.thrEmpty = false;
          this.#settle();
        }
        return value;
      case 5:
        s.overrun = false;
        if (s.rx.length > 0) s.rx[0]! &= 0xff;
        this.#settle();
        return value;
      case 6:
        s.msr &= 0xf0;
        this.#settle();
        return value;
      default:
        return value;
    }
  }

  peek(offset: number, _width?: Width): number {
    const s = this.#s;
    switch (offset & 7) {
      case 0:
        return s.lcr & DLAB ? s.divisor & 0xff : (s.rx[0] ?? 0) & 0xff;
      case 1:
        return s.lcr & DLAB ? s.divisor >>> 8 : s.ier;
      case 2:
        return this.#interrupt() | (s.fcr & 1 ? 0xc0 : 0);
      case 3:
        return s.lcr;
      case 4:
        return s.mcr;
      case 5:
        return this.#lineStatus();
      case 6:
        return s.msr;
      default:
        return s.scr;
    }
  }

  write(offset: number, _width: Width, value: number): void {
    const s = this.#s;
    value &= 0xff;
    switch (offset & 7) {
      case 0:
        if (s.lcr & DLAB) s.divisor = (s.divisor & 0xff00) | value;
        else this.#transmit(value);
        break;
      case 1:
        if (s.lcr & DLAB) s.divisor = (s.divisor & 0xff) | (value << 8);
        else {
          // Enabling the THRE interrupt with an empty holding register raises it at once.
          if (value & ~s.ier & 2 && s.tx.length === 0) s.thrEmpty = true;
          s.ier = value & 0xf;
        }
        break;
      case 2:
        if (this.#hasFifo) this.#fifoControl(value);
        break;
      case 3:
        s.lcr = value;
        break;
      case 4:
        this.#modemControl(value & 0x1f);
        break;
      case 7:
        s.scr = value;
        break;
    }
    this.#settle();
  }

  reset(): void {
    this.#s = initial();
    this.#scheduler.cancel('timeout');
    this.#scheduler.cancel('transmit');
    this.#settle();
    this.#drained();
  }

  save(): State {
    return copyState(this.#s);
  }

  load(state: State): void {
    this.#s = copyState(state as UartState);
  }

  get #free(): number {
    return (this.#s.fcr & 1 ? FIFO_SIZE : 1) - this.#s.rx.length;
  }

  /** Ticks of one character: start bit, 5 to 8 data bits, parity, 1, 1.5 or 2 stop bits. */
  get #characterTime(): number {
    const { lcr, divisor } = this.#s;
    const data = 5 + (lcr & 3);
    const bits = 1 + data + (lcr & 8 ? 1 : 0) + (lcr & 4 ? (data === 5 ? 1.5 : 2) : 1);
    return (bits * 16 * (divisor || 0x1_0000) * this.#scheduler.hz) / this.#clock;
  }

  #lineStatus(): number {
    const s = this.#s;
    const empty = s.tx.length === 0;
    return (
      (s.rx.length > 0 ? 0x01 : 0) |
      (s.overrun ? 0x02 : 0) |
      ((s.rx[0] ?? 0) >>> 8) |
      (empty ? 0x20 : 0) |
      (empty && s.shifting < 0 ? 0x40 : 0) |
      (s.fcr & 1 && s.rx.some((entry) => entry > 0xff) ? 0x80 : 0)
    );
  }

  /** IIR bits 3:0: the enabled condition of highest priority (data sheet, table IV). */
  #interrupt(): number {
    const s = this.#s;
    if (s.ier & 4 && (s.overrun || ((s.rx[0] ?? 0) >>> 8) & PARITY_FRAMING_BREAK)) return 0x6;
    if (s.ier & 1 && s.rx.length >= (s.fcr & 1 ? TRIGGERS[s.fcr >>> 6]! : 1)) return 0x4;
    if (s.ier & 1 && s.timeout) return 0xc;
    if (s.ier & 2 && s.thrEmpty) return 0x2;
    if (s.ier & 8 && s.msr & 0xf) return 0x0;
    return 0x1;
  }

  #settle(): void {
    this.#irq.set((this.#interrupt() & 1) === 0);
  }

  #push(entry: number): void {
    const s = this.#s;
    if (this.#free > 0) s.rx.push(entry);
    else {
      // FIFO: the newcomer is lost; single buffer: it replaces the unread byte.
      s.overrun = true;
      if (!(s.fcr & 1)) s.rx[0] = entry;
    }
    this.#restartTimeout();
  }

  /** The receive timeout: 4 character times with bytes waiting and neither a read nor a new byte. */
  #restartTimeout(): void {
    const s = this.#s;
    s.timeout = false;
    if (s.fcr & 1 && s.rx.length > 0) this.#scheduler.at(this.#scheduler.now + 4 * this.#characterTime, 'timeout');
    else this.#scheduler.cancel('timeout');
  }

  #transmit(byte: number): void {
    const s = this.#s;
    s.thrEmpty = false;
    if (!this.#paced) {
      this.#send(byte);
      s.thrEmpty = true;
      return;
    }
    if (s.fcr & 1) {
      if (s.tx.length < FIFO_SIZE) s.tx.push(byte);
    } else s.tx[0] = byte;
    if (s.shifting < 0) this.#shift();
  }

  #shift(): void {
    const s = this.#s;
    s.shifting = s.tx.shift()!;
    this.#scheduler.at(this.#scheduler.now + this.#characterTime, 'transmit');
    if (s.tx.length === 0) s.thrEmpty = true;
  }

  #send(byte: number): void {
    if (this.#s.mcr & LOOP) this.#push(byte);
    else this.#sink(byte);
  }

  #event(key: string): void {
    const s = this.#s;
    if (key === 'timeout') s.timeout = s.rx.length > 0;
    else if (s.shifting >= 0) {
      const byte = s.shifting;
      s.shifting = -1;
      if (s.tx.length > 0) this.#shift();
      this.#send(byte);
    }
    this.#settle();
  }

  #fifoControl(value: number): void {
    const s = this.#s;
    const toggled = ((value ^ s.fcr) & 1) !== 0;
    const clear = (toggled ? 6 : 0) | (value & 1 ? value & 6 : 0);
    s.fcr = value & 1 ? value & 0xc9 : 0;
    if (clear & 4 && s.tx.length > 0) {
      s.tx = [];
      s.thrEmpty = true;
    }
    if (clear & 2) {
      s.rx = [];
      this.#restartTimeout();
      this.#drained();
    }
  }

  /** In loopback the modem outputs feed the modem inputs: RTS CTS, DTR DSR, OUT1 RI, OUT2 DCD. */
  #modemControl(value: number): void {
    const s = this.#s;
    const left = s.mcr & ~value & LOOP;
    s.mcr = value;
    const lines = value & LOOP ? ((value & 1) << 5) | ((value & 2) << 3) | ((value & 0xc) << 4) : 0xb0;
    const changed = (s.msr ^ lines) >>> 4;
    // TERI marks only the end of a ring.
    const delta = changed & (lines & 0x40 ? 0xb : 0xf);
    s.msr = lines | (s.msr & 0xf) | delta;
    if (left) this.#drained();
  }

  #drained(): void {
    if (this.room > 0) this.#drain.notify();
  }
}
