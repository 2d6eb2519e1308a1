import { describe, expect, test } from 'vitest';
import { instructions, operands } from '../../test/fpu/instructions.ts';
import { wordSource } from '../../test/fpu/operands.ts';
import { conditionBit, DONE, execute, Fpu, INVALID, RESERVED, SoftFpu, TRAPPED } from './index.ts';

const S = 16;
const D = 17;
const W = 20;
const L = 21;
const cop1 = (func: number, fmt: number, fd: number, fs: number, ft: number) =>
  (0x4400_0000 | (fmt << 21) | (ft << 16) | (fs << 11) | (fd << 6) | func) >>> 0;
const cop1x = (func: number, fd: number, fr: number, fs: number, ft: number) =>
  (0x4c00_0000 | (fr << 21) | (ft << 16) | (fs << 11) | (fd << 6) | func) >>> 0;

describe('the word executes what its name says', () => {
  const arithmetic = instructions.filter(({ code }) => code.length === 1);
  test.each(arithmetic)('$name', ({ name, code, kind, run }) => {
    const usesLong = /\.l(\.|$)/.test(name);
    // Operands in $f0, $f2, $f4 and the result in $f6: with FR = 1 these are other words than with FR = 0.
    const random = wordSource(1);
    for (let round = 0; round < 200; round++) {
      const [fs, ft] = operands(kind, random);
      const [fr] = operands(kind === 'l' ? 's' : kind, random);
      const called = new SoftFpu();
      const executed = new Fpu();
      called.fcsr = executed.fcsr = round & 3;
      called.words.set([...fs, ...ft, ...fr]);
      for (const [i, pair] of [fs, ft, fr].entries()) executed.words.set(pair, 4 * i);
      const trapped = run(called);
      expect(execute(executed, code[0]!, usesLong || (round & 4) !== 0, 0)).toBe(trapped === true ? TRAPPED : DONE);
      expect([executed.words[12], executed.words[13], executed.fcsr]).toEqual([
        called.words[6],
        called.words[7],
        called.fcsr,
      ]);
    }
  });
});

test('with FR = 0 an odd single is the upper half of the even register', () => {
  const fpu = new Fpu();
  fpu.words[1] = 0x3f80_0000;
  execute(fpu, cop1(0x00, S, 3, 1, 1), false, 0);
  expect(fpu.words[5]).toBe(0x4000_0000);
});

describe('reserved instructions', () => {
  test.each([
    ['add.d, odd fd', cop1(0x00, D, 1, 0, 0)],
    ['add.d, odd fs', cop1(0x00, D, 0, 1, 0)],
    ['add.d, odd ft', cop1(0x00, D, 0, 0, 1)],
    ['c.eq.d, odd ft', cop1(0x32, D, 0, 0, 1)],
    ['cvt.d.s, odd fd', cop1(0x21, S, 1, 0, 0)],
    ['cvt.d.w, odd fd', cop1(0x21, W, 1, 0, 0)],
    ['cvt.l.s', cop1(0x25, S, 0, 0, 0)],
    ['round.l.d', cop1(0x08, D, 0, 0, 0)],
    ['cvt.s.l', cop1(0x20, L, 0, 0, 0)],
    ['cvt.d.l', cop1(0x21, L, 0, 0, 0)],
    ['madd.d, odd fr', cop1x(0x21, 0, 1, 0, 0)],
  ])('with FR = 0: %s', (_, word) => {
    expect(execute(new Fpu(), word, false, 0)).toBe(RESERVED);
    expect(execute(new Fpu(), word, true, 0)).toBe(DONE);
  });

  test.each([
    ['cvt.s.s', cop1(0x20, S, 0, 0, 0)],
    ['cvt.d.d', cop1(0x21, D, 0, 0, 0)],
    ['function 0x10', cop1(0x10, D, 0, 0, 0)],
    ['add.w', cop1(0x00, W, 0, 0, 0)],
    ['add.l', cop1(0x00, L, 0, 0, 0)],
    ['add.ps', cop1(0x00, 22, 0, 0, 0)],
    ['madd.ps', cop1x(0x26, 0, 0, 0, 0)],
    ['alnv.ps', cop1x(0x1e, 0, 0, 0, 0)],
    ['lwxc1', cop1x(0x00, 0, 0, 0, 0)],
    ['ldxc1', cop1x(0x01, 0, 0, 0, 0)],
  ])('always: %s', (_, word) => {
    expect(execute(new Fpu(), word, true, 0)).toBe(RESERVED);
  });
});

describe.each([
  ['single', S, 0],
  ['double', D, 5],
])('conditional moves, %s', (_, fmt, high) => {
  const moved = (word: number, fcsr: number, rt: number) => {
    const fpu = new Fpu();
    fpu.words[4] = 7;
    fpu.words[5] = 5;
    fpu.fcsr = fcsr;
    expect(execute(fpu, word, true, rt)).toBe(DONE);
    expect(fpu.words[1]).toBe(fpu.words[0] === 7 ? high : 0);
    return fpu.words[0] === 7;
  };
  test('on a condition code', () => {
    const movf = cop1(0x11, fmt, 0, 2, 3 << 2);
    const movt = cop1(0x11, fmt, 0, 2, (3 << 2) | 1);
    expect([moved(movf, 0, 0), moved(movf, conditionBit(3), 0)]).toEqual([true, false]);
    expect([moved(movt, 0, 0), moved(movt, conditionBit(3), 0)]).toEqual([false, true]);
  });
  test('on a general register', () => {
    expect([moved(cop1(0x12, fmt, 0, 2, 9), 0, 0), moved(cop1(0x12, fmt, 0, 2, 9), 0, 1)]).toEqual([true, false]);
    expect([moved(cop1(0x13, fmt, 0, 2, 9), 0, 0), moved(cop1(0x13, fmt, 0, 2, 9), 0, 1)]).toEqual([false, true]);
  });
});

test('a trap is told', () => {
  const fpu = new Fpu();
  fpu.fcsr = INVALID << 7;
  expect(execute(fpu, cop1(0x03, S, 6, 0, 2), true, 0)).toBe(TRAPPED);
});
