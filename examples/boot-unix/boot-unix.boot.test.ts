import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { session } from './boot-unix.ts';

it('boots to a shell that pipes, writes files and makes folders', () => {
  const output = session(['ls | wc', 'cat README > f; cat f', 'mkdir d; ls d']);
  expect(output).toMatch(/\$ ls \| wc\r?\n\s*\d+ +\d+ +\d+/);
  expect(output.split('$ ')).toHaveLength(5);
  const [, , readme, folder] = output.split('$ ');
  expect(readme!.length).toBeGreaterThan(200);
  expect(folder).toMatch(/^mkdir d; ls d\r?\nd [\d ]+ \.\r?\nd [\d ]+ \.\.\r?\n$/);
});

it('is the code that the README shows', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  expect(readme).toContain(readFileSync(join(import.meta.dirname, 'boot-unix.ts'), 'utf8'));
});
