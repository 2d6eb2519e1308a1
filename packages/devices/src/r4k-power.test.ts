import { expect, it } from 'vitest';
import { R4kPower } from './r4k-power.ts';

it('R4kPower obeys 42 and nothing else', () => {
  const seen: string[] = [];
  const power = new R4kPower({ onReset: () => seen.push('reset'), onPowerOff: () => seen.push('off') });
  for (const [offset, value] of [
    [0, 41],
    [8, 42],
    [0, 42],
    [4, 42],
  ] as const)
    power.write(offset, 4, value);
  expect(seen).toEqual(['reset', 'off']);
  expect(power.read(0, 4)).toBe(0);
});
