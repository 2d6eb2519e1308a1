import { beforeEach, describe, expect, it } from 'vitest';
import { ENDIANS, op, type Rig, rig } from '../test/rig.ts';

const T0 = 8;
const T1 = 9;
const K0 = 26;

describe.each(ENDIANS)('the core from outside, %s-endian', (endian) => {
  let m: Rig;
  beforeEach(() => {
    m = rig(endian);
  });

  /** A loop of four instructions that counts in t0. */
  const loop = [op('addiu', T0, T0, 1), op('addiu', T1, T1, 2), op('beq', 0, 0, -12), op('xor', 10, T0, T1)];

  it('runs in pieces as it runs in one', () => {
    const whole = rig(endian);
    whole.put(0x1000, loop);
    whole.cpu.run(1001);
    m.put(0x1000, loop);
    for (let left = 1001, piece = 1; left > 0; piece = (piece % 7) + 1) {
      m.cpu.run(Math.min(piece, left));
      left -= piece;
    }
    expect(m.cpu.save()).toEqual(whole.cpu.save());
    expect(m.timeline.now).toBe(1001);
  });

  it('goes on from a snapshot as if it had never been saved, between a branch and its slot too', () => {
    for (let cut = 1; cut <= 8; cut++) {
      const original = rig(endian);
      original.put(0x1000, [op('mtc0', T0, 11), ...loop]);
      original.cpu.setGpr(T0, 40);
      original.cpu.writeCp0(12, 0x8001);
      original.cpu.run(cut);
      const copy = rig(endian);
      copy.ram.writeBytes(0, original.ram.readBytes(0, original.ram.size));
      copy.timeline.load(original.timeline.save());
      copy.cpu.load(original.cpu.save());
      expect(copy.cpu.save()).toEqual(original.cpu.save());
      expect(copy.cpu.inDelaySlot).toBe(original.cpu.inDelaySlot);
      original.cpu.run(200);
      copy.cpu.run(200);
      expect(copy.cpu.save()).toEqual(original.cpu.save());
      expect(copy.timeline.save()).toEqual(original.timeline.save());
    }
  });

  it('refuses the state of another core', () => {
    expect(() => m.cpu.load(rig(endian, '4Kc').cpu.save())).toThrow(
      expect.objectContaining({ code: 'KSEG_CPU_STATE' }),
    );
  });

  it('stops in front of a breakpoint, and goes on from it', () => {
    m.put(0x1000, loop);
    const point = m.cpu.addBreakpoint(0x8000_1008);
    expect(m.cpu.run(100)).toEqual({ kind: 'breakpoint', address: 0x8000_1008 });
    expect([m.cpu.pc, m.timeline.now]).toEqual([0x8000_1008, 2]);
    expect(m.cpu.run(100)).toEqual({ kind: 'breakpoint', address: 0x8000_1008 });
    expect(m.timeline.now).toBe(6);
    point.dispose();
    expect(m.cpu.run(94)).toEqual({ kind: 'budget' });
    expect(m.cpu.gpr(T0)).toBe(25);
  });

  it('a breakpoint in a delay slot keeps the branch', () => {
    m.put(0x1000, loop);
    m.cpu.addBreakpoint(0x8000_100c);
    m.cpu.run(100);
    expect([m.cpu.pc, m.cpu.inDelaySlot, m.cpu.nextPc]).toEqual([0x8000_100c, true, 0x8000_1000]);
    expect(m.cpu.step()).toEqual({ kind: 'budget' });
    expect(m.cpu.pc).toBe(0x8000_1000);
  });

  it('a breakpoint does not stop code that has the same place in another page', () => {
    m.put(0x1000, [op('j', 0x2000), 0]);
    m.put(0x2000, [op('addiu', T0, 0, 7), op('addiu', T1, 0, 8)]);
    m.cpu.addBreakpoint(0x8000_3004);
    m.cpu.addBreakpoint(0x8000_0000);
    expect(m.cpu.run(4)).toEqual({ kind: 'budget' });
    expect([m.cpu.gpr(T0), m.cpu.gpr(T1)]).toEqual([7, 8]);
  });

  it('stops in front of a watched access, in a delay slot too, and goes on from it', () => {
    m.cpu.setGpr(K0, 0x8000_2000);
    m.put(0x1000, [op('sw', T0, 4, K0), op('beq', 0, 0, -8), op('lw', T1, 8, K0)]);
    const watch = m.cpu.addWatchpoint(0x8000_2009, 2, 'load');
    expect(m.cpu.run(100)).toEqual({ kind: 'watchpoint', address: 0x8000_2008, access: 'load' });
    expect([m.cpu.pc, m.cpu.nextPc, m.timeline.now]).toEqual([0x8000_1008, 0x8000_1000, 2]);
    expect(m.cpu.run(100)).toEqual({ kind: 'watchpoint', address: 0x8000_2008, access: 'load' });
    expect(m.timeline.now).toBe(5);
    watch.dispose();
    expect(m.cpu.run(100)).toEqual({ kind: 'budget' });
  });

  it('traces instructions and exceptions while asked to', () => {
    m.put(0x1000, [op('addiu', T0, 0, 1), op('syscall', 0)]);
    const seen: (number | string)[] = [];
    const trace = m.cpu.trace((pc) => seen.push(pc));
    const exceptions = m.cpu.onException((kind, pc) => seen.push(kind, pc));
    let others = 0;
    const more = [m.cpu.trace(() => others++), m.cpu.onException(() => others++)];
    m.cpu.run(2);
    trace.dispose();
    exceptions.dispose();
    expect(others).toBe(4);
    m.cpu.run(5);
    expect(others).toBeGreaterThan(8);
    for (const each of more) each.dispose();
    const heard = others;
    m.cpu.run(5);
    expect(others).toBe(heard);
    expect(seen).toEqual([0x8000_1000, 0x8000_1004, 'syscall', 0x8000_1004, 0x8000_0180]);
  });

  it('traces every instruction once, breakpoints on the way', () => {
    m.put(0x1000, [op('addiu', T0, 0, 1), op('addiu', T0, T0, 1), op('addiu', T0, T0, 1)]);
    const seen: number[] = [];
    const trace = m.cpu.trace((pc) => seen.push(pc));
    const breakpoint = m.cpu.addBreakpoint(0x8000_1004);
    expect(m.cpu.run(3)).toEqual({ kind: 'breakpoint', address: 0x8000_1004 });
    expect(seen).toEqual([0x8000_1000]);
    expect(m.cpu.run(2)).toEqual({ kind: 'budget' });
    expect(seen).toEqual([0x8000_1000, 0x8000_1004, 0x8000_1008]);
    breakpoint.dispose();
    trace.dispose();
  });

  it('is seen to through the TLB and peeked at without side effects', () => {
    m.ram.write(0x2000, 4, 0x1234_5678);
    expect(m.cpu.peek(0x8000_2000, 4)).toBe(0x1234_5678);
    expect(m.cpu.peek(0x4000_2000, 4)).toBeUndefined();
    m.cpu.peek(0xb000_0000, 4);
    expect(m.device.log).toEqual([]);
    expect(m.cpu.physical(0xa000_2004)).toBe(0x2004);
  });

  it('runs code that it has just written, and code that a device has written', () => {
    m.cpu.setGpr(K0, 0x8000_1000);
    m.cpu.setGpr(T1, op('addiu', T0, 0, 42));
    m.put(0x1000, [op('sw', T1, 8, K0), 0, op('addiu', T0, 0, 1)]);
    m.cpu.run(3);
    expect(m.cpu.gpr(T0)).toBe(42);
    m.cpu.pc = 0x8000_1008;
    m.put(0x1008, [op('addiu', T0, 0, 43)]);
    m.cpu.run(1);
    expect(m.cpu.gpr(T0)).toBe(43);
  });

  it('keeps its code through many stores to the page it runs on', () => {
    m.cpu.setGpr(K0, 0x8000_1000);
    m.put(0x1000, [op('addiu', T0, T0, 1), op('sw', T0, 0x100, K0), op('beq', 0, 0, -12), 0]);
    m.cpu.run(4000);
    expect(m.cpu.gpr(T0)).toBe(1000);
    expect(m.ram.read(0x1100, 4)).toBe(1000);
  });

  it('counts what it does', () => {
    m.put(0x1000, [op('syscall', 0)]);
    m.put(0x180, [op('addiu', T0, 0, 1), op('lw', T1, 0x4000, 0)]);
    m.cpu.run(2);
    expect(m.cpu.statistics).toEqual({ instructions: 2, exceptions: { syscall: 1, tlbLoad: 1 }, tlbRefills: 1 });
  });

  it('says what is wrong with what the host asks', () => {
    expect(() => m.cpu.irq(8)).toThrow(expect.objectContaining({ code: 'KSEG_CPU_IRQ' }));
    expect(() => m.cpu.gpr(32)).toThrow(expect.objectContaining({ code: 'KSEG_CPU_REGISTER' }));
    expect(() => m.cpu.run(1.5)).toThrow(expect.objectContaining({ code: 'KSEG_CPU_BUDGET' }));
    m.cpu.setGpr(0, 5);
    expect(m.cpu.gpr(0)).toBe(0);
  });
});
