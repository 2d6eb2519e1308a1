// Assertions that no value can fail.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Where a RegExp stands in what `toMatchObject` is given: vitest takes it for an object without keys, which every value has. */
function emptyPatterns(file: string, text: string): string[] {
  if (!text.includes('toMatchObject')) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node, given: boolean): void => {
    if (given && ts.isRegularExpressionLiteral(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${file}:${line + 1}: ${node.text}`);
    }
    // What another call is given, such as stringMatching(), is its own affair.
    const matches =
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'toMatchObject';
    ts.forEachChild(node, (child) =>
      visit(child, ts.isCallExpression(node) ? matches && child !== node.expression : given),
    );
  };
  visit(source, false);
  return found;
}

const sources = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/(?:^|[\\/])(?:node_modules|dist)[\\/]/.test(file))
    .map((file) => join(root, folder, file));

it('lets no test give toMatchObject a RegExp', () => {
  const files = ['packages', 'examples', 'scripts'].flatMap(sources);
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((file) => emptyPatterns(file, readFileSync(file, 'utf8')))).toEqual([]);
});

it('sees them at any depth, and stringMatching as what it is', () => {
  const text = [
    'expect(a).toMatchObject({ b: [{ c: /x/ }] });',
    'expect(a.match(/x/)).toMatchObject({ b: expect.stringMatching(/x/), c: 1 });',
    'expect(f(/x/)).toMatchObject(/y/);',
  ].join('\n');
  expect(emptyPatterns('f.ts', text)).toEqual(['f.ts:1: /x/', 'f.ts:3: /y/']);
});
