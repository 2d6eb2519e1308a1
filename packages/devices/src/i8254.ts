import {
  type Device,
  type IrqLine,
  type RegisterSpec,
  type Scheduler,
  type State,
  unconnected,
  type Width,
} from '@kseg/bus';
import { DerivedClock } from './derived-clock.ts';
import { copyState } from './state.ts';

export const i8254Registers: readonly RegisterSpec[] = [
  {
    name: 'COUNTER0',
    offset: 0,
    width: 1,
    access: 'rw',
    description: 'counter 0 (on PCs the tick, IRQ 0), a byte at a time as its control word says',
  },
  { name: 'COUNTER1', offset: 1, width: 1, access: 'rw', description: 'counter 1 (on PCs memory refresh)' },
  {
    name: 'COUNTER2',
    offset: 2,
    width: 1,
    access: 'rw',
    description: 'counter 2 (on PCs the speaker; its gate is the board’s)',
  },
  {
    name: 'CONTROL',
    offset: 3,
    width: 1,
    access: 'w',
    description: 'control word, counter latch or read-back command',
  },
];

/** 105/88 of 1 MHz is not whole: this is what everybody divides by. */
export const PIT_HZ = 1_193_182;

type CounterState = {
  /** The control word's low six bits: BCD, mode, read/write format. */
  control: number;
  /** Counts per period or until the terminal count, 1 to 65,536; 0 until the first count is written. */
  count: number;
  /** A count that waits for the end of the current period (modes 2 and 3) or for the gate (modes 1 and 5). */
  next: number;
  /** Tick at which the counting element was loaded; -1 when it has not been. */
  start: number;
  /** Ticks counted when the gate went low; -1 while it counts. */
  held: number;
  gate: boolean;
  /** First byte of a two-byte count, -1 when none is waiting. */
  low: number;
  /** The second byte of a two-byte read is next. */
  readHigh: boolean;
  /** Values held by latch commands, -1 when none. */
  latchedCount: number;
  latchedStatus: number;
};

const initial = (gate: boolean): CounterState => ({
  control: 0x30,
  count: 0,
  next: 0,
  start: -1,
  held: -1,
  gate,
  low: -1,
  readHigh: false,
  latchedCount: -1,
  latchedStatus: -1,
});

const toBcd = (value: number): number =>
  (value % 10) |
  ((Math.floor(value / 10) % 10) << 4) |
  ((Math.floor(value / 100) % 10) << 8) |
  ((Math.floor(value / 1000) % 10) << 12);
const fromBcd = (value: number): number =>
  (value & 0xf) + 10 * ((value >>> 4) & 0xf) + 100 * ((value >>> 8) & 0xf) + 1000 * (value >>> 12);

/**
 * One counter of an 8254 (Intel data sheet 231164). Nothing ticks: count and output are functions of the time since the counting
 * element was loaded.
 */
class Counter {
  s: CounterState;

  constructor(private readonly gateAtReset: boolean) {
    this.s = initial(gateAtReset);
  }

  reset(): void {
    this.s = initial(this.gateAtReset);
  }

  /** 0 to 5; bit 2 of modes 2 and 3 does not count. */
  get mode(): number {
    const mode = (this.s.control >>> 1) & 7;
    return mode > 5 ? mode & 3 : mode;
  }

  get #modulus(): number {
    return this.s.control & 1 ? 10_000 : 0x1_0000;
  }

  /** Ticks since the load, -1 before it. */
  #elapsed(tick: number): number {
    const { start, held } = this.s;
    if (held >= 0) return held;
    return start < 0 || tick < start ? -1 : tick - start;
  }

  /** A count that waited for the end of the period is loaded once `tick` has passed it. */
  advance(tick: number): void {
    const { s } = this;
    if (s.next === 0 || s.held >= 0 || s.start < 0 || (this.mode !== 2 && this.mode !== 3)) return;
    const end = this.#reloadTick();
    if (tick < end) return;
    s.start = end;
    s.count = s.next;
    s.next = 0;
  }

  /** When the waiting count is loaded. `advance` moves `start` at every write, so it lies in the period that follows `start`. */
  #reloadTick(): number {
    return this.s.start + this.s.count;
  }

  /** The counting element as a program reads it. */
  value(tick: number): number {
    const { s } = this;
    const modulus = this.#modulus;
    const elapsed = Math.max(0, this.#elapsed(tick));
    let value: number;
    if (this.mode === 2) value = s.count - (s.count === 0 ? 0 : elapsed % s.count);
    else if (this.mode === 3) {
      const high = Math.ceil(s.count / 2);
      const phase = s.count === 0 ? 0 : elapsed % s.count;
      value = (s.count & ~1) - 2 * (phase < high ? phase : phase - high);
    } else value = s.count - (elapsed % modulus);
    value = ((value % modulus) + modulus) % modulus;
    return s.control & 1 ? toBcd(value) : value;
  }

  output(tick: number): boolean {
    const { s } = this;
    const elapsed = this.#elapsed(tick);
    switch (this.mode) {
      case 0:
        return elapsed >= s.count && s.count > 0;
      case 1:
        return elapsed < 0 || elapsed >= s.count;
      case 2:
        return elapsed < 0 || s.held >= 0 || elapsed % s.count !== s.count - 1;
      case 3:
        return elapsed < 0 || s.held >= 0 || elapsed % s.count < Math.ceil(s.count / 2);
      default:
        return elapsed !== s.count;
    }
  }

  /** The first tick after `tick` at which the output may change; Infinity when it stays. */
  nextEdge(tick: number): number {
    const { s } = this;
    if (s.start < 0 || s.held >= 0) return Number.POSITIVE_INFINITY;
    const elapsed = Math.max(0, tick - s.start);
    const after = (edge: number) => (s.start + edge > tick ? s.start + edge : Number.POSITIVE_INFINITY);
    const period = Math.floor(elapsed / s.count) * s.count;
    switch (this.mode) {
      case 0:
      case 1:
        return after(s.count);
      case 2:
        return Math.min(after(period + s.count - 1), after(period + s.count));
      case 3:
        return Math.min(after(period + Math.ceil(s.count / 2)), after(period + s.count));
      default:
        return Math.min(after(s.count), after(s.count + 1));
    }
  }

  status(tick: number): number {
    const { s } = this;
    const nullCount = s.next > 0 || s.count === 0 || tick < s.start;
    return (this.output(tick) ? 0x80 : 0) | (nullCount ? 0x40 : 0) | s.control;
  }

  setControl(control: number): void {
    const { gate } = this.s;
    this.s = { ...initial(gate), control };
  }

  latchCount(tick: number): void {
    if (this.s.latchedCount < 0) this.s.latchedCount = this.value(tick);
  }

  latchStatus(tick: number): void {
    if (this.s.latchedStatus < 0) this.s.latchedStatus = this.status(tick);
  }

  peek(tick: number): number {
    const { s } = this;
    if (s.latchedStatus >= 0) return s.latchedStatus;
    const value = s.latchedCount >= 0 ? s.latchedCount : this.value(tick);
    const format = (s.control >>> 4) & 3;
    return format === 2 || (format === 3 && s.readHigh) ? value >>> 8 : value & 0xff;
  }

  read(tick: number): number {
    const { s } = this;
    const byte = this.peek(tick);
    if (s.latchedStatus >= 0) s.latchedStatus = -1;
    else {
      const two = ((s.control >>> 4) & 3) === 3;
      if (two) s.readHigh = !s.readHigh;
      if (!two || !s.readHigh) s.latchedCount = -1;
    }
    return byte;
  }

  write(tick: number, byte: number): void {
    const { s } = this;
    const format = (s.control >>> 4) & 3;
    if (format === 1) this.#load(tick, byte);
    else if (format === 2) this.#load(tick, byte << 8);
    else if (s.low < 0) {
      s.low = byte;
      // Mode 0 stops counting at the first byte.
      if (this.mode === 0) s.start = s.held = -1;
    } else {
      this.#load(tick, s.low | (byte << 8));
      s.low = -1;
    }
  }

  #load(tick: number, raw: number): void {
    const { s } = this;
    const count = (s.control & 1 ? fromBcd(raw) % 10_000 : raw) || this.#modulus;
    const running = s.start >= 0;
    switch (this.mode) {
      case 1:
      case 5:
        s.next = count;
        return;
      case 2:
      case 3:
        if (running) {
          // Bring `start` into the present period, so that the new count is loaded at its end.
          if (s.held < 0 && tick > s.start) s.start += Math.floor((tick - s.start) / s.count) * s.count;
          s.next = count;
          return;
        }
    }
    s.count = count;
    // The next clock pulse moves the count into the counting element.
    s.start = tick + 1;
    s.held = s.gate ? -1 : 0;
  }

  setGate(tick: number, level: boolean): void {
    const { s } = this;
    if (s.gate === level) return;
    s.gate = level;
    switch (this.mode) {
      case 0:
      case 4:
        if (level && s.held >= 0) {
          s.start = tick - s.held;
          s.held = -1;
        } else if (!level && s.start >= 0) s.held = Math.max(0, this.#elapsed(tick));
        return;
      case 1:
      case 5:
        if (!level) return;
        if (s.next > 0) {
          s.count = s.next;
          s.next = 0;
        }
        if (s.count > 0) s.start = tick + 1;
        return;
      default:
        // A low gate stops the count and puts the output high; a rising one starts a new period.
        if (!level && s.start >= 0) s.held = Math.max(0, this.#elapsed(tick));
        else if (level && s.held >= 0) {
          if (s.next > 0) {
            s.count = s.next;
            s.next = 0;
          }
          s.start = tick + 1;
          s.held = -1;
        }
    }
  }
}

export interface I8254Options {
  readonly scheduler: Scheduler;
  /** Output of counter 0. */
  readonly irq?: IrqLine | undefined;
  /** Level of counter 2's gate at reset (default high; a PC holds it low until port 0x61 opens it). */
  readonly gate2?: boolean | undefined;
}

/** The PC's 8254 interval timer at 1.193182 MHz, without drift against the board's clock. Byte-wide: map it with `width: 1`. */
export class I8254 implements Device {
  readonly registers = i8254Registers;
  readonly #scheduler: Scheduler;
  readonly #irq: IrqLine;
  readonly #clock: DerivedClock;
  readonly #counters: readonly [Counter, Counter, Counter];
  /** The tick for which counter 0's event is set. */
  #edge = -1;

  constructor({ scheduler, irq = unconnected, gate2 = true }: I8254Options) {
    this.#scheduler = scheduler;
    this.#irq = irq;
    this.#clock = new DerivedClock(scheduler, PIT_HZ);
    this.#counters = [new Counter(true), new Counter(true), new Counter(gate2)];
    scheduler.handle(() => this.#settle(this.#edge));
  }

  /** Drives counter 2's gate. */
  setGate2(level: boolean): void {
    const tick = this.#clock.ticks;
    this.#counters[2].advance(tick);
    this.#counters[2].setGate(tick, level);
  }

  /** Level of counter 2's output. */
  get output2(): boolean {
    const tick = this.#clock.ticks;
    this.#counters[2].advance(tick);
    return this.#counters[2].output(tick);
  }

  read(offset: number, _width: Width): number {
    const counter = this.#counters[offset & 3];
    if (counter === undefined) return 0;
    const tick = this.#clock.ticks;
    counter.advance(tick);
    return counter.read(tick);
  }

  peek(offset: number, _width?: Width): number {
    const index = offset & 3;
    if (index === 3) return 0;
    const copy = new Counter(true);
    copy.s = { ...this.#counters[index]!.s };
    const tick = this.#clock.ticks;
    copy.advance(tick);
    return copy.peek(tick);
  }

  write(offset: number, _width: Width, value: number): void {
    const tick = this.#clock.ticks;
    for (const counter of this.#counters) counter.advance(tick);
    value &= 0xff;
    const counter = this.#counters[offset & 3];
    if (counter !== undefined) counter.write(tick, value);
    else if (value >>> 6 === 3) this.#readBack(tick, value);
    else if (value & 0x30) this.#counters[value >>> 6]!.setControl(value & 0x3f);
    else this.#counters[value >>> 6]!.latchCount(tick);
    this.#settle(tick);
  }

  reset(): void {
    for (const counter of this.#counters) counter.reset();
    this.#settle(this.#clock.ticks);
  }

  save(): State {
    return { counters: this.#counters.map(({ s }) => copyState(s)), edge: this.#edge };
  }

  load(state: State): void {
    const { counters, edge } = copyState(state as { counters: CounterState[]; edge: number });
    for (const [index, counter] of this.#counters.entries()) counter.s = counters[index]!;
    this.#edge = edge;
  }

  #readBack(tick: number, command: number): void {
    for (const [index, counter] of this.#counters.entries()) {
      if (!(command & (2 << index))) continue;
      if (!(command & 0x20)) counter.latchCount(tick);
      if (!(command & 0x10)) counter.latchStatus(tick);
    }
  }

  #settle(tick: number): void {
    const counter = this.#counters[0];
    counter.advance(tick);
    this.#irq.set(counter.output(tick));
    this.#edge = counter.nextEdge(tick);
    if (this.#edge === Number.POSITIVE_INFINITY) {
      this.#edge = -1;
      this.#scheduler.cancel('edge');
    } else this.#scheduler.at(this.#clock.timeOf(this.#edge), 'edge');
  }
}
