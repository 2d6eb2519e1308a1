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

const SERIAL = 0;
const SERIALWE = 4;
const INTHANDLER = 0x100;
const INTENABLE = 0x104;
const EPC = 0x108;
const CAUSE = 0x10c;
const VAENABLE = 0x200;
const PDADDR = 0x204;
/** Below this, addresses without a register read as ones; above, as zeros. */
const SERIAL_END = 0x100;

/** Offsets from 0x80001000, where GAIA3 has them. */
export const gaiaRegisters: readonly RegisterSpec[] = [
  {
    name: 'SERIAL',
    offset: SERIAL,
    width: 4,
    access: 'rw',
    description: 'read: takes a byte received, all ones when there is none; write: 7:0 byte to send',
  },
  { name: 'SERIALWE', offset: SERIALWE, width: 4, access: 'r', reset: 1, description: '0 there is room to send' },
  { name: 'INTHANDLER', offset: INTHANDLER, width: 4, access: 'rw', reset: 0, description: 'where interrupts go' },
  { name: 'INTENABLE', offset: INTENABLE, width: 4, access: 'rw', reset: 0, description: '0 interrupts are taken' },
  { name: 'EPC', offset: EPC, width: 4, access: 'rw', reset: 0, description: 'where SYSEXIT goes' },
  {
    name: 'CAUSE',
    offset: CAUSE,
    width: 4,
    access: 'rw',
    reset: 0,
    description: 'of the last interrupt: 1 timer, 2 serial line, 3 SYSENTER',
  },
  { name: 'VAENABLE', offset: VAENABLE, width: 4, access: 'rw', reset: 0, description: '0 addresses are translated' },
  {
    name: 'PDADDR',
    offset: PDADDR,
    width: 4,
    access: 'rw',
    reset: 0,
    description: '31:12 frame of the page directory',
  },
];

/** Ticks between two interrupts of the hardware's timer: 100 Hz at its clock. */
export const GAIA_TIMER_PERIOD = 963_925;

export interface GaiaRegistersOptions {
  readonly scheduler: Scheduler;
  /** High while an interrupt is pending and INTENABLE is set; for a core that does not ask `pending`. */
  readonly irq?: IrqLine | undefined;
  /** Takes every byte sent. */
  readonly sink?: ((byte: number) => void) | undefined;
  /** Ticks between timer interrupts. Default 963,925, the hardware's; the C simulators have 933,300 and 996,600. */
  readonly timerPeriod?: number | undefined;
  /** `instant`: what is written has left at once. `baud`: at 230,400 baud, so the send FIFO fills. Default `instant`. */
  readonly transmit?: 'instant' | 'baud' | undefined;
}

const FIFO = 256;
const BAUD = 230_400;
const BITS_PER_BYTE = 10;
const TIMER = 1;
const RECEIVED = 2;
const CALL = 3;

type GaiaRegistersState = {
  rx: number[];
  tx: number[];
  tick: boolean;
  handler: number;
  enable: boolean;
  epc: number;
  cause: number;
  vaenable: boolean;
  pdaddr: number;
};

const initial = (): GaiaRegistersState => ({
  rx: [],
  tx: [],
  tick: false,
  handler: 0,
  enable: false,
  epc: 0,
  cause: 0,
  vaenable: false,
  pdaddr: 0,
});

/**
 * GAIA3's special registers: serial line with FIFOs of 256 bytes, a 100 Hz timer, and the core's interrupt and translation registers.
 * A GAIA core uses `pending`, `accept`, `enter`, `leave` and `onTranslation`; on another core's board it is a serial line with a timer
 * whose interrupts go to `irq`. A register answers at its exact address only, whatever the width; a store of a byte there stores what
 * the core puts on the bus.
 */
export class GaiaRegisters implements Device {
  readonly registers = gaiaRegisters;
  readonly #scheduler: Scheduler;
  readonly #irq: IrqLine;
  readonly #sink: (byte: number) => void;
  readonly #period: number;
  readonly #byteTime: number;
  readonly #drain = new Listeners();
  readonly #translation = new Listeners();
  #s = initial();
  #pending = false;

  constructor({
    scheduler,
    irq = unconnected,
    sink = () => {},
    timerPeriod = GAIA_TIMER_PERIOD,
    transmit,
  }: GaiaRegistersOptions) {
    this.#scheduler = scheduler;
    this.#irq = irq;
    this.#sink = sink;
    this.#period = timerPeriod;
    this.#byteTime = transmit === 'baud' ? Math.max(1, Math.round((scheduler.hz * BITS_PER_BYTE) / BAUD)) : 0;
    scheduler.handle((key, time) => (key === 'timer' ? this.#ring(time) : this.#sent(time)));
    scheduler.at(scheduler.now + timerPeriod, 'timer');
  }

  // ---- the core's side

  /** Whether an interrupt waits and INTENABLE lets it through. */
  get pending(): boolean {
    return this.#pending;
  }

  /** INTENABLE. */
  get enabled(): boolean {
    return this.#s.enable;
  }

  get vaenable(): boolean {
    return this.#s.vaenable;
  }

  get pdaddr(): number {
    return this.#s.pdaddr;
  }

  /** The pending interrupt is taken in place of the instruction at `address`: EPC is the address behind it. Returns the handler's. */
  accept(address: number): number {
    const cause = this.#s.tick ? TIMER : RECEIVED;
    // The timer's latch is cleared by being served; the serial line's level by reading it.
    if (cause === TIMER) this.#s.tick = false;
    return this.#interrupt(cause, address + 4);
  }

  /** SYSENTER, whose next instruction is at `next`. Returns the handler's address. */
  enter(next: number): number {
    return this.#interrupt(CALL, next);
  }

  /** SYSEXIT: enables interrupts whatever they were before. Returns where it goes. */
  leave(): number {
    this.#s.enable = true;
    this.#settle();
    return this.#s.epc;
  }

  /** Calls back after every write of VAENABLE or PDADDR, which makes the hardware forget all translations. */
  onTranslation(listener: () => void): Disposable {
    return this.#translation.add(listener);
  }

  // ---- the line's side

  /** How many bytes the receive FIFO can take now. */
  get room(): number {
    return FIFO - this.#s.rx.length;
  }

  /** Feeds the receive FIFO; returns how many of the bytes it took. The rest wait for `onDrain`. */
  receive(bytes: Uint8Array | readonly number[]): number {
    const taken = Math.min(this.room, bytes.length);
    for (let i = 0; i < taken; i++) this.#s.rx.push(bytes[i]! & 0xff);
    this.#settle();
    return taken;
  }

  /** Calls back when the guest has made room. */
  onDrain(listener: () => void): Disposable {
    return this.#drain.add(listener);
  }

  // ---- the bus's side

  read(offset: number, width: Width): number {
    const value = this.peek(offset, width);
    if (offset === SERIAL && this.#s.rx.length > 0) {
      this.#s.rx.shift();
      this.#settle();
      this.#drain.notify();
    }
    return value;
  }

  peek(offset: number, width: Width): number {
    const value = this.#value(offset);
    return width === 4 ? value : width === 2 ? value & 0xffff : value & 0xff;
  }

  write(offset: number, _width: Width, value: number): void {
    const s = this.#s;
    switch (offset) {
      case SERIAL:
        this.#send(value & 0xff);
        break;
      case INTHANDLER:
        s.handler = value;
        break;
      case INTENABLE:
        s.enable = (value & 1) !== 0;
        this.#settle();
        break;
      case EPC:
        s.epc = value;
        break;
      case CAUSE:
        s.cause = value;
        break;
      case VAENABLE:
        s.vaenable = (value & 1) !== 0;
        this.#translation.notify();
        break;
      case PDADDR:
        s.pdaddr = value;
        this.#translation.notify();
        break;
    }
  }

  reset(): void {
    this.#s = initial();
    this.#scheduler.cancel('sent');
    this.#scheduler.at(this.#scheduler.now + this.#period, 'timer');
    this.#settle();
    this.#translation.notify();
    this.#drain.notify();
  }

  save(): State {
    return copyState(this.#s);
  }

  load(state: State): void {
    this.#s = copyState(state as GaiaRegistersState);
    this.#pending = this.#wanted;
    this.#translation.notify();
  }

  #value(offset: number): number {
    const s = this.#s;
    switch (offset) {
      case SERIAL:
        return s.rx[0] ?? 0xffff_ffff;
      case SERIALWE:
        return Number(s.tx.length < FIFO - 1);
      case INTHANDLER:
        return s.handler;
      case INTENABLE:
        return Number(s.enable);
      case EPC:
        return s.epc;
      case CAUSE:
        return s.cause;
      case VAENABLE:
        return Number(s.vaenable);
      case PDADDR:
        return s.pdaddr;
      default:
        return offset < SERIAL_END ? 0xffff_ffff : 0;
    }
  }

  #interrupt(cause: number, epc: number): number {
    this.#s.cause = cause;
    this.#s.epc = epc >>> 0;
    this.#s.enable = false;
    this.#settle();
    return this.#s.handler;
  }

  #send(byte: number): void {
    if (this.#byteTime === 0) {
      this.#sink(byte);
      return;
    }
    const { tx } = this.#s;
    if (tx.length === FIFO) return;
    tx.push(byte);
    if (tx.length === 1) this.#scheduler.at(this.#scheduler.now + this.#byteTime, 'sent');
  }

  #sent(time: number): void {
    const byte = this.#s.tx.shift();
    if (this.#s.tx.length > 0) this.#scheduler.at(time + this.#byteTime, 'sent');
    if (byte !== undefined) this.#sink(byte);
  }

  /** The counter runs on by itself; ticks that nobody has served do not add up. */
  #ring(time: number): void {
    this.#scheduler.at(time + this.#period, 'timer');
    this.#s.tick = true;
    this.#settle();
  }

  get #wanted(): boolean {
    const { enable, tick, rx } = this.#s;
    return enable && (tick || rx.length > 0);
  }

  #settle(): void {
    const level = this.#wanted;
    if (level === this.#pending) return;
    this.#pending = level;
    this.#irq.set(level);
  }
}
