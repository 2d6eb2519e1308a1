// The checks of `.ci/run`, one after another, with one count at the end. A check without tests of its own counts as one.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reports = mkdtempSync(join(tmpdir(), 'kseg-ci-'));
const total = { passed: 0, failed: 0, skipped: 0 };

/** A check whose exit status is all it says. */
function check(name, command, ...args) {
  heading(name);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  total[status === 0 ? 'passed' : 'failed']++;
}

/** A run of vitest, counted test by test. */
function tests(name, command, ...args) {
  heading(name);
  const report = join(reports, `${name.replaceAll(/\W/g, '-')}.json`);
  const { status } = spawnSync(
    command,
    [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { cwd: root, stdio: 'inherit' },
  );
  if (!existsSync(report)) {
    total.failed++;
    return;
  }
  const result = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests;
  total.skipped += result.numPendingTests + result.numTodoTests;
  // A file that does not even load, or an error outside a test, fails no test.
  if (status !== 0 && result.numFailedTests === 0) total.failed++;
}

const heading = (name) => console.log(`\n== ${name}`);
const bin = (name) => join(root, 'node_modules', '.bin', name);

tests('npm test', 'npm', 'test', '--');
check('lint', bin('biome'), 'ci', '.');
check('types', bin('tsc'), '--noEmit', '-p', 'tsconfig.json');
check('unused code', bin('knip'));
check('packages', process.execPath, 'scripts/check-packages.mjs');
check('prebuilt guest', process.execPath, 'scripts/guest.mjs', '--check');
tests('oracles', bin('vitest'), 'run', '--project', 'oracle');
tests('browser', bin('vitest'), 'run', '--project', 'browser');

rmSync(reports, { recursive: true });
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
