// Watched addresses: CP0's watch registers, which raise an exception in the guest, and the host's watchpoints, which stop the run. Pages
// with one are kept out of the soft TLB, so that every access to them comes by here.
import { CP0_ENTRY_HI } from '@kseg/mmu';
import * as S from './state.ts';

/** What a watch register or a watchpoint looks at; the values are the bits of WatchLo. */
export const WATCH_WRITE = 1;
export const WATCH_READ = 2;
export const WATCH_FETCH = 4;

/** Pairs of WatchLo and WatchHi: WatchHi0.M says that there is a second one. */
const WATCH_PAIRS = 2;
const G = 1 << 30;

export interface Watchpoint {
  /** First virtual address. */
  readonly va: number;
  /** Bytes. */
  readonly size: number;
  /** WATCH_READ and WATCH_WRITE. */
  readonly kinds: number;
}

export class Watches {
  /** Whether anything is watched at all. */
  active = false;
  readonly #points = new Set<Watchpoint>();

  constructor(private readonly state: Int32Array) {}

  /** To be called after the watch registers changed. */
  update(): void {
    this.active = this.#points.size > 0;
    for (let pair = 0; pair < WATCH_PAIRS; pair++) if ((this.state[S.WATCH_LO + pair]! & 7) !== 0) this.active = true;
  }

  add(point: Watchpoint): void {
    this.#points.add(point);
    this.update();
  }

  remove(point: Watchpoint): void {
    this.#points.delete(point);
    this.update();
  }

  /** Whether the page of `va` has a watched address. */
  hasPage(va: number): boolean {
    const page = va >>> 12;
    for (let pair = 0; pair < WATCH_PAIRS; pair++) {
      const lo = this.state[S.WATCH_LO + pair]!;
      if ((lo & 7) === 0) continue;
      // A mask reaches up to bit 11: it does not leave the page.
      if (lo >>> 12 === page) return true;
    }
    for (const { va: start, size } of this.#points)
      if (start >>> 12 <= page && (start + size - 1) >>> 12 >= page) return true;
    return false;
  }

  /** The pair of watch registers that matches an access of `kind` at `va`, or -1 (vol. III §9.40). */
  match(va: number, kind: number): number {
    const { state } = this;
    const asid = state[S.MMU_STATE + CP0_ENTRY_HI]! & 0xff;
    for (let pair = 0; pair < WATCH_PAIRS; pair++) {
      const lo = state[S.WATCH_LO + pair]!;
      const hi = state[S.WATCH_HI + pair]!;
      if ((lo & kind) === 0 || ((hi & G) === 0 && ((hi >>> 16) & 0xff) !== asid)) continue;
      if (((va ^ lo) & ~((hi & 0xff8) | 7)) === 0) return pair;
    }
    return -1;
  }

  /** The host's watchpoint that an access of `width` bytes touches. */
  point(va: number, width: number, kind: number): Watchpoint | undefined {
    const first = va >>> 0;
    for (const point of this.#points)
      if ((point.kinds & kind) !== 0 && first < point.va + point.size && point.va < first + width) return point;
    return undefined;
  }
}
