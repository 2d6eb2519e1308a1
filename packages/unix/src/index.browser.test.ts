import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, inChromium } from '../../../scripts/chromium.ts';
import { browserSession } from '../test/browser-session.ts';

if (chromiumMissing !== undefined) console.warn(`skipped: ${chromiumMissing}`);

describe.skipIf(chromiumMissing !== undefined)('our Unix in a worker of Chromium', () => {
  it.each(['interpreter', 'translator'] as const)('is the machine that it is in Node, by the %s', async (engine) => {
    const module = `
      import { browserSession } from './browser-session.ts';
      export default () => browserSession('${engine}');`;
    const here = browserSession(engine);
    const { regions, ...there } = (await inChromium(
      module,
      join(import.meta.dirname, '..', 'test'),
      'worker',
    )) as typeof here;
    expect(there).toEqual({ text: here.text, now: here.now, hash: here.hash });
    expect(regions > 0).toBe(engine === 'translator');
    expect(there.text).toMatch(/\$ ls \| wc\s+\d+ \d+ \d+/);
  });
});
