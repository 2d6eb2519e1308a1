// From a program on which the machines differ to a small one that still does, by making ever smaller runs of its parts plain.
import type { Endian } from '@kseg/bus';
import type { ModelName } from '@kseg/cpu';
import { type Difference, Lockstep } from './compare.ts';
import type { Program } from './program.ts';

/** One part made plain. */
type Cut = (program: Program) => Program;

function cuts(program: Program, piece: number): Cut[] {
  const without = (key: 'code' | 'otherCode' | 'data' | 'gprs', index: number): Cut => {
    return (p) => ({ ...p, [key]: p[key].map((value, i) => (i === index ? 0 : value)) });
  };
  const plain = (change: Partial<Program>): Cut => {
    return (p) => ({ ...p, ...change });
  };
  return [
    plain({ budgets: program.budgets.slice(0, piece + 1) }),
    plain({ budgets: [program.budgets.slice(0, piece + 1).reduce((sum, budget) => sum + budget, 0)] }),
    plain({ period: 0 }),
    plain({ linePeriod: 0 }),
    plain({ pokes: program.pokes.map(() => -1) }),
    plain({ tlb: [] }),
    plain({ entries: [] }),
    plain({ status: program.status & ~1 }),
    ...(['code', 'otherCode', 'data', 'gprs'] as const).flatMap((key) =>
      program[key].flatMap((value, i) => (value === 0 ? [] : [without(key, i)])),
    ),
  ];
}

/**
 * The smallest program found, and its difference; `undefined` when even the given one does not fail on machines of its own, since then it is
 * what ran before it that matters.
 */
export function shrink(
  program: Program,
  seed: number,
  model: ModelName,
  endian: Endian,
): { program: Program; difference: Difference } | undefined {
  const run = (candidate: Program) => new Lockstep(model, endian).run(candidate, seed);
  let difference = run(program);
  if (difference === undefined) return undefined;
  let best = program;
  for (let size = 1024; size >= 1; size >>= 1) {
    const list = cuts(best, difference.piece);
    for (let from = 0; from < list.length; from += size) {
      const candidate = list.slice(from, from + size).reduce((p, cut) => cut(p), best);
      const found = run(candidate);
      if (found === undefined) continue;
      best = candidate;
      difference = found;
    }
  }
  return { program: best, difference };
}
