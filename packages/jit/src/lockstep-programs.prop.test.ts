import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goalOf, programOf, runBatch } from '../test/lockstep/batch.ts';
import { Lockstep } from '../test/lockstep/compare.ts';
import { LockstepMachine } from '../test/lockstep/machine.ts';
import { sweep } from '../test/lockstep/sweep.ts';

/** `node packages/jit/scripts/lockstep.mjs` does the same for as long as wanted, and makes what fails small. */
const { seed = 1 } = fc.readConfigureGlobal();
const programs = Math.ceil(Number(process.env['KSEG_PROP_RUNS'] ?? 96) / 4);

describe('programs that call, loop, fault, patch themselves and move their pages', () => {
  const total = { instructions: 0, translated: 0, interrupts: 0 };

  it.each([0, 1, 2, 3])(
    'leave interpreter, translator and a mix of both in the same state at every cut (%i)',
    (batch) => {
      const { differences, instructions, translated, interrupts } = runBatch(seed, batch, programs);
      expect(differences, `seed ${seed}, batch ${batch}`).toEqual([]);
      total.instructions += instructions;
      total.translated += translated;
      total.interrupts += interrupts;
    },
  );

  it('are not over where they wait for what comes after a piece of the mix', () => {
    const { model, endian } = goalOf(38);
    const { program, mixSeed } = programOf(10_100, 38, 30);
    expect(new Lockstep(model, endian).run(program, mixSeed)).toBeUndefined();
  });

  it('are translated for a good part, and interrupted', () => {
    expect(total.translated / total.instructions).toBeGreaterThan(0.2);
    expect(total.interrupts).toBeGreaterThan(programs);
  });
});

describe.each(['little', 'big'] as const)('an interrupt at every instruction, %s-endian', (endian) => {
  it('comes exactly there, in translated loops too, and leaves both engines in the same state', () => {
    const plain = new LockstepMachine('24Kf', endian, 'interpreter');
    const fast = new LockstepMachine('24Kf', endian, 'translator');
    let positions = 0;
    for (let index = 0; index < 30 && positions < 200; index++) {
      const batch = endian === 'little' ? 0 : 1;
      expect(goalOf(batch)).toEqual({ model: '24Kf', endian });
      const result = sweep(programOf(5, batch, index).program, plain, fast, 2000, 64);
      expect(result.differences).toEqual([]);
      positions += result.positions;
    }
    expect(positions).toBeGreaterThanOrEqual(200);
    expect(fast.translated / positions).toBeGreaterThan(50);
  });
});
