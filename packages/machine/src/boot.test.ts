import { expect, it } from 'vitest';
import { physicalOf } from './boot.ts';

it.each([
  ['kseg0', 0x8010_0000, 0x0010_0000],
  ['the end of kseg0', 0x9fff_ffff, 0x1fff_ffff],
  ['kseg1', 0xbfc0_0000, 0x1fc0_0000],
  ['kuseg', 0x4000_0000, 0x4000_0000],
  ['kseg2', 0xc000_0000, 0xc000_0000],
  ['kseg3', 0xffff_f000, 0xffff_f000],
])('an address in %s, %i, is physical %i', (_segment, address, physical) => {
  expect(physicalOf(address)).toBe(physical);
});
