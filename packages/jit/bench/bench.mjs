// Compiled C on our engines and on QEMU's translator: the same ELFs, taking turns, each in a process of its own, translation time included.
// Prints a table of the best turns; --help tells the options.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundle, compile, studies, suite } from './build.mjs';
import { chromium } from './chromium.mjs';
import { node, qemu } from './hosts.mjs';

const HELP = `node packages/jit/bench/bench.mjs [options]
  --engine NAME[,NAME]  translator (default), interpreter
  --only NAME[,NAME]    some of ${[...suite, ...studies].join(' ')}
  --rounds N            turns of each; the best counts (default 3)
  --short N             programs of an Nth of their length, for an engine that is far from QEMU (default 1)
  --endian big          default little
  --host COMMAND        what runs our engines: a Node with its flags (default this one), or chromium
  --options JSON        the translator's options
  --no-qemu             our engines alone
  --json FILE           writes the figures
  --statistics          prints what the translator has done`;

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'translator' },
    only: { type: 'string', default: [...suite, ...studies].join(',') },
    rounds: { type: 'string', default: '3' },
    short: { type: 'string', default: '1' },
    endian: { type: 'string', default: 'little' },
    host: { type: 'string', default: process.execPath },
    options: { type: 'string', default: '{}' },
    'no-qemu': { type: 'boolean', default: false },
    json: { type: 'string' },
    statistics: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const { endian } = values;
const engines = values.engine.split(',');
const options = JSON.parse(values.options);
const board = await bundle();

const ours = (elf, options) =>
  values.host === 'chromium' ? chromium(board, elf, options) : node(values.host, board, elf, options);
const contenders = {
  ...Object.fromEntries(engines.map((engine) => [engine, (elf) => ours(elf, { endian, engine, options })])),
  ...(values['no-qemu'] ? {} : { qemu: (elf) => qemu(elf, { endian }) }),
};

/** The best turn of each contender. */
async function race(program) {
  const elf = compile(program, { endian, short: Number(values.short) });
  const best = {};
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, run] of Object.entries(contenders)) {
      const result = await run(elf);
      if (!(best[name]?.seconds <= result.seconds)) best[name] = result;
    }
  const [[first, { text }], ...others] = Object.entries(best);
  for (const [name, other] of others)
    if (other.text !== text)
      throw new Error(`${program}: ${first} printed ${JSON.stringify(text)}, ${name} ${JSON.stringify(other.text)}`);
  return best;
}

const cell = (text, width = 9) => String(text).padStart(width);
console.log(
  `${'program'.padEnd(12)}${cell('M instr', 10)}${cell('qemu s')}${cell('MIPS', 7)}${engines.map((name) => `${cell(`${name} s`, 15)}${cell('MIPS', 7)}${cell('ratio', 7)}`).join('')}`,
);
const results = {};
for (const program of values.only.split(',')) {
  const best = await race(program);
  const { instructions } = best[engines[0]];
  const mips = ({ seconds }) => cell((instructions / seconds / 1e6).toFixed(0), 7);
  const ratio = (engine) => (best.qemu === undefined ? Number.NaN : best.qemu.seconds / best[engine].seconds);
  results[program] = { instructions, best, ratios: Object.fromEntries(engines.map((name) => [name, ratio(name)])) };
  console.log(
    `${program.padEnd(12)}${cell((instructions / 1e6).toFixed(0), 10)}${best.qemu === undefined ? cell('-') + cell('-', 7) : cell(best.qemu.seconds.toFixed(2)) + mips(best.qemu)}${engines.map((name) => `${cell(best[name].seconds.toFixed(2), 15)}${mips(best[name])}${cell(ratio(name).toFixed(2), 7)}`).join('')}`,
  );
  if (values.statistics) for (const name of engines) console.log(`  ${JSON.stringify(best[name].statistics)}`);
}

for (const name of values['no-qemu'] ? [] : engines) {
  const ratios = suite.filter((program) => program in results).map((program) => results[program].ratios[name]);
  if (ratios.length === 0) continue;
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  console.log(`${name}: geometric mean of ${ratios.length} of the suite ${mean.toFixed(2)}`);
}
if (values.json !== undefined) {
  const host = values.host === process.execPath ? `Node ${process.version}` : values.host;
  writeFileSync(values.json, `${JSON.stringify({ endian, host, short: Number(values.short), results }, null, 1)}\n`);
}
