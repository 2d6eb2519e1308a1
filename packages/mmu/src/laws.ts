import fc from 'fast-check';
import { applicable, literal } from './catalogue.ts';
import type { SubjectFactory } from './law.ts';
import type { MmuSubject, Operation } from './operations.ts';

export type { MmuSubject, Operation, SubjectFactory };

/** A law of address translation: what it says, and the property that tests it. */
export interface Law {
  readonly name: string;
  /** The law in a sentence. */
  readonly says: string;
  readonly property: fc.IProperty<unknown>;
}

/**
 * The laws that apply to what `make` makes: by its model, and by what it offers. Each is asked of fresh subjects, through what a guest can
 * do. `reference` makes what the subject is compared with, where that has options (1 KB pages, another Random policy …); the default is
 * the literal model of its kind.
 */
export function lawsFor(make: SubjectFactory, reference: () => MmuSubject = literal(make)): readonly Law[] {
  const { model, entries } = make();
  return applicable(make).map((law) => ({
    name: law.name,
    says: law.says,
    property: fc.property(law.cases({ model, entries }).arbitrary(fc), (drawn) => {
      law.holds(drawn, make, reference);
    }) as fc.IProperty<unknown>,
  }));
}
