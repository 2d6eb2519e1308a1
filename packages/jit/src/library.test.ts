import { describe, expect, it } from 'vitest';
import { op } from '../../cpu/test/rig.ts';
import { ENDIANS, type Rig, rig } from '../test/rig.ts';

const [V0, A0] = [2, 4];
const LOOP = 0x1000;

/** Counts to A0 by `step`, then goes round and round. */
const counting = (step: number) => [
  op('addiu', V0, V0, step), // 1000
  op('bne', V0, A0, -8),
  op('nop'),
  op('beq', 0, 0, -4), // 100c
  op('nop'),
];

const start = ({ cpu }: Rig, count: number) => {
  cpu.setGpr(V0, 0);
  cpu.setGpr(A0, count);
  cpu.pc = 0x8000_0000 + LOOP;
};

/** Has TLB entry 0 map a page, valid, global and cached. */
const map = ({ cpu, put }: Rig, virtual: number, physical: number) => {
  put(0x100, [op('tlbwi')]);
  for (const [register, value] of [
    [0, 0],
    [10, virtual],
    [2, (physical >>> 6) | 0x1b],
    [3, 1],
  ] as const)
    cpu.writeCp0(register, value);
  cpu.pc = 0x8000_0100;
  cpu.step();
};

describe.each(ENDIANS)('translations, %s-endian', (endian) => {
  it('serve again where their words come back, and only there', () => {
    const machine = rig(endian, '24Kc', { threshold: 2 });
    const { cpu, put, translator } = machine;
    const { statistics } = translator!;
    cpu.writeCp0(12, 0);
    const modules: number[] = [];
    for (let round = 0; round < 10; round++) {
      const step = (round % 2) + 1;
      put(LOOP, counting(step));
      start(machine, 12_000);
      cpu.run(40_000);
      expect(cpu.gpr(V0)).toBe(12_000);
      modules.push(statistics.modules);
    }
    expect(modules[9]).toBe(modules[1]);
    expect(statistics.recalled).toBeGreaterThanOrEqual(8);
  });

  it('serve a page wherever it is mapped', () => {
    const machine = rig(endian, '24Kc', { threshold: 2 });
    const { cpu, put, translator } = machine;
    const { statistics } = translator!;
    cpu.writeCp0(12, 0);
    const modules: number[] = [];
    for (let frame = 1; frame < 9; frame++) {
      put(0x1_0000 * frame, counting(frame === 5 ? 3 : 1));
      map(machine, 0x40_0000, 0x1_0000 * frame);
      start(machine, 12_000);
      cpu.pc = 0x40_0000;
      cpu.run(40_000);
      expect(cpu.gpr(V0)).toBe(12_000);
      modules.push(statistics.modules);
    }
    expect(modules[3]).toBe(modules[0]);
    expect(modules[7]).toBe(modules[4]);
  });

  it('leave a page whose code has all been overwritten to data', () => {
    const machine = rig(endian, '24Kc', { threshold: 2 });
    const { cpu, put, ram } = machine;
    cpu.writeCp0(12, 0);
    put(LOOP, counting(1));
    start(machine, 12_000);
    cpu.run(40_000);
    expect(ram.codePages[LOOP >>> 12]).toBe(1);
    // Another word of the page, then one of each of the lines.
    put(LOOP + 0x800, [1]);
    expect(ram.codePages[LOOP >>> 12]).toBe(1);
    put(LOOP, [1]);
    expect(ram.codePages[LOOP >>> 12]).toBe(0);
  });

  it('stay where a word beside them is written, and see the next store to their own', () => {
    const machine = rig(endian, '24Kc', { threshold: 2 });
    const { cpu, put, translator } = machine;
    cpu.writeCp0(12, 0);
    put(LOOP, counting(1));
    start(machine, 12_000);
    cpu.run(40_000);
    // Code on another line, too, so that the page stays one of code.
    cpu.pc = 0x8000_0000 + LOOP + 0x100;
    cpu.step();
    const { dropped } = translator!.statistics;
    put(LOOP + 0x3c, [1]);
    put(LOOP + 0x3c, [2]);
    expect(translator!.statistics.dropped).toBe(dropped);
    put(LOOP, counting(2));
    start(machine, 12_000);
    cpu.run(20_000);
    expect(cpu.gpr(V0)).toBe(12_000);
  });

  it.each([
    ['useg', 0],
    ['kseg0', 0x8000_0000],
    ['kseg1', 0xa000_0000],
    ['kseg2', 0xc000_0000],
    ['kseg3', 0xe000_0000],
  ])('serve no longer where a word of theirs is overwritten, in %s', (_, segment) => {
    const machine = rig(endian, '24Kc', { threshold: 2 });
    const { cpu, put, translator } = machine;
    const code = 0x2000;
    cpu.writeCp0(12, 0);
    put(code, counting(1));
    map(machine, segment + code, code);
    start(machine, 12_000);
    cpu.pc = segment + code;
    cpu.run(40_000);
    const { enters, dropped } = translator!.statistics;
    expect(enters).toBeGreaterThan(0);
    put(code, counting(2).slice(0, 1));
    expect(translator!.statistics.dropped).toBeGreaterThan(dropped);
    start(machine, 12_000);
    cpu.pc = segment + code;
    // As many turns as it takes with the new step, and no more.
    cpu.run(3 * 6000);
    expect(cpu.gpr(V0)).toBe(12_000);
  });
});
