import { describe, expect, it } from 'vitest';
import { op, type Rig, rig } from '../test/rig.ts';

const [T0, T1] = [8, 9];
const codeOf = ({ cpu }: Rig) => ((cpu.readCp0(12) & 2) === 0 ? undefined : (cpu.readCp0(13) >>> 2) & 31);

/** Executes one word with t0 and t1 as given. */
function run(word: number, a = 0, b = 0): Rig {
  const m = rig();
  m.cpu.setGpr(T0, a >>> 0);
  m.cpu.setGpr(T1, b >>> 0);
  m.put(0x1000, [word]);
  m.cpu.run(1);
  return m;
}

describe('traps', () => {
  const PAIRS = [
    [0, 0],
    [1, 2],
    [2, 1],
    [-1, 1],
    [1, -1],
    [-2, -1],
    [0x7fff_ffff, -0x8000_0000],
  ] as const;
  const unsigned = (value: number) => value >>> 0;

  it.each([
    ['teq', (a: number, b: number) => a === b],
    ['tne', (a: number, b: number) => a !== b],
    ['tge', (a: number, b: number) => a >= b],
    ['tlt', (a: number, b: number) => a < b],
    ['tgeu', (a: number, b: number) => unsigned(a) >= unsigned(b)],
    ['tltu', (a: number, b: number) => unsigned(a) < unsigned(b)],
  ] as const)('%s traps when its condition holds, and only then', (name, holds) => {
    for (const [a, b] of PAIRS) {
      expect(codeOf(run(op(name, T0, T1, 0), a, b))).toBe(holds(a, b) ? 13 : undefined);
      // The immediate forms: of b what fits.
      const immediate = (b << 16) >> 16;
      const row = name.endsWith('u') ? `${name.slice(0, -1)}iu` : `${name}i`;
      expect(codeOf(run(op(row, T0, immediate), a))).toBe(holds(a, immediate) ? 13 : undefined);
    }
  });
});

describe('SDBBP', () => {
  it('says where it was, and that it was a breakpoint', () => {
    const m = run(op('sdbbp', 0));
    expect(m.cpu.readCp0(24)).toBe(0x8000_1000);
    expect(m.cpu.readCp0(23)).toBe(0x4200_8002);
  });

  it('in a delay slot, names the branch', () => {
    const m = rig();
    m.put(0x1000, [0, op('beq', 0, 0, 8), op('sdbbp', 0)]);
    m.cpu.run(3);
    expect(m.cpu.readCp0(24)).toBe(0x8000_1004);
    expect(m.cpu.readCp0(23)).toBe(0xc200_8002);
  });
});

describe('RDHWR in user mode', () => {
  it.each([0, 1, 2, 3])('reads register %i when HWREna lets it', (number) => {
    for (const mask of [1, 2, 4, 8]) {
      const m = rig();
      m.cpu.writeCp0(10, 0);
      m.cpu.writeCp0(2, 0x5f);
      m.cpu.writeCp0(3, 0x5f);
      m.put(0x1000, [op('tlbwi'), op('rdhwr', T0, number)]);
      m.cpu.run(1);
      m.cpu.writeCp0(7, mask);
      m.cpu.writeCp0(12, 0x10);
      m.cpu.pc = 4;
      m.cpu.run(1);
      expect(codeOf(m)).toBe(mask === 1 << number ? undefined : 10);
    }
  });
});
