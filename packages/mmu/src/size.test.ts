import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('import { Mips32Mmu } costs at most 6 kB', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { Mips32Mmu } from './index.ts';",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const bytes = brotliCompressSync(outputFiles[0]!.contents).length;
  console.info(`Mips32Mmu: ${bytes} bytes, minified and compressed with brotli`);
  expect(bytes).toBeLessThanOrEqual(6000);
});
