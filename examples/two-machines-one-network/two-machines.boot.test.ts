import { expect, it } from 'vitest';
import { PAYLOAD } from './guests.ts';
import { transfer } from './two-machines.ts';

/** What the guests make of the data, made again by other means. */
function checksum(bytes: number): string {
  let word = 1;
  let sum = 0;
  for (let i = 0; i < bytes; i += 4) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) | 0;
    sum = (((sum << 1) | (sum >>> 31)) + word) | 0;
  }
  return (sum >>> 0).toString(16);
}

it('two machines ping and flood each other, and ten megabytes arrive as they were sent', () => {
  const frames = (10 << 20) / PAYLOAD;
  const { sender, receiver } = transfer(frames);
  expect(sender).toMatch(/^(reply from 10\.0\.0\.2: sequence [123], time \d+ us\n){3}1000 replies to a flood\nsent, /);
  expect(sender).toContain(`sent, checksum ${checksum(10 << 20)}\n`);
  expect(receiver).toBe(`received, checksum ${checksum(10 << 20)}\n`);
});

it.each(['little', 'big'] as const)('the same run twice gives the same machines, %s-endian', (endian) => {
  const first = transfer(20, endian);
  expect(first.receiver).toBe(`received, checksum ${checksum(20 * PAYLOAD)}\n`);
  expect(transfer(20, endian)).toEqual(first);
});
