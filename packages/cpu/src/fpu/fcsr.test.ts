import { describe, expect, test } from 'vitest';
import {
  conditionBit,
  FCCR,
  FCSR,
  FCSR_WRITABLE,
  FCSR_WRITABLE_ONE_CONDITION,
  FENR,
  FEXR,
  FIR,
  FIR_24KF,
  Fpu,
  readControl,
  singleWord,
  trapsAtOnce,
  writeControl,
} from './index.ts';

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
const ALL = 0xff83_ffff | 0;

describe('views of FCSR', () => {
  test.each([
    [FIR, '00739300'],
    [FCCR, '000000ff'],
    [FEXR, '0003f07c'],
    [FENR, '00000f87'],
    [FCSR, 'ff83ffff'],
    [1, '00000000'],
  ])('CFC1 $%i of all ones', (n, expected) => {
    expect(hex(readControl(n, ALL, FIR_24KF))).toBe(expected);
  });

  test.each([
    [FIR, -1, '00000000'],
    [FCCR, 0xff, 'fe800000'],
    [FCCR, 0x101, '00000000'],
    [FEXR, 0x0003_f07c, '0003f07c'],
    [FEXR, 0x0004_0000, '00000000'],
    [FENR, 0xf87, '01000f83'],
    [FENR, 0x0040_0001, '00000000'],
    [FCSR, -1, 'ff83ffff'],
    [7, -1, '00000000'],
  ])('CTC1 $%i of %i', (n, value, expected) => {
    expect(hex(writeControl(n, value, 0, FCSR_WRITABLE))).toBe(expected);
  });

  test('a view changes only its own fields', () => {
    expect(hex(writeControl(FCCR, 0, ALL, FCSR_WRITABLE))).toBe('0103ffff');
    expect(hex(writeControl(FEXR, 0, ALL, FCSR_WRITABLE))).toBe('ff800f83');
    expect(hex(writeControl(FENR, 0, ALL, FCSR_WRITABLE))).toBe('fe83f07c');
  });

  test('one condition code before MIPS IV', () => {
    expect(hex(writeControl(FCSR, -1, 0, FCSR_WRITABLE_ONE_CONDITION))).toBe('0183ffff');
  });
});

test('condition codes', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((cc) => hex(conditionBit(cc)))).toEqual([
    '00800000',
    '02000000',
    '04000000',
    '08000000',
    '10000000',
    '20000000',
    '40000000',
    '80000000',
  ]);
});

describe('CTC1 traps at once', () => {
  test.each([
    ['inexact, not enabled', 1 << 12, false],
    ['inexact, another enabled', (1 << 12) | (2 << 7), false],
    ['inexact, enabled', (1 << 12) | (1 << 7), true],
    ['invalid, enabled', (16 << 12) | (16 << 7), true],
    ['unimplemented operation has no enable', 1 << 17, true],
    ['flags alone', 0x7c | 0xf80, false],
  ])('%s', (_, fcsr, expected) => {
    expect(trapsAtOnce(fcsr)).toBe(expected);
    const fpu = new Fpu();
    expect(fpu.writeControl(FCSR, fcsr)).toBe(expected);
    // The write itself has happened.
    expect(fpu.fcsr).toBe(fcsr);
  });
});

test('registers in words: FR = 0 pairs an odd single with the even one before it', () => {
  expect([0, 1, 2, 3, 31].map((n) => singleWord(n, false))).toEqual([0, 1, 4, 5, 61]);
  expect([0, 1, 2, 3, 31].map((n) => singleWord(n, true))).toEqual([0, 2, 4, 6, 62]);
});
