// Are the tests of the exception code sharp? Changes it in one small place at a time and runs the tests against each such mutant.
//
//   node packages/cpu/scripts/mutants.mjs [--only TEXT] [--shard i/n] [--list]
//
// A mutant that no test notices is a survivor. Survivors that are equivalent (no guest can tell them from the original) are listed in
// equivalent-mutants.json with the reason; any other makes this fail, and so does a listed one that is killed or no longer made.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Script } from 'node:vm';
import { context } from 'esbuild';
import ts from 'typescript';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    shard: { type: 'string', default: '0/1' },
    list: { type: 'boolean', default: false },
  },
});

/** The exception code: functions by file (all of them where none are named), and the tests that know about them. */
const MUTATED = {
  'core.ts': [
    ...['raise', '#vectorOffset', '#enterShadowSet', 'useShadowSet', 'interruptPending', 'cause', 'softReset'],
    ...['watchException', '#watchExceptionDue', '#fetchFault', 'updateMode', 'cp0Usable'],
  ],
  'memory-access.ts': ['fault', 'busError', 'checkDoubleword'],
  'rare.ts': ['debugBreak', 'trapIf', 'storeConditional', 'readHardware', 'previousGpr', 'noTlb'],
  'watch.ts': ['hasPage', 'match'],
  'threads.ts': undefined,
  'r3000.ts': ['raise', 'interruptPending', 'returnFromException', 'cp0Usable'],
};
const TESTS = ['exceptions', 'traps', 'watch', 'shadow-sets', 'threads', 'r3000', 'cp0', 'models', 'fpu'];
/** What a run of the tests is shorter without. */
const SHORTENED = [
  [/cpu\/test\/rig\.ts$/, "['little', 'big'] as const", "['little'] as const"],
  [/cpu\/src\/code-cache\.ts$/, 'const SLOTS = 4096;', 'const SLOTS = 64;'],
];
const TIMEOUT_MS = 120_000;

/** Operators and what they are mistaken for. */
const CONFUSED = {
  '&': ['|'],
  '|': ['&'],
  '^': ['|'],
  '<<': ['>>>'],
  '>>>': ['<<'],
  '+': ['-'],
  '-': ['+'],
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '&&': ['||'],
  '||': ['&&'],
};

/** All mutants of a file: { id, file, text }. */
function mutantsOf([file, functions]) {
  const source = readFileSync(here(`../src/${file}`), 'utf8');
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const found = [];
  const replace = (node, by) => {
    const [from, to] = [node.getStart(), node.getEnd()];
    const lineStart = source.lastIndexOf('\n', from) + 1;
    const line = source.slice(lineStart, source.indexOf('\n', from)).trim();
    const what = source.slice(from, to).replace(/\s+/g, ' ');
    const id = `${file} | ${line} | ${from - lineStart} | ${what} -> ${by}`;
    found.push({ id, file, text: source.slice(0, from) + by + source.slice(to) });
  };
  const visit = (node, active) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (functions === undefined) active ||= ts.isFunctionLike(node);
    else if (ts.isFunctionLike(node) && node.name !== undefined) active = functions.includes(node.name.getText());
    else if (ts.isVariableDeclaration(node) && functions.includes(node.name.getText())) active = true;
    if (active) {
      if (ts.isBinaryExpression(node))
        for (const other of CONFUSED[node.operatorToken.getText()] ?? []) replace(node.operatorToken, other);
      if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.TildeToken)
        replace(node, node.operand.getText());
      if (ts.isConditionalExpression(node))
        replace(node, `${node.condition.getText()} ? ${node.whenFalse.getText()} : ${node.whenTrue.getText()}`);
      if (ts.isIfStatement(node)) for (const other of ['false', 'true']) replace(node.expression, other);
    }
    ts.forEachChild(node, (child) => visit(child, active));
  };
  visit(tree, false);
  return found;
}

/** What the tests use of vitest; the first that fails throws. */
const VITEST = `
  const rows = (row) => (Array.isArray(row) ? row : [row]);
  let hooks = [];
  export const beforeEach = (hook) => hooks.push(hook);
  export const describe = (name, body) => {
    const outer = hooks;
    hooks = [...outer];
    body();
    hooks = outer;
  };
  describe.each = (table) => (name, body) => { for (const row of table) describe(name, () => body(...rows(row))); };
  export const it = (name, body) => {
    const own = hooks;
    globalThis.tests.push([name, () => { for (const hook of own) hook(); body(); }]);
  };
  it.each = (table) => (name, body) => { for (const row of table) it(name, () => body(...rows(row))); };
  const same = (a, b) => {
    if (b !== null && typeof b === 'object' && 'containing' in b)
      return Object.entries(b.containing).every(([key, value]) => same(a?.[key], value));
    if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b);
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => same(a[key], b[key]));
  };
  const must = (ok) => { if (!ok) throw new Error('not as expected'); };
  export const expect = (a) => ({
    toBe: (b) => must(Object.is(a, b)),
    toEqual: (b) => must(same(a, b)),
    toBeUndefined: () => must(a === undefined),
    toBeLessThan: (b) => must(a < b),
    toThrow: (b) => {
      let error;
      try { a(); } catch (caught) { error = caught; }
      must(error !== undefined && same(error, b));
    },
  });
  expect.objectContaining = (containing) => ({ containing });
`;

/** How often a test was the one that killed: those go first. */
const kills = new Map();

/** What kills the mutant; undefined when nothing does. */
async function verdict() {
  const { outputFiles } = await bundler.rebuild();
  globalThis.tests = [];
  globalThis.current = undefined;
  try {
    new Script(outputFiles[0].text).runInThisContext();
    const tests = globalThis.tests.map(([name, body], i) => ({ name: `${i} ${name}`, body }));
    if (tests.length === 0) return 'no test is left';
    tests.sort((a, b) => (kills.get(b.name) ?? 0) - (kills.get(a.name) ?? 0));
    globalThis.all = () => {
      for (const { name, body } of tests) {
        globalThis.current = name;
        body();
      }
    };
    new Script('all()').runInThisContext({ timeout: TIMEOUT_MS });
    return undefined;
  } catch {
    const { current } = globalThis;
    kills.set(current, (kills.get(current) ?? 0) + 1);
    return current ?? 'does not load';
  }
}

const equivalent = JSON.parse(readFileSync(here('./equivalent-mutants.json'), 'utf8')).flatMap(
  ({ mutants }) => mutants,
);
const [shard, shards] = options.shard.split('/').map(Number);
const all = Object.entries(MUTATED).flatMap(mutantsOf);
const chosen = all.filter(({ id }) => id.includes(options.only)).filter((_, i) => i % shards === shard);
if (options.list) {
  for (const { id } of chosen) console.log(id);
  process.exit();
}

let mutant;
const bundler = await context({
  stdin: { contents: TESTS.map((name) => `import './src/${name}.test.ts';`).join('\n'), resolveDir: here('..') },
  bundle: true,
  write: false,
  format: 'iife',
  conditions: ['@kseg/source'],
  logLevel: 'silent',
  // Tests are nothing but side effects.
  ignoreAnnotations: true,
  plugins: [
    {
      name: 'mutants',
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^vitest$/ }, () => ({ path: 'vitest', namespace: 'shim' }));
        onLoad({ filter: /(?:)/, namespace: 'shim' }, () => ({ contents: VITEST }));
        // One byte order is enough to see what is wrong, and so is a small code cache: both are time.
        for (const [filter, from, to] of SHORTENED)
          onLoad({ filter }, ({ path }) => {
            const source = readFileSync(path, 'utf8');
            if (!source.includes(from)) throw new Error(`${path} has no ${from}`);
            return { contents: source.replace(from, to), loader: 'ts' };
          });
        onLoad({ filter: /packages\/cpu\/src\/[a-z0-9-]+\.ts$/ }, ({ path }) =>
          mutant !== undefined && basename(path) === mutant.file ? { contents: mutant.text, loader: 'ts' } : undefined,
        );
      },
    },
  ],
});

const unharmed = await verdict();
if (unharmed !== undefined) throw new Error(`the original fails: ${unharmed}`);
const ids = new Set(all.map(({ id }) => id));
const wrong = equivalent.filter((id) => !ids.has(id)).map((id) => `listed, but no longer made: ${id}`);
const tally = { killed: 0, equivalent: 0 };
let asked = 0;
for (mutant of chosen) {
  if (++asked % 50 === 0) console.error(`${asked} of ${chosen.length}`);
  const killer = await verdict();
  const listed = equivalent.includes(mutant.id);
  if (killer !== undefined) tally.killed++;
  else if (listed) tally.equivalent++;
  if (killer !== undefined && listed) wrong.push(`listed as equivalent, but killed by ${killer}: ${mutant.id}`);
  if (killer === undefined && !listed) {
    wrong.push(`survives: ${mutant.id}`);
    console.log(wrong.at(-1));
  }
}
await bundler.dispose();
for (const each of wrong.filter((text) => !text.startsWith('survives'))) console.log(each);
console.log(
  `mutants: ${chosen.length}, ${tally.killed} killed, ${tally.equivalent} equivalent, ${wrong.length} to be looked at`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;
