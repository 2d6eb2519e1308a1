// `npm run guest`: rebuilds the Unix's prebuilt objects; with --check it proves that they come out as they are in the repository.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages', 'unix', 'scripts', 'build-guest.mjs');
process.exit(spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1);
