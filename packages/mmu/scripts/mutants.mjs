// Are the laws sharp? Changes the fast models in one small place at a time and runs the laws on each such mutant.
//
//   node packages/mmu/scripts/mutants.mjs [--programs N] [--runs N] [--every N] [--only TEXT] [--list]
//
// A mutant that no law notices is a survivor. Survivors that are equivalent (no guest can tell them from the original) are
// listed in equivalent-mutants.json with the reason; any other makes this fail. The host's side of the models (entry,
// setEntry, option and state checks) is what the unit tests are for and is left alone.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import ts from 'typescript';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: options } = parseArgs({
  options: {
    programs: { type: 'string', default: '500' },
    runs: { type: 'string', default: '60' },
    every: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});

const FILES = [
  'mips32-mmu.ts',
  'r3000-mmu.ts',
  'tlb-index.ts',
  'micro-tlb.ts',
  'random.ts',
  'changes.ts',
  'translation.ts',
];
/** Functions of the host's side. */
const HOST_SIDE = new Set([
  'constructor',
  'entry',
  'setEntry',
  'load',
  'checkPageMask',
  'wordOfPage',
  'pageOf',
  'subscribe',
  'stateWords',
]);
const TIMEOUT_MS = 20_000;

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

const LAWS = `
  export * from './laws.ts';
  export { ReferenceMips32 } from './reference-mips32.ts';
  export { ReferenceR3000 } from './reference-r3000.ts';
  export { assert as assertLaw, sample } from 'fast-check';
  export { arbitraryProgram } from './arbitraries.ts';
  export { perform } from './operations.ts';`;
const MODELS = `
  export { Mips32Mmu, R4000Mmu } from './mips32-mmu.ts';
  export { R3000Mmu } from './r3000-mmu.ts';`;

/** `contents`, a module beside the sources, and all it imports as one file; `mutant` takes the place of the file it was made from. */
async function bundle(contents, mutant) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here('../src'), loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
    plugins: mutant && [
      {
        name: 'mutant',
        setup: ({ onLoad }) =>
          onLoad({ filter: new RegExp(`/src/${mutant.file}$`) }, () => ({ contents: mutant.text, loader: 'ts' })),
      },
    ],
  });
  return outputFiles[0].text;
}

/** Puts mutants on trial, one at a time, in a thread that is replaced when a mutant hangs it. */
class Court {
  constructor(laws) {
    this.laws = laws;
  }

  async try(code) {
    this.worker ??= new Worker(here('./mutant-worker.mjs'), {
      workerData: { laws: this.laws, runs: Number(options.runs), programs: Number(options.programs) },
    });
    const { worker } = this;
    return new Promise((resolve) => {
      const done = (verdict) => {
        clearTimeout(timer);
        worker.off('message', done).off('error', failed);
        resolve(verdict);
      };
      const timer = setTimeout(() => {
        this.close();
        done('hangs');
      }, TIMEOUT_MS);
      const failed = (error) => {
        this.worker = undefined;
        done(`crashes: ${error.message}`);
      };
      worker.once('message', done).once('error', failed);
      worker.postMessage(code);
    });
  }

  close() {
    this.worker?.terminate();
    this.worker = undefined;
  }
}

const equivalent = JSON.parse(readFileSync(here('./equivalent-mutants.json'), 'utf8'));
const reasonOf = (id) => equivalent.find(({ mutants }) => mutants.includes(id))?.reason;

const mutants = FILES.flatMap(mutantsOf)
  .filter(({ id }) => id.includes(options.only))
  .filter((_, i) => i % Number(options.every) === 0);
if (options.list) {
  for (const { id } of mutants) console.log(id);
  process.exit();
}

const court = new Court(await bundle(LAWS));
const unharmed = await court.try(await bundle(MODELS));
if (unharmed !== undefined) throw new Error(`the original breaks a law: ${unharmed}`);
const tally = { killed: 0, equivalent: 0, invalid: 0 };
const survivors = [];
for (const mutant of mutants) {
  const code = await bundle(MODELS, mutant).catch(() => undefined);
  if (code === undefined) {
    tally.invalid++;
    continue;
  }
  if (reasonOf(mutant.id) !== undefined) {
    tally.equivalent++;
    continue;
  }
  if ((await court.try(code)) === undefined) {
    survivors.push(mutant.id);
    console.log(`survives: ${mutant.id}`);
  } else tally.killed++;
}
court.close();
console.log(
  `${mutants.length} mutants: ${tally.killed} killed, ${tally.equivalent} equivalent, ${tally.invalid} do not compile, ${survivors.length} survive`,
);
process.exitCode = survivors.length > 0 ? 1 : 0;
