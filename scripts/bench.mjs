// `npm run bench [-- NAME]`: the benchmarks of every package, on dist. Names are packages; without one, all run.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages');
const chosen = process.argv.slice(2);
let failed = false;
for (const name of readdirSync(packages)) {
  const folder = join(packages, name, 'bench');
  if (!existsSync(folder) || (chosen.length > 0 && !chosen.includes(name))) continue;
  for (const file of readdirSync(folder).filter((file) => /(^|\.)bench\.mjs$/.test(file))) {
    console.log(`\n== ${name}/bench/${file}`);
    failed = spawnSync(process.execPath, [join(folder, file)], { stdio: 'inherit' }).status !== 0 || failed;
  }
}
process.exit(failed ? 1 : 0);
