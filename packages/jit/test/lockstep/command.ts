// The command behind `node packages/jit/scripts/lockstep.mjs`.
import { parseArgs } from 'node:util';
import { models } from '@kseg/cpu';
import { decoder } from '@kseg/isa';
import { BATCH, goalOf, programOf, runBatch } from './batch.ts';
import * as L from './layout.ts';
import type { Program } from './program.ts';
import { shrink } from './shrink.ts';

const HELP = `Random programs on the interpreter, the translator and a mix of both, compared in every word of state and memory at every cut.

node packages/jit/scripts/lockstep.mjs [options]
  --programs N   how many (default 1000), in batches of ${BATCH}
  --minutes N    ends sooner, when so many have passed
  --seed S       programs follow from it (default 1)
  --first B      the first batch (default 0): batch B of seed S is always the same, so that a run can go on where another ended
  --shard i/n    of the batches those with number i modulo n, for several processes at once
  --program I    program I of the first batch alone, shrunk when it fails

Prints a line for each difference and one in the end; exit status 1: the machines differ.`;

export function main(argv: readonly string[]): number {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      programs: { type: 'string', default: '1000' },
      minutes: { type: 'string', default: 'Infinity' },
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
      shard: { type: 'string', default: '0/1' },
      program: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [seed, first] = [Number(values.seed), Number(values.first)];
  if (values.program !== undefined) return alone(seed, first, Number(values.program));
  const [shard = 0, shards = 1] = values.shard.split('/').map(Number);
  const start = Date.now();
  const end = start + 60_000 * Number(values.minutes);
  const total = { programs: 0, differences: 0, instructions: 0, translated: 0, regions: 0 };
  let batch = first + shard;
  for (; total.programs < Number(values.programs) && Date.now() < end; batch += shards) {
    const report = runBatch(seed, batch);
    for (const difference of report.differences) console.log(JSON.stringify({ seed, batch, ...difference }));
    total.programs += BATCH;
    total.differences += report.differences.length;
    total.instructions += report.instructions;
    total.translated += report.translated;
    total.regions += report.regions;
  }
  const { user, system } = process.cpuUsage();
  const rates = {
    translatedShare: Number((total.translated / total.instructions).toFixed(3)),
    perSecond: Math.round(total.programs / ((Date.now() - start) / 1000)),
    perCpuSecond: Math.round(total.programs / ((user + system) / 1e6)),
    rssMB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
  console.log(JSON.stringify({ seed, next: batch, ...total, ...rates }));
  return total.differences === 0 ? 0 : 1;
}

/** One program on machines of its own, made small when it fails. */
function alone(seed: number, batch: number, index: number): number {
  const { model, endian } = goalOf(batch);
  const { program, mixSeed } = programOf(seed, batch, index);
  const found = shrink(program, mixSeed, model, endian);
  if (found === undefined) {
    console.log('no difference on machines of its own: what ran before it in its batch matters');
    return 0;
  }
  const { difference } = found;
  console.log(`${model} ${endian}-endian: ${JSON.stringify(difference)}`);
  print(found.program, model);
  return 1;
}

function print(program: Program, model: keyof typeof models): void {
  const { code, otherCode, data, gprs, pageTable, ...rest } = program;
  console.log(JSON.stringify(rest));
  console.log(gprs.flatMap((value, i) => (value === 0 ? [] : [`$${i}=${value.toString(16)}`])).join(' '));
  console.log(
    data.flatMap((value, i) => (value === 0 ? [] : [`[${(L.DATA + 4 * i).toString(16)}]=${value}`])).join(' '),
  );
  const { disassemble } = decoder(models[model].isa);
  for (const [i, word] of code.entries()) {
    if (word === 0) continue;
    const address = L.CODE + 4 * i;
    const other = otherCode[i] === word ? '' : `  (odd: ${otherCode[i]!.toString(16)})`;
    console.log(
      `${address.toString(16)}: ${word.toString(16).padStart(8, '0')}  ${disassemble(word, address)}${other}`,
    );
  }
  console.log(JSON.stringify({ pageTable }));
}
