import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { kseg, scratch } from './kseg.ts';

const { path, folder, dispose } = scratch();
afterAll(dispose);

it('the README’s board file runs as it stands, where nothing is installed', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const [, name = '', source = ''] = /```js\n(?=\/\/ (\S+\.mjs))(.*?)```/s.exec(readme)!;
  writeFileSync(path(name), source);
  const { status, stdout } = kseg(['run', '--board', `./${name}`, '--expect', 'hello\\n'], { cwd: folder });
  expect(stdout).toBe('hello\n');
  expect(status).toBe(0);
  expect(kseg(['boards', path(name)]).stdout).toMatch(/^greeter: CPU 24Kc.*uart0/s);
  // An async function will do as well.
  writeFileSync(path(name), source.replace('export default (', 'export default async ('));
  expect(kseg(['run', '--board', path(name), '--expect', 'hello']).status).toBe(0);
});
