// Runs before `npm start`, `npm test` and `npm run kseg`: whatever a fresh checkout lacks is set up here, with nothing but Node and npm.
// Plain JavaScript without dependencies, and old syntax at the top, so that an old Node gets a sentence instead of a stack.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`kseg needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
const say = (text) => console.error(`kseg: ${text}`);
const manifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

install();
build();

/** Installs the development tools once per lockfile. */
function install() {
  const stamp = join(root, 'node_modules', '.kseg-lockfile');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  const pnpm = manifest(root).packageManager;
  say(`installing the packages this checkout needs (${pnpm}); this happens once`);
  run('npx', ['-y', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn']);
  writeFileSync(stamp, lock);
}

/** Builds what is older than its sources, lower floors first. Declarations are left to `pnpm pack`: nothing at run time needs them. */
function build() {
  const stamps = join(root, 'node_modules', '.kseg-built');
  mkdirSync(stamps, { recursive: true });
  const stamp = (folder) => join(stamps, basename(folder));
  const built = (folder) =>
    existsSync(join(folder, 'dist')) && existsSync(stamp(folder)) ? statSync(stamp(folder)).mtimeMs : 0;
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
  const stale = folders.filter((folder) => newest(folder, ['src', 'package.json', 'tsup.config.ts']) > built(folder));
  if (stale.length === 0) return;
  say(`building ${stale.map((folder) => manifest(folder).name).join(', ')}`);
  for (const folder of stale) {
    const tsup = join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js');
    // Into a folder of its own, put in place whole: who runs the old build meanwhile never meets half of the new one.
    const fresh = join(folder, `dist.${process.pid}`);
    const old = `${fresh}.old`;
    const env = { ...process.env, KSEG_FAST_BUILD: '1' };
    run(process.execPath, [tsup, '--silent', '--out-dir', fresh], { cwd: folder, env });
    if (existsSync(join(folder, 'dist'))) renameSync(join(folder, 'dist'), old);
    renameSync(fresh, join(folder, 'dist'));
    rmSync(old, { recursive: true, force: true });
    writeFileSync(stamp(folder), '');
  }
}

function newest(folder, names) {
  let latest = 0;
  for (const name of names) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const stat = statSync(path);
    latest = Math.max(latest, stat.isDirectory() ? newest(path, readdirSync(path)) : stat.mtimeMs);
  }
  return latest;
}

function run(command, args, options = {}) {
  try {
    execFileSync(command, args, {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
      ...options,
    });
  } catch (error) {
    say(
      `${command} ${args.join(' ')} failed in ${options.cwd ?? root}${error.status === undefined ? `: ${error.message}` : ''}`,
    );
    process.exit(error.status ?? 1);
  }
}
