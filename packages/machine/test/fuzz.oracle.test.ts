// Random programs on QEMU's Malta and on ours. `pnpm fuzz` runs as many as one likes.
import type { ModelName } from '@kseg/cpu';
import { describe, expect, it } from 'vitest';
import { fuzzBatch } from './oracle/fuzz.ts';
import { printFailure } from './oracle/print.ts';
import { qemuMissing } from './oracle/qemu.ts';
import { traitsOf } from './oracle/traits.ts';

if (qemuMissing !== undefined) console.info(`differential programs skipped: ${qemuMissing}`);

const PROGRAMS = Number(process.env['KSEG_ORACLE_CASES'] ?? 400);
const SEED = Number(process.env['KSEG_PROP_SEED'] ?? 1);

const CORES: Partial<Record<ModelName, readonly ('any' | 'tlb')[]>> = {
  '24Kf': ['any', 'tlb'],
  '34Kf': ['any', 'tlb'],
  '24Kc': ['any'],
  '24KEc': ['any'],
  '74Kf': ['any'],
  M14Kc: ['any'],
  '4KEc': ['any'],
  '4Kc': ['any', 'tlb'],
  '4Km': ['any'],
};
const BOTH = ['little', 'big'] as const;

describe.skipIf(qemuMissing !== undefined).each(Object.entries(CORES))('on a %s', (name, kinds) => {
  const cpu = name as ModelName;
  it.each(kinds.flatMap((kind) => BOTH.map((endian) => [kind, endian] as const)))(
    `${PROGRAMS} programs (%s) end as on QEMU, %s-endian`,
    async (kind, endian) => {
      for (let done = 0; done < PROGRAMS; done += 1000) {
        const programs = Math.min(1000, PROGRAMS - done);
        const { failures, programs: ran } = await fuzzBatch({ cpu, endian, seed: SEED * 1000 + done, programs, kind });
        expect(failures.slice(0, 3).map((failure) => printFailure(failure, traitsOf(cpu)))).toEqual([]);
        expect(ran).toBeGreaterThan(0.9 * programs);
      }
    },
  );
});
