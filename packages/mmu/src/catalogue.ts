// All laws, and which of them apply to a subject. Nothing here needs fast-check.
import { checkChoice, checkEntries, MmuError } from './errors.ts';
import { EVERY_MODEL, type Law, type SubjectFactory, WITH_TLB } from './law.ts';
import { modelLaws } from './laws/models.ts';
import { registerLaws } from './laws/registers.ts';
import { segmentLaws } from './laws/segments.ts';
import { tlbLaws } from './laws/tlb.ts';
import { wholeLaws } from './laws/whole.ts';
import type { MmuSubject, TlbSubject } from './operations.ts';
import type { VcpuMap } from './vcpu-map.ts';

export const catalogue: readonly Law[] = [...segmentLaws, ...tlbLaws, ...registerLaws, ...modelLaws, ...wholeLaws];

/** A law that is not asked of a subject. */
export interface LeftOut {
  readonly name: string;
  /** The law in a sentence. */
  readonly says: string;
  /** Why it is left out: what the subject is, lacks or does differently. */
  readonly because: string;
}

/**
 * The laws that apply to what `make` makes: by its model, and by what it has.
 * @throws KSEG_MMU_OPTION when it makes nothing that there are laws for
 */
export function applicable(make: SubjectFactory): readonly Law[] {
  const subject = checked(make);
  return catalogue.filter((law) => objection(law, subject) === undefined);
}

/**
 * The laws that do not apply to what `make` makes, and why.
 * @throws KSEG_MMU_OPTION when it makes nothing that there are laws for
 */
export function lawsNotFor(make: SubjectFactory): readonly LeftOut[] {
  const subject = checked(make);
  return catalogue.flatMap((law) => {
    const because = objection(law, subject);
    return because === undefined ? [] : [{ name: law.name, says: law.says, because }];
  });
}

/** Why a law is not for a subject; undefined where it is. */
function objection({ models, needs = [], exempts }: Law, subject: MmuSubject): string | undefined {
  if (!models.includes(subject.model)) return `it is for the model ${models.join(' or ')}`;
  const lacks = missing(subject, needs);
  if (lacks.length > 0) return `the MMU has no ${lacks.join(', ')}`;
  return exempts?.(subject);
}

/** Those of `members` that a subject has not. */
const missing = (subject: MmuSubject, members: readonly string[]): readonly string[] =>
  members.filter((member) => !(member in subject));

/** What a model with a TLB must have. */
const TLB_MEMBERS: readonly (keyof TlbSubject)[] = ['entries', 'readCp0', 'writeCp0', 'tlbp', 'tlbr', 'tlbwi', 'tlbwr'];

/** What `make` makes, if laws can be asked of it. */
function checked(make: SubjectFactory): MmuSubject {
  const subject: MmuSubject = make();
  const { model } = subject;
  checkChoice('the model of a subject', model, ...EVERY_MODEL);
  const withTlb = WITH_TLB.includes(model);
  const lacks = missing(subject, ['translate', ...(withTlb ? TLB_MEMBERS : [])]);
  if (lacks.length > 0) {
    throw new MmuError('KSEG_MMU_OPTION', `a subject of model ${model} must have ${lacks.join(', ')}`, subject);
  }
  if (withTlb) checkEntries((subject as TlbSubject).entries, model === 'r3000' ? 64 : 1);
  const twice = sharedPart(subject as Partial<VcpuMap>, make() as Partial<VcpuMap>);
  if (twice !== undefined) {
    throw new MmuError('KSEG_MMU_OPTION', `subjects must be new each time, and two have ${twice}`, subject);
  }
  return subject;
}

/** What is one and the same in two subjects, though a law that writes to one must not write to the other. */
function sharedPart(one: Partial<VcpuMap>, other: Partial<VcpuMap>): string | undefined {
  if (one === other) return 'been one and the same';
  if (ArrayBuffer.isView(one.state) && one.state === other.state) return 'the same state';
  const stage = (['guest', 'host'] as const).find((each) => one[each] !== undefined && one[each] === other[each]);
  return stage && `the same ${stage}`;
}
