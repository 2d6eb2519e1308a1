// Whatever words are executed, the host is safe. `node packages/cpu/scripts/random-words.mjs --words N` executes as many as one likes.
import { describe, expect, it } from 'vitest';
import { RandomWords } from '../test/random-words.ts';
import { ENDIANS } from '../test/rig.ts';
import { type ModelName, models } from './models.ts';

const WORDS = Number(process.env['KSEG_PROP_WORDS'] ?? 150_000);
const SEED = Number(process.env['KSEG_PROP_SEED'] ?? Math.floor(Math.random() * 1e6));

describe.each(ENDIANS)(`${WORDS} random words as code, seed ${SEED}, %s-endian`, (endian) => {
  it.each(Object.keys(models) as ModelName[])('%s', (model) => {
    const machine = new RandomWords({ model, endian, seed: SEED });
    while (machine.words < WORDS) machine.step();
    expect(machine.exceptions).toBeGreaterThan(0.05 * WORDS);
  });
});
