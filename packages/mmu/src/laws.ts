import fc from 'fast-check';
import { applicable, catalogue, literal } from './catalogue.ts';
import type { LawText, SubjectFactory } from './law.ts';
import type { MmuSubject, Operation } from './operations.ts';

export type { MmuSubject, Operation, SubjectFactory };

/** A law of address translation: what it says, and the property that tests it. */
export interface Law {
  readonly name: string;
  /** The law in a sentence. */
  readonly says: string;
  /** The models it holds for; absent: all with a TLB. */
  readonly models?: readonly string[];
  /** What the subject must have besides a TLB, such as `save` or `lookup`. */
  readonly needs?: readonly string[];
  property(make: SubjectFactory, reference?: () => MmuSubject): fc.IProperty<unknown>;
}

function property(law: LawText<unknown>, make: SubjectFactory, reference: () => MmuSubject): fc.IProperty<unknown> {
  const { model, entries } = make();
  return fc.property(law.cases({ model, entries }).arbitrary(fc), (drawn) => {
    law.holds(drawn, make, reference);
  }) as fc.IProperty<unknown>;
}

/** The catalogue. Each law is asked of fresh subjects, through what a guest can do. */
export const laws: readonly Law[] = catalogue.map((law) => {
  const { name, says, models, needs } = law;
  return {
    name,
    says,
    ...(models && { models }),
    ...(needs && { needs }),
    property: (make: SubjectFactory, reference = literal(make)) => property(law, make, reference),
  };
});

/**
 * The laws that apply to what `make` makes: by its model, and by what it offers. `reference` makes what the subject is
 * compared with, where that has options (1 KB pages, another Random policy …); the default is the literal model of its kind.
 */
export function lawsFor(
  make: SubjectFactory,
  reference: () => MmuSubject = literal(make),
): { readonly name: string; readonly says: string; readonly property: fc.IProperty<unknown> }[] {
  return applicable(make).map((law) => ({
    name: law.name,
    says: law.says,
    property: property(law, make, reference),
  }));
}
