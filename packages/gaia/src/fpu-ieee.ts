import type { GaiaFpu } from './fpu.ts';

const QUIET = 0x0040_0000;
/** What an x86 host gives for an invalid operation. */
const DEFAULT_NAN = 0xffc0_0000 | 0;
const INDEFINITE = -0x8000_0000;

/**
 * The FPU as GAIA's C simulator computes it: single-precision arithmetic of an x86 host. FTOI rounds halves away from zero and gives
 * 0x80000000 for what does not fit.
 */
export function ieeeFpu(): GaiaFpu {
  const f32 = new Float32Array(1);
  const i32 = new Int32Array(f32.buffer);
  const value = (bits: number): number => {
    i32[0] = bits;
    return f32[0]!;
  };
  /** NaNs by hand: what a NaN's bits become on their way through a JavaScript number is the engine's business. */
  const bits = (result: number, a: number, b: number): number => {
    if (!Number.isNaN(result)) {
      f32[0] = result;
      return i32[0]!;
    }
    return isNan(a) ? a | QUIET : isNan(b) ? b | QUIET : DEFAULT_NAN;
  };
  return {
    add: (a, b) => bits(value(a) + value(b), a, b),
    sub: (a, b) => bits(value(a) - value(b), a, b),
    mul: (a, b) => bits(value(a) * value(b), a, b),
    inv: (a) => bits(1 / value(a), a, a),
    sqrt: (a) => bits(Math.sqrt(value(a)), a, a),
    ftoi: (a) => {
      const v = value(a);
      const rounded = v < 0 ? -Math.floor(0.5 - v) : Math.floor(v + 0.5);
      return rounded >= -(2 ** 31) && rounded < 2 ** 31 ? rounded | 0 : INDEFINITE;
    },
    itof: (a) => bits(a, 0, 0),
    floor: (a) => bits(Math.floor(value(a)), a, a),
    less: (a, b) => value(a) < value(b),
    lessOrEqual: (a, b) => value(a) <= value(b),
  };
}

const isNan = (bits: number) => (bits & 0x7fff_ffff) > 0x7f80_0000;
