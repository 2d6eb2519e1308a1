import { describe, expect, it } from 'vitest';
import { ENDIANS, op, type Rig, rig } from '../test/rig.ts';

const [T0, T1] = [8, 9];
const STATUS = 12;
const HSS = 0x3c00_0000;
const SYSCALL = op('syscall', 0);

/** Executes words, one after another. */
function run({ cpu, put }: Rig, ...words: number[]): void {
  for (const word of words) {
    put(0x1000, [word]);
    cpu.pc = 0x8000_1000;
    cpu.run(1);
  }
}

describe.each(ENDIANS)('shadow sets, %s-endian', (endian) => {
  const srsCtl = (m: Rig) => m.cpu.readCp0(12, 2);
  /** A 34Kf with n in t0 and 100 + n in t1 of its set n. */
  function filled(): Rig {
    const m = rig(endian, '34Kf');
    for (let set = 15; set >= 0; set--) {
      m.cpu.writeCp0(12, set << 6, 2);
      m.cpu.setGpr(T0, set);
      m.cpu.setGpr(T1, 100 + set);
      if (set > 0) run(m, op('wrpgpr', T0, T0), op('wrpgpr', T1, T1));
    }
    return m;
  }
  /** What the sets hold in t0 and t1, by RDPGPR. */
  function contents(m: Rig): number[][] {
    return Array.from({ length: 16 }, (_, set) => {
      m.cpu.writeCp0(12, set << 6, 2);
      return [T0, T1].map((register) => {
        const kept = m.cpu.gpr(2);
        run(m, op('rdpgpr', 2, register));
        const value = m.cpu.gpr(2);
        m.cpu.setGpr(2, kept);
        return value;
      });
    });
  }
  const all = Array.from({ length: 16 }, (_, set) => [set, 100 + set]);

  it('are sixteen', () => {
    expect(contents(filled())).toEqual(all);
  });

  it('an exception goes to ESS and remembers where it came from; ERET goes back', () => {
    const m = filled();
    m.cpu.writeCp0(12, (5 << 12) | (9 << 6), 2);
    run(m, SYSCALL);
    expect(srsCtl(m)).toBe(HSS | (5 << 12) | (0 << 6) | 5);
    expect([m.cpu.gpr(T0), m.cpu.gpr(T1)]).toEqual([5, 105]);
    m.cpu.setGpr(T0, 55);
    // Set 0 is the previous one: $0 stays 0 in every set.
    run(m, op('rdpgpr', T1, T0), op('wrpgpr', T1, T0), op('wrpgpr', 0, T0));
    expect(m.cpu.gpr(T1)).toBe(0);
    run(m, op('eret'));
    expect(srsCtl(m)).toBe(HSS | (5 << 12));
    expect([m.cpu.gpr(0), m.cpu.gpr(T0), m.cpu.gpr(T1)]).toEqual([0, 0, 55]);
    m.cpu.setGpr(T1, 100);
    const expected = all.map((pair, set) => (set === 5 ? [55, 0] : pair));
    expect(contents(m)).toEqual(expected);
  });

  it('stay as they are under EXL, and with BEV set', () => {
    for (const status of [2, 0x0040_0000]) {
      const m = filled();
      m.cpu.writeCp0(12, 5 << 12, 2);
      m.cpu.writeCp0(STATUS, status);
      run(m, SYSCALL);
      expect(srsCtl(m)).toBe(HSS | (5 << 12));
      expect(m.cpu.gpr(T1)).toBe(100);
    }
  });

  it('are not there on other cores: SRSCtl reads 0', () => {
    const m = rig(endian, '74Kf');
    m.cpu.writeCp0(12, 0xffff_ffff, 2);
    expect(srsCtl(m)).toBe(0);
    m.cpu.setGpr(T0, 7);
    run(m, op('wrpgpr', T1, T0), op('rdpgpr', 2, T1));
    expect([m.cpu.gpr(T1), m.cpu.gpr(2)]).toEqual([7, 7]);
  });
});

describe('IntCtl.VS', () => {
  it.each([
    ['24Kc', 0x8000_0200],
    ['74Kf', 0x8000_0200 + 5 * 0x40],
    ['34Kf', 0x8000_0200 + 5 * 0x40],
  ] as const)('spaces vectors where there is Config3.VInt: %s', (model, vector) => {
    const m = rig('little', model);
    m.cpu.writeCp0(12, 0x40, 1);
    m.cpu.writeCp0(13, 1 << 23);
    m.cpu.writeCp0(STATUS, 0xff01);
    m.cpu.irq(5).set(true);
    m.cpu.run(1);
    expect(m.cpu.pc).toBe(vector + 4);
  });
});
