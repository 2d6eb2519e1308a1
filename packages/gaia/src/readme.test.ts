import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bus from '@kseg/bus';
import * as devices from '@kseg/devices';
import { expect, it, vi } from 'vitest';
import * as gaia from './index.ts';

it('the README’s code prints what its comments say', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!.replace(/^import .*$/gm, '');
  const printed = vi.fn();
  const names = { ...bus, ...devices, ...gaia };
  new Function(...Object.keys(names), 'console', code)(...Object.values(names), { log: printed });
  expect(printed.mock.calls.flat()).toEqual(['A', 'halted', 3]);
});
