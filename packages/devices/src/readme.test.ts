import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bus from '@kseg/bus';
import { expect, it, vi } from 'vitest';
import * as devices from './index.ts';

const path = join(import.meta.dirname, '..', 'README.md');
const readme = readFileSync(path, 'utf8');

it('the README’s code does what its comments say', () => {
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!.replace(/^import .*$/gm, '');
  const printed = vi.fn();
  const names = { ...bus, ...devices };
  new Function(...Object.keys(names), 'console', code)(...Object.values(names), { log: printed });
  expect(printed.mock.calls.flat()).toEqual(['A', 'IRQ 4 high', 'IRQ 4 low', 98, '58']);
});

it('the README’s register tables are those of the data (vitest -u writes them)', async () => {
  const tables = new Set<string>();
  const fresh = readme.replace(/<!-- registers (\w+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    tables.add(name);
    const registers = (devices as Record<string, unknown>)[name] as readonly bus.RegisterSpec[];
    return `<!-- registers ${name} -->\n\n${bus.registerTable(registers)}\n\n<!-- end -->`;
  });
  // A formatter may align the columns.
  const loose = (text: string) => text.replace(/[ -]*\|[ -]*/g, '|');
  if (loose(fresh) !== loose(readme)) await expect(fresh).toMatchFileSnapshot(path);
  const declared = Object.entries(devices).filter(([, value]) => Array.isArray(value) && 'offset' in (value[0] ?? {}));
  expect([...tables].sort()).toEqual(declared.map(([name]) => name).sort());
});
