import { Xv6Error } from './errors.ts';
import type { Xv6Fs } from './fs.ts';
import { imageBytes } from './kernel.ts';

export interface GaiaMemfsOptions {
  /**
   * Assembles the kernel to a flat binary linked at 0x80002000, without a size header. Called twice: the first time to
   * learn the kernel's size, with all symbols 0x80002000-based guesses, then with their values.
   */
  readonly assemble: (symbols: Readonly<Record<string, number>>) => Uint8Array;
  /** What follows the kernel, in this order: name to bytes. The usual ones are `initcode`, `_min-rt`, `fs.img`. */
  readonly blobs: Readonly<Record<string, Uint8Array | Xv6Fs>>;
}

/** KERNLINK of xv6 for GAIA: where its kernel is linked. */
export const GAIA_LINK_ADDRESS = 0x8000_2000;

/**
 * An xv6 kernel for GAIA with its blobs and the boot header: a little-endian size, the kernel, the blobs. The kernel
 * finds the blobs by absolute symbols `_binary_NAME_start`, `_end`, `_size` and the image's end by `end`, which depend
 * on its own size; hence it is assembled twice.
 *
 * @throws Xv6Error `KSEG_XV6_PARAMETER` when the second pass has another size than the first
 */
export function gaiaKernelMemfs({ assemble, blobs }: GaiaMemfsOptions): Uint8Array {
  const parts = Object.entries(blobs).map(([name, blob]) => ({ name, bytes: imageBytes(blob) }));
  const first = assemble(blobSymbols(parts, 0));
  const kernel = assemble(blobSymbols(parts, first.length));
  if (kernel.length !== first.length) {
    const message = `the kernel's size depends on its symbols' values: ${first.length} bytes, then ${kernel.length}`;
    throw new Xv6Error('KSEG_XV6_PARAMETER', message);
  }
  const payload = [kernel, ...parts.map(({ bytes }) => bytes)];
  return withSizeHeader(payload);
}

function blobSymbols(parts: readonly { name: string; bytes: Uint8Array }[], kernelSize: number) {
  const symbols: Record<string, number> = {};
  let at = GAIA_LINK_ADDRESS + kernelSize;
  for (const { name, bytes } of parts) {
    const stem = `_binary_${name.replace(/[^A-Za-z0-9]/g, '_')}`;
    symbols[`${stem}_start`] = at;
    symbols[`${stem}_end`] = at + bytes.length;
    symbols[`${stem}_size`] = bytes.length;
    at += bytes.length;
  }
  symbols['end'] = at;
  return symbols;
}

/**
 * Puts the 4-byte little-endian size in front that GAIA's boot ROM and its `exec` read. The boot ROM takes whole words
 * only, so the payload is padded to a multiple of 4.
 */
export function withSizeHeader(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const padded = (length + 3) & ~3;
  const out = new Uint8Array(4 + padded);
  new DataView(out.buffer).setUint32(0, padded, true);
  let at = 4;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
