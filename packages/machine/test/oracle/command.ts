// The command behind `pnpm fuzz`.
import { parseArgs } from 'node:util';
import type { Endian } from '@kseg/bus';
import { type ModelName, models } from '@kseg/cpu';
import { fuzzBatch, shrinkFailure } from './fuzz.ts';
import { isPinned } from './generate.ts';
import * as L from './layout.ts';
import { printFailure } from './print.ts';
import { qemuMissing } from './qemu.ts';
import { traitsOf } from './traits.ts';

const HELP = `Random programs on QEMU's Malta and on ours, compared in every register, exception and word of memory.

pnpm fuzz [--minutes N] [--seed S] [--shard i/n] [--cpu A,B] [--endian little|big] [--programs N] [--jobs N] [--tlb] [--no-shrink]

  --minutes N    how long (default 1); or --programs N, how many
  --seed S       programs follow from it (default 1); batch number B has seed S * 2^20 + B
  --shard i/n    takes every n-th batch, from number i on: shards never repeat each other's programs
  --cpu, --endian  lists, with commas (default: every model that QEMU has, both byte orders)
  --tlb          programs about the TLB alone, which else are every eighth batch
  --jobs N       processes (default: one for each core)
  --no-shrink    prints failing programs as they are

Standard output has a line of JSON for each batch and each difference; standard error has the shrunk cases, how many rows of each core's
table were drawn, and programs/s. Exit
status 1: the machines differ.`;

/** The models of ours that QEMU's 32-bit binaries have under the same name. */
const KNOWN = (Object.keys(models) as ModelName[]).filter((cpu) => !/^R\d|^VR/.test(cpu));

const say = (record: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(record)}\n`);

function optionsOf(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string' },
      programs: { type: 'string' },
      seed: { type: 'string', default: '1' },
      shard: { type: 'string', default: '0/1' },
      cpu: { type: 'string', default: KNOWN.join(',') },
      endian: { type: 'string', default: 'little,big' },
      tlb: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

/** What is wrong with the options, in one line; `undefined` when nothing is. */
export function refusal(argv: readonly string[]): string | undefined {
  let values: ReturnType<typeof optionsOf>;
  try {
    values = optionsOf(argv);
  } catch (error) {
    return (error as Error).message;
  }
  if (values.help) return undefined;
  if (qemuMissing !== undefined) return qemuMissing;
  const [shard, shards] = shardOf(values.shard);
  const unknown = values.cpu.split(',').find((cpu) => !(KNOWN as string[]).includes(cpu));
  if (unknown !== undefined) return `no CPU "${unknown}", there are ${KNOWN.join(', ')}`;
  const order = values.endian.split(',').find((endian) => endian !== 'little' && endian !== 'big');
  if (order !== undefined) return `no byte order "${order}", there are little and big`;
  if (!(shards > 0) || !(shard >= 0 && shard < shards)) return '--shard is i/n with 0 <= i < n';
  const number = (['minutes', 'programs', 'seed'] as const).find((name) => !(Number(values[name] ?? 1) >= 0));
  return number === undefined ? undefined : `--${number} ${values[number]} is no number`;
}

function shardOf(text: string): readonly [shard: number, shards: number] {
  const [shard = 0, shards = 1] = text.split('/').map(Number);
  return [shard, shards];
}

export async function main(argv: readonly string[]): Promise<number> {
  const why = refusal(argv);
  if (why !== undefined) {
    console.error(`fuzz: ${why}; --help tells the options`);
    return 2;
  }
  const values = optionsOf(argv);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [shard, shards] = shardOf(values.shard);
  const goals = values.cpu
    .split(',')
    .filter((cpu) => !values.tlb || traitsOf(cpu as ModelName).tlb > 0)
    .flatMap((cpu) => values.endian.split(',').map((endian) => ({ cpu: cpu as ModelName, endian: endian as Endian })));
  const start = Date.now();
  const most = values.programs === undefined ? Number.POSITIVE_INFINITY : Number(values.programs);
  const end = start + 60_000 * Number(values.minutes ?? (values.programs === undefined ? 1 : Number.POSITIVE_INFINITY));
  const drawn = new Map<ModelName, Set<string>>();
  const total = { programs: 0, exceptions: 0, endless: 0, differences: 0 };
  for (let batch = shard; Date.now() < end && total.programs < most; batch += shards) {
    const { cpu, endian } = goals[batch % goals.length]!;
    const seed = Number(values.seed) * 0x10_0000 + batch;
    const traits = traitsOf(cpu);
    const turn = Math.floor(batch / goals.length);
    const kind = values.tlb || (traits.tlb > 0 && turn % TLB_TURNS === TLB_TURNS - 1) ? 'tlb' : 'any';
    const programs = Math.min(L.BATCH, most - total.programs);
    const { used, ...report } = await fuzzBatch({ cpu, endian, seed, programs, kind });
    say({ batch, seed, cpu, endian, kind, ...report, failures: report.failures.length });
    const rows = drawn.get(cpu) ?? new Set();
    drawn.set(cpu, rows);
    for (const name of used.keys()) rows.add(name);
    total.programs += report.programs;
    total.exceptions += report.exceptions;
    total.endless += report.endless;
    total.differences += report.failures.length;
    for (const failure of report.failures.slice(0, SHOWN)) {
      const small = values['no-shrink'] ? failure : await shrinkFailure(failure, endian, traits);
      say({ cpu, endian, seed, index: failure.index, differences: small.differences, program: small.program });
      console.error(`\n# ${cpu} ${endian}, seed ${seed}, program ${failure.index}\n${printFailure(small, traits)}`);
    }
  }
  const rows = Object.fromEntries([...drawn].map(([cpu, names]) => [cpu, coverage(cpu, names)]));
  for (const [cpu, { drawn, rows: all, pinned, missing }] of Object.entries(rows))
    console.error(
      `fuzz: ${cpu}: ${drawn} of ${all} rows, ${pinned} in DEVIATIONS.md${missing.length > 0 ? `; not drawn: ${missing.join(' ')}` : ''}`,
    );
  const seconds = (Date.now() - start) / 1000;
  say({ ...total, rows, seconds, perSecond: Math.round(total.programs / seconds) });
  console.error(
    `fuzz: ${total.programs} programs, ${total.exceptions} exceptions, ${total.differences} differences, ${Math.round(total.programs / seconds)} programs/s`,
  );
  return total.differences === 0 ? 0 : 1;
}

/** One batch in so many of a core's is about its TLB. */
const TLB_TURNS = 8;

/** How many rows of a core's table a run has drawn; those that nothing draws are pinned by tests of DEVIATIONS.md. */
export function coverage(cpu: ModelName, names: ReadonlySet<string>) {
  const rows = traitsOf(cpu).rows.filter(({ aliasOf }) => aliasOf === undefined);
  const missing = rows.filter((row) => !names.has(row.name) && !isPinned(row)).map(({ name }) => name);
  const pinned = rows.filter(isPinned).length;
  return { rows: rows.length, drawn: rows.length - pinned - missing.length, pinned, missing };
}

/** Failures of a batch that are shrunk and printed: more are usually the same. */
const SHOWN = 3;
