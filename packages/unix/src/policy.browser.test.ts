import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, inChromium } from '../../../scripts/chromium.ts';

if (chromiumMissing !== undefined) console.warn(`skipped: ${chromiumMissing}`);

/** Boots our Unix on the engine that is to be had. */
const MODULE = `
  import { createMachine, r4k } from '@kseg/machine';
  import { unixKernel } from '../src/index.ts';
  export default () => {
    const machine = createMachine(r4k({ ram: 16 << 20 }), { engine: 'auto' });
    machine.console.script([{ expect: '$ ', send: 'usertests opentest\\nhalt\\n' }]);
    machine.boot({ kernel: unixKernel({ disk: 'memide' }) });
    const { kind } = machine.run(200_000_000);
    return { engine: machine.engine, notice: machine.engineNotice ?? '', now: machine.now, kind };
  };`;

interface Told {
  engine: string;
  notice: string;
  now: number;
  kind: string;
}

describe.skipIf(chromiumMissing !== undefined)('under a content security policy without unsafe-eval', () => {
  const run = (policy: string) =>
    inChromium(MODULE, join(import.meta.dirname, '..', 'test'), 'worker', policy) as Promise<Told>;

  it('the translator serves where WebAssembly is allowed, else the interpreter with a notice', async () => {
    const allowed = await run("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    const refused = await run("default-src 'self'");
    expect(allowed).toMatchObject({ engine: 'translator', notice: '' });
    expect(refused.engine).toBe('interpreter');
    expect(refused.notice).toMatch(/^the host refuses to compile WebAssembly: .*Content Security Policy/);
    expect({ now: refused.now, kind: refused.kind }).toEqual({ now: allowed.now, kind: allowed.kind });
  });
});
