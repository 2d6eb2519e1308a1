import { describe, expect, it } from 'vitest';
import { Bench } from '../test/bench.ts';
import { I8259Pair } from './i8259.ts';

const [CMD, DATA, SLAVE_CMD, SLAVE_DATA, ELCR1, ELCR2] = [0, 1, 2, 3, 4, 5];

function make({ mask = 0, slaveMask = 0, icw4 = 1 } = {}) {
  const bench = new Bench();
  const pic = new I8259Pair({ irq: bench.line('int') });
  const out = (port: number, ...values: number[]) => {
    for (const value of values) pic.write(port, 1, value);
  };
  const inp = (port: number) => pic.read(port, 1);
  out(CMD, 0x11);
  out(DATA, 0x20, 0x04, icw4, mask);
  out(SLAVE_CMD, 0x11);
  out(SLAVE_DATA, 0x28, 0x02, icw4, slaveMask);
  return {
    pic,
    out,
    inp,
    line: (n: number, level: boolean) => pic.inputs[n]!.set(level),
    int: () => bench.level('int'),
  };
}

describe('I8259Pair', () => {
  it('serves lines in the order of priority and holds lower ones back until EOI', () => {
    const { pic, line, int, out } = make();
    line(4, true);
    line(3, true);
    expect(int()).toBe(true);
    expect(pic.acknowledge()).toBe(0x23);
    expect(int()).toBe(false);
    line(0, true);
    expect(pic.acknowledge()).toBe(0x20);
    out(CMD, 0x20); // non-specific EOI: of IRQ 0
    expect(int()).toBe(false);
    out(CMD, 0x63); // specific EOI of IRQ 3
    expect(pic.acknowledge()).toBe(0x24);
  });

  it('cascades: the poll command finds line 2, then the slave’s line', () => {
    const { line, out, inp, int } = make();
    line(14, true);
    out(CMD, 0x0c);
    expect(inp(CMD)).toBe(0x82);
    out(SLAVE_CMD, 0x0c);
    expect(inp(SLAVE_CMD)).toBe(0x86);
    expect(int()).toBe(false);
    out(SLAVE_CMD, 0x0b);
    expect(inp(SLAVE_CMD)).toBe(0x40); // in service
    out(SLAVE_CMD, 0x66);
    out(CMD, 0x62);
    expect(inp(SLAVE_CMD)).toBe(0);
    // A poll with nothing pending says so, and acknowledges nothing.
    out(CMD, 0x0c);
    expect(inp(CMD)).toBe(0);
    // The command is used up: the next read is IRR again.
    line(5, true);
    expect(inp(CMD)).toBe(0x20);
  });

  it('gives every slave request an edge on the master', () => {
    const { pic, line, out, int } = make();
    line(10, true);
    line(12, true);
    expect(pic.acknowledge()).toBe(0x2a);
    out(SLAVE_CMD, 0x62);
    out(CMD, 0x62);
    expect(int()).toBe(true);
    expect(pic.acknowledge()).toBe(0x2c);
  });

  it('needs a new edge after an acknowledgement, but not on a level-triggered line', () => {
    const { pic, line, out, inp, int } = make();
    out(ELCR1, 0xff);
    out(ELCR2, 0xff);
    expect([inp(ELCR1), inp(ELCR2)]).toEqual([0xf8, 0xde]);
    out(ELCR1, 0);
    line(10, true);
    pic.acknowledge();
    out(SLAVE_CMD, 0x20);
    out(CMD, 0x20);
    expect(int()).toBe(true);
    line(10, false);
    expect(int()).toBe(false);
    line(4, true);
    pic.acknowledge();
    out(CMD, 0x20);
    expect(int()).toBe(false);
  });

  it('answers 7 or 15 when the request has gone', () => {
    const { pic, line, out, inp } = make();
    line(4, true);
    line(4, false);
    expect(pic.acknowledge()).toBe(0x27);
    out(CMD, 0x0b);
    expect(inp(CMD)).toBe(0);
    line(12, true);
    out(SLAVE_DATA, 0xff);
    // The mask took the request back before the master could latch it away.
    expect(pic.acknowledge()).toBe(0x27);
  });

  it('masks, and remembers what came meanwhile', () => {
    const { line, out, inp, int } = make({ mask: 0xff });
    line(1, true);
    expect(int()).toBe(false);
    expect(inp(CMD)).toBe(0x02);
    expect(inp(DATA)).toBe(0xff);
    out(DATA, 0xfd);
    expect(int()).toBe(true);
  });

  it('rotates priorities', () => {
    const { pic, line, out } = make();
    line(1, true);
    pic.acknowledge();
    out(CMD, 0xa0); // rotate on non-specific EOI: 1 becomes the lowest
    line(1, false);
    line(1, true);
    line(0, true);
    line(2 + 1, true);
    expect(pic.acknowledge()).toBe(0x23);
    out(CMD, 0xc0 | 4); // 5 is now the highest
    line(5, true);
    expect(pic.acknowledge()).toBe(0x25);
  });

  it('ends interrupts by itself with AEOI', () => {
    const { pic, line, inp, out } = make({ icw4: 3 });
    line(6, true);
    expect(pic.acknowledge()).toBe(0x26);
    out(CMD, 0x0b);
    expect(inp(CMD)).toBe(0);
  });

  it('lets lower lines through in special mask mode', () => {
    const { pic, line, out, int } = make();
    line(3, true);
    pic.acknowledge();
    line(6, true);
    expect(int()).toBe(false);
    out(DATA, 0x08);
    expect(int()).toBe(false);
    out(CMD, 0x68);
    expect(int()).toBe(true);
    out(CMD, 0x48);
    expect(int()).toBe(false);
  });

  it('forgets edges at initialisation: a line that is high must rise again', () => {
    const { line, out, int } = make();
    line(4, true);
    out(CMD, 0x11);
    out(DATA, 0x40, 4, 1, 0);
    expect(int()).toBe(false);
    line(4, false);
    line(4, true);
    expect(int()).toBe(true);
  });
});
