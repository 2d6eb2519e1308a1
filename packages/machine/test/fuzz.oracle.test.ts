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

describe.skipIf(qemuMissing !== undefined).each(['24Kc', '4KEc', '4Kc'] as const)('on a %s', (cpu: ModelName) => {
  it.each(['little', 'big'] as const)(`${PROGRAMS} programs end as on QEMU, %s-endian`, async (endian) => {
    for (let done = 0; done < PROGRAMS; done += 1000) {
      const programs = Math.min(1000, PROGRAMS - done);
      const { failures, programs: ran } = await fuzzBatch({ cpu, endian, seed: SEED * 1000 + done, programs });
      expect(failures.slice(0, 3).map((failure) => printFailure(failure, traitsOf(cpu)))).toEqual([]);
      expect(ran).toBeGreaterThan(0.9 * programs);
    }
  });
});
