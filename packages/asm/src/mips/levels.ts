/** Ranks of the architecture levels that `-march` and `.set` know: what a level has, all of higher rank have. */
export const LEVELS: Readonly<Record<string, number>> = {
  mips1: 1,
  mips2: 2,
  mips3: 3,
  mips4: 4,
  mips32: 32,
  mips32r2: 33,
};
