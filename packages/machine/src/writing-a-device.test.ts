import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assembler from '@kseg/asm';
import * as bus from '@kseg/bus';
import { transformSync } from 'esbuild';
import { expect, it, vi } from 'vitest';
import * as machine from './index.ts';

const guide = readFileSync(join(import.meta.dirname, '..', 'WRITING-A-DEVICE.md'), 'utf8');
const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);

it('the guide’s code does what its comments say', () => {
  const source = blocks.join('').replace(/^import .*$/gm, '');
  const { code } = transformSync(source, { loader: 'ts' });
  const printed = vi.fn();
  const names = { ...bus, ...assembler, ...machine };
  new Function(...Object.keys(names), 'console', code)(...Object.values(names), { log: printed });
  expect(printed.mock.calls.map((line) => line.join(' '))).toEqual([
    '20',
    'line high',
    'line low',
    'waiting',
    '1 true',
    'true',
  ]);
});

it('the guide’s device has no more lines than its title says', () => {
  const [device = ''] = /class EggTimer[\s\S]*?\n}\n/.exec(blocks[0]!) ?? [];
  expect(device.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  expect(device).toMatch(/implements Device/);
});
