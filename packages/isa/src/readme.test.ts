import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import * as isa from './index.ts';

it('the README’s code prints what its comments say', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/
    .exec(readme)![1]!
    .replace(/^import .*$/m, '')
    .replaceAll(')!;', ');');
  const printed = vi.fn();
  new Function(...Object.keys(isa), 'console', code)(...Object.values(isa), {
    log: (...values: unknown[]) => printed(values.join(' ')),
  });
  const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, comment]) =>
    comment!.replace(': reserved', ''),
  );
  expect(promised.length).toBeGreaterThan(5);
  expect(printed.mock.calls.flat()).toEqual(promised);
});
