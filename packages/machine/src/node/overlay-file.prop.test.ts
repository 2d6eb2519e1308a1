import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBlocks, OverlayBlocks, SECTOR } from '@kseg/devices';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { OverlayFile } from './overlay-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kseg-overlay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECTORS = 70;
const base = () => new MemoryBlocks(new Uint8Array(SECTORS * SECTOR).map((_, i) => (i >>> 9) ^ i));
const span = fc
  .nat(SECTORS - 1)
  .chain((lba) => fc.record({ lba: fc.constant(lba), count: fc.integer({ min: 1, max: SECTORS - lba }) }));
const step = fc.oneof(
  fc.record({ do: fc.constant('write' as const), span, byte: fc.nat(255) }),
  fc.record({ do: fc.constant('read' as const), span }),
  fc.constant({ do: 'reopen' as const }),
);

let cases = 0;
it('an overlay in a file is an overlay in memory, whenever it is closed and opened again', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const path = join(folder, `${cases++}`);
      const memory = new OverlayBlocks(base());
      let file = new OverlayFile(base(), path);
      for (const step of steps) {
        if (step.do === 'reopen') {
          file.close();
          file = new OverlayFile(base(), path);
          continue;
        }
        const { lba, count } = step.span;
        if (step.do === 'write')
          for (const store of [memory, file]) store.write(lba, new Uint8Array(count * SECTOR).fill(step.byte));
        const [there, here] = [memory, file].map((store) => {
          const into = new Uint8Array(count * SECTOR);
          store.read(lba, count, into);
          return into;
        });
        expect(Buffer.compare(here!, there!)).toBe(0);
      }
      file.close();
    }),
  );
});
