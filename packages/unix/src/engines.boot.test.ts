import { createMachine, r4k } from '@kseg/machine';
import { describe, expect, it } from 'vitest';
import { MB, PROMPT } from '../test/session.ts';
import { unixFs, unixKernel } from './index.ts';

/** A checkpoint lies this many instructions behind the last: not a number that loops keep in step with. */
const STEP = 4_999_999;
const lines = ['ls | wc', 'cat README > f; cat f', 'forktest', 'stressfs', 'halt'];

describe.each(['little', 'big'] as const)('our Unix on a %s-endian board', (endian) => {
  it('is the same machine at every checkpoint, interpreted or translated', { timeout: 120_000 }, () => {
    const machines = (['interpreter', 'translator'] as const).map((engine) => {
      const hda = unixFs({ endian });
      const machine = createMachine(r4k({ endian, ram: 32 * MB, hda }), { engine });
      machine.console!.script(
        lines.map((line) => ({ expect: PROMPT, send: `${line}\n` })),
        () => {},
      );
      machine.boot({ kernel: unixKernel({ endian, disk: 'ata' }) });
      return machine;
    });
    for (let [stop, checkpoint] = ['budget', 0]; stop === 'budget'; checkpoint++) {
      const [expected, found] = machines.map((machine) => ({
        stop: machine.run(STEP).kind,
        now: machine.now,
        hash: machine.hash(),
      }));
      expect(found).toEqual(expected);
      stop = expected!.stop;
      // Now and then each goes on with what the other has saved.
      if (checkpoint % 3 !== 2) continue;
      const [first, second] = machines.map((machine) => machine.save());
      machines[0]!.load(second!);
      machines[1]!.load(first!);
    }
    const [interpreted, translated] = machines;
    expect(interpreted!.translation).toBeUndefined();
    expect(translated!.translation!.regions).toBeGreaterThan(10);
  });
});
