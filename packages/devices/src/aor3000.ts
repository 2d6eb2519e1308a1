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

export const aor3000TimerRegisters: readonly RegisterSpec[] = [
  {
    name: 'ACKNOWLEDGE',
    offset: 0,
    width: 4,
    access: 'rw',
    reset: 0,
    description: 'any write takes the interrupt back; reads 0',
  },
];

export interface Aor3000TimerOptions {
  readonly scheduler: Scheduler;
  readonly irq?: IrqLine | undefined;
  /** Interrupts a second (default 100). */
  readonly hz?: number | undefined;
}

/** The interval timer of the aoR3000 SoC: an interrupt every 10 ms that stays until it is acknowledged. It never stops. */
export class Aor3000Timer implements Device {
  readonly registers = aor3000TimerRegisters;
  readonly #scheduler: Scheduler;
  readonly #irq: IrqLine;
  readonly #clock: DerivedClock;
  #pending = false;

  constructor({ scheduler, irq = unconnected, hz = 100 }: Aor3000TimerOptions) {
    this.#scheduler = scheduler;
    this.#irq = irq;
    this.#clock = new DerivedClock(scheduler, hz);
    scheduler.handle(() => {
      this.#set(true);
      this.#schedule();
    });
    this.#schedule();
  }

  read(_offset: number, _width: Width): number {
    return 0;
  }

  peek(_offset: number, _width?: Width): number {
    return 0;
  }

  write(offset: number, _width: Width, _value: number): void {
    if ((offset & ~3) === 0) this.#set(false);
  }

  reset(): void {
    this.#set(false);
    this.#schedule();
  }

  save(): State {
    return this.#pending;
  }

  load(state: State): void {
    this.#pending = state as boolean;
  }

  #set(pending: boolean): void {
    this.#pending = pending;
    this.#irq.set(pending);
  }

  #schedule(): void {
    this.#scheduler.at(this.#clock.timeOf(this.#clock.ticks + 1), 'tick');
  }
}

export const aor3000EarlyConsoleRegisters: readonly RegisterSpec[] = [
  { name: 'CHARACTER', offset: 0, width: 1, access: 'rw', reset: 0, description: 'writing sends a character; reads 0' },
];

/** The byte at 0x1fffffff through which aoR3000's simulation prints before its UART is set up. */
export class Aor3000EarlyConsole implements Device {
  readonly registers = aor3000EarlyConsoleRegisters;
  readonly #sink: (byte: number) => void;

  constructor({ sink = () => {} }: { readonly sink?: (byte: number) => void } = {}) {
    this.#sink = sink;
  }

  read(_offset: number, _width: Width): number {
    return 0;
  }

  peek(_offset: number, _width?: Width): number {
    return 0;
  }

  write(offset: number, _width: Width, value: number): void {
    if (offset === 0) this.#sink(value & 0xff);
  }

  reset(): void {}

  save(): State {
    return null;
  }

  load(_state: State): void {}
}
