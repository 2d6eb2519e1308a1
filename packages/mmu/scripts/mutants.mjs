// Are the laws sharp? Changes the fast models in one small place at a time and asks the laws of each such mutant.
//
//   node packages/mmu/scripts/mutants.mjs [--batches N] [--seed S] [--only REGEXP] [--shard i/n] [--list]
//
// A mutant that no law notices is a survivor. Survivors that are equivalent (no guest can tell them from the original) are
// listed in equivalent-mutants.json with the reason; any other makes this fail, and so does a listed one that a law kills or
// that is no longer made. The host's side of the models (entry, setEntry, option and state checks) is what the unit tests are
// for and is left alone.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Script } from 'node:vm';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { withBundle } from '../../../scripts/bundle.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: options } = parseArgs({
  options: {
    batches: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    shard: { type: 'string', default: '0/1' },
    list: { type: 'boolean', default: false },
  },
});

/** What is mutated, and the configurations (see test/subjects.ts) that run it. */
const FILES = {
  'cp0-registers.ts': /^Mips32|^R|^Fixed/,
  'mips32-mmu.ts': /^Mips32|^R4000/,
  'r3000-mmu.ts': /^R3000/,
  'fixed-mapping-mmu.ts': /^Fixed/,
  'gaia-mmu.ts': /^Gaia/,
  'vcpu-map.ts': /^Vcpu/,
  'base-mmu.ts': /(?:)/,
  'tlb-index.ts': /^Mips32|^R/,
  'micro-tlb.ts': /^Mips32|^R4000/,
  'random.ts': /^Mips32|^R/,
  'changes.ts': /(?:)/,
  'translation.ts': /(?:)/,
};
/** Functions and constants of the host's side. */
const HOST_SIDE = new Set([
  'constructor',
  'entry',
  'setEntry',
  'load',
  'entriesWritten',
  'checkWords',
  'checkPageMask',
  'wordOfPage',
  'pageOf',
  'subscribe',
  'stateWords',
  'VCPU_START',
]);
/** For a law's batches, which take some 50 ms: enough on a busy host too. */
const TIMEOUT_MS = 30_000;

/** Operators and what they are mistaken for. */
const CONFUSED = {
  '&': ['|'],
  '|': ['&'],
  '^': ['|'],
  '<<': ['>>>'],
  '>>>': ['<<', '>>'],
  '+': ['-'],
  '-': ['+'],
  '*': ['+'],
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '&&': ['||'],
  '||': ['&&'],
  '|=': ['&='],
  '&=': ['|='],
};
const SWAPPED = {
  EVEN: 'ODD',
  ODD: 'EVEN',
  CP0_ENTRY_LO0: 'CP0_ENTRY_LO1',
  CP0_ENTRY_LO1: 'CP0_ENTRY_LO0',
  lo0: 'lo1',
  lo1: 'lo0',
  TAG: 'MASK',
  MASK: 'TAG',
  INVALID: 'MODIFIED',
  MODIFIED: 'INVALID',
  REFILL: 'INVALID',
  DIRTY: 'VALID',
  VALID: 'DIRTY',
  USER: 'SUPERVISOR',
  SUPERVISOR: 'USER',
  CP0_RANDOM: 'CP0_WIRED',
  CP0_WIRED: 'CP0_RANDOM',
  CP0_CONTEXT: 'CP0_ENTRY_HI',
  tag: 'mask',
  through: 'mask',
  low: 'high',
  high: 'low',
  true: 'false',
  false: 'true',
};

/** Numbers that a literal is mistaken for: its neighbours when it is small, a mask with one bit more or less when it is not. */
function numbersNear(text) {
  const value = Number(text.replaceAll('_', ''));
  if (value < 64) return value === 0 ? [1] : [value - 1, value + 1];
  const lowest = value & -value;
  const others = [value ^ lowest, value ^ (2 ** (31 - Math.clz32(value))), value | (lowest >>> 1)].map(
    (other) => other >>> 0,
  );
  return [...new Set(others)].filter((other) => other !== value);
}

/** All mutants of a file: { id, file, text }. */
function mutantsOf(file) {
  const source = readFileSync(here(`../src/${file}`), 'utf8');
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const found = [];
  const replace = (node, by, from = node.getStart(), to = node.getEnd()) => {
    const lineStart = source.lastIndexOf('\n', from) + 1;
    const line = source.slice(lineStart, source.indexOf('\n', from)).trim();
    const what = source.slice(from, to).replace(/\s+/g, ' ');
    // Twice the same text on one line: the column tells them apart.
    found.push({
      id: `${file} | ${line} | ${from - lineStart} | ${what} -> ${by}`,
      file,
      text: source.slice(0, from) + by + source.slice(to),
    });
  };
  const visit = (node, active) => {
    if (
      ts.isTypeNode(node) ||
      ts.isImportDeclaration(node) ||
      ts.isExportDeclaration(node) ||
      ts.isInterfaceDeclaration(node)
    )
      return;
    if (ts.isFunctionLike(node) && !ts.isArrowFunction(node))
      active = !HOST_SIDE.has(ts.isConstructorDeclaration(node) ? 'constructor' : node.name?.getText());
    if (ts.isVariableDeclaration(node) && HOST_SIDE.has(node.name.getText())) active = false;
    if (ts.isPropertyDeclaration(node) && active) active = true;
    if (active) {
      if (ts.isNumericLiteral(node)) for (const other of numbersNear(node.getText())) replace(node, String(other));
      if (ts.isBinaryExpression(node)) {
        for (const other of CONFUSED[node.operatorToken.getText()] ?? []) replace(node.operatorToken, other);
      }
      if (
        ts.isPrefixUnaryExpression(node) &&
        [ts.SyntaxKind.TildeToken, ts.SyntaxKind.ExclamationToken].includes(node.operator)
      )
        replace(node, node.operand.getText());
      if (ts.isConditionalExpression(node))
        replace(node, `${node.condition.getText()} ? ${node.whenFalse.getText()} : ${node.whenTrue.getText()}`);
      if (ts.isIfStatement(node) || ts.isWhileStatement(node)) replace(node.expression, 'false');
      if (ts.isIfStatement(node)) replace(node.expression, 'true');
      if (ts.isExpressionStatement(node) && !node.getText().startsWith('checkAddress')) replace(node, ';');
      const isName =
        (ts.isIdentifier(node) &&
          !ts.isPropertyAccessExpression(node.parent) &&
          !ts.isBindingElement(node.parent) &&
          !ts.isParameter(node.parent) &&
          !(ts.isVariableDeclaration(node.parent) && node.parent.name === node)) ||
        node.kind === ts.SyntaxKind.TrueKeyword ||
        node.kind === ts.SyntaxKind.FalseKeyword;
      if (isName && Object.hasOwn(SWAPPED, node.getText())) replace(node, SWAPPED[node.getText()]);
    }
    ts.forEachChild(node, (child) => visit(child, active));
  };
  visit(tree, true);
  return found;
}

/** The laws and what they need, bundled once: mutants come and go, the laws stay. */
function loadLaws() {
  const stdin = {
    contents: `
      export { checksFor, randomOf } from './src/checks.ts';
      export { configurations } from './test/subjects.ts';`,
    resolveDir: here('..'),
  };
  return withBundle({ stdin }, (bundle) => import(bundle));
}
const { checksFor, randomOf, configurations } = await loadLaws();

const compiled = (text) => transformSync(text, { loader: 'ts', format: 'cjs' }).code;
const sources = new Map(
  readdirSync(here('../src'))
    .filter((name) => /^[a-z0-9-]+\.ts$/.test(name))
    .map((name) => [`./${name}`, readFileSync(here(`../src/${name}`), 'utf8')]),
);
const originals = new Map();

/** The models, every module of them new, with `text` in place of `file`. */
function modelsWith(file, text) {
  const modules = new Map();
  const load = (name) => {
    let module = modules.get(name);
    if (module === undefined) {
      module = { exports: {} };
      modules.set(name, module);
      if (!originals.has(name)) originals.set(name, compiled(sources.get(name)));
      const code = name === `./${file}` ? compiled(text) : originals.get(name);
      new Function('require', 'module', 'exports', code)(load, module, module.exports);
    }
    return module.exports;
  };
  return Object.assign({}, ...MODELS.map((name) => load(name)));
}
const MODELS = ['mips32', 'r3000', 'fixed-mapping', 'gaia'].map((name) => `./${name}-mmu.ts`).concat('./vcpu-map.ts');

/** How often a law of a configuration was the one that killed: those go first. */
const kills = new Map();

const script = new Script('work()');

/** Does a piece of work that takes a fraction of a second, and throws when it does not end. */
function limited(work) {
  globalThis.work = work;
  return script.runInThisContext({ timeout: TIMEOUT_MS });
}

/** Asks all laws, first of one batch of cases and then of more; gives the first that is broken, or undefined. */
function trial(models, which) {
  const pairs = limited(() =>
    configurations(models)
      .filter(({ name }) => which.test(name))
      .flatMap(({ name, make }) => checksFor(make).map(({ name: law, check }) => ({ id: `${name}: ${law}`, check }))),
  );
  pairs.sort((a, b) => (kills.get(b.id) ?? 0) - (kills.get(a.id) ?? 0));
  for (const batches of [1, 20, Number(options.batches)]) {
    for (const { id, check } of pairs) {
      const random = randomOf(Number(options.seed));
      try {
        limited(() => {
          for (let batch = 0; batch < batches; batch++) check(random);
        });
      } catch {
        kills.set(id, (kills.get(id) ?? 0) + 1);
        return id;
      }
    }
  }
  return undefined;
}

/** As `trial`, of a mutant: what kills it, be it that it does not compile or load. */
function verdictOn({ file, text }) {
  try {
    return trial(modelsWith(file, text), FILES[file]);
  } catch (error) {
    return error.message;
  }
}

const equivalent = JSON.parse(readFileSync(here('./equivalent-mutants.json'), 'utf8')).flatMap(
  ({ mutants }) => mutants,
);
const [shard, shards] = options.shard.split('/').map(Number);
const all = Object.keys(FILES).flatMap(mutantsOf);
const mutants = all.filter(({ id }) => new RegExp(options.only).test(id)).filter((_, i) => i % shards === shard);
if (options.list) {
  for (const { id } of mutants) console.log(id);
  process.exit();
}

const unharmed = trial(modelsWith(), /(?:)/);
if (unharmed !== undefined) throw new Error(`the original breaks a law: ${unharmed}`);
const ids = new Set(all.map(({ id }) => id));
const wrong = equivalent.filter((id) => !ids.has(id)).map((id) => `listed, but no longer made: ${id}`);
const tally = { killed: 0, equivalent: 0 };
for (const mutant of mutants) {
  const verdict = verdictOn(mutant);
  const listed = equivalent.includes(mutant.id);
  if (verdict !== undefined) tally.killed++;
  else if (listed) tally.equivalent++;
  if (verdict !== undefined && listed) wrong.push(`listed as equivalent, but killed by ${verdict}: ${mutant.id}`);
  if (verdict === undefined && !listed) {
    wrong.push(`survives: ${mutant.id}`);
    console.log(wrong.at(-1));
  }
}
for (const each of wrong.filter((text) => !text.startsWith('survives'))) console.log(each);
console.log(
  `mutants: ${mutants.length}, ${tally.killed} killed, ${tally.equivalent} equivalent, ${mutants.length - tally.killed - tally.equivalent} survive, ${wrong.length} to be looked at`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;
