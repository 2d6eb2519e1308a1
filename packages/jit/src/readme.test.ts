import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bus from '@kseg/bus';
import * as cpu from '@kseg/cpu';
import { expect, it, vi } from 'vitest';
import * as jit from './index.ts';

it('the README’s code prints what its comments say', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!.replace(/^import .*$/gm, '');
  const printed = vi.fn();
  const names = { ...bus, ...cpu, ...jit };
  new Function(...Object.keys(names), 'console', code)(...Object.values(names), { log: printed });
  expect(printed.mock.calls.flat()).toEqual(['waiting', 30_000_000, 30_000_001, true]);
});
