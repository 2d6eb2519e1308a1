// Reproducible random numbers, and the values at which instructions do something special.

/** A stream of 32-bit numbers that a seed decides (mulberry32). */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 0 … 2^32 - 1 */
  word(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0 … n - 1 */
  below(n: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * n);
  }

  /** True once in n times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A word of a register: extremes, small numbers, single bits and runs of bits, and anything. */
  value(): number {
    switch (this.below(8)) {
      case 0:
        return this.pick(EXTREMES);
      case 1:
        return (this.below(33) - 16) >>> 0;
      case 2:
        return (1 << this.below(32)) >>> 0;
      case 3:
        return ((1 << this.below(32)) - 1) >>> 0;
      case 4:
        return ~(1 << this.below(32)) >>> 0;
      case 5: {
        const half = this.word() & 0xffff;
        return ((half << 16) | (this.oneIn(2) ? half : this.pick(HALVES))) >>> 0;
      }
      default:
        return this.word();
    }
  }

  /** The two words of a double or of two singles, low one first. */
  float(): [number, number] {
    if (this.oneIn(2)) return [this.single(), this.single()];
    const sign = this.oneIn(2) ? 0x8000_0000 : 0;
    const exponent = this.pick([
      0, 0, 1, 2, 0x3fd, 0x3fe, 0x3ff, 0x400, 0x41d, 0x41e, 0x43d, 0x7fd, 0x7fe, 0x7ff, 0x7ff,
    ]);
    const high = (sign | ((this.oneIn(3) ? this.below(0x800) : exponent) << 20) | this.#fraction(20)) >>> 0;
    return [this.#fraction(32) >>> 0, high];
  }

  single(): number {
    const sign = this.oneIn(2) ? 0x8000_0000 : 0;
    const exponent = this.pick([0, 0, 1, 2, 0x7d, 0x7e, 0x7f, 0x80, 0x9d, 0x9e, 0xbd, 0xfd, 0xfe, 0xff, 0xff]);
    return (sign | ((this.oneIn(3) ? this.below(0x100) : exponent) << 23) | this.#fraction(23)) >>> 0;
  }

  /** `bits` bits of a fraction, with an eye on ends and halves. */
  #fraction(bits: number): number {
    const all = bits === 32 ? -1 : (1 << bits) - 1;
    switch (this.below(6)) {
      case 0:
        return 0;
      case 1:
        return all;
      case 2:
        return 1 << (bits - 1);
      case 3:
        return this.below(4);
      default:
        return this.word() & all;
    }
  }
}

// biome-ignore format: a list
const EXTREMES = [
  0, 0, 1, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0x7fff, 0x8000, 0xffff, 0xffff_8000, 0xffff_7fff, 0x7f, 0x80,
  0xffff_ff80, 0x5555_5555, 0xaaaa_aaaa, 0x7fff_7fff, 0x8000_8000, 0x7f80_0000, 0x7fbf_ffff, 0x3f80_0000, 0x4000_0000,
];
const HALVES = [0, 0x7fff, 0x8000, 0xffff];
