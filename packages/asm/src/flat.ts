import { type Draft, draft } from './assemble.ts';
import { AssemblyError } from './diagnostics.ts';
import { linkFlat } from './mips/link-flat.ts';
import type { AssembleOptions } from './options.ts';

export interface FlatOptions extends AssembleOptions {
  /** Address of the image's first byte. Default 0. */
  origin?: number;
}

export interface FlatImage {
  /** The image in the target's byte order: .text, then the other sections that hold data. */
  readonly bytes: Uint8Array;
  /** The same as 32-bit words, as a processor of that byte order reads them; a partial last word is filled with zeros. */
  readonly words: Uint32Array;
  readonly origin: number;
  /** Addresses of all named symbols. */
  readonly symbols: Readonly<Record<string, number>>;
}

/**
 * Assembles to an image that runs at `origin`, without a linker: sections one
 * behind the other (.text first, .bss last and not in the image), all
 * references filled in.
 *
 * @throws AssemblyError with all diagnostics when the source has errors or leaves a symbol undefined.
 */
export function assembleFlat(source: string, options: FlatOptions = {}): FlatImage {
  const assembled: Draft = draft(source, options, false);
  const image = linkFlat(assembled.asm, (options.origin ?? 0) >>> 0);
  const errors = assembled.asm.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new AssemblyError(errors);
  return image;
}
