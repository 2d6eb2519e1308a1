// Millions of FPU instructions a second, with native short cuts and without: node packages/cpu/bench/fpu.bench.mjs
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('../src/fpu/index.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  write: false,
});
const { Fpu, SoftFpu } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

const CALLS = 1 << 20;
const cases = {
  'add.s': ['s', 'addS(4, 0, 2)'],
  'mul.s': ['s', 'mulS(4, 0, 2)'],
  'div.s': ['s', 'divS(4, 0, 2)'],
  'sqrt.s': ['s', 'sqrtS(4, 0)'],
  'add.d': ['d', 'addD(4, 0, 2)'],
  'mul.d': ['d', 'mulD(4, 0, 2)'],
  'div.d': ['d', 'divD(4, 0, 2)'],
  'sqrt.d': ['d', 'sqrtD(4, 0)'],
  'madd.d': ['d', 'maddD(4, 2, 0, 2)'],
  'cvt.s.d': ['d', 'cvtSD(4, 0)'],
  'cvt.d.w': ['d', 'cvtDW(4, 0)'],
  'trunc.w.d': ['d', 'cvtWD(4, 0, 1)'],
  'c.lt.d': ['d', 'compareD(12, 0, 0, 2)'],
};

const table = {};
for (const [name, [format, call]] of Object.entries(cases)) {
  table[name] = {};
  for (const Class of [Fpu, SoftFpu]) {
    const fpu = new Class();
    const { buffer } = fpu.words;
    const registers = format === 's' ? new Float32Array(buffer) : new Float64Array(buffer);
    // A function of its own for each case: call sites that see one class and one method, as the interpreter's do.
    const loop = new Function(
      'fpu',
      'r',
      `r[${format === 's' ? 2 : 1}] = 3.1; for (let i = 0; i < ${CALLS}; i++) { r[0] = 1.37 + i; fpu.${call}; }`,
    );
    let best = Number.POSITIVE_INFINITY;
    for (let repeat = 0; repeat < 8; repeat++) {
      const start = performance.now();
      loop(fpu, registers);
      best = Math.min(best, performance.now() - start);
    }
    table[name][Class.name] = Math.round(CALLS / best / 1e3);
  }
}
console.table(table);
