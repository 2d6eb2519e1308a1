// `pnpm bench [options]`: compiled C on our engines and on QEMU, one table (--help tells the options). `pnpm bench NAME …`: the benchmarks
// that packages have of their own, on dist; `all` runs every one.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages');
const run = (file, args) => spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' }).status === 0;

const args = process.argv.slice(2);
if (args.length === 0 || args[0].startsWith('-'))
  process.exit(run(join(packages, 'jit', 'bench', 'bench.mjs'), args) ? 0 : 1);

const chosen = args.includes('all') ? readdirSync(packages) : args;
let failed = false;
for (const name of chosen) {
  const folder = join(packages, name, 'bench');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /(^|\.)bench\.mjs$/.test(file)) : [];
  if (files.length === 0 && !args.includes('all')) {
    console.error(`packages/${name} has no benchmarks`);
    failed = true;
  }
  for (const file of files) {
    console.log(`\n== ${name}/bench/${file}`);
    failed = !run(join(folder, file), []) || failed;
  }
}
process.exit(failed ? 1 : 0);
