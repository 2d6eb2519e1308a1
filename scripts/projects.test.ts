// Patterns that match nothing fail silently: so ask vitest which project each test file belongs to, and TypeScript what it checks.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

it('puts every test file into a project', { timeout: 60_000 }, () => {
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

it('has every TypeScript file checked', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const files = (include: readonly string[]) =>
    ts.parseJsonConfigFileContent({ ...config, include }, ts.sys, root).fileNames;
  const checked = new Set(files(config.include));
  expect(files(['**/*']).filter((file) => !checked.has(file))).toEqual([]);
  expect(checked.size).toBeGreaterThan(500);
});
