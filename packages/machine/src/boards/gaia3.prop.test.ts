import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMachine, gaia3 } from '../index.ts';

const ENDS = ['budget', 'powerOff', 'problem'];

it('runs any image with any serial input, or refuses it with a code, and the same inputs give the same machine', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 3000 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom('hardware' as const, 'strict' as const),
      (payload, typed, headed, fast, mmu) => {
        const image = headed ? new Uint8Array(4 + (payload.length & ~3)) : payload;
        if (headed) {
          new DataView(image.buffer).setUint32(0, image.length - 4, true);
          image.set(payload.subarray(0, image.length - 4), 4);
        }
        const outcome = () => {
          const machine = createMachine(gaia3({ mmu, fast, timerPeriod: 2000, transmit: 'baud' }));
          try {
            machine.boot({ kernel: image });
          } catch (error) {
            return (error as { code: string }).code;
          }
          machine.console!.send(typed);
          expect(ENDS).toContain(machine.run(150_000).kind);
          return machine.hash();
        };
        const first = outcome();
        expect(outcome()).toBe(first);
        if (headed) expect(first).not.toMatch(/^KSEG/);
      },
    ),
    { numRuns: 30 },
  );
});
