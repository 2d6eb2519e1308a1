import { type ModelName, models } from '@kseg/cpu';
import { Predecoder } from '@kseg/cpu/engine';
import { describe, expect, it } from 'vitest';
import { op } from '../../cpu/test/rig.ts';
import { emitRegion } from './emit.ts';
import { formRegion } from './flow.ts';
import type { Surroundings } from './frame.ts';
import { ENTRY, fetchFrom, REHEARSALS, rehearse } from './rehearsal.ts';
import { TYPE, types } from './signatures.ts';
import { finish } from './steps.ts';
import { encodeModule } from './wasm.ts';

const TURN = 1000;
const A1 = 5;
const STATE = 1024;
const around: Surroundings = {
  state: STATE,
  slots: 8192,
  lines: 16_384,
  ram: 32_768,
  ramSize: 1 << 14,
  bigEndian: false,
  turn: TURN,
};

type Region = (left: number, depth: number) => [pc: number, left: number];

/** The function that is made of `words` at ENTRY, and the memory with the state block. */
function compiled(words: readonly number[]): { run: Region; state: Int32Array } {
  const region = finish(formRegion(ENTRY, fetchFrom(words, new Predecoder(models['24Kc'])), 100))!;
  const steps = emitRegion(region, around, {
    kernel: true,
    slot: 0,
    fullRegisters: false,
    mapped: () => false,
    slotOf: () => undefined,
  });
  const module = encodeModule({
    types,
    memoryPages: 1,
    tableSize: 1,
    imports: [
      { name: 'rare', type: TYPE.rare },
      { name: 'find', type: TYPE.find },
    ],
    functions: [{ type: TYPE.region, body: finish(steps).body }],
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  const unused = () => {
    throw new Error('nothing here goes the long way');
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), {
    k: { memory, table, rare: unused, find: unused },
  });
  return { run: exports['0'] as Region, state: new Int32Array(memory.buffer, STATE, 64) };
}

describe('a region that comes by its first block', () => {
  const loop = [op('addiu', A1, A1, -1), op('bne', A1, 0, -8), op('nop'), op('jr', 31), op('nop')];

  it('returns there when its turn is over, to be called anew', () => {
    const { run, state } = compiled(loop);
    state[A1] = 1_000_000;
    const [pc, left] = run(10_000, 0);
    expect(pc >>> 0).toBe(ENTRY);
    expect(left).toBeLessThan(10_000 - TURN);
    expect(left).toBeGreaterThan(10_000 - TURN - 6);
    expect(10_000 - left).toBe(3 * (1_000_000 - state[A1]!));
  });

  it('goes on to the end when another region has called it', () => {
    const { run, state } = compiled(loop);
    state[A1] = 1_000_000;
    const [pc, left] = run(10_000, 1);
    expect(pc >>> 0).toBe(ENTRY);
    // Less than the five instructions to the end.
    expect(left).toBe(4);
    expect(state[A1]).toBe(1_000_000 - 3332);
  });

  it('begins however little is left, if it is enough for one time round', () => {
    const { run, state } = compiled(loop);
    state[A1] = 1_000_000;
    expect(run(8, 0)[1]).toBe(2);
    expect(run(4, 0)[1]).toBe(4);
    expect(state[A1]).toBe(999_998);
  });
});

it.each(Object.keys(models).filter((name) => models[name as ModelName].mmu.kind !== 'r3000'))(
  'what a translator rehearses is translated as a whole on a %s',
  (name) => {
    const predecoder = new Predecoder(models[name as ModelName]);
    for (const words of new Set(REHEARSALS)) {
      const region = finish(formRegion(ENTRY, fetchFrom(words, predecoder), words.length))!;
      expect(region.words.length).toBe(words.length);
      expect(region.blocks.filter(({ end }) => end.kind === 'rare' || end.kind === 'exit')).toEqual([]);
    }
    expect(() => finish(rehearse(predecoder, around))).not.toThrow();
  },
);
