import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { DerivedClock } from './derived-clock.ts';
import { I8254, PIT_HZ } from './i8254.ts';

const CONTROL = 3;

function make(gate2 = true) {
  const bench = new Bench();
  const clock = new DerivedClock(bench.port('ruler'), PIT_HZ);
  const pit = new I8254({ scheduler: bench.port(), irq: bench.line('irq'), gate2 });
  const out = (port: number, ...values: number[]) => {
    for (const value of values) pit.write(port, 1, value);
  };
  const inp = (port: number) => pit.read(port, 1);
  const word = (port: number) => inp(port) | (inp(port) << 8);
  /** Goes on to the start of the timer's tick. */
  const goTo = (tick: number) => bench.advance(clock.timeOf(tick) - bench.timeline.now);
  const rises = () => bench.log.filter((entry) => Array.isArray(entry) && entry[1] === true).length;
  return { bench, clock, pit, out, inp, word, goTo, rises, irq: () => bench.level('irq') };
}

describe('DerivedClock', () => {
  it('inverts exactly and never drifts', () => {
    const bench = new Bench();
    const clock = new DerivedClock(bench.port(), PIT_HZ);
    for (const tick of [1, 2, 84, PIT_HZ - 1, PIT_HZ, PIT_HZ + 1, 1e6 * PIT_HZ + 12_345]) {
      bench.timeline.now = clock.timeOf(tick);
      expect(clock.ticks).toBe(tick);
      bench.timeline.now--;
      expect(clock.ticks).toBe(tick - 1);
    }
    // A million seconds are a million seconds.
    bench.timeline.now = 1e6 * HZ;
    expect(clock.ticks).toBe(1e6 * PIT_HZ);
  });
});

describe('I8254', () => {
  it('mode 2: one rising edge every count, for ever', () => {
    const { bench, out, rises, irq } = make();
    out(CONTROL, 0x34);
    expect(irq()).toBe(true);
    out(0, 22, 210); // 53782, as xv6-mips sets it: 22.19 Hz
    bench.log.length = 0;
    bench.advance(10 * HZ);
    expect(rises()).toBe(Math.floor((10 * PIT_HZ - 1) / 53_782));
    bench.advance(3590 * HZ);
    expect(rises()).toBe(Math.floor((3600 * PIT_HZ - 1) / 53_782));
  });

  it('mode 2: the output is low for the last tick of a period', () => {
    const { out, goTo, irq } = make();
    out(CONTROL, 0x14);
    out(0, 10);
    goTo(9);
    expect(irq()).toBe(true);
    goTo(10);
    expect(irq()).toBe(false);
    goTo(11);
    expect(irq()).toBe(true);
    goTo(20);
    expect(irq()).toBe(false);
  });

  it('mode 2: a new count waits for the end of the period', () => {
    const { out, goTo, irq, inp } = make();
    out(CONTROL, 0x14);
    out(0, 10);
    goTo(14);
    out(0, 4);
    expect(inp(0)).toBe(7);
    goTo(20);
    expect(irq()).toBe(false);
    goTo(21);
    expect(irq()).toBe(true);
    expect(inp(0)).toBe(4);
    goTo(24);
    expect(irq()).toBe(false);
    goTo(25);
    expect(irq()).toBe(true);
  });

  it('mode 0: one interrupt at the terminal count, and none after a count of which half is written', () => {
    const { out, goTo, irq, word } = make();
    out(CONTROL, 0x30);
    expect(irq()).toBe(false);
    out(0, 100, 0);
    goTo(51);
    out(CONTROL, 0); // latch
    goTo(60);
    expect(word(0)).toBe(50);
    expect(word(0)).toBe(41);
    goTo(100);
    expect(irq()).toBe(false);
    goTo(101);
    expect(irq()).toBe(true);
    goTo(102);
    expect(word(0)).toBe(0xffff);
    out(0, 1);
    expect(irq()).toBe(false);
    goTo(1000);
    expect(irq()).toBe(false);
  });

  it('mode 3: a square wave, long half first', () => {
    const { out, goTo, irq, inp } = make();
    out(CONTROL, 0x16);
    out(0, 7);
    const wave = [];
    for (let tick = 1; tick <= 14; tick++) {
      goTo(tick);
      wave.push(irq() ? 1 : 0);
    }
    expect(wave).toEqual([1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0]);
    out(CONTROL, 0x16);
    out(0, 100);
    goTo(25);
    expect(inp(0)).toBe(80);
  });

  it('mode 4: a strobe of one tick', () => {
    const { out, goTo, irq } = make();
    out(CONTROL, 0x18);
    out(0, 5);
    goTo(5);
    expect(irq()).toBe(true);
    goTo(6);
    expect(irq()).toBe(false);
    goTo(7);
    expect(irq()).toBe(true);
  });

  it('modes 1 and 5 wait for the gate', () => {
    const { out, goTo, pit } = make(false);
    out(CONTROL, 0x92); // counter 2, mode 1
    out(2, 5);
    goTo(100);
    expect(pit.output2).toBe(true);
    pit.setGate2(true);
    goTo(101);
    expect(pit.output2).toBe(false);
    goTo(106);
    expect(pit.output2).toBe(true);
    pit.setGate2(false);
    out(CONTROL, 0x9a); // mode 5
    out(2, 5);
    pit.setGate2(true);
    goTo(112);
    expect(pit.output2).toBe(false);
    goTo(113);
    expect(pit.output2).toBe(true);
  });

  it('mode 0 of counter 2 holds its count while the gate is low', () => {
    const { out, goTo, pit, inp } = make();
    out(CONTROL, 0x90);
    out(2, 50);
    goTo(11);
    pit.setGate2(false);
    goTo(500);
    expect(inp(2)).toBe(40);
    pit.setGate2(true);
    goTo(539);
    expect(pit.output2).toBe(false);
    goTo(540);
    expect(pit.output2).toBe(true);
  });

  it('counts in BCD', () => {
    const { out, goTo, word } = make();
    out(CONTROL, 0x31);
    out(0, 0x00, 0x10); // 1000
    goTo(2);
    expect(word(0)).toBe(0x0999);
  });

  it('reads back status and count in one command', () => {
    const { out, goTo, inp } = make();
    out(CONTROL, 0x34);
    out(CONTROL, 0xe2); // status of counter 0
    expect(inp(0)).toBe(0xf4); // output high, no count yet
    out(0, 0xe8, 0x03);
    goTo(101);
    out(CONTROL, 0xc2); // both: the status comes first
    goTo(300);
    expect([inp(0), inp(0), inp(0)]).toEqual([0xb4, 900 & 0xff, 900 >> 8]);
    // A second latch does not replace an unread one.
    out(CONTROL, 0);
    goTo(400);
    out(CONTROL, 0);
    expect(inp(0) | (inp(0) << 8)).toBe(701);
  });
});
