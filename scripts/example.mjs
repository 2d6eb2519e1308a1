// `npm run example -- NAME`: runs an example's main.ts from source, with the arguments that follow. Without a name it lists the examples.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withBundle } from './bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'examples');
const manifest = (name) => join(folder, name, 'package.json');
const names = readdirSync(folder).filter((name) => existsSync(manifest(name)));
const [name, ...args] = process.argv.slice(2);

if (name === undefined || name === '--help') list();
else if (names.includes(name)) await run();
else await refuse();

function list() {
  const width = Math.max(...names.map(({ length }) => length));
  console.log('npm run example -- NAME [ARGUMENTS]\n');
  for (const name of names) {
    const { description } = JSON.parse(readFileSync(manifest(name), 'utf8'));
    console.log(`  ${name.padEnd(width)}  ${description}`);
  }
}

async function run() {
  const main = join(folder, name, 'main.ts');
  process.argv = [process.argv[0], main, ...args];
  try {
    await withBundle({ entryPoints: [main] }, (bundle) => import(bundle));
  } catch (error) {
    // Such as a file that is not there, or a kernel that is none.
    if (typeof error.code !== 'string') throw error;
    fail(`${name}: ${error.message}`);
  }
}

async function refuse() {
  const suggest = join(root, 'packages', 'cli', 'src', 'suggest.ts');
  const hint = await withBundle({ entryPoints: [suggest] }, async (bundle) =>
    (await import(bundle)).suggest(name, names),
  );
  fail(`there is no example "${name}"${hint || '; without a name they are listed'}`);
}

function fail(message) {
  console.error(message);
  process.exitCode = 2;
}
