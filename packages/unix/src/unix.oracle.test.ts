import { describe, expect, it } from 'vitest';
import { onKseg } from '../test/on-kseg.ts';
import { onQemu, withoutQemu } from '../test/on-qemu.ts';
import { unixKernel } from './index.ts';

describe.each(['little', 'big'] as const)('the same kernel, %s-endian', (endian) => {
  const problem = withoutQemu(endian);
  if (problem !== undefined) console.log(`unix on QEMU, ${endian}-endian: skipped: ${problem}`);

  it.skipIf(problem !== undefined)('says the same on QEMU’s Malta and on our r4k', async () => {
    const kernel = unixKernel({ disk: 'memide', endian });
    const lines = ['ls', 'cat README | wc', 'mkdir d; ls d', 'forktest', 'stressfs', 'selftest', 'df', 'halt'];
    const there = await onQemu({ endian, kernel, lines });
    expect(there).toMatch(/\nselftest: \d{3} passed, 0 failed\n/);
    expect(onKseg({ endian, kernel, lines }).text).toBe(there);
  });
});
