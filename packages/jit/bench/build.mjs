// Compiles the guest programs and bundles core and translator, both into .bench/ at the top of the checkout.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const directory = fileURLToPath(new URL('../../../.bench/', import.meta.url));

/** The ten whose geometric mean is told. */
export const suite = [
  'crc32',
  'sieve',
  'strings',
  'sha256',
  'matmul',
  'memory',
  'calls',
  'refill',
  'syscalls',
  'doubles',
];
/** Two that show one thing each. */
export const studies = ['shared-page', 'contexts'];

const CFLAGS =
  '-O2 -march=mips32r2 -mabi=32 -mno-abicalls -fno-pic -G0 -mhard-float -fno-math-errno -ffreestanding -fno-builtin -nostdlib -static -w -fno-tree-loop-distribute-patterns -Wl,--build-id=none';

/** Compiles a program for a Malta and for the board here; returns the path of the ELF. A `short` of 8 makes it an eighth as long. */
export function compile(program, { endian, short }) {
  mkdirSync(directory, { recursive: true });
  const out = join(directory, `${program}-${endian}${short === 1 ? '' : `-${short}`}.elf`);
  execFileSync(`mips${endian === 'little' ? 'el' : ''}-linux-gnu-gcc`, [
    ...CFLAGS.split(' '),
    `-DSHORT=${short}`,
    `-Wl,-T,${here}guest/bench.ld`,
    '-o',
    out,
    ...['start.S', 'main.c', `${program}.c`].map((file) => `${here}guest/${file}`),
  ]);
  return out;
}

/** The board with core and translator as one module, built from source as a release is; returns its path. */
export async function bundle() {
  mkdirSync(directory, { recursive: true });
  const outfile = join(directory, 'board.mjs');
  await build({
    entryPoints: [join(here, 'board.mjs')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@kseg/source'],
    outfile,
  });
  return outfile;
}
