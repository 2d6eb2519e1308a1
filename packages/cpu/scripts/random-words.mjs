// Is the host safe from its guests? Executes random words as code, on every model, in both byte orders, in kernel and in user mode, with
// random TLB contents.
//
//   node packages/cpu/scripts/random-words.mjs [--words N] [--seed S] [--model A,B] [--endian little,big]
//
// Ends with 1 when the core throws or answers wrongly, with 2 when it hangs, with 3 when the process has grown. The turn that it names
// happens again with the same seed. Models take turns, so any number of words is divided among them.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { withBundle } from '../../../scripts/bundle.mjs';

/** Without a sign of life for so long, it hangs. */
const PATIENCE_MS = 60_000;
const SAMPLE_MS = 5000;
/** Growth of the process that garbage not yet collected explains. */
const TOLERANCE = 96 << 20;

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      words: { type: 'string', default: '10000000' },
      seed: { type: 'string', default: '1' },
      model: { type: 'string', default: '' },
      endian: { type: 'string', default: 'little,big' },
    },
  });
  const stdin = {
    contents: `export { RandomWords } from './random-words.ts'; export { models } from '../src/index.ts';`,
    resolveDir: fileURLToPath(new URL('../test', import.meta.url)),
  };
  process.exitCode = await withBundle({ stdin }, (bundle) => watch({ ...values, words: Number(values.words), bundle }));
} else await work(workerData);

/** Lets a worker run and watches it: the answer is the exit status. */
function watch(workerData) {
  const start = process.cpuUsage();
  const worker = new Worker(new URL(import.meta.url), { workerData });
  const sizes = [];
  let last = { words: 0, where: 'the start' };
  let heard = Date.now();
  return new Promise((resolve) => {
    const end = (status, text) => {
      clearInterval(timer);
      worker.terminate();
      console.log(text);
      resolve(status);
    };
    const timer = setInterval(() => {
      sizes.push(process.memoryUsage().rss);
      if (Date.now() - heard > PATIENCE_MS) end(2, `hangs: nothing heard since ${last.where}`);
    }, SAMPLE_MS);
    worker.on('error', (error) => end(1, `${last.where}, or just behind it: ${error.stack}`));
    worker.on('message', (message) => {
      heard = Date.now();
      last = message;
      if (!message.done) return;
      sizes.push(process.memoryUsage().rss);
      const { user, system } = process.cpuUsage(start);
      const seconds = (user + system) / 1e6;
      // The first fifth is warming up.
      const settled = sizes.slice(Math.floor(sizes.length / 5));
      const growth = settled.at(-1) - settled[0];
      const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`;
      const text = [
        `${message.words} random words on ${message.machines} machines, ${message.exceptions} exceptions`,
        `${seconds.toFixed(0)} s of CPU time, ${Math.round(message.words / seconds)} words/s`,
        `process ${megabytes(settled[0])} to ${megabytes(settled.at(-1))}, at most ${megabytes(Math.max(...sizes))}`,
      ].join('; ');
      end(growth > TOLERANCE ? 3 : 0, growth > TOLERANCE ? `grows: ${text}` : text);
    });
  });
}

/** Blocks on every machine by turns until there are enough words. */
async function work({ words, seed, model, endian, bundle }) {
  const { RandomWords, models } = await import(bundle);
  const names = model === '' ? Object.keys(models) : model.split(',');
  const machines = names.flatMap((name, i) =>
    endian
      .split(',')
      .map((order, j) => new RandomWords({ model: name, endian: order, seed: Number(seed) * 1000 + 2 * i + j })),
  );
  const sum = (key) => machines.reduce((total, machine) => total + machine[key], 0);
  for (let turn = 0; ; turn++) {
    for (const machine of machines) machine.step();
    const done = sum('words') >= words;
    if (done || turn % 16 === 0)
      parentPort.postMessage({
        done,
        words: sum('words'),
        exceptions: sum('exceptions'),
        machines: machines.length,
        where: `turn ${turn} of seed ${seed}`,
      });
    if (done) return;
  }
}
