// Packs every package as it would be published, has publint and "are the types wrong" judge the tarballs, and then uses what is in them:
// every entry imported as ESM and required as CJS in Node, imported in a worker, and bundled for a browser.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const pnpm = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;
const work = mkdtempSync(join(tmpdir(), 'kseg-pack-'));
let failed = 0;
let passed = 0;

async function attempt(what, action) {
  try {
    await action();
    passed++;
  } catch (error) {
    failed++;
    console.error(`${what} failed:\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
  }
}
const run = (command, ...args) => execFileSync(command, args, { cwd: work, stdio: 'pipe', encoding: 'utf8' });
const node = (file, text) => {
  writeFileSync(join(work, file), text);
  run(process.execPath, file);
};

const names = readdirSync(join(root, 'packages'));
for (const name of names)
  execFileSync('npx', ['-y', pnpm, 'pack', '--pack-destination', work], {
    cwd: join(root, 'packages', name),
    stdio: 'pipe',
  });
const tarballs = readdirSync(work).filter((file) => file.endsWith('.tgz'));
for (const tarball of tarballs) {
  await attempt(`publint ${tarball}`, () => run(bin('publint'), '--strict', tarball));
  // The command's package has no importable entry, so there are no types to be wrong.
  if (!/^kseg-\d/.test(tarball))
    await attempt(`attw ${tarball}`, () => run(bin('attw'), tarball, '--profile', 'node16', '--no-emoji'));
}

// As an installation lays them out; what they depend on besides each other comes from the checkout.
mkdirSync(join(work, 'node_modules', '@kseg'), { recursive: true });
for (const outside of ['commander', 'fast-check'])
  symlinkSync(
    join(root, outside === 'commander' ? 'packages/cli/node_modules' : 'node_modules', outside),
    join(work, 'node_modules', outside),
  );
const entries = [];
let command = '';
for (const tarball of tarballs) {
  const folder = join(work, 'node_modules', '@kseg', tarball.replace(/\.tgz$/, ''));
  mkdirSync(folder);
  run('tar', 'xzf', tarball, '-C', folder, '--strip-components', '1');
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.name === 'kseg') {
    command = join(folder, manifest.bin.kseg);
    continue;
  }
  symlinkSync(folder, join(work, 'node_modules', manifest.name));
  for (const path of Object.keys(manifest.exports))
    if (path !== './package.json') entries.push(join(manifest.name, path));
}
await attempt('the command', () => run(process.execPath, command, '--version'));
for (const entry of entries) {
  const some = (list) => `if (Object.keys(${list}).length === 0) throw new Error('${entry} exports nothing');`;
  await attempt(`import ${entry}`, () => node('esm.mjs', `import * as all from '${entry}';\n${some('all')}`));
  await attempt(`require ${entry}`, () => node('cjs.cjs', `const all = require('${entry}');\n${some('all')}`));
  await attempt(`import ${entry} in a worker`, () =>
    node(
      'worker.mjs',
      `import { isMainThread, Worker } from 'node:worker_threads';\nif (isMainThread) new Worker(new URL(import.meta.url));\nelse {\n  const all = await import('${entry}');\n  ${some('all')}\n}`,
    ),
  );
  if (!entry.endsWith('/node'))
    await attempt(`bundle ${entry} for a browser`, () =>
      build({
        stdin: { contents: `export * from '${entry}';`, resolveDir: work },
        bundle: true,
        platform: 'browser',
        format: 'esm',
        write: false,
        logLevel: 'silent',
      }),
    );
}
rmSync(work, { recursive: true });
console.log(`package checks: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
