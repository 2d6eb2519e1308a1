// The laws without fast-check: as plain checks on cases that a stream of words decides.
import { applicable, type LeftOut, lawsNotFor } from './catalogue.ts';
import { type Random, randomOf } from './gen.ts';
import type { SubjectFactory } from './law.ts';
import type { MmuSubject, Operation, TlbSubject } from './operations.ts';

export {
  type LeftOut,
  lawsNotFor,
  type MmuSubject,
  type Operation,
  type Random,
  randomOf,
  type SubjectFactory,
  type TlbSubject,
};

/** A law, to be checked in a loop. */
export interface Check {
  readonly name: string;
  /** The law in a sentence. */
  readonly says: string;
  /** What is counted as one case: 'an access, whatever the TLB holds', say. */
  readonly one: string;
  /**
   * Draws a state and a number of cases that share it, and checks the law on them: the same words, the same cases.
   * @returns how many cases there were, 0 now and then
   * @throws KSEG_MMU_LAW
   */
  check(random: Random): number;
}

/** What a check throws: the message says where, `data.counterexample` is what was drawn. */
export class BrokenLaw extends Error {
  override readonly name = 'BrokenLaw';
  readonly code = 'KSEG_MMU_LAW';
  readonly data: { readonly law: string; readonly counterexample: unknown };
  constructor(law: string, cause: Error, counterexample: unknown) {
    super(`${law}: ${cause.message}`, { cause });
    this.data = { law, counterexample };
  }
}

/** As `lawsFor` of `@kseg/mmu/laws`, without fast-check: hundreds of thousands of cases a second, and no shrinking. */
export function checksFor(make: SubjectFactory): readonly Check[] {
  return applicable(make).map((law) => {
    const { name, says, one } = law;
    const drawn = law.cases(make());
    return {
      name,
      says,
      one,
      check(random: Random): number {
        const counterexample = drawn.draw(random);
        try {
          return law.holds(counterexample, make);
        } catch (error) {
          throw new BrokenLaw(name, error as Error, counterexample);
        }
      },
    };
  });
}
