import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, inChromium } from '../../../scripts/chromium.ts';

if (chromiumMissing !== undefined) console.warn(`skipped: ${chromiumMissing}`);

const here = fileURLToPath(new URL('.', import.meta.url));

/** A guest's refill, the steps of a translation and every law on a few cases: what the package is for, where there is no Node. */
const MODULE = `
  import { checksFor, randomOf } from './checks.ts';
  import { explain, LOAD, Mips32Mmu, R3000Mmu, R4000Mmu, ranges, USER } from './index.ts';
  export default function () {
    const mmu = new Mips32Mmu();
    const page = { pa: 0x1000, cca: 3, dirty: true, valid: true };
    mmu.setEntry(3, { va: 0x400000, asid: 0, global: true, pageMask: 0, even: page, odd: { ...page, valid: false } });
    const code = mmu.lookup(0x400123, LOAD, USER);
    let cases = 0;
    for (const make of [() => new Mips32Mmu(), () => new R4000Mmu(), () => new R3000Mmu()]) {
      for (const { check } of checksFor(make)) {
        const random = randomOf(1);
        for (let batch = 0; batch < 10; batch++) cases += check(random);
      }
    }
    return {
      code,
      pa: mmu.pa,
      steps: explain(mmu, 0x401000, 'load', { mode: 'user' }).steps.length,
      ranges: ranges(mmu).length,
      cases,
      node: typeof process,
    };
  }`;

describe.skipIf(chromiumMissing !== undefined)('in Chromium', () => {
  it.each(['page', 'worker'] as const)('works in a %s', async (where) => {
    const { cases, ...rest } = (await inChromium(MODULE, here, where)) as Record<string, number>;
    expect(rest).toEqual({ code: 0, pa: 0x1123, steps: 8, ranges: 9, node: 'undefined' });
    expect(cases).toBeGreaterThan(10_000);
  });
});
