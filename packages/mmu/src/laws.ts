import fc from 'fast-check';
import { applicable, type LeftOut, lawsNotFor } from './catalogue.ts';
import type { SubjectFactory } from './law.ts';
import type { MmuSubject, Operation, TlbSubject } from './operations.ts';

export { type LeftOut, lawsNotFor, type MmuSubject, type Operation, type SubjectFactory, type TlbSubject };

/** A law of address translation: what it says, and the property that tests it. */
export interface Law {
  readonly name: string;
  /** The law in a sentence. */
  readonly says: string;
  readonly property: fc.IProperty<unknown>;
}

/**
 * The laws that apply to what `make` makes: by its model, and by what it has (`lawsNotFor` gives the others, and why). Each is
 * asked of fresh subjects, through what a guest can do.
 * @throws KSEG_MMU_OPTION when `make` makes nothing that there are laws for
 */
export function lawsFor(make: SubjectFactory): readonly Law[] {
  return applicable(make).map((law) => ({
    name: law.name,
    says: law.says,
    property: fc.property(law.cases(make()).arbitrary(fc), (drawn) => {
      law.holds(drawn, make);
    }) as fc.IProperty<unknown>,
  }));
}
