import { describe, expect, it } from 'vitest';
import { ENDIANS, execute, op, rig } from '../test/rig.ts';

const T0 = 8;
const T1 = 9;
const T2 = 10;

describe.each(ENDIANS)('integer instructions, %s-endian', (endian) => {
  it('counts to a hundred', () => {
    const machine = execute(
      rig(endian),
      [
        op('addiu', T0, 0, 100), // loop:
        op('addiu', T1, T1, 2),
        op('addiu', T0, T0, -1),
        op('bne', T0, 0, -12),
        op('addu', T2, T1, T0),
        op('addiu', T2, T2, 1),
      ],
      1 + 4 * 100 + 1,
    );
    expect(machine.cpu.gpr(T1)).toBe(200);
    expect(machine.cpu.gpr(T2)).toBe(201);
    expect(machine.timeline.now).toBe(402);
    expect(machine.cpu.pc).toBe(0x8000_1018);
  });

  it('stores 0 by SC of $0, which stays 0', () => {
    const machine = rig(endian);
    machine.put(0x8000, [0x1234_5678]);
    machine.cpu.setGpr(T0, 0x8000_8000);
    execute(machine, [op('ll', T1, 0, T0), op('lw', 0, 0, T0), op('sc', 0, 0, T0), op('addu', T2, 0, 0)]);
    expect(machine.ram.read(0x8000, 4)).toBe(0);
    expect(machine.cpu.gpr(T2)).toBe(0);
  });
});
