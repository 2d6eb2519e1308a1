/**
 * How Random moves on. It does so when it is read or used by TLBWR, never with time, so that a run does not depend on how
 * instructions are counted. `seeded`: a linear congruential sequence that never gives the same index twice running and
 * cannot fall into step with a guest's loop. `architectural`: counts down, as the manual has it.
 */
export type RandomPolicy = (typeof RANDOM_POLICIES)[number];

export const RANDOM_POLICIES = ['seeded', 'architectural'] as const;

/** The successor of `seed` (constants: Knuth, TAOCP vol. 2, §3.3.4, table 1, line 16). */
export function nextSeed(seed: number): number {
  return (Math.imul(seed, 1664525) + 1013904223) | 0;
}

/** An index from `low` to `high` other than `current`, uniform over the seeds; `low` when there is only one. */
export function drawIndex(seed: number, current: number, low: number, high: number): number {
  if (high <= low) return high;
  const drawn = low + (((seed >>> 16) * (high - low)) >>> 16);
  return drawn >= current ? drawn + 1 : drawn;
}

/** The index below `current`, wrapping from `low` to `high`. */
export function decrementIndex(current: number, low: number, high: number): number {
  return current <= low ? high : current - 1;
}
