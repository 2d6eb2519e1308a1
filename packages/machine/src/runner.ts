import type { StopReason } from './machine.ts';

/** The host's clock, injected: nothing below knows the time of day. */
export interface HostClock {
  /** Milliseconds, from any origin. */
  now(): number;
  /** Resolves after about `ms` milliseconds, or soon after `wake` is called. */
  sleep(ms: number): { readonly done: Promise<void>; wake(): void };
  /** Resolves once the host has seen to its own events (input, signals). */
  yield(): Promise<void>;
}

/** What a runner drives: a machine. */
export interface Runnable {
  /** Ticks of virtual time so far. */
  readonly now: number;
  /** Instructions retired so far. */
  readonly instructions: number;
  /** Ticks until the next event. */
  readonly idle: number;
  readonly timeline: { readonly hz: number };
  run(budget: number, idle: 'skip' | 'stop'): StopReason;
  skip(ticks: number): void;
}

/** How virtual time and the wall clock are kept together. */
export type Pacing =
  /** Computing runs at full speed; time skipped in WAIT is slept at the board's clock, so a guest's sleep(1) lasts a second. */
  | 'realtime'
  /** Virtual time is never ahead of the wall clock. */
  | 'locked'
  /** Idle time is skipped. */
  | 'max';

export interface RunOptions {
  readonly clock: HostClock;
  readonly pacing: Pacing;
  /** Ends the run after so many instructions of this run. */
  readonly maxInstructions?: number | undefined;
  /** Ends the run after so many seconds of wall time. */
  readonly timeout?: number | undefined;
  /** True while somebody may still type: an idle guest is then waited with, not given up. */
  readonly interactive?: (() => boolean) | undefined;
}

export type RunResult =
  | { readonly kind: 'powerOff' | 'stopped' | 'timeout' | 'maxInstructions' }
  /** The guest can only wait for ever, or its exception handlers fault on their own first instruction. */
  | { readonly kind: 'stuck' }
  /** A debugger's stop, or strict mode's. */
  | Extract<StopReason, { readonly kind: 'breakpoint' | 'watchpoint' | 'problem' }>;

/** Instructions of the first slice, and of the shortest. */
const FIRST_SLICE = 100_000;
/** Milliseconds that a slice should take: short enough to stay responsive, long enough to cost nothing. */
const SLICE_TIME = 8;
/** Milliseconds. A host timer cannot do better; shorter waits are added up. */
const SHORTEST_SLEEP = 2;
/** Milliseconds: a host that slept longer is not caught up with. */
const LONGEST_SLEEP = 1000;

/** Drives a machine against the wall clock, slice by slice, giving way to the host's events in between. */
export class Runner {
  #sleeper: { wake(): void } | undefined;
  /** Milliseconds of guest idle time that have not been slept yet; negative when slept too long. */
  #debt = 0;
  readonly #wall: number;
  readonly #tick: number;

  constructor(
    readonly machine: Runnable,
    private readonly options: RunOptions,
  ) {
    this.#wall = options.clock.now();
    this.#tick = machine.now;
  }

  /** Cuts a sleep short: call it after input was sent. */
  wake(): void {
    this.#sleeper?.wake();
  }

  async run(): Promise<RunResult> {
    const { machine, options } = this;
    const { clock } = options;
    const start = clock.now();
    const first = machine.instructions;
    const limit = options.maxInstructions ?? Number.POSITIVE_INFINITY;
    let slice = FIRST_SLICE;
    for (;;) {
      const left = limit - (machine.instructions - first);
      if (left <= 0) return { kind: 'maxInstructions' };
      const before = clock.now();
      const stop = machine.run(Math.min(slice, left), options.pacing === 'max' ? 'skip' : 'stop');
      if (stop.kind === 'budget')
        slice = clock.now() - before < SLICE_TIME ? slice * 2 : Math.max(slice / 2, FIRST_SLICE);
      switch (stop.kind) {
        case 'powerOff':
        case 'stopped':
        case 'stuck':
          return { kind: stop.kind };
        case 'breakpoint':
        case 'watchpoint':
        case 'problem':
          return stop;
      }
      const patience = (options.timeout ?? Number.POSITIVE_INFINITY) * 1000 - (clock.now() - start);
      if (patience <= 0) return { kind: 'timeout' };
      if (stop.kind === 'waiting') {
        if (stop.deadline === Number.POSITIVE_INFINITY) {
          if (!(options.interactive?.() ?? false)) return { kind: 'stuck' };
          await this.#wait(machine.idle, Math.min(patience, LONGEST_SLEEP));
        } else if (options.pacing !== 'max') await this.#wait(machine.idle, Math.min(patience, LONGEST_SLEEP));
      } else if (stop.kind === 'held') await this.#sleep(Math.min(patience, 1));
      else if (options.pacing === 'locked' && this.#ahead() >= SHORTEST_SLEEP)
        await this.#sleep(Math.min(this.#ahead(), patience));
      await clock.yield();
    }
  }

  /**
   * Lets the guest's idle time pass, `idle` ticks at most. What was slept too long is slept less the next time, so the guest's clock does
   * not drift; what input cuts short stays to be waited for.
   */
  async #wait(idle: number, patience: number): Promise<void> {
    const { machine, options } = this;
    const { hz } = machine.timeline;
    const ahead = options.pacing === 'locked' ? this.#ahead() : this.#debt;
    const ms = (idle / hz) * 1000;
    if (ahead + ms < SHORTEST_SLEEP) {
      this.#debt += ms;
      machine.skip(idle);
      return;
    }
    const before = options.clock.now();
    await this.#sleep(Math.min(ahead + ms, patience));
    const slept = options.clock.now() - before;
    const passed = Math.min(ms, Math.max(0, slept - ahead));
    this.#debt = Math.max(ahead + passed - slept, -LONGEST_SLEEP);
    machine.skip(passed === ms ? idle : Math.floor((passed / 1000) * hz));
  }

  /** Milliseconds by which virtual time leads the wall clock since the runner was made. */
  #ahead(): number {
    const { machine, options } = this;
    return ((machine.now - this.#tick) / machine.timeline.hz) * 1000 - (options.clock.now() - this.#wall);
  }

  async #sleep(ms: number): Promise<void> {
    const sleeper = this.options.clock.sleep(ms);
    this.#sleeper = sleeper;
    await sleeper.done;
    this.#sleeper = undefined;
  }
}
