// Compiles the guest programs and bundles the core, both into .bench/ (or a directory of the caller's).
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
export const programs = [
  'crc32',
  'sieve',
  'strings',
  'sha256',
  'matmul',
  'memory',
  'calls',
  'refill',
  'syscalls',
  'floats',
];

/** The programs that compute with the FPU; the others do without, as a 24Kc does. */
const hardFloat = ['floats'];

/** The core that a program needs. */
export const modelOf = (program) => (hardFloat.includes(program) ? '24Kf' : '24Kc');

export const directory = fileURLToPath(new URL('../../../.bench/', import.meta.url));

/** Compiles a program for QEMU's malta and our bench board; returns the path of the ELF. */
export function compile(program, { endian = 'little', level = '-O2' } = {}) {
  mkdirSync(directory, { recursive: true });
  const cc = `mips${endian === 'little' ? 'el' : ''}-linux-gnu-gcc`;
  const out = join(directory, `${program}-${endian}.elf`);
  const flags = `${level} -march=mips32r2 -mabi=32 -mno-abicalls -fno-pic -G0 ${hardFloat.includes(program) ? '-mhard-float -fno-math-errno' : '-msoft-float'} -ffreestanding -fno-builtin -nostdlib -static -w`;
  execFileSync(cc, [
    ...flags.split(' '),
    '-fno-tree-loop-distribute-patterns',
    '-Wl,--build-id=none',
    `-Wl,-T,${here}guest/bench.ld`,
    '-o',
    out,
    ...['start.S', 'main.c', `${program}.c`].map((file) => `${here}guest/${file}`),
  ]);
  return out;
}

/** The core and the bus as one module, built from source as a release is. */
export async function loadCore() {
  mkdirSync(directory, { recursive: true });
  const outfile = join(directory, 'core.mjs');
  await build({
    stdin: {
      contents: "export * from '../src/index.ts'; export * from '@kseg/bus';",
      resolveDir: here,
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
