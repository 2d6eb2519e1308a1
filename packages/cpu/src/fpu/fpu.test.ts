import { beforeEach, describe, expect, test } from 'vitest';
import {
  DIVIDE_BY_ZERO,
  DOWNWARD,
  FCSR_WORD,
  FPU_STATE_WORDS,
  Fpu,
  FS,
  INEXACT,
  INVALID,
  OVERFLOW,
  SoftFpu,
  TOWARD_ZERO,
  UNDERFLOW,
  UPWARD,
} from './index.ts';

const float = new Float64Array(1);
const floatWords = new Int32Array(float.buffer);

const single = (value: number): number => new Int32Array(new Float32Array([value]).buffer)[0]!;
const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
/** FCSR after flags were raised without a trap. */
const raised = (flags: number) => (flags << 12) | (flags << 2);

describe.each([
  ['SoftFpu', SoftFpu],
  ['Fpu', Fpu],
])('%s', (_, Class) => {
  let fpu: SoftFpu;
  const S = (at: number, value: number) => {
    fpu.words[at] = single(value);
  };
  const D = (at: number, value: number) => {
    float[0] = value;
    fpu.words[at] = floatWords[0]!;
    fpu.words[at + 1] = floatWords[1]!;
  };
  const readS = (at: number) => hex(fpu.words[at]!);
  const readD = (at: number) => hex(fpu.words[at + 1]!) + hex(fpu.words[at]!);

  beforeEach(() => {
    fpu = new Class();
  });

  test('works on the host’s words, wherever they are', () => {
    const arena = new Int32Array(100);
    const placed = new Class(arena.subarray(10, 10 + FPU_STATE_WORDS));
    arena[10] = single(1.5);
    arena[12] = single(2.25);
    expect(placed.addS(4, 0, 2)).toBe(false);
    expect(arena[14]).toBe(single(3.75));
    placed.fcsr = 3;
    expect(arena[10 + FCSR_WORD]).toBe(3);
  });

  test('a result clears Cause and keeps Flags', () => {
    S(0, 1);
    S(2, 3);
    expect(fpu.divS(4, 0, 2)).toBe(false);
    expect(fpu.fcsr).toBe(raised(INEXACT));
    fpu.addS(4, 0, 2);
    expect(fpu.fcsr).toBe(INEXACT << 2);
  });

  test.each([
    ['inexact', 1, 3, INEXACT],
    ['divide by zero', 1, 0, DIVIDE_BY_ZERO],
    ['invalid', 0, 0, INVALID],
    ['overflow', 3e38, 0.1, OVERFLOW],
    ['underflow', 1e-38, 3e5, UNDERFLOW],
  ])('trap on %s: destination and Flags stay, Cause tells', (_name, a, b, flag) => {
    S(0, a);
    S(2, b);
    fpu.words[4] = 0x1234_5678;
    fpu.fcsr = (flag << 7) | (OVERFLOW << 12);
    expect(fpu.divS(4, 0, 2)).toBe(true);
    expect(fpu.words[4]).toBe(0x1234_5678);
    const cause = flag === OVERFLOW || flag === UNDERFLOW ? flag | INEXACT : flag;
    expect(fpu.fcsr).toBe((flag << 7) | (cause << 12));
  });

  test('a comparison that traps leaves its condition code', () => {
    S(0, Number.NaN);
    fpu.words[2] = -1; // signalling
    fpu.fcsr = (INVALID << 7) | (1 << 23);
    expect(fpu.compareS(0b0010, 0, 0, 2)).toBe(true);
    expect(fpu.condition(0)).toBe(true);
  });

  test('a conversion that traps leaves its destination', () => {
    D(0, 1e15);
    fpu.words[4] = 0x1234_5678;
    fpu.fcsr = INVALID << 7;
    expect(fpu.cvtWD(4, 0)).toBe(true);
    expect(fpu.words[4]).toBe(0x1234_5678);
    expect(fpu.cvtLD(4, 0)).toBe(false);
    expect(readD(4)).toBe('00038d7ea4c68000');
  });

  // Predicates in the order of their encoding: f un eq ueq olt ult ole ule, then the same, signalling on quiet NaNs.
  test.each([
    ['less', 1, 2, '0000111100001111', '0000000000000000'],
    ['equal', 2, 2, '0011001100110011', '0000000000000000'],
    ['greater', 2, 1, '0000000000000000', '0000000000000000'],
    ['zeros', 0, -0, '0011001100110011', '0000000000000000'],
    ['unordered', 2, Number.NaN, '0101010101010101', '0000000011111111'],
  ])('c.cond: %s', (_name, a, b, truth, invalid) => {
    // A JavaScript NaN has the top fraction bit set, which signals here: take the default NaN.
    S(0, a);
    D(8, a);
    if (Number.isNaN(b)) {
      fpu.words[2] = 0x7fbf_ffff;
      fpu.words[10] = -1;
      fpu.words[11] = 0x7ff7_ffff;
    } else {
      S(2, b);
      D(10, b);
    }
    for (const compare of [
      (cond: number) => fpu.compareS(cond, 3, 0, 2),
      (cond: number) => fpu.compareD(cond, 3, 8, 10),
    ]) {
      const conds = Array.from({ length: 16 }, (_unused, cond) => cond);
      const outcomes = conds.map((cond) => {
        fpu.fcsr = 0;
        compare(cond);
        return [fpu.condition(3) ? 1 : 0, fpu.fcsr & raised(INVALID) ? 1 : 0];
      });
      expect(outcomes.map(([t]) => t).join('')).toBe(truth);
      expect(outcomes.map(([, i]) => i).join('')).toBe(invalid);
    }
  });

  test('every NaN result is the default NaN; only signalling operands are invalid', () => {
    fpu.words[0] = 0xff81_2345 | 0; // quiet: top fraction bit clear
    S(2, 1);
    fpu.addS(4, 0, 2);
    expect([readS(4), fpu.fcsr]).toEqual(['7fbfffff', 0]);
    fpu.words[0] = 0xffc0_0000 | 0; // signalling
    fpu.mulS(4, 0, 2);
    expect([readS(4), fpu.fcsr]).toEqual(['7fbfffff', raised(INVALID)]);
    fpu.cvtDS(6, 0);
    expect(readD(6)).toBe('7ff7ffffffffffff');
  });

  test('sign operations are not arithmetic', () => {
    fpu.words[0] = 0xffff_ffff | 0;
    fpu.fcsr = INEXACT << 12;
    fpu.absS(4, 0);
    expect(readS(4)).toBe('7fffffff');
    fpu.negS(4, 4);
    expect(readS(4)).toBe('ffffffff');
    fpu.words[1] = 0x7ff0_0000;
    fpu.negD(4, 0);
    expect(readD(4)).toBe('fff00000ffffffff');
    fpu.absD(4, 4);
    expect(readD(4)).toBe('7ff00000ffffffff');
    fpu.movD(6, 4);
    expect(readD(6)).toBe('7ff00000ffffffff');
    expect(fpu.fcsr).toBe(INEXACT << 12);
  });

  test('multiply-add rounds twice', () => {
    const e = 2 ** -13;
    S(0, 1 + e);
    S(2, 1 - e);
    S(6, -1);
    // Fused it would be -2^-26; the product rounds to 1.
    fpu.maddS(4, 6, 0, 2);
    expect([readS(4), fpu.fcsr]).toEqual(['00000000', raised(INEXACT)]);
    S(6, 1);
    fpu.nmsubS(4, 6, 0, 2);
    expect(readS(4)).toBe('80000000');
  });

  test('NMADD negates a NaN, too', () => {
    S(0, 1);
    S(2, 1);
    fpu.words[6] = 0x7fbf_ffff;
    fpu.nmaddS(4, 6, 0, 2);
    expect(readS(4)).toBe('ffbfffff');
  });

  test.each([
    [TOWARD_ZERO, '7f7fffff', 'ff7fffff'],
    [UPWARD, '7f800000', 'ff7fffff'],
    [DOWNWARD, '7f7fffff', 'ff800000'],
    [0, '7f800000', 'ff800000'],
  ])('overflow in mode %i', (rm, positive, negative) => {
    fpu.fcsr = rm;
    S(0, 3e38);
    S(2, -3e38);
    fpu.addS(4, 0, 0);
    fpu.addS(5, 2, 2);
    expect([readS(4), readS(5)]).toEqual([positive, negative]);
    expect(fpu.fcsr).toBe(raised(OVERFLOW | INEXACT) | rm);
  });

  test('tininess is detected after rounding', () => {
    // (1 + 2^-23)(1 - 2^-24) 2^-126 is below 2^-126 by nothing that 24 bits keep.
    S(0, (1 + 2 ** -23) * 2 ** -126);
    S(2, 1 - 2 ** -24);
    fpu.mulS(4, 0, 2);
    expect([readS(4), fpu.fcsr]).toEqual(['00800000', raised(INEXACT)]);
    S(0, 2 ** -126);
    fpu.mulS(4, 0, 2);
    expect(fpu.fcsr & 0x1f000).toBe((UNDERFLOW | INEXACT) << 12);
  });

  test('FS flushes tiny results in silence and takes subnormal operands as they are', () => {
    fpu.fcsr = FS | UPWARD;
    fpu.words[0] = 0x8000_0003 | 0;
    S(2, 1);
    fpu.mulS(4, 0, 2);
    expect([readS(4), fpu.fcsr]).toEqual(['80000000', FS | UPWARD]);
    S(2, 2 ** 30);
    fpu.mulS(4, 0, 2);
    expect(readS(4)).toBe(hex(single(-3 * 2 ** (-149 + 30))));
    D(0, -(2 ** -1030));
    D(2, 1);
    fpu.mulD(4, 0, 2);
    expect(readD(4)).toBe('8000000000000000');
  });

  test.each([
    [2147483647, '7fffffff', 0],
    [2147483648, '7fffffff', INVALID],
    [-2147483648, '80000000', 0],
    [-2147483649, '7fffffff', INVALID],
    [Number.NEGATIVE_INFINITY, '7fffffff', INVALID],
    [2147483647.5, '7fffffff', INVALID],
    [-0.5, '00000000', INEXACT],
    [2.5, '00000002', INEXACT],
    [-3.5, 'fffffffc', INEXACT],
  ])('cvt.w.d of %d', (value, word, flags) => {
    D(0, value);
    fpu.cvtWD(4, 0);
    expect([readS(4), fpu.fcsr]).toEqual([word, raised(flags)]);
  });

  test.each([
    [2 ** 63, '7fffffffffffffff', INVALID],
    [-(2 ** 63), '8000000000000000', 0],
    [-1, 'ffffffffffffffff', 0],
    [2 ** 52 + 1, '0010000000000001', 0],
    [-(2 ** 51) - 0.5, 'fff8000000000000', INEXACT],
    [Number.NaN, '7fffffffffffffff', INVALID],
  ])('cvt.l.d of %d', (value, words, flags) => {
    D(0, value);
    fpu.cvtLD(4, 0);
    expect([readD(4), fpu.fcsr]).toEqual([words, raised(flags)]);
  });

  test('a given mode overrides FCSR.RM: trunc, ceil, floor', () => {
    fpu.fcsr = UPWARD;
    S(0, -2.5);
    fpu.cvtWS(4, 0, TOWARD_ZERO);
    fpu.cvtWS(5, 0);
    fpu.cvtWS(6, 0, DOWNWARD);
    fpu.cvtLS(8, 0, 0);
    expect([readS(4), readS(5), readS(6), readD(8)]).toEqual(['fffffffe', 'fffffffe', 'fffffffd', 'fffffffffffffffe']);
  });

  test('cvt.s.l rounds once', () => {
    // 2^60 + 2^36 + 1: through a double it would tie to even.
    fpu.words[0] = 1;
    fpu.words[1] = (2 ** 28 + 2 ** 4) | 0;
    fpu.cvtSL(4, 0);
    expect(readS(4)).toBe(hex(single(2 ** 60 + 2 ** 37)));
  });
});
