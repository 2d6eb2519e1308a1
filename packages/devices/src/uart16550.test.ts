import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { Uart16550, type Uart16550Options } from './uart16550.ts';

const [RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7];
const FCR = IIR;
const THR = RBR;

function make(options: Partial<Uart16550Options> = {}) {
  const bench = new Bench();
  const sent: number[] = [];
  const uart = new Uart16550({
    scheduler: bench.port(),
    irq: bench.line('irq'),
    sink: (byte) => sent.push(byte),
    ...options,
  });
  const out = (register: number, value: number) => uart.write(register, 1, value);
  const inp = (register: number) => uart.read(register, 1);
  return { bench, uart, sent, out, inp, irq: () => bench.level('irq') };
}

/** Ticks of a 10-bit character at the reset divisor of 12: 9600 baud. */
const CHARACTER = Math.ceil((10 / 9600) * HZ);

describe('Uart16550', () => {
  it('sends at once by default and raises THRE, which reading IIR answers', () => {
    const { out, inp, sent, irq } = make();
    out(IER, 2);
    expect(irq()).toBe(true);
    expect(inp(IIR)).toBe(0x02);
    expect(irq()).toBe(false);
    expect(inp(IIR)).toBe(0x01);
    out(THR, 0x41);
    expect(sent).toEqual([0x41]);
    expect(irq()).toBe(true);
    expect(inp(LSR)).toBe(0x60);
  });

  it('raises THRE again whenever its enable bit goes from 0 to 1', () => {
    const { out, inp } = make();
    for (let i = 0; i < 2; i++) {
      out(IER, 2);
      expect(inp(IIR)).toBe(0x02);
      expect(inp(IIR)).toBe(0x01);
      out(IER, 0);
    }
  });

  it('keeps the divisor’s time when asked to, and overwrites a full holding register', () => {
    const { bench, out, inp, sent, irq } = make({ transmit: 'baud' });
    out(LCR, 3);
    out(IER, 2);
    inp(IIR);
    out(THR, 1);
    expect(inp(LSR)).toBe(0x20);
    expect(irq()).toBe(true);
    out(THR, 2);
    out(THR, 3);
    expect(inp(LSR)).toBe(0);
    expect(irq()).toBe(false);
    bench.advance(CHARACTER - 1);
    expect(sent).toEqual([]);
    bench.advance(1);
    expect(sent).toEqual([1]);
    expect(inp(LSR)).toBe(0x20);
    bench.advance(CHARACTER);
    expect(sent).toEqual([1, 3]);
    expect(inp(LSR)).toBe(0x60);
  });

  it('queues 16 bytes with the FIFOs on and reports THRE when the last has left the FIFO', () => {
    const { bench, out, inp, sent } = make({ transmit: 'baud' });
    out(LCR, 3);
    out(FCR, 1);
    for (let i = 0; i < 20; i++) out(THR, i);
    bench.advance(16 * CHARACTER);
    expect(inp(LSR) & 0x20).toBe(0x20);
    bench.advance(2 * CHARACTER);
    // One byte went to the shift register at once, 16 fitted behind it.
    expect(sent).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect(inp(LSR)).toBe(0x60);
  });

  it('interrupts on received data without OUT2', () => {
    const { uart, out, inp, irq } = make();
    out(IER, 1);
    expect(uart.receive([0x61, 0x62])).toBe(1);
    expect(irq()).toBe(true);
    expect(inp(IIR)).toBe(0x04);
    expect(inp(LSR)).toBe(0x61);
    expect(inp(RBR)).toBe(0x61);
    expect(irq()).toBe(false);
    expect(uart.room).toBe(1);
  });

  it('waits for the trigger level, or 4 character times', () => {
    const { bench, uart, out, inp, irq } = make();
    out(LCR, 3);
    out(FCR, 0x81); // trigger 8
    out(IER, 1);
    expect(uart.room).toBe(16);
    uart.receive([1, 2, 3]);
    expect(irq()).toBe(false);
    bench.advance(Math.ceil((40 / 9600) * HZ) - 1);
    expect(irq()).toBe(false);
    bench.advance(1);
    expect(inp(IIR)).toBe(0xcc);
    inp(RBR);
    expect(inp(IIR)).toBe(0xc1);
    uart.receive([4, 5, 6, 7, 8, 9]);
    expect(inp(IIR)).toBe(0xc4);
  });

  it('shows the interrupt of highest priority', () => {
    const { uart, out, inp } = make();
    out(IER, 0xf);
    out(MCR, 0x11);
    out(MCR, 0);
    expect(uart.receiveBreak()).toBe(true);
    expect(inp(IIR)).toBe(0x06);
    expect(inp(LSR)).toBe(0x79);
    expect(inp(LSR)).toBe(0x61);
    expect(inp(IIR)).toBe(0x04);
    inp(RBR);
    expect(inp(IIR)).toBe(0x02);
    expect(inp(IIR)).toBe(0x00);
    inp(MSR);
    expect(inp(IIR)).toBe(0x01);
  });

  it('loops back data and modem lines, cutting the far end off', () => {
    const { uart, out, inp, sent } = make();
    out(MCR, 0x10 | 0x0a);
    expect(inp(MSR) & 0xf0).toBe(0x90);
    expect(uart.room).toBe(0);
    out(THR, 0x5a);
    expect(sent).toEqual([]);
    expect(inp(RBR)).toBe(0x5a);
    out(THR, 1);
    out(THR, 2);
    expect(inp(LSR) & 0x03).toBe(0x03);
    expect(inp(LSR) & 0x02).toBe(0);
    let drained = 0;
    uart.onDrain(() => drained++);
    inp(RBR);
    out(MCR, 0);
    expect(drained).toBe(1);
    expect(inp(MSR) & 0xf0).toBe(0xb0);
  });

  it('passes the probes of a 16550A and nothing later', () => {
    const { out, inp } = make();
    for (const value of [0x00, 0xff, 0x5a]) {
      out(SCR, value);
      expect(inp(SCR)).toBe(value);
    }
    out(IER, 0xff);
    expect(inp(IER)).toBe(0x0f);
    out(IER, 0);
    out(FCR, 1);
    expect(inp(IIR) >>> 6).toBe(3);
    // A 16650's EFR would read 0 here, a 16750 would show bit 5.
    out(LCR, 0xbf);
    expect(inp(2)).toBe(0xc1);
    out(FCR, 0x21);
    expect(inp(IIR)).toBe(0xc1);
    out(LCR, 0x83);
    out(0, 3);
    out(1, 0);
    expect([inp(0), inp(1)]).toEqual([3, 0]);
    out(LCR, 3);
    out(FCR, 0);
    expect(inp(IIR)).toBe(0x01);
  });

  it('has no FIFOs as an 8250', () => {
    const { uart, out, inp } = make({ fifo: false });
    out(FCR, 0xc7);
    expect(inp(IIR)).toBe(0x01);
    expect(uart.room).toBe(1);
  });

  it('feeds a guest no faster than it reads', () => {
    const { uart, inp } = make();
    const text = [...'hello'].map((c) => c.charCodeAt(0));
    let fed = uart.receive(text);
    const subscription = uart.onDrain(() => {
      fed += uart.receive(text.slice(fed));
    });
    const got = [];
    while (inp(LSR) & 1) got.push(inp(RBR));
    expect(got).toEqual(text);
    subscription.dispose();
    uart.receive([1]);
    inp(RBR);
    expect(inp(LSR) & 1).toBe(0);
  });
});
