import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import * as bus from './index.ts';

it('the README’s code prints what its comments say', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!.replace(/^import .*$/m, '');
  const printed = vi.fn();
  new Function(...Object.keys(bus), 'console', code)(...Object.values(bus), { log: printed });
  expect(printed.mock.calls.flat()).toEqual(['11', 'ffff', 'IP2 high']);
});
