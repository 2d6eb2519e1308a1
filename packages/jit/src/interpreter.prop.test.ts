// The interpreter in WebAssembly is the core's own, whatever words are executed.
import { type ModelName, models } from '@kseg/cpu';
import { type EngineFactory, FIRST_BRANCH, HANDLER } from '@kseg/cpu/engine';
import { describe, expect, it } from 'vitest';
import { RAM_BYTES, RandomWords } from '../../cpu/test/random-words.ts';
import { ENDIANS } from '../test/rig.ts';
import { Translator } from './index.ts';
import { isHere } from './loop.ts';

const WORDS = Number(process.env['KSEG_PROP_WORDS'] ?? 150_000);
const SEED = Number(process.env['KSEG_PROP_SEED'] ?? Math.floor(Math.random() * 1e6));
const KSEG0 = 0x8000_0000;
const MODELS = (Object.keys(models) as ModelName[]).filter((name) => Translator.obstacle(name) === undefined);

describe.each(ENDIANS)(`${WORDS} random words as code, seed ${SEED}, %s-endian`, (endian) => {
  it.each(MODELS)('%s', (model) => {
    const translator = new Translator({ threshold: Number.POSITIVE_INFINITY });
    let runs = 0;
    const counted: EngineFactory = (core) => {
      const engine = translator.engine(core);
      return {
        enter: () => engine.enter(),
        interpret: () => {
          runs++;
          engine.interpret?.();
        },
        sample: (target) => engine.sample(target),
        dropPage: (page) => engine.dropPage(page),
      };
    };
    const options = { model, endian, seed: SEED };
    const plain = new RandomWords(options);
    const fast = new RandomWords({ ...options, engine: { engine: counted, regions: Translator.regions(RAM_BYTES) } });
    // From then on there is a dispatcher, which has a part in it.
    translator.translate(KSEG0);
    while (plain.words < WORDS) {
      plain.step();
      fast.step();
      const [expected, found] = [plain.state(), fast.state()];
      expect(found.now).toBe(expected.now);
      expect(firstDifference(expected.words, found.words)).toBe(-1);
    }
    expect(firstDifference(plain.state().ram, fast.state().ram)).toBe(-1);
    expect(fast.exceptions).toBe(plain.exceptions);
    expect(runs).toBeGreaterThan(0);
  });
});

describe('the interpreter in WebAssembly', () => {
  it('has the everyday instructions: arithmetic, loads, stores, branches and jumps', () => {
    const everyday = (number: number) =>
      (number >= HANDLER.ADDU && number <= HANDLER.SWR) || (number >= FIRST_BRANCH && number <= HANDLER.BC1TL);
    const left = Object.entries(HANDLER).filter(([, number]) => everyday(number) && !isHere(number));
    expect(left).toEqual([]);
  });
});

const firstDifference = (a: Uint8Array | Int32Array, b: Uint8Array | Int32Array): number => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return i;
  return -1;
};
