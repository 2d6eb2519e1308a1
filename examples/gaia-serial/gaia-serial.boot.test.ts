import { expect, it } from 'vitest';
import { converse } from './gaia-serial.ts';

it.each(['little', 'big'] as const)('says it back, %s-endian, however full the FIFOs get', (endian) => {
  expect(converse(endian, 'kseg\n')).toBe('What do you say? kseg\n');
  const long = `${'0123456789'.repeat(60)}\n`;
  expect(converse(endian, long)).toBe(`What do you say? ${long}`);
});
