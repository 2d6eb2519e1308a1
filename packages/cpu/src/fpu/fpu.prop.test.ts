import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instructions, operands } from '../../test/fpu/instructions.ts';
import { doubleOperand, singleOperand, wordSource } from '../../test/fpu/operands.ts';
import { DOWNWARD, ENABLES_SHIFT, FCSR_WORD, Fpu, FS, INEXACT, NEAREST, RM, SoftFpu, UPWARD } from './index.ts';

/** A double as [low word, high word], drawn from corners as often as at random; likewise a single. */
const double = fc.integer().map((seed) => doubleOperand(wordSource(seed)));
const single = fc.integer().map((seed) => singleOperand(wordSource(seed)));
const mode = fc.integer({ min: 0, max: 3 });

const SIGN = 1 << 31;
const INEXACT_FLAG = INEXACT << 2;

/** Operand and result words of one run. */
interface Run {
  readonly lo: number;
  readonly hi: number;
  readonly fcsr: number;
}

type Pair = readonly [number, number];

function run(
  operation: (fpu: SoftFpu) => unknown,
  rm: number,
  a: Pair,
  b: Pair = [0, 0],
  fpu: SoftFpu = new SoftFpu(),
): Run {
  fpu.words.set([...a, ...b, 0, 0, 0, 0]);
  fpu.fcsr = rm;
  operation(fpu);
  return { lo: fpu.words[6]!, hi: fpu.words[7]!, fcsr: fpu.words[FCSR_WORD]! };
}

const addS = (fpu: SoftFpu) => fpu.addS(6, 0, 2);
const addD = (fpu: SoftFpu) => fpu.addD(6, 0, 2);
const subD = (fpu: SoftFpu) => fpu.subD(6, 0, 2);
const mulS = (fpu: SoftFpu) => fpu.mulS(6, 0, 2);
const mulD = (fpu: SoftFpu) => fpu.mulD(6, 0, 2);
const divD = (fpu: SoftFpu) => fpu.divD(6, 0, 2);
const sqrtD = (fpu: SoftFpu) => fpu.sqrtD(6, 0);

const isNaND = ([lo, hi]: Pair) => (hi & 0x7fff_ffff) > 0x7ff0_0000 || ((hi & 0x7fff_ffff) === 0x7ff0_0000 && lo !== 0);
const isFiniteD = ([, hi]: Pair) => (hi & 0x7ff0_0000) !== 0x7ff0_0000;
const finite = double.filter(isFiniteD);

/** Numbers in order, as integers: adjacent doubles differ by 1, and -0 = 0. */
function order(lo: number, hi: number): bigint {
  const magnitude = (BigInt(hi & 0x7fff_ffff) << 32n) | BigInt(lo >>> 0);
  return hi < 0 ? -magnitude : magnitude;
}

/** A finite double × 2^1074, exactly. */
function scaled([lo, hi]: Pair): bigint {
  const biased = (hi >>> 20) & 0x7ff;
  const fraction = (BigInt(hi & 0xf_ffff) << 32n) | BigInt(lo >>> 0);
  const magnitude = biased === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(biased - 1);
  return hi < 0 ? -magnitude : magnitude;
}

describe('short cuts', () => {
  // Long when KSEG_PROP_RUNS is raised.
  test('Fpu does what SoftFpu does: all instructions, all modes, FS, traps', { timeout: 3_600_000 }, () => {
    const ROUNDS = 200;
    const soft = new SoftFpu();
    const native = new Fpu();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = wordSource(seed);
        for (let round = 0; round < ROUNDS; round++) {
          let fcsr = random() & 0xfe83_f07c;
          if ((random() & 0x100) === 0) fcsr &= ~RM;
          else fcsr |= random() & RM;
          if ((random() & 0x700) === 0) fcsr |= FS;
          if ((random() & 0x3000) === 0) fcsr |= random() & (0x1f << ENABLES_SHIFT);
          for (const { name, kind, run: execute } of instructions) {
            const [fs, ft] = operands(kind, random);
            const fr = kind === 'd' ? doubleOperand(random) : [singleOperand(random), 0];
            for (const fpu of [soft, native]) {
              fpu.words.set(fs, 0);
              fpu.words.set(ft, 2);
              fpu.words.set(fr, 4);
              fpu.words[6] = fpu.words[7] = 0x5a5a_5a5a;
              fpu.words[FCSR_WORD] = fcsr;
            }
            const trap = execute(soft);
            if (
              execute(native) !== trap ||
              soft.words[6] !== native.words[6] ||
              soft.words[7] !== native.words[7] ||
              soft.words[FCSR_WORD] !== native.words[FCSR_WORD]
            ) {
              throw new Error(`${name} fs ${fs} ft ${ft} fr ${fr} fcsr ${fcsr}: ${soft.words} but ${native.words}`);
            }
          }
        }
      }),
    );
  });
});

describe('exact arithmetic, judged by integers of any size', () => {
  // Downward and upward results enclose the exact value, are neighbours if they differ, and differ iff inexact.
  const encloses = (operation: (fpu: SoftFpu) => unknown, a: Pair, b: Pair, compare: (result: Pair) => bigint) => {
    const down = run(operation, DOWNWARD, a, b);
    const up = run(operation, UPWARD, a, b);
    const nearest = run(operation, NEAREST, a, b);
    const gap = order(up.lo, up.hi) - order(down.lo, down.hi);
    const inexact = (down.fcsr & INEXACT_FLAG) !== 0;
    expect(gap).toBe(inexact ? 1n : 0n);
    // Infinity has no scaled value; everything finite is compared.
    const low: Pair = [down.lo, down.hi];
    const high: Pair = [up.lo, up.hi];
    if (isFiniteD(low)) expect(inexact ? compare(low) < 0n : compare(low) === 0n).toBe(true);
    if (isFiniteD(high)) expect(inexact ? compare(high) > 0n : compare(high) === 0n).toBe(true);
    if (isFiniteD(low) && isFiniteD(high)) {
      // compare() is linear in the result for sums and products: the nearer side has the smaller distance.
      const below = -compare(low);
      const above = compare(high);
      const chosen = order(nearest.lo, nearest.hi);
      if (below < above) expect(chosen).toBe(order(down.lo, down.hi));
      if (above < below) expect(chosen).toBe(order(up.lo, up.hi));
      if (below === above && inexact) expect(nearest.lo & 1).toBe(0);
    }
  };
  const UNIT = 1n << 1074n;

  test('sums', () => {
    fc.assert(fc.property(finite, finite, (a, b) => encloses(addD, a, b, (r) => scaled(r) - (scaled(a) + scaled(b)))));
  });
  test('differences', () => {
    fc.assert(fc.property(finite, finite, (a, b) => encloses(subD, a, b, (r) => scaled(r) - (scaled(a) - scaled(b)))));
  });
  test('products', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => encloses(mulD, a, b, (r) => scaled(r) * UNIT - scaled(a) * scaled(b))),
    );
  });
  test('quotients', () => {
    const divisor = finite.filter((b) => scaled(b) !== 0n);
    fc.assert(
      fc.property(finite, divisor, (a, b) => {
        const sign = scaled(b) < 0n ? -1n : 1n;
        encloses(divD, a, b, (r) => (scaled(r) * scaled(b) - scaled(a) * UNIT) * sign);
      }),
    );
  });
  test('roots', () => {
    fc.assert(
      fc.property(finite, ([lo, hi]) => {
        const a: Pair = [lo, hi & ~SIGN];
        const down = run(sqrtD, DOWNWARD, a);
        const up = run(sqrtD, UPWARD, a);
        const square = ({ lo: l, hi: h }: Run) => scaled([l, h]) ** 2n;
        const radicand = scaled(a) * UNIT;
        const inexact = (down.fcsr & INEXACT_FLAG) !== 0;
        expect(order(up.lo, up.hi) - order(down.lo, down.hi)).toBe(inexact ? 1n : 0n);
        expect(inexact ? square(down) < radicand && square(up) > radicand : square(down) === radicand).toBe(true);
      }),
    );
  });
});

describe('laws', () => {
  test.each([
    ['add.d', addD, double],
    ['mul.d', mulD, double],
    ['add.s', addS, single.map((w): [number, number] => [w, 0])],
    ['mul.s', mulS, single.map((w): [number, number] => [w, 0])],
  ])('%s commutes, in value and flags', (_, operation, operand) => {
    fc.assert(
      fc.property(operand, operand, mode, (a, b, rm) => {
        expect(run(operation, rm, a, b)).toEqual(run(operation, rm, b, a));
      }),
    );
  });

  test('x − x is +0, downwards −0, and raises nothing', () => {
    fc.assert(
      fc.property(finite, mode, (a, rm) => {
        expect(run(subD, rm, a, a)).toEqual({ lo: 0, hi: rm === DOWNWARD ? SIGN : 0, fcsr: rm });
      }),
    );
  });

  test('negating operands negates the result in the mirrored mode', () => {
    const mirrored = (rm: number) => (rm === UPWARD ? DOWNWARD : rm === DOWNWARD ? UPWARD : rm);
    const number = double.filter((a) => !isNaND(a));
    fc.assert(
      fc.property(number, number, mode, (a, b, rm) => {
        const negative: Pair = [a[0], a[1] ^ SIGN];
        for (const operation of [mulD, divD]) {
          const plain = run(operation, rm, a, b);
          const flipped = run(operation, mirrored(rm), negative, b);
          fc.pre(!isNaND([plain.lo, plain.hi]));
          expect({ ...flipped, fcsr: flipped.fcsr & ~RM }).toEqual({
            lo: plain.lo,
            hi: plain.hi ^ SIGN,
            fcsr: plain.fcsr & ~RM,
          });
        }
      }),
    );
  });

  test('the square root of a square is exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 26 }), fc.integer({ min: -200, max: 200 }), mode, (n, exp, rm) => {
        const words = new Int32Array(new Float64Array([n * n * 4 ** exp, n * 2 ** exp]).buffer);
        expect(run(sqrtD, rm, [words[0]!, words[1]!])).toEqual({ lo: words[2], hi: words[3], fcsr: rm });
      }),
    );
  });

  test('wider and back is the identity: W → D → W, S → D → S, 53 bits of L → D → L', () => {
    fc.assert(
      fc.property(fc.integer(), single, fc.maxSafeInteger(), mode, (word, s, n, rm) => {
        const fpu = new Fpu();
        fpu.fcsr = rm;
        fpu.words[0] = word;
        fpu.cvtDW(2, 0);
        fpu.cvtWD(4, 2);
        expect(fpu.words[4]).toBe(word);
        if ((s & 0x7fff_ffff) <= 0x7f80_0000) {
          fpu.words[0] = s;
          fpu.cvtDS(2, 0);
          fpu.cvtSD(4, 2);
          expect(fpu.words[4]).toBe(s);
        }
        fpu.words[0] = n;
        fpu.words[1] = Math.floor(n / 2 ** 32);
        fpu.cvtDL(2, 0);
        fpu.cvtLD(4, 2);
        expect(fpu.words.slice(4, 6)).toEqual(fpu.words.slice(0, 2));
        expect(fpu.fcsr).toBe(rm);
      }),
    );
  });
});
