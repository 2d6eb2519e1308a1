/** Ranks of the architecture levels that `-march` and `.set` know: what a level has, all of higher rank have. */
export const LEVELS: Readonly<Record<string, number>> = {
  mips1: 1,
  mips2: 2,
  mips3: 3,
  mips4: 4,
  mips32: 32,
  mips32r2: 33,
};

/** The bit of a level in `Form.levels`, by its rank. */
export const LEVEL_BITS = new Uint8Array(34);
Object.values(LEVELS).forEach((rank, i) => {
  LEVEL_BITS[rank] = 1 << i;
});

const bits = (...names: string[]) => names.reduce((sum, name) => sum | LEVEL_BITS[LEVELS[name]!]!, 0);
const from = (name: string) =>
  Object.values(LEVELS).reduce((sum, rank) => sum | (rank >= LEVELS[name]! ? LEVEL_BITS[rank]! : 0), 0);

/** Where instructions exist that do not simply stay from their level on: mnemonic and operands, and the levels. */
const EXCEPTIONS: readonly (readonly [pattern: RegExp, levels: number])[] = [
  [/^(ssnop|ehb) /, from('mips1')],
  [/^([ls]wc3|rfe) /, bits('mips1', 'mips2')],
  [/^(c3|bc3[ft]|[mc][ft]c3) /, bits('mips1', 'mips2', 'mips32')],
  [/^bc0[ft] /, bits('mips1', 'mips2', 'mips3')],
  [/^(sqrt|round\.w|trunc\.w|ceil\.w|floor\.w)\.[sd] |^[ls]dc1 /, from('mips2')],
  [/^wait $/, from('mips3')],
  [/^wait /, from('mips32')],
  [/\.ps |^c\.\w+\.ps |^cvt\.(s\.p[lu]|ps\.s) |^p[lu][lu]\.ps |^[ls]uxc1 |^m[ft]hc1 /, bits('mips32r2')],
  [/^((round|trunc|ceil|floor|cvt)\.l\.[sd]|cvt\.[sd]\.l) /, bits('mips3', 'mips4', 'mips32r2')],
  [/^((recip|rsqrt|n?madd|n?msub)\.[sd]|[ls][wd]xc1|prefx) /, bits('mips4', 'mips32r2')],
  [/^mov[fntz](\.[sd])? | fcc\d+\b/, from('mips4')],
  [/^bc2[ft]l? cc /, from('mips32')],
  [/^bc1[ft]l branch/, from('mips2')],
  [/^(sdbbp|deret) /, from('mips32')],
];

/** The levels that have an instruction of that level, mnemonic and operands. */
export function levelsOf(level: string, mnemonic: string, operands: readonly string[]): number {
  const written = `${mnemonic} ${operands.join(' ')}`;
  return (
    EXCEPTIONS.find(([pattern]) => pattern.test(written))?.[1] ?? from(Object.hasOwn(LEVELS, level) ? level : 'mips1')
  );
}
