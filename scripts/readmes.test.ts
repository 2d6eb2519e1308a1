// What the packages' READMEs begin with runs as it stands, from the imports on, and prints what its comments say.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatWithOptions } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';

const packages = join(import.meta.dirname, '..', 'packages');

/** A README's blocks of TypeScript. */
function snippets(name: string): string[] {
  const readme = readFileSync(join(packages, name, 'README.md'), 'utf8');
  return [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
}

const names = readdirSync(packages).filter((name) => snippets(name).length > 0);
/** What our Unix prints is a session, which a test of its own looks at. */
const printing = names.filter((name) => name !== 'unix');

/** The lines that a snippet prints. */
async function run(contents: string, resolveDir: string): Promise<string[]> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    format: 'esm',
    conditions: ['@kseg/source'],
    write: false,
  });
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
    printed.push(...formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, ...values).split('\n'));
  });
  try {
    await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`);
  } finally {
    log.mockRestore();
  }
  return printed.filter((line) => line !== '');
}

/** The comments that promise something: those of calls of console.log, behind or below, and any other, in order. */
const comments = (code: string): { readonly text: string; readonly promise: boolean }[] =>
  [...code.matchAll(/^(.*?)(?<!:)\/\/ (.*)$/gm)].map(([, before, text]) => ({
    text: text!,
    promise: before!.includes('console.log('),
  }));

/** Whether `text` has `line` in it, as words of its own. */
const says = (text: string, line: string): boolean =>
  ` ${text} `.includes(` ${line} `) || [':', ',', ';'].some((end) => ` ${text}`.includes(` ${line}${end}`));

/** What TypeScript has against snippets, as `file: message`. */
function typeErrors(files: ReadonlyMap<string, string>): string[] {
  const root = join(packages, '..');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.fileExists = (file) => files.has(file) || fileExists(file);
  const program = ts.createProgram([...files.keys()], { ...options, noEmit: true, incremental: false }, host);
  return [...files.keys()].flatMap((file) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
  );
}

it('TypeScript takes every snippet', { timeout: 120_000 }, () => {
  const all = names.flatMap((name) =>
    snippets(name).map((code, i) => [join(packages, name, `readme-${i + 1}.ts`), code] as const),
  );
  expect(names.length).toBeGreaterThan(10);
  expect(typeErrors(new Map(all))).toEqual([]);
});

describe.each(printing)('the README of %s', (name) => {
  it.each(snippets(name).map((code, i) => [i + 1, code] as const))(
    'prints what snippet %i says',
    { timeout: 60_000 },
    async (_, code) => {
      const printed = await run(code, join(packages, name));
      const left = comments(code);
      for (const line of printed) {
        while (left.length > 0 && !says(left[0]!.text, line)) {
          const { text, promise } = left.shift()!;
          expect(promise, `"${text}" was not printed before "${line}"`).toBe(false);
        }
        expect(left.length, `no comment says "${line}"`).toBeGreaterThan(0);
        // One comment may say several lines, but each once.
        left[0] = { text: left[0]!.text.slice(left[0]!.text.indexOf(line) + line.length), promise: false };
      }
      expect(left.filter(({ promise }) => promise)).toEqual([]);
      expect(printed.length).toBeGreaterThan(0);
    },
  );
});
