// Holds an MMU to every law that applies to it and reports, for each broken one, the smallest counterexample; then, why others do not.
import { lawsFor, lawsNotFor, type SubjectFactory } from '@kseg/mmu/laws';
import fc from 'fast-check';

export function* check(make: SubjectFactory, seed = 1): Generator<string> {
  for (const { name, says, property } of lawsFor(make)) {
    const { failed, counterexample, errorInstance } = fc.check(property, {
      seed,
      numRuns: 200,
    });
    if (!failed) yield `holds   ${name}`;
    else yield `BROKEN  ${name}: ${says}\n  for   ${fc.stringify(counterexample)}\n  ${errorInstance}`;
  }
  for (const { name, because } of lawsNotFor(make)) yield `left    ${name}: ${because}`;
}
