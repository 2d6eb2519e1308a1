import { beforeEach, describe, expect, it } from 'vitest';
import { op, type Rig, rig } from '../test/rig.ts';

const [T0, K0] = [8, 26];
const G = 1 << 30;
const [I, R, W] = [4, 2, 1];
const LOAD = op('lw', T0, 0, K0);
const STORE = op('sw', T0, 0, K0);

describe('watch registers', () => {
  let m: Rig;
  beforeEach(() => {
    m = rig();
  });
  const watch = (pair: number, lo: number, hi: number) => {
    m.cpu.writeCp0(18, lo, pair);
    m.cpu.writeCp0(19, hi, pair);
  };
  /** Whether `word` takes a watch exception, with k0 = `address`. */
  function watches(word: number, address = 0x8000_2000): boolean {
    m.put(0x1000, [word]);
    m.cpu.writeCp0(12, 0);
    m.cpu.pc = 0x8000_1000;
    m.cpu.setGpr(K0, address);
    m.cpu.run(1);
    const taken = (m.cpu.readCp0(12) & 2) !== 0;
    if (taken) expect((m.cpu.readCp0(13) >>> 2) & 31).toBe(23);
    return taken;
  }

  it.each([0, 1])('pair %i watches what its bits say, in its doubleword alone', (pair) => {
    watch(pair, 0x8000_2008 | R, G);
    expect([0x8000_2000, 0x8000_2004, 0x8000_2008, 0x8000_200c, 0x8000_2010].map((at) => watches(LOAD, at))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(m.cpu.readCp0(19, pair) & 7).toBe(R);
    expect(m.cpu.readCp0(19, 1 - pair) & 7).toBe(0);
    expect(watches(STORE, 0x8000_2008)).toBe(false);
    watch(pair, 0x8000_2008 | W, G);
    expect([watches(LOAD, 0x8000_2008), watches(STORE, 0x8000_2008)]).toEqual([false, true]);
    watch(pair, 0x8000_1000 | I, G);
    expect(watches(LOAD)).toBe(true);
    expect(m.cpu.readCp0(19, pair) & I).toBe(I);
    watch(pair, 0x8000_1000, G);
    expect(watches(LOAD)).toBe(false);
  });

  it('the mask makes a pair watch more, up to a page', () => {
    watch(0, 0x8000_2100 | R, G | 0x0f8);
    expect(watches(LOAD, 0x8000_2100)).toBe(true);
    expect(watches(LOAD, 0x8000_21fc)).toBe(true);
    expect(watches(LOAD, 0x8000_20fc)).toBe(false);
    expect(watches(LOAD, 0x8000_2200)).toBe(false);
    watch(0, 0x8000_2000 | R, G | 0xff8);
    expect(watches(LOAD, 0x8000_2ffc)).toBe(true);
    expect(watches(LOAD, 0x8000_3000)).toBe(false);
    expect(watches(LOAD, 0x8000_1ffc)).toBe(false);
  });

  it('without G the ASID must match', () => {
    watch(0, 0x8000_2000 | R, 5 << 16);
    m.cpu.writeCp0(10, 4);
    expect(watches(LOAD)).toBe(false);
    m.cpu.writeCp0(10, 5);
    expect(watches(LOAD)).toBe(true);
    watch(0, 0x8000_2000 | R, G | (5 << 16));
    m.cpu.writeCp0(10, 4);
    expect(watches(LOAD)).toBe(true);
  });

  it('a page that has been used before is watched from then on', () => {
    expect(watches(LOAD)).toBe(false);
    watch(1, 0x8000_2000 | R, G);
    expect(watches(LOAD)).toBe(true);
    // The host’s watchpoint is another matter.
    watch(1, 0, 0);
    const { dispose } = m.cpu.addWatchpoint(0x8000_1ffe, 4, 'load');
    // It watches both pages that it reaches, whatever else has been read of them.
    expect(watches(LOAD, 0x8000_2100)).toBe(false);
    m.put(0x1000, [LOAD]);
    m.cpu.writeCp0(12, 0);
    m.cpu.setGpr(K0, 0x8000_2000);
    m.cpu.pc = 0x8000_1000;
    expect(m.cpu.run(1)).toEqual({ kind: 'watchpoint', address: 0x8000_2000, access: 'load' });
    dispose();
    expect(watches(LOAD)).toBe(false);
  });
});

describe('fetches that fault', () => {
  it('take the refill vector without an entry, the general one with an invalid one', () => {
    for (const [lo, vector] of [
      [undefined, 0x8000_0000],
      [0, 0x8000_0180],
    ] as const) {
      const m = rig();
      if (lo !== undefined) {
        m.cpu.writeCp0(10, 0x0001_0000);
        m.put(0x1000, [op('tlbwi')]);
        m.cpu.run(1);
      }
      m.cpu.pc = 0x0001_0000;
      m.cpu.run(1);
      expect(m.cpu.pc).toBe(vector + 4);
      expect((m.cpu.readCp0(13) >>> 2) & 31).toBe(2);
      expect(m.cpu.readCp0(14)).toBe(0x0001_0000);
      expect(m.cpu.readCp0(8)).toBe(0x0001_0000);
    }
  });
});
