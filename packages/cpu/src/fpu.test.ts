import { byMnemonic, encode } from '@kseg/isa';
import { beforeEach, describe, expect, it } from 'vitest';
import { ENDIANS, op, type Rig, rig } from '../test/rig.ts';
import { models } from './models.ts';

const rows = byMnemonic(models['24Kf'].isa);
const fop = (name: string, ...operands: number[]) =>
  encode(rows.get(name.split(':')[0]!)!.find((row) => row.name === name)!, operands);

const T0 = 8;
const T1 = 9;
const K0 = 26;
const CU1 = 1 << 29;
const FR = 1 << 26;

describe.each(ENDIANS)('coprocessor 1 in the core, %s-endian', (endian) => {
  let m: Rig;
  beforeEach(() => {
    m = rig(endian, '24Kf');
    m.cpu.writeCp0(12, CU1);
    m.cpu.setGpr(K0, 0x8000_2000);
  });

  /** Stores a double where the guest's loads of doublewords find it. */
  function putDouble(address: number, value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, endian === 'little');
    m.ram.writeBytes(address, new Uint8Array(view.buffer));
  }
  const getDouble = (address: number) => {
    const bytes = m.ram.readBytes(address, 8);
    return new DataView(bytes.buffer).getFloat64(0, endian === 'little');
  };

  it.each([0, FR])('adds doubles from memory to memory (Status.FR bit %i)', (fr) => {
    m.cpu.writeCp0(12, CU1 | fr);
    putDouble(0x2000, 1.5);
    putDouble(0x2008, 2.25);
    m.put(0x1000, [fop('ldc1', 2, 0, K0), fop('ldc1', 4, 8, K0), fop('add.d', 6, 2, 4), fop('sdc1', 6, 16, K0)]);
    // Twice: the second time through the soft TLB.
    m.cpu.run(4);
    m.cpu.pc = 0x8000_1000;
    putDouble(0x2000, -8);
    m.cpu.run(4);
    expect(getDouble(0x2010)).toBe(-5.75);
  });

  it('keeps an odd single in the upper half of the even register while FR is 0', () => {
    m.put(0x1000, [fop('mtc1', T0, 2), fop('mtc1', T1, 3), fop('sdc1', 2, 0, K0), fop('swc1', 3, 8, K0)]);
    m.cpu.setGpr(T0, 0x1111_1111);
    m.cpu.setGpr(T1, 0x2222_2222);
    m.cpu.run(4);
    const [low, high] = endian === 'little' ? [0, 4] : [4, 0];
    expect(m.ram.read(0x2000 + low, 4)).toBe(0x1111_1111);
    expect(m.ram.read(0x2000 + high, 4)).toBe(0x2222_2222);
    expect(m.ram.read(0x2008, 4)).toBe(0x2222_2222);
  });

  it('moves high halves', () => {
    m.cpu.writeCp0(12, CU1 | FR);
    m.put(0x1000, [fop('mtc1', T0, 3), fop('mthc1', T1, 3), fop('mfhc1', 10, 3), fop('mfc1', 11, 3)]);
    m.cpu.setGpr(T0, 1);
    m.cpu.setGpr(T1, 2);
    m.cpu.run(4);
    expect([m.cpu.gpr(10), m.cpu.gpr(11)]).toEqual([2, 1]);
  });

  it('branches and moves on conditions', () => {
    m.put(0x1000, [
      fop('c.eq.s', 3, 0, 0),
      fop('bc1t', 3, 8),
      op('addiu', T0, 0, 1),
      op('addiu', T0, 0, 99),
      fop('bc1fl', 3, 8),
      op('addiu', T0, T0, 50),
      fop('movt', T1, T0, 3),
      fop('movf', 10, T0, 3),
    ]);
    m.cpu.run(6);
    expect([m.cpu.gpr(T0), m.cpu.gpr(T1), m.cpu.gpr(10)]).toEqual([1, 1, 0]);
    expect(m.cpu.pc).toBe(0x8000_1020);
  });

  it('takes a floating-point exception when it is enabled, and writes nothing', () => {
    m.put(0x1000, [op('addiu', T0, 0, 1 << 10), fop('ctc1', T0, 31), fop('div.s', 4, 2, 0), 0]);
    m.cpu.setGpr(T1, 0x3f80_0000);
    m.put(0x1000, [op('addiu', T0, 0, 1 << 10), fop('ctc1', T0, 31), fop('mtc1', T1, 2), fop('div.s', 4, 2, 0)]);
    m.cpu.run(3);
    m.cpu.run(1);
    expect((m.cpu.readCp0(13) >>> 2) & 31).toBe(15);
    expect(m.cpu.readCp0(14)).toBe(0x8000_100c);
    m.put(0x184, [fop('cfc1', 10, 31), fop('mfc1', 11, 4)]);
    m.cpu.run(2);
    expect(m.cpu.gpr(10)).toBe((1 << 10) | (1 << 15));
    expect(m.cpu.gpr(11)).toBe(0);
  });

  it('loads and stores with an index', () => {
    m.cpu.writeCp0(12, CU1 | FR);
    m.cpu.setGpr(T0, 8);
    m.cpu.setGpr(T1, 0x15);
    putDouble(0x2008, 6.5);
    m.put(0x1000, [
      fop('ldxc1', 2, T0, K0),
      fop('sdxc1', 2, 0, K0),
      fop('lwxc1', 4, T0, K0),
      fop('swxc1', 4, 18, K0),
      fop('luxc1', 6, 10, K0),
      fop('suxc1', 6, T1, K0),
      fop('prefx', 0, T0, K0),
    ]);
    m.cpu.setGpr(18, 0x20);
    m.cpu.setGpr(10, 0xf);
    m.cpu.run(7);
    expect([getDouble(0x2000), getDouble(0x2010)]).toEqual([6.5, 6.5]);
    expect(m.ram.read(0x2020, 4)).toBe(m.ram.read(0x2008, 4));
    expect(m.cpu.readCp0(12) & 2).toBe(0);
  });

  it('reserves what FR = 0 does not have', () => {
    for (const word of [
      fop('luxc1', 6, 10, K0),
      fop('ldxc1', 3, 10, K0),
      fop('cvt.l.s', 2, 4),
      fop('add.d', 3, 2, 2),
    ]) {
      m.cpu.writeCp0(12, CU1);
      m.cpu.pc = 0x8000_1000;
      m.put(0x1000, [word]);
      m.cpu.run(1);
      expect((m.cpu.readCp0(13) >>> 2) & 31).toBe(10);
    }
  });

  it('a CTC1 that sets a cause and its enable traps at once', () => {
    m.cpu.setGpr(T0, (1 << 16) | (1 << 11));
    m.put(0x1000, [fop('ctc1', T0, 31)]);
    m.cpu.run(1);
    expect((m.cpu.readCp0(13) >>> 2) & 31).toBe(15);
  });

  it('a branch on a condition behind another branch is a branch', () => {
    m.put(0x1000, [
      op('j', 0x1010),
      0,
      0,
      op('beq', 0, 0, 8),
      fop('bc1f', 0, 8),
      op('addiu', T0, 0, 1),
      op('addiu', T0, 0, 9),
      op('addiu', T1, 0, 2),
    ]);
    m.cpu.run(5);
    expect([m.cpu.gpr(T0), m.cpu.gpr(T1)]).toEqual([1, 2]);
  });

  it('is unusable without CU1, in a branch and at an odd address too', () => {
    for (const word of [
      fop('add.d', 2, 2, 2),
      fop('bc1f', 0, 8),
      fop('lwc1', 2, 1, K0),
      fop('mfc1', T0, 2),
      0x4c00_0000,
    ]) {
      m.cpu.writeCp0(12, 0);
      m.cpu.pc = 0x8000_1000;
      m.put(0x1000, [word]);
      m.cpu.run(1);
      expect([(m.cpu.readCp0(13) >>> 2) & 31, (m.cpu.readCp0(13) >>> 28) & 3]).toEqual([11, 1]);
    }
  });

  it('makes misaligned doublewords address errors and words that are no instruction reserved', () => {
    for (const [word, code] of [
      [fop('ldc1', 2, 4, K0), 4],
      [fop('sdc1', 2, 4, K0), 5],
      [0x4600_0018, 10],
    ] as const) {
      m.cpu.writeCp0(12, CU1);
      m.cpu.pc = 0x8000_1000;
      m.put(0x1000, [word]);
      m.cpu.run(1);
      expect((m.cpu.readCp0(13) >>> 2) & 31).toBe(code);
    }
  });
});
