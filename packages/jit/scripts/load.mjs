// The guest under load: our Unix at its shell, one round of commands after another, for as long as asked.
// Runs on the build (`node scripts/bootstrap.mjs`).
import { parseArgs } from 'node:util';
import { MemoryBlocks } from '../../devices/dist/index.js';
import { createMachine, r4k } from '../../machine/dist/index.js';
import { unixFs, unixKernel } from '../../unix/dist/index.js';

const HELP = `Our Unix under a mixed load: programs that read and count text, shells and pipes, forks, file system writers.

node packages/jit/scripts/load.mjs [--minutes 30] [--engine translator] [--every 60]

Prints a line of JSON every so many seconds: rounds done, guest instructions, millions of them a CPU second, memory of the process in MB, and
the translator's counts.`;

/** A round, the like of a build: text through pipes, small programs by the dozen, temporary files, many processes at once. */
const ROUND = [
  'cat README README README README > big; wc big; grep e big | wc; grep a big | grep b | wc',
  'mkdir build; cat big big > build/one; cat build/one big > build/two; wc build/one build/two',
  ...Array.from(
    { length: 8 },
    (_, i) => `echo ${i}; ls | wc; echo made ${i} > build/o${i}; cat build/o${i} | grep made | wc`,
  ),
  'ls build | wc',
  'forktest',
  'stressfs',
  'cat big big big big > pile; cat pile pile pile pile > heap; grep e heap | wc; grep a heap | grep b | wc; rm pile heap',
  `rm ${Array.from({ length: 8 }, (_, i) => `build/o${i}`).join(' ')}; rm build/one build/two; rm build big`,
];
/** Instructions between two looks at the clock. */
const SLICE = 20_000_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    engine: { type: 'string', default: 'translator' },
    every: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const machine = createMachine(r4k({ ram: 32 << 20, hda: new MemoryBlocks(unixFs({})) }), {
  engine: values.engine,
});
machine.boot({ kernel: unixKernel({ disk: 'ata' }) });
let [sent, tail] = [0, ''];
machine.console.onOutput((byte) => {
  tail = `${tail}${String.fromCharCode(byte)}`.slice(-2);
  if (tail === '$ ') machine.console.send(`${ROUND[sent++ % ROUND.length]}\n`);
});
const end = Date.now() + 60_000 * Number(values.minutes);
let reported = { at: Date.now(), instructions: 0, cpu: process.cpuUsage() };
while (Date.now() < end) {
  const { kind } = machine.run(SLICE);
  if (kind !== 'budget') throw new Error(`the guest stopped: ${kind}`);
  if (Date.now() - reported.at < 1000 * Number(values.every)) continue;
  const { user, system } = process.cpuUsage(reported.cpu);
  const instructions = machine.instructions - reported.instructions;
  reported = { at: Date.now(), instructions: machine.instructions, cpu: process.cpuUsage() };
  console.log(
    JSON.stringify({
      rounds: Math.floor(sent / ROUND.length),
      instructions: machine.instructions,
      millionsPerCpuSecond: Math.round(instructions / (user + system)),
      rssMB: Math.round(process.memoryUsage.rss() / 2 ** 20),
      translation: machine.translation,
    }),
  );
}
