// pnpm fuzz: the differential fuzzer of packages/machine/test/oracle, bundled from source so that nothing has to be built, in as many
// processes as there are cores.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'kseg-fuzz-'));
const bundle = join(folder, 'fuzz.mjs');
try {
  await build({
    entryPoints: [join(root, 'packages/machine/test/oracle/command.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@kseg/source'],
    logLevel: 'error',
  });
  const args = process.argv.slice(2);
  const jobs = args.includes('--jobs') ? Number(args.splice(args.indexOf('--jobs'), 2)[1]) : availableParallelism();
  const [shard, shards] = args.includes('--shard')
    ? args.splice(args.indexOf('--shard'), 2)[1].split('/').map(Number)
    : [0, 1];
  if (jobs === 1 || args.includes('--help')) {
    const { main } = await import(pathToFileURL(bundle).href);
    process.exitCode = await main([...args, '--shard', `${shard}/${shards}`]);
  } else {
    const program = `process.exitCode = await (await import(${JSON.stringify(pathToFileURL(bundle).href)})).main(process.argv.slice(1))`;
    const codes = await Promise.all(
      Array.from({ length: jobs }, (_, job) => {
        const own = ['--shard', `${shard * jobs + job}/${shards * jobs}`];
        const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...args, ...own], {
          stdio: 'inherit',
        });
        return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 3)));
      }),
    );
    process.exitCode = Math.max(...codes);
  }
} finally {
  rmSync(folder, { recursive: true });
}
