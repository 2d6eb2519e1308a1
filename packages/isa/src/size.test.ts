import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** Brotli bytes of a minified bundle of this import. */
async function bundled(code: string): Promise<{ size: number; text: string }> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: 'ts' },
    alias: { '@kseg/isa': join(import.meta.dirname, 'index.ts') },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  const text = outputFiles[0]!.text;
  return { size: brotliCompressSync(text).length, text };
}

it('keeps a decoder with its disassembler small, and leaves out what is not imported', async () => {
  const integer = await bundled(`import { decoder, MIPS32R2 } from '@kseg/isa'; export default decoder(MIPS32R2);`);
  const whole = await bundled(
    `import { cop1x, decoder, dsp, dspr2, fpu, fpu64, MIPS32R2 } from '@kseg/isa';
     export default decoder([...MIPS32R2, ...fpu, ...fpu64, ...cop1x, ...dsp, ...dspr2]);`,
  );
  console.info(`decoder(MIPS32R2): ${integer.size} bytes of brotli; with FPU and DSP ${whole.size}`);
  expect(integer.size).toBeLessThan(12_000);
  expect(integer.text).toContain('bgezall');
  expect(integer.text).not.toContain('c.ngle.s');
  expect(integer.text).not.toContain('dpaq_s.w.ph');
  expect(whole.text).toContain('dpaq_s.w.ph');
});
