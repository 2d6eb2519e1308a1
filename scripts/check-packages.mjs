// Packs every package as it would be published and has publint and "are the types wrong" judge the tarballs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const pnpm = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;
const tarballs = mkdtempSync(join(tmpdir(), 'kseg-pack-'));
let failed = 0;
let passed = 0;

const attempt = (what, command, args, cwd) => {
  try {
    execFileSync(command, args, { cwd, stdio: 'pipe', encoding: 'utf8' });
    passed++;
  } catch (error) {
    failed++;
    console.error(`${what} failed:\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  }
};

for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name);
  execFileSync('npx', ['-y', pnpm, 'pack', '--pack-destination', tarballs], { cwd: folder, stdio: 'pipe' });
}
for (const tarball of readdirSync(tarballs)) {
  const path = join(tarballs, tarball);
  attempt(`publint ${tarball}`, bin('publint'), ['--strict', path], root);
  // The command's package has no importable entry, so there are no types to be wrong.
  if (!/^kseg-\d/.test(tarball))
    attempt(`attw ${tarball}`, bin('attw'), [path, '--profile', 'node16', '--no-emoji'], root);
}
rmSync(tarballs, { recursive: true });
console.log(`package checks: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
