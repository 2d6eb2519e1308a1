// Bundles a module from source, so that a script needs no build, and lets it be used while the bundle is there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Bundles what `input` (esbuild's `entryPoints` or `stdin`) says and hands the bundle's URL to `use`; returns what that returns. */
export async function withBundle(input, use) {
  const folder = mkdtempSync(join(tmpdir(), 'kseg-bundle-'));
  try {
    const outfile = join(folder, 'bundle.mjs');
    await build({
      ...input,
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['@kseg/source'],
      logLevel: 'error',
    });
    return await use(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
