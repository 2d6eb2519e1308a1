// Which instructions MIPS I to IV need apart from each other: nothing there waits for what an earlier one delivers late.
import type { Form } from './forms.ts';
import { LEVELS } from './levels.ts';
import { floatRegisters, generalRegisters, USES } from './uses.ts';

/** What an instruction delivers late, or takes late. */
export const HAZARD = {
  NONE: 0,
  /** A load: its register is there one instruction later (MIPS I). */
  LOAD: 1,
  /** A move from a coprocessor (MIPS I to III). */
  FROM_COPROCESSOR: 2,
  /** A move to a floating-point register (MIPS I to III). */
  TO_FLOAT: 3,
  /** A move to a register of which only the coprocessor knows what it does (MIPS I to III). */
  TO_COPROCESSOR: 4,
  /** Sets the floating-point condition (MIPS I to III). */
  CONDITION: 5,
  /** The move to a floating-point register at the end of `li.s` and `li.d`, whose register GNU as does not look at (MIPS I to III). */
  TO_SOME_FLOAT: 9,
  /** A load into a coprocessor: no more than unknown code behind it is kept away (MIPS I), and what tests a condition (MIPS II and III). */
  COPROCESSOR_LOAD: 7,
  /** The same of a floating-point register (MIPS I). */
  FLOAT_LOAD: 8,
  /** Reads HI or LO, which a later write must not overtake (MIPS I to IV). */
  HILO: 6,
} as const;

/** Which mnemonics have which hazard, as GNU as sees it. */
export const HAZARDS: readonly (readonly [mnemonics: RegExp, hazard: number])[] = [
  [/^l([bh]u?|w[lr]?|l)$/, HAZARD.LOAD],
  [/^[mc]fc[0-3]$/, HAZARD.FROM_COPROCESSOR],
  [/^d?mtc1$/, HAZARD.TO_FLOAT],
  [/^(mtc[023]|ctc[0-3])$/, HAZARD.TO_COPROCESSOR],
  [/^c\./, HAZARD.CONDITION],
  [/^l[wd]c[23]$/, HAZARD.COPROCESSOR_LOAD],
  [/^l[wd]c1$/, HAZARD.FLOAT_LOAD],
  [/^mf(hi|lo)$/, HAZARD.HILO],
];

/** Instructions of coprocessors whose operands say nothing of what they take. */
export const TAKES_COPROCESSOR = /^(mfc[023]|cfc[0-3]|mtc[023]|c[0-3]|s[wd]c[23])$/;

/** From this level on the processor itself waits. */
export const INTERLOCKED = LEVELS['mips32']!;
const MIPS1 = LEVELS['mips1']!;
const MIPS3 = LEVELS['mips3']!;

/** How many instructions must stand between the two; `second` null: whatever it may be. */
export function reachOf(level: number, first: Form, word: number, second: Form | null, secondWord: number): number {
  switch (first.hazard) {
    case HAZARD.NONE:
      return 0;
    case HAZARD.HILO:
      return second === null || (first.reads & second.writes & (USES.HI | USES.LO)) !== 0 ? 2 : 0;
    case HAZARD.LOAD:
    case HAZARD.FROM_COPROCESSOR: {
      if (level > (first.hazard === HAZARD.LOAD ? MIPS1 : MIPS3)) return 0;
      const delivered = generalRegisters(word, first.writes);
      return second === null || (delivered & generalRegisters(secondWord, second.reads)) !== 0 ? 1 : 0;
    }
  }
  if (level > MIPS3) return 0;
  if (first.hazard === HAZARD.TO_FLOAT) {
    const delivered = floatRegisters(word, first.writes, first.double);
    return second === null || (delivered & floatRegisters(secondWord, second.reads, second.double)) !== 0 ? 1 : 0;
  }
  const tests = second !== null && (second.reads & USES.FCC) !== 0;
  if (first.hazard === HAZARD.TO_SOME_FLOAT) return second === null || second.coprocessor ? 1 : 0;
  if (first.hazard === HAZARD.FLOAT_LOAD) return level === MIPS1 && second === null ? 1 : 0;
  if (first.hazard === HAZARD.COPROCESSOR_LOAD) return second === null || (tests && level > MIPS1) ? 1 : 0;
  if (first.hazard === HAZARD.CONDITION) return second === null || tests ? 1 : 0;
  if (second === null || tests) return 2;
  return second.coprocessor ? 1 : 0;
}
