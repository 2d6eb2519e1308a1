// Batches of programs: what a seed stands for.
import type { Endian } from '@kseg/bus';
import { type CpuModel, type ModelName, models } from '@kseg/cpu';
import { Random } from '../../../machine/test/oracle/random.ts';
import { type Difference, Lockstep } from './compare.ts';
import { Generator } from './generate.ts';
import type { Program } from './program.ts';

/** Programs that one set of machines runs, one after another. */
export const BATCH = 64;

interface Goal {
  readonly model: ModelName;
  readonly endian: Endian;
}

/** Batches take turns. */
const goals: readonly Goal[] = [
  { model: '24Kf', endian: 'little' },
  { model: '24Kf', endian: 'big' },
  { model: '4KEc', endian: 'little' },
  { model: '74Kf', endian: 'big' },
  { model: '24Kf', endian: 'little' },
  { model: '4Kc', endian: 'big' },
];

export const goalOf = (batch: number): Goal => goals[batch % goals.length]!;

/** A program, and what decides how the mixed machine runs it. */
export function programOf(seed: number, batch: number, index: number): { program: Program; mixSeed: number } {
  const { isa, fir }: CpuModel = models[goalOf(batch).model];
  const random = new Random(Math.imul(seed, 0x9e37_79b1) + batch * BATCH + index);
  return { program: new Generator(isa, fir !== undefined).program(random), mixSeed: random.word() };
}

export interface BatchReport {
  readonly differences: readonly (Difference & { readonly index: number })[];
  /** Instructions that the translating machine ran, and how many of them as WebAssembly; regions it made. */
  readonly instructions: number;
  readonly translated: number;
  readonly regions: number;
  /** Times that an interrupt was taken, summed over programs. */
  readonly interrupts: number;
}

export function runBatch(seed: number, batch: number, programs = BATCH): BatchReport {
  const { model, endian } = goalOf(batch);
  const lockstep = new Lockstep(model, endian);
  const { plain, fast } = lockstep;
  const differences = [];
  let [instructions, interrupts] = [0, 0];
  for (let index = 0; index < programs; index++) {
    const { program, mixSeed } = programOf(seed, batch, index);
    const difference = lockstep.run(program, mixSeed);
    instructions += fast.timeline.progress;
    interrupts += plain.cpu.statistics.exceptions['interrupt'] ?? 0;
    if (difference !== undefined) differences.push({ index, ...difference });
  }
  const { regions } = fast.translator!.statistics;
  return { differences, instructions, translated: fast.translated, regions, interrupts };
}
