// A vitest.workspace.ts that vitest does not read fails silently; so ask vitest which project each test file belongs to.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('puts every test file into a project', { timeout: 60_000 }, () => {
  const root = join(import.meta.dirname, '..');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const output = execFileSync(process.execPath, [vitest, 'list', '--filesOnly', '--json'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files: { file: string; projectName?: string }[] = JSON.parse(output.slice(output.indexOf('[')));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter(({ projectName }) => !projectName)).toEqual([]);
  const layer = (file: string) => /\.(prop|boot|oracle|browser)\.test\.ts$/.exec(file)?.[1] ?? 'unit';
  expect(files.filter(({ file, projectName }) => projectName !== layer(file))).toEqual([]);
});
