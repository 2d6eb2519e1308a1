import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** The packages of this repository in a minified bundle of this code, and its bytes. */
async function bundled(code: string): Promise<{ packages: string[]; size: number }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: 'ts' },
    conditions: ['@kseg/source'],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    metafile: true,
  });
  const used = Object.entries(Object.values(metafile.outputs)[0]!.inputs).filter(
    ([, { bytesInOutput }]) => bytesInOutput > 0,
  );
  const packages = used.map(([path]) => /packages\/(\w+)\/src/.exec(path)?.[1]).filter((name) => name !== undefined);
  return { packages: [...new Set(packages)].sort(), size: outputFiles[0]!.text.length };
}

it('leaves the translator and the other core out of a page that needs neither', async () => {
  const whole = await bundled(`import { createMachine, r4k } from './index.ts'; createMachine(r4k());`);
  const light = await bundled(`import { Machine, r4k } from './index.ts'; new Machine(r4k());`);
  console.info(`a page with r4k: ${light.size} bytes minified, with the translator ${whole.size}`);
  expect(whole.packages).toContain('jit');
  expect(light.packages).toEqual(['bus', 'cpu', 'devices', 'elf', 'isa', 'machine', 'mmu']);
  expect(light.size).toBeLessThan(0.8 * whole.size);
});
