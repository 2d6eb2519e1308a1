import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
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

it('the guide’s board with its device runs where its packages are installed', () => {
  const guide = readFileSync(join(import.meta.dirname, '..', '..', 'machine', 'WRITING-A-DEVICE.md'), 'utf8');
  const [device = '', , board = ''] = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
  const file = `${device}${board.slice(0, board.indexOf('const machine ='))}\nexport default board;\n`;
  const installed = mkdtempSync(join(import.meta.dirname, 'kitchen-'));
  try {
    const kitchen = join(installed, 'kitchen.mjs');
    writeFileSync(kitchen, transformSync(file.replace('createMachine, ', ''), { loader: 'ts' }).code);
    expect(kseg(['boards', kitchen])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^kitchen: .*egg/s) });
    expect(kseg(['run', '--board', kitchen, '--max-instructions', '100'])).toMatchObject({ status: 3 });
  } finally {
    rmSync(installed, { recursive: true });
  }
});
