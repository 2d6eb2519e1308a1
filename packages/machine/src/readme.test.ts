import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { expect, it, vi } from 'vitest';
import * as machine from './index.ts';

it('the README’s code does what its comments say', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const source = /```ts\n([\s\S]*?)```/.exec(readme)![1]!.replace(/^import .*$/m, '');
  const { code } = transformSync(source, { loader: 'ts' });
  const printed = vi.fn();
  new Function(...Object.keys(machine), 'console', code)(...Object.values(machine), { log: printed });
  expect(printed.mock.calls.flat()).toEqual(['10100101', 'waiting', 4]);
});
