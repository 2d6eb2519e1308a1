import { PerformanceObserver } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { cop1x, decoder, dsp, fpu, MIPS1, MIPS4, MIPS32, MIPS32R2, type Row } from './index.ts';

const nameOf = (rows: readonly Row[], word: number) => {
  const { decode, row } = decoder(rows);
  return row(decode(word))?.name ?? null;
};

describe('decode', () => {
  it('finds the row of a word', () => {
    expect(nameOf(MIPS32R2, 0x27bd_ffe0)).toBe('addiu');
    expect(nameOf(MIPS32R2, 0)).toBe('sll');
    expect(nameOf(MIPS32R2, 0x4200_0018)).toBe('eret');
    expect(nameOf(MIPS32R2, 0x7c03_e83b)).toBe('rdhwr');
  });

  it('takes words as signed numbers too', () => {
    const { decode } = decoder(MIPS32R2);
    expect(decode(0x8fbf_001c | 0)).toBe(decode(0x8fbf_001c));
  });

  it('gives 0 for what a level does not have', () => {
    const rotr = 0x0024_2082;
    expect([MIPS1, MIPS4, MIPS32, MIPS32R2].map((rows) => nameOf(rows, rotr))).toEqual([null, null, null, 'rotr']);
    const movn = 0x0085_100b;
    expect([MIPS1, MIPS4, MIPS32, MIPS32R2].map((rows) => nameOf(rows, movn))).toEqual([null, 'movn', 'movn', 'movn']);
    const rfe = 0x4200_0010;
    expect([MIPS1, MIPS4, MIPS32, MIPS32R2].map((rows) => nameOf(rows, rfe))).toEqual(['rfe', null, null, null]);
    const mfc0sel = 0x4008_8001;
    expect([MIPS1, MIPS4, MIPS32, MIPS32R2].map((rows) => nameOf(rows, mfc0sel))).toEqual([
      null,
      null,
      'mfc0:sel',
      'mfc0:sel',
    ]);
    expect(nameOf(MIPS32R2, 0x4600_0000)).toBeNull();
    expect(nameOf([...MIPS32R2, ...fpu], 0x4600_0000)).toBe('add.s');
  });

  it('reads one word by the level: the same major opcode is COP3 and COP1X', () => {
    expect(nameOf(MIPS1, 0x4c00_0000)).toBe('mfc3');
    expect(nameOf([...MIPS4, ...cop1x], 0x4c00_0000)).toBe('lwxc1');
    expect(nameOf(MIPS1, 0xcc00_0000)).toBe('lwc3');
    expect(nameOf(MIPS4, 0xcc00_0000)).toBe('pref');
  });

  it('prefers the row that fixes more bits', () => {
    expect(nameOf(MIPS32R2, 0x4008_6000)).toBe('mfc0');
    expect(nameOf(MIPS32R2, 0x4008_6001)).toBe('mfc0:sel');
    expect(nameOf([...MIPS32R2, ...dsp], 0x0000_1010)).toBe('mfhi');
    expect(nameOf([...MIPS32R2, ...dsp], 0x0060_1010)).toBe('mfhi:ac');
  });

  it('does not depend on the order of the rows', () => {
    const forward = decoder([...MIPS32R2, ...dsp]);
    const backward = decoder([...MIPS32R2, ...dsp].reverse());
    for (const { match, mask } of [...MIPS32R2, ...dsp])
      for (const fill of [0, 0x5555_5555, -1]) {
        const word = match | (fill & ~mask);
        expect(backward.decode(word)).toBe(forward.decode(word));
      }
  });

  it('works for no rows and for one', () => {
    expect(decoder([]).decode(0x1234_5678)).toBe(0);
    expect(nameOf(MIPS1.slice(0, 1), 0)).toBe('sll');
    expect(nameOf(MIPS1.slice(0, 1), 2)).toBeNull();
  });

  it('allocates nothing', async () => {
    const { decode } = decoder([...MIPS32R2, ...fpu, ...dsp]);
    const run = (count: number) => {
      let sum = 0;
      for (let index = 0, word = 1; index < count; index++) {
        word = (Math.imul(word, 0x9e37_79b1) + 0x7f4a_7c15) | 0;
        sum += decode(word);
      }
      return sum;
    };
    run(100_000);
    let collections = 0;
    const observer = new PerformanceObserver((list) => {
      collections += list.getEntries().length;
    });
    observer.observe({ entryTypes: ['gc'] });
    // Eight bytes a call would be 80 MB here, several times what the young generation holds.
    run(10_000_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
    observer.disconnect();
    expect(collections).toBeLessThanOrEqual(2);
  });
});

it('row gives nothing for ids that the decoder does not have', () => {
  const { row } = decoder(MIPS32R2);
  expect(row(0)).toBeUndefined();
  expect(row(1)?.mnemonic).toBe('sll');
  expect(row(200)).toBeUndefined();
  expect(row(1e9)).toBeUndefined();
});
