import { type Assembly, assemble } from './assemble.ts';
import { assembleFlat, type FlatImage, type FlatOptions } from './flat.ts';
import type { AssembleOptions } from './options.ts';

/** Source text that can be assembled for either byte order. */
export interface Snippet {
  readonly source: string;
  flat(options?: FlatOptions): FlatImage;
  object(options?: AssembleOptions): Assembly;
}

/**
 * A piece of assembly in a template: ``asm`li $t0, ${value}` ``. Numbers are
 * inserted as they are, other snippets and strings as text. Backslashes
 * reach the assembler as written.
 */
export function asm(
  strings: TemplateStringsArray,
  ...values: readonly (number | bigint | string | Snippet)[]
): Snippet {
  const text = (v: number | bigint | string | Snippet) => (typeof v === 'object' ? v.source : String(v));
  const source = strings.raw.map((part, i) => (i < values.length ? part + text(values[i]!) : part)).join('');
  return {
    source,
    flat: (options = {}) => assembleFlat(source, { name: 'asm`…`', ...options }),
    object: (options = {}) => assemble(source, { name: 'asm`…`', ...options }),
  };
}
