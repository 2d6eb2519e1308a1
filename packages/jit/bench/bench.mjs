// Compiled C on the translator and on QEMU's, the same ELFs, taking turns; translation time included. `node packages/jit/bench/bench.mjs
// [--endian big] [--rounds N] [--no-qemu] [--interpreter] [program …]`. Prints a table, and one JSON line at the end.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { runOnKseg } from '../../cpu/bench/board.mjs';
import { compile, directory, programs } from '../../cpu/bench/build.mjs';
import { runOnQemu } from './qemu.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    endian: { type: 'string', default: 'little' },
    rounds: { type: 'string', default: '3' },
    'no-qemu': { type: 'boolean', default: false },
    interpreter: { type: 'boolean', default: false },
    statistics: { type: 'boolean', default: false },
  },
});
const { endian } = values;
const chosen = positionals.length > 0 ? positionals : programs;

/** Core, bus and translator as one module, built from source as a release is. */
async function loadCore() {
  mkdirSync(directory, { recursive: true });
  const outfile = join(directory, 'translator.mjs');
  await build({
    stdin: {
      contents: "export * from '@kseg/cpu'; export * from '@kseg/bus'; export * from '../src/index.ts';",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@kseg/source'],
    outfile,
  });
  return import(pathToFileURL(outfile).href);
}

const core = await loadCore();
const results = [];
console.log('program      instructions    kseg s    MIPS   qemu s    MIPS   ratio');
for (const program of chosen) {
  const file = compile(program, { endian });
  let best = Infinity;
  let bestQemu = Infinity;
  let instructions = 0;
  let statistics;
  for (let round = 0; round < Number(values.rounds); round++) {
    const translator = new core.Translator();
    const engine = { regions: (bytes) => core.Translator.regions(bytes), engine: translator.engine };
    const ours = runOnKseg(core, file, { endian, translator: values.interpreter ? undefined : engine });
    statistics = translator.statistics;
    instructions = ours.instructions;
    best = Math.min(best, ours.seconds);
    if (values['no-qemu']) continue;
    const theirs = await runOnQemu(file, endian);
    bestQemu = Math.min(bestQemu, theirs.seconds);
    if (theirs.text.trim() !== ours.text.trim())
      throw new Error(`${program}: QEMU printed ${JSON.stringify(theirs.text)}, kseg ${JSON.stringify(ours.text)}`);
  }
  const mips = instructions / best / 1e6;
  const qemuMips = instructions / bestQemu / 1e6;
  const ratio = bestQemu / best;
  results.push({ program, instructions, seconds: best, mips, qemuSeconds: bestQemu, qemuMips, ratio });
  console.log(
    `${program.padEnd(10)}${(instructions / 1e6).toFixed(1).padStart(13)} M${best.toFixed(3).padStart(10)}${mips.toFixed(0).padStart(8)}${bestQemu.toFixed(3).padStart(9)}${qemuMips.toFixed(0).padStart(8)}${ratio.toFixed(2).padStart(8)}`,
  );
  if (values.statistics) console.log(JSON.stringify(statistics));
}
if (!values['no-qemu']) {
  const mean = Math.exp(results.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / results.length);
  console.log(`geometric mean ${mean.toFixed(2)}`);
}
console.log(JSON.stringify({ endian, node: process.version, results }));
