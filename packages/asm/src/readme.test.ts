import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as kseg from './index.ts';

it('the README’s code prints what its comments say', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const printed: string[] = [];
  const script = code
    .replace(/^import .*$/m, '')
    .replace(/: Record<string, string>/g, '')
    .replace(/!(?=[.[\])])/g, '');
  const run = new Function('asm', 'assemble', 'assembleFlat', 'console', script);
  run(kseg.asm, kseg.assemble, kseg.assembleFlat, { log: (...words: unknown[]) => printed.push(words.join(' ')) });
  expect(printed).toEqual([
    'bfc00000',
    '3c088000',
    '892 0',
    "1:2 unknown instruction 'addui' addiu",
    "2:2 'lw' takes 2 operands, not 1 ",
    '8',
  ]);
});
