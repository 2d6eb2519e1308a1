import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type GaiaFpu, signStage } from './fpu.ts';
import { ieeeFpu } from './fpu-ieee.ts';
import { rtlFpu } from './fpu-rtl.ts';

const text = gunzipSync(readFileSync(join(import.meta.dirname, '..', 'test', 'fpu-vectors.txt.gz'))).toString();
const vectors = text
  .trim()
  .split('\n')
  .map((line) => line.split(' '));

const byTag = (fpu: GaiaFpu): Record<number, (a: number, b: number) => number> => ({
  0: fpu.add,
  1: fpu.sub,
  2: fpu.mul,
  4: fpu.inv,
  5: fpu.sqrt,
  6: fpu.ftoi,
  7: fpu.itof,
  8: fpu.floor,
});

const single = (value: number) => new DataView(new Float32Array([value]).buffer).getInt32(0, true);

describe('the FPU of the hardware', () => {
  const fpu = rtlFpu();

  it('answers every measured operation bit for bit', () => {
    const run = byTag(fpu);
    const wrong: string[] = [];
    let count = 0;
    for (const [kind, tag, a, b, sign, expected] of vectors) {
      if (kind !== 'f') continue;
      count++;
      const [x, y] = [Number.parseInt(a!, 16) | 0, Number.parseInt(b!, 16) | 0];
      const got = signStage(run[Number.parseInt(tag!, 16)]!(x, y), Number.parseInt(sign!, 16)) >>> 0;
      if (got !== Number.parseInt(expected!, 16))
        wrong.push(`${tag} ${a} ${b} ${sign}: ${got.toString(16)} not ${expected}`);
    }
    expect(count).toBe(22139);
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('has the bugs that the silicon has', () => {
    expect(fpu.mul(single(1), single(1))).toBe(single(1) + 1);
    expect(fpu.floor(single(-1))).toBe(single(-2));
    expect(fpu.itof(-0x8000_0000)).toBe(0);
    expect(fpu.less(single(-3), single(-3))).toBe(true);
    expect(fpu.lessOrEqual(single(-3), single(-3))).toBe(false);
  });
});

describe('the FPU of the simulator', () => {
  const fpu = ieeeFpu();

  it('computes as IEEE 754 singles', () => {
    expect(fpu.mul(single(1), single(1))).toBe(single(1));
    expect(fpu.add(single(0.1), single(0.2))).toBe(single(Math.fround(0.1) + Math.fround(0.2)));
    expect(fpu.inv(single(3))).toBe(single(1 / 3));
    expect(fpu.floor(single(-1.5))).toBe(single(-2));
    expect(fpu.sqrt(single(-1)) >>> 0).toBe(0xffc0_0000);
    expect(fpu.add(0x7f80_0001, 0) >>> 0).toBe(0x7fc0_0001);
  });

  it('rounds halves away from zero, and gives the indefinite integer for what does not fit', () => {
    expect([0.5, -0.5, 2.5, -2.5, 0.4].map((v) => fpu.ftoi(single(v)))).toEqual([1, -1, 3, -3, 0]);
    expect(fpu.ftoi(single(3e9))).toBe(-0x8000_0000);
    expect(fpu.ftoi(0x7fc0_0000)).toBe(-0x8000_0000);
  });
});
