import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

// Each snippet of the README runs as it stands, and prints what its comments say.
const root = fileURLToPath(new URL('..', import.meta.url));
const snippets = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code]) => code!,
);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kseg-mmu-readme-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(code: string, name: string): Promise<string[]> {
  const file = join(folder, `${name}.mjs`);
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    conditions: ['@kseg/source'],
    write: false,
  });
  writeFileSync(file, outputFiles[0]!.text);
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
    printed.push(
      ...values
        .map((value) => (typeof value === 'string' ? value : inspect(value, { breakLength: Infinity })))
        .join(' ')
        .split('\n'),
    );
  });
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  log.mockRestore();
  return printed.map((line) => line.trimEnd()).filter((line) => line !== '');
}

/** What the comments behind and below the calls promise. */
function promised(code: string): string[] {
  const lines = code.split('\n');
  return lines.flatMap((line, i) => {
    const behind = /^console\.log\(.*\); \/\/ (.*)$/.exec(line);
    if (behind) return [behind[1]!];
    if (!/^console\.log\(/.test(line)) return [];
    const below = lines.slice(i + 1);
    return below
      .slice(
        0,
        below.findIndex((each) => !each.startsWith('//')),
      )
      .map((each) => each.slice(3));
  });
}

it('has six snippets', () => expect(snippets.length).toBe(6));

const patient = { timeout: 60_000 };

it.each([0, 1, 2, 4, 5])('snippet %i prints what it says', patient, async (i) => {
  const expected = promised(snippets[i]!);
  expect(expected.length).toBeGreaterThan(1);
  expect(await run(snippets[i]!, `snippet-${i}`)).toEqual(expected);
});

it('snippet 3 finds what is broken, and nothing else', patient, async () => {
  const printed = await run(snippets[3]!, 'snippet-3');
  expect(printed.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
    'ERL opens kuseg',
    'as the manual has it',
    'state for state',
    'the hot form agrees',
  ]);
});
