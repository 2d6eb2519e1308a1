import { encode, mt } from '@kseg/isa';
import { describe, expect, it } from 'vitest';
import { ENDIANS, op, type Rig, rig } from '../test/rig.ts';

const [T0, T1, T2, T3] = [8, 9, 10, 11];
const STATUS = 12;
const CU1 = 0x2000_0000;
const THREAD = 25;
const RESERVED = 10;
const HANDLER = 0x8000_0180;

const mtOp = (name: string, ...operands: number[]): number =>
  encode(mt.find((row) => row.name === name && row.aliasOf === undefined)!, operands);
/** MFTR rd, rt, u, sel, h and MTTR rt, rd, u, sel, h. */
const mftr = (rd: number, rt: number, u: 0 | 1, sel = 0, h: 0 | 1 = 0) => mtOp('mftr', rd, rt, u, sel, h);
const mttr = (rt: number, rd: number, u: 0 | 1, sel = 0, h: 0 | 1 = 0) => mtOp('mttr', rt, rd, u, sel, h);

/** Runs each word with general registers as given; the core stops behind the last or at the general vector. */
function run(machine: Rig, words: readonly number[], gprs: Readonly<Record<number, number>> = {}): Rig {
  machine.put(0x1000, words);
  machine.cpu.pc = 0x8000_1000;
  for (const [number, value] of Object.entries(gprs)) machine.cpu.setGpr(Number(number), value);
  for (let i = 0; i < words.length && machine.cpu.pc !== HANDLER; i++) machine.cpu.run(1);
  return machine;
}

const exceptionOf = ({ cpu }: Rig) => ((cpu.readCp0(STATUS) & 2) === 0 ? undefined : (cpu.readCp0(13) >>> 2) & 31);
const excpt = ({ cpu }: Rig) => (cpu.readCp0(1, 1) >>> 16) & 7;
const machine = () => rig('little', '34Kf');

describe.each(ENDIANS)('MT registers, %s-endian', (endian) => {
  // Number, select, reset value, writable bits.
  it.each([
    [0, 1, 1, 0xb],
    [0, 2, 0, 0],
    [0, 3, 0, 0],
    [1, 1, 0, 0x0030_80ff],
    [1, 2, 3, 0x1fe0_0003],
    [1, 3, 0, 0],
    [1, 4, 0, 0],
    [1, 5, 0, 0xffff_ffff],
    [1, 6, 0, 0xffff_ffff],
    [1, 7, 0, 0xffff],
    [2, 1, 0x2000, 0x3810_bcff],
    [2, 2, 0, 0x0002_0000],
    [2, 5, 0, 0xffff_ffff],
    [2, 6, 0, 0xffff_ffff],
    [2, 7, 0, 0xffff_ffff],
    [3, 7, 0, 0],
    [6, 1, 0xbfef_fbfe, 0],
    [6, 4, 0xbfef_fbfe, 0],
    [6, 5, 0x3fef_fbfe, 0],
    [6, 6, 0, 0],
  ])('%i.%i reads %x at reset and has %x writable', (number, select, reset, mask) => {
    const { cpu } = rig(endian, '34Kf');
    expect(cpu.readCp0(number, select)).toBe(reset);
    cpu.writeCp0(number, 0xffff_ffff, select);
    expect(cpu.readCp0(number, select)).toBe(((reset & ~mask) | mask) >>> 0);
  });

  it('are not there on a core without the ASE', () => {
    const { cpu } = rig(endian, '24Kf');
    for (const [number, select] of [
      [0, 1],
      [1, 1],
      [1, 2],
      [2, 1],
      [6, 1],
    ] as const) {
      cpu.writeCp0(number, 0xffff_ffff, select);
      expect(cpu.readCp0(number, select)).toBe(0);
    }
    expect(rig(endian, '34Kf').cpu.readCp0(16, 3) & 4).toBe(4);
  });
});

describe('what is written where', () => {
  it('TCStatus shows Status’ CU, MX and KSU and EntryHi’s ASID, and writes them', () => {
    const { cpu } = machine();
    cpu.writeCp0(STATUS, 0x3100_0000);
    cpu.writeCp0(10, 0x55);
    expect(cpu.readCp0(2, 1)).toBe(0x3800_2055);
    cpu.writeCp0(10, 0x1234_6055);
    cpu.writeCp0(2, 0x1010_a434, 1);
    expect(cpu.readCp0(STATUS)).toBe(0x1000_0000);
    expect(cpu.readCp0(10)).toBe(0x1234_6034);
    expect(cpu.readCp0(2, 1)).toBe(0x1010_a434);
    cpu.writeCp0(2, 0x3000, 1);
    expect(cpu.readCp0(STATUS)).toBe(0x10);
  });

  it('MVPControl.VPC lets VPEConf1 and STLB be written', () => {
    const { cpu } = machine();
    cpu.writeCp0(0, 3, 1);
    cpu.writeCp0(1, 0xffff_ffff, 3);
    expect(cpu.readCp0(1, 3)).toBe(0x0ff3_fcff);
    cpu.writeCp0(0, 0xf, 1);
    expect(cpu.readCp0(0, 1)).toBe(0xf);
  });

  it('a VPE that is not the master configures nothing', () => {
    const m = machine();
    m.cpu.writeCp0(1, 1, 2);
    m.cpu.writeCp0(0, 2, 1);
    m.cpu.writeCp0(1, 3, 2);
    expect([m.cpu.readCp0(0, 1), m.cpu.readCp0(1, 2)]).toEqual([1, 1]);
    run(m, [mtOp('dvpe', T0)]);
    expect([m.cpu.gpr(T0), m.cpu.readCp0(0, 1)]).toEqual([1, 1]);
  });

  it('TCStatus.IXMT keeps interrupts away', () => {
    const m = machine();
    m.cpu.writeCp0(STATUS, 0x101);
    m.cpu.writeCp0(2, 0x2400, 1);
    m.cpu.writeCp0(13, 0x100);
    run(m, [0, 0]);
    expect(m.cpu.pc).toBe(0x8000_1008);
    m.cpu.writeCp0(2, 0x2000, 1);
    m.cpu.run(0);
    run(m, [0]);
    expect(exceptionOf(m)).toBe(0);
  });

  it('a thread that halts itself waits for ever, whatever interrupts', () => {
    const m = machine();
    m.cpu.writeCp0(STATUS, 0x8001);
    run(m, [op('mtc0:sel', T0, 2, 4), op('addiu', T1, 0, 1)], { [T0]: 1 });
    m.cpu.irq(7).set(true);
    expect(m.cpu.run(10)).toEqual({ kind: 'waiting', deadline: Number.POSITIVE_INFINITY });
    expect(m.cpu.gpr(T1)).toBe(0);
    m.cpu.reset();
    expect(m.cpu.readCp0(2, 4)).toBe(0);
  });

  it('TCRestart is where the thread is', () => {
    const m = run(machine(), [0, op('mfc0:sel', T0, 2, 3)]);
    expect(m.cpu.gpr(T0)).toBe(0x8000_1004);
  });
});

describe('instructions', () => {
  it('DMT and EMT return VPEControl and switch TE', () => {
    const m = machine();
    m.cpu.writeCp0(1, 0x8000, 1);
    run(m, [mtOp('dmt', T0), op('mfc0:sel', T1, 1, 1), mtOp('emt', T2), op('mfc0:sel', T3, 1, 1)]);
    expect([T0, T1, T2, T3].map((n) => m.cpu.gpr(n))).toEqual([0x8000, 0, 0, 0x8000]);
  });

  it('DVPE and EVPE return MVPControl and switch EVP', () => {
    const m = run(machine(), [mtOp('dvpe', T0), op('mfc0:sel', T1, 0, 1), mtOp('evpe', T2), op('mfc0:sel', T3, 0, 1)]);
    expect([T0, T1, T2, T3].map((n) => m.cpu.gpr(n))).toEqual([1, 0, 0, 1]);
  });

  it('are privileged, but for FORK and YIELD', () => {
    for (const word of [
      mtOp('dmt', 0),
      mtOp('emt', 0),
      mtOp('dvpe', 0),
      mtOp('evpe', 0),
      mftr(T0, T1, 1),
      mttr(T0, T1, 1),
    ]) {
      const m = machine();
      // The user's page.
      m.cpu.writeCp0(2, 0x5f);
      m.cpu.writeCp0(3, 0x5f);
      run(m, [op('tlbwi')]);
      m.cpu.writeCp0(STATUS, 0x10);
      m.put(0x1000, [word]);
      m.cpu.pc = 0;
      m.cpu.run(1);
      expect((m.cpu.readCp0(13) >>> 2) & 31).toBe(11);
    }
  });

  it('are reserved on a core without the ASE', () => {
    for (const word of [
      mtOp('dmt', 0),
      mftr(T0, T1, 1),
      mttr(T0, T1, 1),
      mtOp('fork', T0, T1, T2),
      mtOp('yield', T0, T1),
    ])
      expect(exceptionOf(run(rig('little', '74Kf'), [word]))).toBe(RESERVED);
  });

  it('FORK finds no free context', () => {
    const m = run(machine(), [mtOp('fork', T0, T1, T2)]);
    expect([exceptionOf(m), excpt(m), m.cpu.readCp0(14)]).toEqual([THREAD, 1, 0x8000_1000]);
  });

  it.each([
    [0, 0],
    [1, 2],
    [0x7fff_ffff, 2],
  ])('YIELD of %i is a thread exception with EXCPT %i', (condition, code) => {
    const m = machine();
    m.cpu.writeCp0(1, 0x0030_8000, 1);
    run(m, [mtOp('yield', T0, T1)], { [T0]: 7, [T1]: condition });
    expect([exceptionOf(m), m.cpu.readCp0(1, 1), m.cpu.gpr(T0)]).toEqual([THREAD, 0x0030_8000 | (code << 16), 7]);
    // What the last one was about is gone.
    m.cpu.writeCp0(STATUS, 0);
    run(m, [mtOp('fork', T0, T1, T2)]);
    expect(m.cpu.readCp0(1, 1)).toBe(0x0031_8000);
  });

  it('YIELD of a negative number goes on with no qualifiers, unless the scheduler intercepts it', () => {
    for (const [control, status, condition, expected] of [
      [0, 0x2000, -1, undefined],
      [0x0020_0000, 0x2000, -1, undefined],
      [0, 0x0010_2000, -1, undefined],
      [0x0020_0000, 0x0010_2000, -2, undefined],
      [0x0020_0000, 0x0010_2000, -1, THREAD],
    ] as const) {
      const m = machine();
      m.cpu.writeCp0(1, control, 1);
      m.cpu.writeCp0(2, status, 1);
      run(m, [mtOp('yield', T0, T1)], { [T0]: 7, [T1]: condition });
      expect(exceptionOf(m)).toBe(expected);
      expect(m.cpu.gpr(T0)).toBe(expected === undefined ? 0 : 7);
      if (expected !== undefined) expect(excpt(m)).toBe(4);
    }
  });
});

describe('MFTR and MTTR', () => {
  it('reach the general registers, HI, LO and the accumulators of the one context', () => {
    const m = run(machine(), [mttr(T0, T1, 1), mftr(T2, T1, 1), mttr(T0, 0, 1)], { [T0]: 0x1234_5678 });
    expect([m.cpu.gpr(T1), m.cpu.gpr(T2), m.cpu.gpr(0)]).toEqual([0x1234_5678, 0x1234_5678, 0]);
    run(m, [mttr(T0, 0, 1, 1), mttr(T2, 1, 1, 1)], { [T0]: 5, [T2]: 6 });
    expect([m.cpu.lo, m.cpu.hi]).toEqual([5, 6]);
    for (const number of [0, 1, 4, 5, 8, 9, 12, 13]) {
      run(m, [mttr(T0, number, 1, 1), mftr(T1, number, 1, 1)], { [T0]: 100 + number });
      expect(m.cpu.gpr(T1)).toBe(100 + number);
    }
    // Each accumulator kept its own.
    for (const number of [4, 5, 8, 9, 12, 13]) expect(run(m, [mftr(T1, number, 1, 1)]).cpu.gpr(T1)).toBe(100 + number);
    // ACX is not there.
    run(m, [mttr(T0, 2, 1, 1), mftr(T1, 2, 1, 1)], { [T0]: 5, [T1]: 7 });
    expect(m.cpu.gpr(T1)).toBe(0);
    // DSPControl has no other bits than its fields.
    run(m, [mttr(T0, 16, 1, 1), mftr(T1, 16, 1, 1)], { [T0]: 0xffff_ffff });
    expect(m.cpu.gpr(T1)).toBe(0x0fff_7fbf);
  });

  it('reach CP0’s registers', () => {
    const m = run(machine(), [mftr(T0, 2, 0, 1), mttr(T1, 14, 0), mftr(T2, 14, 0)], { [T1]: 0x8000_1234 });
    expect([m.cpu.gpr(T0), m.cpu.gpr(T2)]).toEqual([0x2000, 0x8000_1234]);
  });

  it.each([0, 0x0400_0000])('reach the FPU’s registers whatever Status.CU1 is, with Status.FR %i', (fr) => {
    const m = machine();
    m.cpu.writeCp0(STATUS, CU1 | fr);
    run(m, [mttr(T0, 4, 1, 2), mttr(T1, 4, 1, 2, 1), mttr(T2, 5, 1, 2)], { [T0]: 1, [T1]: 2, [T2]: 3 });
    m.cpu.writeCp0(STATUS, fr);
    run(m, [mftr(T0, 4, 1, 2), mftr(T1, 4, 1, 2, 1), mftr(T2, 5, 1, 2)]);
    // With FR clear, register 5 is the high half of 4.
    expect([T0, T1, T2].map((n) => m.cpu.gpr(n))).toEqual([1, fr === 0 ? 3 : 2, 3]);
    run(m, [mttr(T0, 31, 1, 3), mftr(T1, 31, 1, 3), mftr(T2, 0, 1, 3)], { [T0]: 3 });
    expect([m.cpu.gpr(T1), m.cpu.gpr(T2)]).toEqual([3, 0x0073_9500]);
    // A Cause bit with its enable traps, as in CTC1.
    expect(exceptionOf(run(m, [mttr(T0, 31, 1, 3)], { [T0]: 0x1080 }))).toBe(15);
  });

  it.each([
    [17, 1],
    [3, 1],
    [0, 4],
    [0, 5],
    [0, 6],
    [0, 7],
  ])('are reserved for register %i of group %i', (number, group) => {
    expect(exceptionOf(run(machine(), [mftr(T0, number, 1, group)]))).toBe(RESERVED);
    expect(exceptionOf(run(machine(), [mttr(T0, number, 1, group)]))).toBe(RESERVED);
  });

  it('reach no other context: all ones come from it, and nothing goes there', () => {
    const m = machine();
    m.cpu.writeCp0(1, 5, 1);
    run(m, [mftr(T0, T1, 1), mttr(T2, T1, 1), mftr(T3, 0, 1, 7)], { [T1]: 7, [T2]: 8 });
    expect([T0, T1, T3].map((n) => m.cpu.gpr(n))).toEqual([0xffff_ffff, 7, 0xffff_ffff]);
  });
});
