import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBlocks } from '@kseg/devices';
import { type LinkInput, link } from '@kseg/ld';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, guest, kernelSources, obstacle, PREFIXES, stem } from '../scripts/toolchain.mjs';
import { mutations } from '../test/mutations.ts';
import { onKseg } from '../test/on-kseg.ts';
import { MB } from '../test/session.ts';
import { unixFs } from './index.ts';

const problem = obstacle();
if (problem !== undefined) console.log(`selftest against mutated kernels: skipped: ${problem}`);

describe.skipIf(problem !== undefined)('selftest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mutations-'));
  const parts = kernelSources().filter((source) => source !== 'kernel/dev/memide.c');
  const object = (source: string, file = `${stem(source)}.o`): LinkInput => ({
    name: file,
    bytes: readFileSync(join(folder, file)),
  });
  const selftest = (objects: LinkInput[], group: string, limit = 1e9) => {
    const { bytes } = link({ objects, entry: '_start' });
    const hda = new MemoryBlocks(unixFs());
    return onKseg({ kernel: bytes, ram: 16 * MB, hda, limit, lines: [`selftest '${group}'`, 'halt'] });
  };
  const GOOD = /\nselftest: \d+ passed, 0 failed\n/;
  /** What a group costs on the right kernel, in instructions: one that takes much longer hangs. */
  const cost = new Map<string, number>();

  beforeAll(() => {
    cpSync(guest, join(folder, 'guest'), { recursive: true });
    for (const source of parts) compile(PREFIXES.little, guest, source, join(folder, `${stem(source)}.o`));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const groups = [...new Set(mutations.map(({ group }) => group))];
  it.each(groups)('is content with the kernel as it is: %s', (group) => {
    const { text, instructions } = selftest(
      parts.map((source) => object(source)),
      group,
    );
    expect(text).toMatch(GOOD);
    cost.set(group, instructions);
  });

  it.each(mutations)('notices without `$from` in $file', ({ file, from, to, group }) => {
    const text = readFileSync(join(guest, file), 'utf8');
    expect(text.split(from)).toHaveLength(2);
    const copy = join(folder, 'guest', file);
    writeFileSync(
      copy,
      text.replace(from, () => to),
    );
    try {
      compile(PREFIXES.little, join(folder, 'guest'), file, join(folder, 'mutant.o'), { lenient: true });
    } finally {
      writeFileSync(copy, text);
    }
    const objects = parts.map((source) => (source === file ? object(source, 'mutant.o') : object(source)));
    expect(selftest(objects, group, 2 * cost.get(group)!).text).not.toMatch(GOOD);
  });
});
