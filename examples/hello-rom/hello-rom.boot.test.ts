import { expect, it } from 'vitest';
import { hello } from './hello-rom.ts';

it.each(['little', 'big'] as const)('says hello, %s-endian', (endian) => {
  expect(hello(endian)).toBe('Hello from the reset vector!\n');
});
