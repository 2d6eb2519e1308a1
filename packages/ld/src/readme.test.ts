import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as elf from '@kseg/elf';
import { transformSync } from 'esbuild';
import { expect, it, vi } from 'vitest';
import * as ld from './index.ts';

it('the README’s code prints what its comments say', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const source = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const { code } = transformSync(source.replace(/^import .*$/gm, ''), { loader: 'ts' });
  const printed = vi.fn();
  const scope = { ...elf, ...ld, console: { log: printed } };
  new Function(...Object.keys(scope), code)(...Object.values(scope));
  const comments = [...source.matchAll(/console\.log.*\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(printed.mock.calls.flat().map(String)).toEqual(comments);
});
