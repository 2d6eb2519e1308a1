// The lock-step law at length: packages/jit/test/lockstep, bundled from source so that nothing has to be built. --help tells the options.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(join(tmpdir(), 'kseg-lockstep-'));
try {
  const outfile = join(folder, 'lockstep.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../test/lockstep/command.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@kseg/source'],
    logLevel: 'error',
  });
  const { main } = await import(pathToFileURL(outfile).href);
  process.exitCode = await main(process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true });
}
