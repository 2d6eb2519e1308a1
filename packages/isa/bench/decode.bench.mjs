// How many words a second `decode` tells apart. Run on the build: node packages/isa/bench/decode.bench.mjs
//
// compiled: the mix of a C program's code; every row: one word of each row in turn (the worst for the
// branch predictor); random: uniform words, a third of them reserved.
import { cop1x, decoder, dsp, dspr2, fpu, fpu64, MIPS32R2 } from '../dist/index.js';

let seed = 1;
const random = () => {
  seed = (Math.imul(seed, 0x9e3779b1) + 0x7f4a7c15) | 0;
  return (seed ^ (seed >>> 15)) >>> 0;
};

const COMPILED =
  'lw lw lw lw sw sw sw addiu addiu addiu addu addu or beq bne bne jr jal lui sll andi slt lbu sb ori srl mul';

const mixes = {
  compiled: (rows) => {
    const byName = new Map(rows.map((row) => [row.name, row]));
    const mix = COMPILED.split(' ').map((name) => byName.get(name));
    return () => wordOf(mix[random() % mix.length]);
  },
  'every row': (rows) => () => wordOf(rows[random() % rows.length]),
  random: () => random,
};

const wordOf = ({ mask, match }) => (match | (random() & ~mask)) >>> 0;

/** Milliseconds of this process: a busy machine's clock says nothing. */
const cpuTime = () => process.cpuUsage().user / 1000;

const ROUNDS = 300;
for (const [name, rows] of [
  ['MIPS32R2', MIPS32R2],
  ['+ FPU, DSP', [...MIPS32R2, ...fpu, ...fpu64, ...cop1x, ...dsp, ...dspr2]],
])
  for (const [mix, generator] of Object.entries(mixes)) {
    const { decode } = decoder(rows);
    const next = generator(rows);
    const words = Uint32Array.from({ length: 1 << 16 }, () => next());
    let sum = 0;
    let best = 0;
    for (let repeat = 0; repeat < 5; repeat++) {
      const start = cpuTime();
      for (let round = 0; round < ROUNDS / 5; round++) for (let i = 0; i < words.length; i++) sum += decode(words[i]);
      best = Math.max(best, (words.length * ROUNDS) / 5 / (cpuTime() - start) / 1000);
    }
    console.log(`${name.padEnd(12)} ${mix.padEnd(10)} ${best.toFixed(0).padStart(5)} M words/s (checksum ${sum})`);
  }
