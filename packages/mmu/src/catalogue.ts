// All laws, and which of them apply to a subject. Nothing here needs fast-check.
import { checkChoice } from './errors.ts';
import { EVERY_MODEL, type LawText, type SubjectFactory } from './law.ts';
import { modelLaws } from './laws/models.ts';
import { registerLaws } from './laws/registers.ts';
import { segmentLaws } from './laws/segments.ts';
import { tlbLaws } from './laws/tlb.ts';
import { wholeLaws } from './laws/whole.ts';
import type { MmuSubject } from './operations.ts';
import { ReferenceMips32 } from './reference-mips32.ts';
import { ReferenceR3000 } from './reference-r3000.ts';

export const catalogue: readonly LawText<unknown>[] = [
  ...segmentLaws,
  ...tlbLaws,
  ...registerLaws,
  ...modelLaws,
  ...wholeLaws,
];

const WITH_TLB = ['mips32', 'r4000', 'r3000'];

/**
 * The laws that apply to what `make` makes: by its model, and by what it offers.
 * @throws KSEG_MMU_OPTION for a model that there are no laws for
 */
export function applicable(make: SubjectFactory): readonly LawText<unknown>[] {
  const subject = make();
  checkChoice('the model of a subject', subject.model, ...EVERY_MODEL);
  return catalogue.filter(
    ({ models = WITH_TLB, needs = [] }) => models.includes(subject.model) && needs.every((member) => member in subject),
  );
}

/** The literal model of the same kind and size as a subject, with default options. */
export function literal(make: SubjectFactory): () => MmuSubject {
  const { model, entries } = make();
  return () =>
    model === 'r3000' ? new ReferenceR3000() : new ReferenceMips32({ model: model as 'mips32' | 'r4000', entries });
}
