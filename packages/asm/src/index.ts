export {
  type AssembledSection,
  type AssembledSymbol,
  type Assembly,
  assemble,
} from './assemble.ts';
export { AssemblyError, type Diagnostic, formatDiagnostic } from './diagnostics.ts';
export { assembleFlat, type FlatImage, type FlatOptions } from './flat.ts';
export type { AssembleOptions, MipsLevel, Resolver } from './options.ts';
export { asm, type Snippet } from './template.ts';
