import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { Aor3000EarlyConsole, Aor3000Timer } from './aor3000.ts';
import { JtagUart } from './jtag-uart.ts';

describe('JtagUart', () => {
  it('says how many characters wait and how much room there is', () => {
    const bench = new Bench();
    const sent: number[] = [];
    const uart = new JtagUart({ irq: bench.line('irq'), sink: (byte) => sent.push(byte) });
    expect(uart.read(0, 4)).toBe(0);
    expect(uart.read(4, 4)).toBe(0x0040_0000);
    expect(uart.receive([0x61, 0x62])).toBe(2);
    expect(bench.level('irq')).toBe(false);
    uart.write(4, 4, 1);
    expect(bench.level('irq')).toBe(true);
    expect(uart.read(4, 4)).toBe(0x0040_0501);
    expect(uart.read(0, 4)).toBe(0x0001_8061);
    expect(uart.read(0, 4)).toBe(0x0000_8062);
    expect(bench.level('irq')).toBe(false);
    uart.write(0, 4, 0x141);
    expect(sent).toEqual([0x41]);
    uart.write(4, 4, 0x402);
    expect(uart.read(4, 4)).toBe(0x0040_0202);
    expect(bench.level('irq')).toBe(true);
  });

  it('takes 64 characters and asks for more when they are read', () => {
    const uart = new JtagUart();
    const text = Array.from({ length: 100 }, (_, i) => i);
    let fed = uart.receive(text);
    expect([fed, uart.room]).toEqual([64, 0]);
    uart.onDrain(() => {
      fed += uart.receive(text.slice(fed));
    });
    const got = text.map(() => uart.read(0, 4) & 0xff);
    expect(got).toEqual(text);
  });
});

describe('Aor3000Timer', () => {
  it('interrupts 100 times a second until it is acknowledged', () => {
    const bench = new Bench();
    const timer = new Aor3000Timer({ scheduler: bench.port(), irq: bench.line('irq') });
    bench.advance(HZ / 100 - 1);
    expect(bench.level('irq')).toBe(false);
    bench.advance(1);
    expect(bench.level('irq')).toBe(true);
    timer.write(0, 4, 0);
    expect(bench.level('irq')).toBe(false);
    let ticks = 0;
    for (let i = 0; i < 100; i++) {
      bench.advance(HZ / 100);
      if (bench.level('irq')) ticks++;
      timer.write(0, 1, 0);
    }
    expect(ticks).toBe(100);
  });
});

describe('Aor3000EarlyConsole', () => {
  it('prints bytes', () => {
    const sent: number[] = [];
    new Aor3000EarlyConsole({ sink: (byte) => sent.push(byte) }).write(0, 1, 0x21);
    expect(sent).toEqual([0x21]);
  });
});
