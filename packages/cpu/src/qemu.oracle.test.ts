import { decoder } from '@kseg/isa';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { cases } from '../test/qemu/cases.ts';
import { compare, missingTools, shrink } from '../test/qemu/differential.ts';
import { ENDIANS } from '../test/rig.ts';
import { type ModelName, models } from './models.ts';

const MODELS: readonly ModelName[] = ['24Kc', '24Kf', '24KEc', '4KEc', '34Kf', '74Kf'];
const BATCH = 100;
const batches = Number(process.env['KSEG_DIFFERENTIAL_BATCHES'] ?? 3);

describe.each(ENDIANS)('random user programs end as on QEMU, %s-endian', (endian) => {
  const reason = missingTools(endian);
  if (reason !== undefined) console.warn(`differential runs against QEMU skipped: ${reason}`);

  it.skipIf(reason !== undefined).each(MODELS)('%s', (model) => {
    const { isa } = models[model];
    const { disassemble } = decoder(isa);
    const batch = fc.array(cases(isa, 'fir' in models[model]), { minLength: BATCH, maxLength: BATCH });
    const seed = Number(process.env['KSEG_PROP_SEED'] ?? Date.now() | 0);
    for (const sample of fc.sample(batch, { numRuns: batches, seed })) {
      const [first] = compare(sample, endian, model);
      if (first === undefined) continue;
      const { words, case: small } = shrink(sample[first.index]!, endian, model);
      const used = small.gpr.map((value, i) => `r${i}=${value.toString(16)}`).join(' ');
      const listing = small.program.flatMap((word, i) =>
        word === 0
          ? []
          : [
              `${(0x0040_0000 + 4 * i).toString(16)}: ${word.toString(16).padStart(8, '0')} ${disassemble(word, 0x0040_0000 + 4 * i)}`,
            ],
      );
      throw new Error(
        `seed ${seed}, case ${first.index}: QEMU's value, ours\n${words.join('\n')}\n${listing.join('\n')}\n${used}\nstatus ${small.status.toString(16)} fcsr ${small.fcsr.toString(16)} hi ${small.hi.toString(16)} lo ${small.lo.toString(16)}\nfpr ${small.fpr.map((value) => value.toString(16)).join(' ')}`,
      );
    }
  });
});
