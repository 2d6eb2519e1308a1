import type { State } from './device.ts';
import { BusSetupError } from './errors.ts';
import { type Disposable, disposable } from './subscription.ts';

/** Virtual time as one device sees it. Ticks are cycles of the board's clock; they are whole numbers and never go back. */
export interface Scheduler {
  /** Retired instructions, ticks skipped while waiting, and ticks that slow devices made the core stand still. */
  readonly now: number;
  /** Ticks per second. */
  readonly hz: number;
  /**
   * Calls the handler with `key` when time reaches `time` (at once, at the next event point, when it is past). One event per key: a later call
   * moves it, to Infinity for ever. @throws KSEG_BUS_TIME when `time` is NaN, as 0 divided by a divisor of 0 is
   */
  at(time: number, key: string): void;
  cancel(key: string): void;
  /** When the event `key` is due; `undefined` when it is not set. */
  due(key: string): number | undefined;
  /** Who answers this device's events. Set once, in the device's constructor. */
  handle(handler: (key: string, time: number) => void): void;
  /** Stops virtual time where it is until the returned object is disposed: for host I/O that is not ready when its tick has come. */
  hold(): Disposable;
}

interface Event {
  readonly owner: string;
  readonly key: string;
  readonly time: number;
}

/** NaN is neither before nor after anything: one of it, and no later event would come any more. */
const noTime = (what: string, time: unknown): BusSetupError =>
  new BusSetupError('KSEG_BUS_TIME', `${what} is at ${String(time)}: give a time in ticks`, { what, time });

/**
 * The machine's one line of time. Whoever runs (interpreter, translator) advances `now` and calls `fire` when it reaches `deadline`, at
 * exactly that instruction. Events are data (owner, key, time), so a snapshot of the line resumes exactly.
 */
export class Timeline {
  // V8 keeps a field for small integers until something else is stored, and then throws away all code that was compiled for it: times are no
  // numbers at first, and may grow beyond 31 bits.
  now = Number.NaN;
  /**
   * When there is something to `fire`: the time of the earliest event, or the present while a stall has yet to pass; Infinity when there is
   * neither. Runners compare it with `now` after every access to a device.
   */
  deadline = Number.POSITIVE_INFINITY;
  /** Ticks that the core has stood still for slow devices, since this object was made. */
  stalled = Number.NaN;
  /** How many parties hold time still. */
  holds = 0;
  /** Ticks that it has yet to stand still. */
  #stall = 0;
  // Sorted by time; events of one time keep the order in which they were set.
  #events: Event[] = [];
  readonly #handlers = new Map<string, (key: string, time: number) => void>();

  constructor(readonly hz: number) {
    if (!(hz > 0))
      throw new BusSetupError('KSEG_BUS_CLOCK', `a clock of ${hz} Hz does not tick: give a positive frequency`, { hz });
    this.now = 0;
    this.stalled = 0;
  }

  /** @throws KSEG_BUS_DUPLICATE_NAME when another device has that name */
  port(owner: string): Scheduler {
    if (this.#handlers.has(owner))
      throw new BusSetupError('KSEG_BUS_DUPLICATE_NAME', `two devices are called "${owner}": give each its own name`, {
        name: owner,
      });
    this.#handlers.set(owner, () => {});
    const line = this;
    return {
      get now() {
        return line.now;
      },
      hz: line.hz,
      at: (time, key) => {
        if (typeof time !== 'number' || Number.isNaN(time)) throw noTime(`event "${key}" of "${owner}"`, time);
        if (time === Number.POSITIVE_INFINITY) line.#remove(owner, key);
        else line.#set({ owner, key, time: Math.max(Math.ceil(time), line.now) });
      },
      cancel: (key) => line.#remove(owner, key),
      due: (key) => line.#events.find((event) => event.owner === owner && event.key === key)?.time,
      handle: (handler) => {
        line.#handlers.set(owner, handler);
      },
      hold: () => line.#hold(),
    };
  }

  /** Time of the earliest event but `owner`'s `key`; Infinity when there is none. */
  deadlineBut(owner: string, key: string): number {
    const next = this.#events.find((event) => event.owner !== owner || event.key !== key);
    return next?.time ?? Number.POSITIVE_INFINITY;
  }

  /** `now` without the ticks that the core stood still: within a run it grows by 1 for each instruction that retires. */
  get progress(): number {
    return this.now - this.stalled;
  }

  /**
   * Makes the core stand still for `ticks` behind the instruction that it is carrying out: what a device's wait states do. Events come at
   * their time all the same.
   */
  stall(ticks: number): void {
    this.#stall += ticks;
    this.#settle();
  }

  /**
   * Between two instructions: lets a stall pass and runs every event that is due, in order, those that handlers add for the present included;
   * stops while time is held.
   */
  fire(): void {
    while (this.holds === 0 && this.deadline <= this.now) {
      if (this.#next <= this.now) {
        const { owner, key, time } = this.#events.shift()!;
        this.#settle();
        this.#handlers.get(owner)?.(key, time);
      } else {
        const ticks = Math.min(this.#stall, this.#next - this.now);
        this.now += ticks;
        this.stalled += ticks;
        this.#stall -= ticks;
        this.#settle();
      }
    }
  }

  /**
   * Moves to `time`, or to the next event if that is earlier, which then fires; nowhere while time is held.
   * @throws KSEG_BUS_TIME when that is NaN, or Infinity with no event to come
   */
  skipTo(time: number): void {
    if (this.holds > 0) return;
    const end = Math.min(time, this.deadline);
    if (!Number.isFinite(end)) throw noTime('the end of a skip', time);
    this.now = Math.max(this.now, end);
    if (Number.isFinite(this.deadline)) this.fire();
  }

  save(): State {
    const events = this.#events.map(({ owner, key, time }) => [owner, key, time]);
    return { now: this.now, events, ...(this.#stall === 0 ? {} : { stall: this.#stall }) };
  }

  load(state: State): void {
    const {
      now,
      events,
      stall = 0,
    } = state as { now: number; events: readonly (readonly [string, string, number])[]; stall?: number };
    this.now = now;
    this.#stall = stall;
    this.#events = events.map(([owner, key, time]) => ({ owner, key, time }));
    this.#settle();
  }

  /** Back to time 0 with nothing scheduled. */
  reset(): void {
    this.now = 0;
    this.stalled = 0;
    this.#stall = 0;
    this.#events = [];
    this.#settle();
  }

  #set(event: Event): void {
    this.#remove(event.owner, event.key);
    let index = this.#events.length;
    while (index > 0 && this.#events[index - 1]!.time > event.time) index--;
    this.#events.splice(index, 0, event);
    this.#settle();
  }

  #remove(owner: string, key: string): void {
    const index = this.#events.findIndex((event) => event.owner === owner && event.key === key);
    if (index < 0) return;
    this.#events.splice(index, 1);
    this.#settle();
  }

  /** Time of the earliest event. */
  get #next(): number {
    return this.#events[0]?.time ?? Number.POSITIVE_INFINITY;
  }

  #settle(): void {
    this.deadline = this.#stall > 0 ? Math.min(this.now, this.#next) : this.#next;
  }

  #hold(): Disposable {
    this.holds++;
    return disposable(() => {
      this.holds--;
    });
  }
}
