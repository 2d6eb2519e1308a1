import { expect, it } from 'vitest';
import { malta } from './boards/malta.ts';
import { r4k } from './boards/r4k.ts';
import { deviceTreeSource } from './device-tree.ts';

const MB = 1 << 20;
const memory = (source: string): string[] =>
  [...source.matchAll(/memory@(\w+) \{\n\t*device_type = "memory";\n\t*reg = <([^>]*)>/g)].map(
    ([, at, reg]) => `${at}: ${reg}`,
  );

it.each([
  ['r4k', r4k({ ram: 64 * MB }), '0: 0x0 0x4000000'],
  // Devices lie behind the first 256 MB; firmware and kernels find the rest above 2 GB, and what is beyond 512 MB at 512 MB, too.
  ['malta', malta({ ram: 64 * MB }), '0: 0x0 0x4000000'],
  ['malta', malta({ ram: 512 * MB }), '0: 0x0 0x10000000 0x90000000 0x10000000'],
  ['malta', malta({ ram: 1024 * MB }), '0: 0x0 0x10000000 0x20000000 0x20000000 0x90000000 0x10000000'],
])('tells where the RAM of %s is seen, each byte once', (_name, board, found) => {
  expect(memory(deviceTreeSource(board))).toEqual([found]);
});
