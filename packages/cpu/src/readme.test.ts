import { readFileSync } from 'node:fs';
import { Arena, Memory, PhysicalMap, Timeline } from '@kseg/bus';
import { expect, it } from 'vitest';
import { Cpu, models } from './index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it('the README’s program does what it says', () => {
  const block = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const script = block.replaceAll(/^import .*$/gm, '');
  const lines: string[] = [];
  const log = { log: (...values: unknown[]) => lines.push(values.join(' ')) };
  new Function('Arena', 'Memory', 'PhysicalMap', 'Timeline', 'Cpu', 'console', script)(
    Arena,
    Memory,
    PhysicalMap,
    Timeline,
    Cpu,
    log,
  );
  expect(lines).toEqual([...block.matchAll(/console\.log.*\/\/ (.*)$/gm)].map((match) => match[1]));
});

it('the README lists every model', () => {
  const listed = [...readme.matchAll(/^\| (\w+) +\| [12–]/gm)].map((match) => match[1]);
  expect(listed).toEqual(Object.keys(models));
});
