// The long run: every law on every configuration of our models, a million cases each.
//
//   node packages/mmu/scripts/laws.mjs [--cases N] [--seed S] [--law TEXT] [--model TEXT] [--shard i/n]
//
// Prints a line for each law and configuration: cases, processor seconds, and what one case is. A row's cases follow from the
// seed and the row's own name, so that --law and --model repeat it alone. A broken law is shrunk by fast-check, over the words
// that its cases were drawn from, and printed; the exit status is then 1.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { withBundle } from '../../../scripts/bundle.mjs';

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    law: { type: 'string', default: '' },
    model: { type: 'string', default: '' },
    shard: { type: 'string', default: '0/1' },
  },
});
const wanted = Number(options.cases);
const [shard, shards] = options.shard.split('/').map(Number);
if (!(wanted > 0) || !(shard >= 0 && shard < shards)) {
  console.error('laws: --cases is a number above 0, --shard is i/n with 0 <= i < n');
  process.exit(2);
}

/** The laws and the models, bundled from source so that nothing has to be built. */
function load() {
  const stdin = {
    contents: `
      export { checksFor, randomOf } from './src/checks.ts';
      export { configurations } from './test/subjects.ts';
      export * as models from './src/index.ts';`,
    resolveDir: fileURLToPath(new URL('..', import.meta.url)),
  };
  return withBundle({ stdin }, (bundle) => import(bundle));
}

/** A seed of a row's own: FNV-1a over the row's name, from the run's seed. */
function seedOf(row) {
  let hash = 0x811c9dc5 ^ Number(options.seed);
  for (const character of row) hash = Math.imul(hash ^ character.codePointAt(0), 0x0100_0193);
  return hash;
}

/** The least that fails the same check, as text: what is shrunk is the list of words that the failing batch was drawn from. */
function shrunk(check, random) {
  const words = [];
  const recorded = () => {
    words.push(random());
    return words.at(-1);
  };
  try {
    check(recorded);
  } catch {}
  const { errorInstance } = fc.check(
    fc.property(fc.array(fc.nat(0xffff_ffff), { size: 'max' }), (candidate) => {
      let at = 0;
      check(() => candidate[at++] ?? 0);
    }),
    { examples: [[words]], numRuns: 1 },
  );
  return `${errorInstance.message}\n  for ${fc.stringify(errorInstance.counterexample)}`;
}

const { checksFor, randomOf, configurations, models } = await load();
const rows = configurations(models)
  .filter(({ name }) => name.includes(options.model))
  .flatMap(({ name: model, make }) =>
    checksFor(make)
      .filter(({ name }) => name.includes(options.law))
      .map((law) => ({ model, ...law })),
  )
  .filter((_, i) => i % shards === shard);
if (rows.length === 0) {
  console.error(`laws: no law "${options.law}" of a model "${options.model}"`);
  process.exit(2);
}

console.log(
  'model                            law                                                   cases  seconds  one case is',
);
const total = { cases: 0, seconds: 0, broken: 0 };
for (const { model, name, one, check } of rows) {
  const seed = seedOf(`${model}: ${name}`);
  let cases = 0;
  let batch = 0;
  const start = process.cpuUsage();
  try {
    while (cases < wanted) cases += check(randomOf(seed + batch++));
  } catch {
    total.broken++;
    console.log(`\nBROKEN by ${model} after ${cases} cases: ${shrunk(check, randomOf(seed + batch - 1))}\n`);
  }
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  total.cases += cases;
  total.seconds += seconds;
  console.log(
    `${model.padEnd(32)} ${name.padEnd(48)} ${String(cases).padStart(10)} ${seconds.toFixed(1).padStart(8)}  ${one}`,
  );
}
console.log(
  `laws: ${rows.length} rows of at least ${wanted} cases, ${total.cases} in all, seed ${options.seed}, ${total.seconds.toFixed(0)} CPU seconds, ${total.broken} broken`,
);
process.exitCode = total.broken > 0 ? 1 : 0;
