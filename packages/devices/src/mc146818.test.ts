import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { Mc146818 } from './mc146818.ts';

function make(startTime?: number) {
  const bench = new Bench();
  const rtc = new Mc146818({
    scheduler: bench.port(),
    irq: bench.line('irq'),
    ...(startTime === undefined ? {} : { startTime }),
  });
  const get = (index: number) => {
    rtc.write(0, 1, index);
    return rtc.read(1, 1);
  };
  const set = (index: number, value: number) => {
    rtc.write(0, 1, index);
    rtc.write(1, 1, value);
  };
  const time = () => [9, 8, 7, 4, 2, 0].map((index) => get(index).toString(16).padStart(2, '0')).join(' ');
  return { bench, rtc, get, set, time, irq: () => bench.level('irq') };
}

const [A, B, C, D] = [10, 11, 12, 13];

describe('Mc146818', () => {
  it('starts at the time given, in BCD and 24 hours', () => {
    const start = Date.UTC(2024, 1, 29, 23, 59, 58) / 1000;
    const { bench, get, time } = make(start);
    expect(time()).toBe('24 02 29 23 59 58');
    expect(get(6)).toBe(5); // a Thursday
    bench.advance(2 * HZ);
    expect(time()).toBe('24 03 01 00 00 00');
    expect([get(A) & 0x7f, get(B), get(D), get(0x32)]).toEqual([0x26, 0x02, 0x80, 0x20]);
  });

  it('agrees with the calendar over four centuries', () => {
    for (let day = 0; day < 400 * 365; day += 97) {
      const unix = (day - 10_957 / 2) * 86_400 + 3661;
      const date = new Date(Math.floor(unix) * 1000);
      const { get, set } = make(unix);
      set(B, 0x06);
      expect([get(9), get(8), get(7), get(6)]).toEqual([
        date.getUTCFullYear() % 100,
        date.getUTCMonth() + 1,
        date.getUTCDate(),
        date.getUTCDay() + 1,
      ]);
    }
  });

  it('raises UIP 244 µs before each update and lowers it with the update', () => {
    const { bench, get } = make();
    const uip = () => get(A) >>> 7;
    const rise = Math.ceil(((32_768 - 8) / 32_768) * HZ);
    for (let second = 0; second < 3; second++) {
      bench.advance(second * HZ + rise - 1 - bench.timeline.now);
      expect([uip(), get(0)]).toEqual([0, second]);
      bench.advance(1);
      expect([uip(), get(0)]).toEqual([1, second]);
      bench.advance((second + 1) * HZ - 1 - bench.timeline.now);
      expect([uip(), get(0)]).toEqual([1, second]);
      bench.advance(1);
      expect([uip(), get(0)]).toEqual([0, second + 1]);
    }
  });

  it('stands still while SET, then goes on from what was written', () => {
    const { bench, get, set, time } = make();
    set(B, 0x82);
    for (const [index, value] of [
      [9, 0x26],
      [8, 0x11],
      [7, 0x22],
      [4, 0x07],
      [2, 0x08],
      [0, 0x09],
    ] as const)
      set(index, value);
    bench.advance(5 * HZ);
    expect(time()).toBe('26 11 22 07 08 09');
    expect(get(A) & 0x80).toBe(0);
    set(B, 0x02);
    bench.advance(HZ);
    expect(time()).toBe('26 11 22 07 08 10');
  });

  it('updates half a second after the divider leaves its reset', () => {
    const { bench, get, set } = make();
    set(A, 0x76);
    bench.advance(10 * HZ);
    expect(get(0)).toBe(0);
    set(A, 0x26);
    bench.advance(HZ / 2 - 1);
    expect(get(0)).toBe(0);
    bench.advance(HZ / 1000);
    expect(get(0)).toBe(1);
  });

  it('shows 12 hours and binary', () => {
    const { get, set } = make(Date.UTC(2001, 0, 1, 13, 45, 0) / 1000);
    set(B, 0x00);
    expect(get(4)).toBe(0x81);
    set(B, 0x04);
    expect([get(4), get(2)]).toEqual([0x81, 45]);
    set(B, 0x06);
    expect(get(4)).toBe(13);
  });

  it('interrupts periodically until C is read', () => {
    const { bench, get, set, irq } = make();
    set(A, 0x26); // 1024 Hz
    set(B, 0x42);
    get(C);
    const period = HZ / 1024;
    bench.advance(Math.ceil(period) - 1);
    expect(irq()).toBe(false);
    bench.advance(1);
    expect(irq()).toBe(true);
    expect(get(C)).toBe(0xc0);
    expect(irq()).toBe(false);
    let count = 0;
    for (let i = 2; i <= 1025; i++) {
      bench.advance(Math.ceil(i * period) - bench.timeline.now);
      if (irq()) count++;
      get(C);
    }
    expect(count).toBe(1024);
  });

  it('interrupts at every update and at the alarm', () => {
    const { bench, get, set, irq } = make();
    set(B, 0x12);
    bench.advance(HZ);
    expect(irq()).toBe(true);
    // PF is set too: flags come whether or not they are enabled. The alarm stood at 00:00:00.
    expect(get(C)).toBe(0xd0);
    for (const [index, value] of [
      [1, 0x05],
      [3, 0xff],
      [5, 0xff],
    ] as const)
      set(index, value);
    set(B, 0x22);
    bench.advance(4 * HZ - 1);
    expect(irq()).toBe(false);
    bench.advance(1);
    expect(irq()).toBe(true);
    expect(get(C) & 0xb0).toBe(0xb0);
    bench.advance(59 * HZ);
    expect(irq()).toBe(false);
    bench.advance(HZ);
    expect(irq()).toBe(true);
  });

  it('keeps its RAM through a reset', () => {
    const { rtc, get, set } = make();
    set(0x40, 0x77);
    set(B, 0x7e);
    rtc.reset();
    expect(get(0x40)).toBe(0x77);
    expect(get(B)).toBe(0x06);
  });
});
