// Instructions per second of the interpreter: `node packages/gaia/bench/bench.mjs`. Prints a table, and one JSON line at the end.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '..', '..', '..', '.bench', 'gaia.mjs');
mkdirSync(dirname(out), { recursive: true });
await build({
  stdin: {
    contents: `export { Rig } from '../test/rig.ts'; export { assembleGaia } from '@kseg/asm/gaia';`,
    resolveDir: here,
    loader: 'ts',
  },
  conditions: ['@kseg/source'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: out,
  logLevel: 'error',
});
const { Rig, assembleGaia } = await import(pathToFileURL(out).href);

const programs = {
  // A sieve: loops of loads, stores and short branches.
  sieve: `
main:
    mov r1, 0x10000
again:
    mov r2, 2
outer:
    add r3, r2, r2
    bge r3, 8192, next
inner:
    add r4, r1, r3
    stb r2, r4, 0
    add r3, r3, r2
    blt r3, 8192, inner
next:
    add r2, r2, 1
    blt r2, 4096, outer
    br again
`,
  // A multiplication as ucc's library does it, called with a frame on the stack.
  multiply: `
main:
    mov rsp, 0x40000
again:
    add r5, r5, 12345
    sub rsp, rsp, 8
    st r5, rsp, 0
    mov r6, 2839
    st r6, rsp, 4
    call mul
    add rsp, rsp, 8
    br again
mul:
    ld r1, rbp, 4
    ld r2, rbp, 8
    mov r3, 0
bit:
    and r4, r2, 1
    bz r4, even
    add r3, r3, r1
even:
    shl r1, r1, 1
    shr r2, r2, 1
    bnz r2, bit
    mov r1, r3
    ret
`,
  // The iteration of a Mandelbrot picture.
  float: `
main:
    mov r1, -0.7
    mov r2, 0.27
again:
    mov r3, 0.1
    mov r4, 0.1
    mov r9, 100
loop:
    fmul r5, r3, r3
    fmul r6, r4, r4
    fsub r7, r5, r6
    fmul r8, r3, r4
    fadd r8, r8, r8
    fadd r3, r7, r1
    fadd r4, r8, r2
    sub r9, r9, 1
    bnz r9, loop
    br again
`,
};

const SECONDS = 2;
const results = {};
for (const [name, text] of Object.entries(programs))
  for (const fpu of name === 'float' ? ['rtl', 'ieee'] : ['rtl']) {
    const rig = new Rig({ fpu });
    const { bytes } = assembleGaia([{ name, text }], { sizeHeader: false });
    rig.sram.writeBytes(0x2000, bytes);
    rig.cpu.pc = 0x2000;
    rig.cpu.run(5_000_000);
    const start = process.cpuUsage();
    const first = rig.timeline.now;
    let seconds = 0;
    while (seconds < SECONDS) {
      rig.cpu.run(5_000_000);
      const { user, system } = process.cpuUsage(start);
      seconds = (user + system) / 1e6;
    }
    const rate = (rig.timeline.now - first) / seconds / 1e6;
    results[fpu === 'rtl' ? name : `${name}, ${fpu}`] = Math.round(rate);
    console.log(`${name.padEnd(10)} ${fpu.padEnd(5)} ${rate.toFixed(0).padStart(5)} M instructions/s of CPU time`);
  }
console.log(JSON.stringify(results));
