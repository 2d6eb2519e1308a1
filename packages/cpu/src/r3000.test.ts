import { byMnemonic, encode } from '@kseg/isa';
import { beforeEach, describe, expect, it } from 'vitest';
import { ENDIANS, type Rig, rig } from '../test/rig.ts';
import { models } from './models.ts';

const rows = byMnemonic(models.R3000A.isa);
const op = (name: string, ...operands: number[]) => {
  const row = rows.get(name.split(':')[0]!)?.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`no ${name}`);
  return encode(row, operands);
};

const [AT, V0, A0, T0, T1, T2, K0] = [1, 2, 4, 8, 9, 10, 26];
const STATUS = 12;
const CAUSE = 13;
const EPC = 14;
const code = (cause: number) => (cause >>> 2) & 31;

describe.each(ENDIANS)('R3000A, %s-endian', (endian) => {
  let m: Rig;
  beforeEach(() => {
    m = rig(endian, 'R3000A');
    m.cpu.writeCp0(STATUS, 0);
    m.cpu.pc = 0x8000_1000;
    m.cpu.setGpr(A0, 0x8000_2000);
    m.ram.write(0x2000, 4, 111);
    m.ram.write(0x2004, 4, 222);
  });

  const run = (...words: number[]) => {
    m.put(0x1000, words);
    m.cpu.run(words.length);
  };

  it('resets to BEV only, in kernel mode', () => {
    m.cpu.reset();
    expect([m.cpu.pc, m.cpu.readCp0(STATUS), m.cpu.readCp0(15)]).toEqual([0xbfc0_0000, 0x0040_0000, 0x230]);
  });

  describe('load delay', () => {
    it('the instruction behind a load sees the old value, the one behind that the new', () => {
      m.cpu.setGpr(T0, 5);
      run(op('lw', T0, 0, A0), op('addu', T1, T0, 0), op('addu', T2, T0, 0));
      expect([m.cpu.gpr(T1), m.cpu.gpr(T2)]).toEqual([5, 111]);
    });

    it('an ALU write in the slot wins', () => {
      run(op('lw', T0, 0, A0), op('addiu', T0, 0, 7), op('addu', T1, T0, 0), 0);
      expect([m.cpu.gpr(T0), m.cpu.gpr(T1)]).toEqual([7, 7]);
    });

    it('a second load to the same register in the slot: the first never arrives', () => {
      m.cpu.setGpr(T0, 5);
      run(op('lw', T0, 0, A0), op('lw', T0, 4, A0), op('addu', T1, T0, 0), op('addu', T2, T0, 0));
      expect([m.cpu.gpr(T1), m.cpu.gpr(T2)]).toEqual([5, 222]);
    });

    it('MFC0 has it too', () => {
      m.cpu.setGpr(T0, 5);
      run(op('mfc0', T0, 15), op('addu', T1, T0, 0), op('addu', T2, T0, 0));
      expect([m.cpu.gpr(T1), m.cpu.gpr(T2)]).toEqual([5, 0x230]);
    });

    it('a load in the slot of a branch arrives behind the first instruction of the target', () => {
      m.cpu.setGpr(T0, 5);
      m.put(0x1000, [op('beq', 0, 0, 12), op('lw', T0, 0, A0), 0, 0, op('addu', T1, T0, 0), op('addu', T2, T0, 0)]);
      m.cpu.run(4);
      expect([m.cpu.gpr(T1), m.cpu.gpr(T2)]).toEqual([5, 111]);
    });

    it('a branch behind a load compares the old value', () => {
      m.cpu.setGpr(T0, 0);
      m.put(0x1000, [op('lw', T0, 0, A0), op('beq', T0, 0, 8), 0, op('addiu', T1, 0, 1), op('addiu', T2, 0, 1)]);
      m.cpu.run(4);
      expect([m.cpu.gpr(T1), m.cpu.gpr(T2)]).toEqual([0, 1]);
    });

    it('an interrupt between load and use: the handler sees the loaded value', () => {
      m.cpu.writeCp0(STATUS, 0x0401);
      const line = m.cpu.irq(2);
      const port = m.timeline.port('x');
      port.handle(() => line.set(true));
      port.at(1, 'x');
      m.put(0x80, [op('addu', T2, T0, 0)]);
      m.cpu.setGpr(T0, 5);
      m.put(0x1000, [op('lw', T0, 0, A0), op('addu', T1, T0, 0)]);
      m.cpu.run(2);
      expect(m.cpu.gpr(T2)).toBe(111);
      expect(m.cpu.readCp0(EPC)).toBe(0x8000_1004);
    });

    it('is part of the state: a snapshot between load and use goes on the same', () => {
      m.cpu.setGpr(T0, 5);
      m.put(0x1000, [op('lw', T0, 0, A0), op('addu', T1, T0, 0), op('addu', T2, T0, 0)]);
      m.cpu.run(1);
      const copy = rig(endian, 'R3000A');
      copy.ram.writeBytes(0, m.ram.readBytes(0, m.ram.size));
      copy.timeline.load(m.timeline.save());
      copy.cpu.load(m.cpu.save());
      copy.cpu.run(2);
      expect([copy.cpu.gpr(T1), copy.cpu.gpr(T2)]).toEqual([5, 111]);
    });

    it('LWL and LWR of one register merge without waiting for each other', () => {
      m.ram.writeBytes(0x2100, Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7));
      const [left, right] = endian === 'little' ? [0x105, 0x102] : [0x102, 0x105];
      run(op('lwl', T0, left, A0), op('lwr', T0, right, A0), 0, 0);
      expect(m.cpu.gpr(T0)).toBe(endian === 'little' ? 0x0504_0302 : 0x0203_0405);
    });
  });

  it('pushes and pops the stack of modes', () => {
    m.cpu.writeCp0(STATUS, 0x0000_000d);
    m.put(0x80, [op('mfc0', K0, STATUS), 0, op('rfe')]);
    m.cpu.pc = 0x8000_1000;
    run(op('syscall', 0));
    expect(m.cpu.readCp0(STATUS) & 0x3f).toBe(0x34);
    m.cpu.run(2);
    expect(m.cpu.gpr(K0) & 0x3f).toBe(0x34);
    expect(m.cpu.readCp0(STATUS) & 0x3f).toBe(0x3d);
  });

  it.each([
    ['syscall', [op('syscall', 0)], 8],
    ['overflow', [op('lui', T0, 0x7fff), op('add', T1, T0, T0)], 12],
    ['unaligned load', [op('lw', T0, 1, A0)], 4],
    ['unaligned store', [op('sh', T0, 1, A0)], 5],
    ['MIPS II', [0x5000_0000], 10],
    ['CP3', [op('mfc3', T0, 1)], 11],
    ['CP1 without CU1', [0x4440_0000], 11],
    ['branch in a slot', [op('beq', 0, 0, 8), op('beq', 0, 0, 8)], 10],
  ])('%s at the general vector', (_, words, expected) => {
    m.put(0x1000, words);
    for (let i = 0; i < words.length; i++) m.cpu.run(1);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(expected);
    expect(m.cpu.pc).toBe(0x8000_0084);
  });

  it('a miss in kuseg has the UTLB vector, one in kseg2 the general vector', () => {
    run(op('lw', T0, 0x4040, 0));
    expect([m.cpu.pc, code(m.cpu.readCp0(CAUSE)), m.cpu.readCp0(8)]).toEqual([0x8000_0004, 2, 0x4040]);
    m.cpu.pc = 0x8000_1000;
    m.cpu.setGpr(AT, 0xc000_0000);
    run(op('sw', T0, 0x40, AT));
    expect([m.cpu.pc, code(m.cpu.readCp0(CAUSE)), m.cpu.readCp0(8)]).toEqual([0x8000_0084, 3, 0xc000_0040]);
    m.cpu.writeCp0(STATUS, 1 << 22);
    m.cpu.pc = 0x8000_1000;
    run(op('lw', T0, 0x4040, 0));
    expect(m.cpu.pc).toBe(0xbfc0_0104);
  });

  it('maps pages through the TLB, by PID', () => {
    m.cpu.writeCp0(10, 0x0000_5000 | (3 << 6));
    m.cpu.writeCp0(2, 0x2000 | 0x600);
    m.cpu.writeCp0(0, 9 << 8);
    run(op('tlbwi'), op('lw', T0, 0x5000, 0), 0, 0);
    expect(m.cpu.gpr(T0)).toBe(111);
    m.cpu.writeCp0(10, 4 << 6);
    m.cpu.pc = 0x8000_1004;
    m.cpu.run(1);
    expect(code(m.cpu.readCp0(CAUSE))).toBe(2);
  });

  it('isolated caches keep stores from memory, give back what was stored modulo 2 KB, and tell misses', () => {
    m.cpu.writeCp0(STATUS, 1 << 16);
    m.cpu.setGpr(T0, 77);
    run(op('sw', T0, 0x10, A0), op('lw', T1, 0x10, A0), op('lw', T2, 0x810, A0), 0);
    expect(m.ram.read(0x2010, 4)).toBe(0);
    expect([m.cpu.gpr(T1), m.cpu.gpr(T2)]).toEqual([77, 77]);
    expect((m.cpu.readCp0(STATUS) >>> 19) & 1).toBe(1);
    m.cpu.pc = 0x8000_1000;
    run(op('lw', T1, 0x10, A0), 0);
    expect((m.cpu.readCp0(STATUS) >>> 19) & 1).toBe(0);
    m.cpu.pc = 0x8000_1000;
    run(op('sb', T0, 0x10, A0), op('lw', T1, 0x10, A0), 0);
    expect((m.cpu.readCp0(STATUS) >>> 19) & 1).toBe(1);
  });

  it('divides by zero as its divider does', () => {
    m.cpu.setGpr(T0, 5);
    run(op('div', T0, 0));
    expect([m.cpu.lo, m.cpu.hi]).toEqual([0xffff_ffff, 5]);
    m.cpu.setGpr(T0, -5 >>> 0);
    m.cpu.pc = 0x8000_1000;
    run(op('div', T0, 0));
    expect([m.cpu.lo, m.cpu.hi]).toEqual([1, 0xffff_fffb]);
  });

  it('BC0T is taken, CFC1 of register 0 reads 0', () => {
    m.cpu.writeCp0(STATUS, 1 << 29);
    m.cpu.setGpr(V0, 9);
    m.put(0x1000, [op('bc0t', 8), 0, op('addiu', T0, 0, 1), 0x4440_0000 | (V0 << 16), 0]);
    m.cpu.run(4);
    expect([m.cpu.gpr(T0), m.cpu.gpr(V0)]).toEqual([0, 0]);
  });

  it('runs in pieces as in one, and stops at breakpoints', () => {
    const loop = [op('lw', T0, 0, A0), op('addiu', T1, T1, 1), op('beq', 0, 0, -12), op('addu', T2, T2, T0)];
    m.put(0x1000, loop);
    m.cpu.run(333);
    const pieces = rig(endian, 'R3000A');
    pieces.cpu.writeCp0(STATUS, 0);
    pieces.cpu.pc = 0x8000_1000;
    pieces.cpu.setGpr(A0, 0x8000_2000);
    pieces.ram.write(0x2000, 4, 111);
    pieces.ram.write(0x2004, 4, 222);
    pieces.put(0x1000, loop);
    for (let i = 0; i < 111; i++) pieces.cpu.run(3);
    expect(pieces.cpu.save()).toEqual(m.cpu.save());
    m.cpu.addBreakpoint(0x8000_100c);
    expect(m.cpu.run(100)).toEqual({ kind: 'breakpoint', address: 0x8000_100c });
    expect(m.cpu.step()).toEqual({ kind: 'budget' });
    expect(m.cpu.pc).toBe(0x8000_1000);
  });
});

describe('an R3000A computes as a 4Kc does', () => {
  const values = [0, 1, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0x1234_5678, 31];
  const computing = models.R3000A.isa.filter(
    ({ aliasOf, delaySlot, privilege, reads, writes, traps, name }) =>
      aliasOf === undefined &&
      delaySlot === 'none' &&
      privilege === 'none' &&
      !reads.includes('mem') &&
      !writes.includes('mem') &&
      !traps.includes('syscall') &&
      !traps.includes('breakpoint') &&
      !name.startsWith('div'),
  );

  it.each(computing.map((row) => [row.name, row] as const))('%s', (_, row) => {
    const theirs = rig('little', '4Kc');
    const ours = rig('little', 'R3000A');
    ours.cpu.writeCp0(STATUS, 0);
    const fields = row.operands.map((operand) =>
      operand === 'rd' ? T2 : operand === 'rs' ? T0 : operand === 'rt' ? T1 : operand === 'sa' ? 7 : 0x1234,
    );
    for (const a of values)
      for (const b of values) {
        for (const m of [theirs, ours]) {
          m.put(0x1000, [encode(row, fields)]);
          m.cpu.pc = 0x8000_1000;
          m.cpu.setGpr(T0, a);
          m.cpu.setGpr(T1, b);
          m.cpu.hi = 3;
          m.cpu.lo = 4;
          m.cpu.run(1);
        }
        const registers = ({ cpu }: Rig) => [T0, T1, T2].map((n) => cpu.gpr(n)).concat(cpu.hi, cpu.lo);
        expect(registers(ours)).toEqual(registers(theirs));
      }
  });
});
