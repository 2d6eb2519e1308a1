// One build for every package: ESM and CJS, each with its own declarations.
import { defineConfig, type Options } from 'tsup';

/** tsup configuration of a library package. `entry` maps an output name to its source. */
export function library(entry: Record<string, string> = { index: 'src/index.ts' }, more: Options = {}) {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'neutral',
    dts: process.env['KSEG_FAST_BUILD'] === undefined,
    clean: true,
    splitting: true,
    sourcemap: false,
    // The hot loops are written for what the engine sees; do not let the bundler rename for size.
    minify: false,
    ...more,
  });
}
