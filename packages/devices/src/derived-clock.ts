import type { Scheduler } from '@kseg/bus';

/**
 * A device's own oscillator, derived from the board's virtual time without drift: tick `n` falls at exactly `ceil(n * board / own)`.
 * Whole seconds are split off first, so that every product stays below 2^53 for frequencies up to 4 GHz and 2 MHz.
 */
export class DerivedClock {
  constructor(
    private readonly scheduler: Scheduler,
    readonly hz: number,
  ) {}

  /** Ticks of this clock since virtual time 0. */
  get ticks(): number {
    const { now, hz } = this.scheduler;
    const seconds = Math.floor(now / hz);
    return seconds * this.hz + Math.floor(((now - seconds * hz) * this.hz) / hz);
  }

  /** The board's time at which `ticks` is first reached. */
  timeOf(ticks: number): number {
    const { hz } = this.scheduler;
    const seconds = Math.floor(ticks / this.hz);
    return seconds * hz + Math.ceil(((ticks - seconds * this.hz) * hz) / this.hz);
  }
}
