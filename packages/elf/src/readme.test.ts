import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { expect, it, vi } from 'vitest';
import * as elf from './index.ts';

it('the README’s code prints what its comments say', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const source = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const { code } = transformSync(source.replace(/^import .*$/gm, ''), { loader: 'ts' });
  const printed = vi.fn();
  new Function(...Object.keys(elf), 'console', code)(...Object.values(elf), { log: printed });
  const comments = [...source.matchAll(/console\.log.*\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(printed.mock.calls.flat()).toEqual(comments);
});
