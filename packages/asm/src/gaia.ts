// Assembler for the GAIA processor: one flat binary from all sources, sized as the original assembler sizes it.
import { AssemblyError, type Diagnostic } from './diagnostics.ts';
import { Instructions } from './gaia/instructions.ts';
import { type GaiaSource, Program } from './gaia/program.ts';
import { Reader } from './gaia/statements.ts';

export type { GaiaSource };

export interface GaiaOptions {
  /** Address of the first byte, a multiple of 4. Default 0x2000. */
  entry?: number;
  /** Label the start stub jumps to; null: no stub. Default `main`. */
  start?: string | null;
  /** Puts the image's size, 4 bytes little-endian, in front. Default true. */
  sizeHeader?: boolean;
  /** A global label put behind everything. */
  endLabel?: string;
  /** Rounds in which instructions may get shorter. Default 2. */
  passes?: number;
}

export interface GaiaImage {
  /** Little-endian, with the size header when asked for. */
  readonly bytes: Uint8Array;
  /** Global labels and their addresses. */
  readonly symbols: Readonly<Record<string, number>>;
}

/**
 * Assembles GAIA sources to a flat binary.
 *
 * @throws AssemblyError with all diagnostics when a source has errors.
 */
export function assembleGaia(sources: readonly GaiaSource[], options: GaiaOptions = {}): GaiaImage {
  const { entry = 0x2000, start = 'main', endLabel, passes = 2, sizeHeader = true } = options;
  const program = new Program(sources, entry);
  if (start !== null) {
    // The stub looks its label up among the globals, or in any file that has it.
    program.line = { file: -1, number: 0, text: start, column: 1 };
    new Instructions(program).jumpFar(start);
  }
  const reader = new Reader(program);
  sources.forEach(({ text }, file) => {
    reader.read(text, file);
  });
  if (endLabel !== undefined && sources.length > 0) {
    program.labels[0]!.set(endLabel, program.items.length);
    program.globals[0]!.add(endLabel);
  }
  program.add(0, { align: 4 });
  program.layOut();
  if (program.diagnostics.length === 0) for (let pass = 0; pass < passes; pass++) program.relax();
  const body = program.encode();
  if (program.diagnostics.length > 0) {
    const order = (d: Diagnostic) => sources.findIndex(({ name }) => name === d.file);
    throw new AssemblyError(program.diagnostics.sort((a, b) => order(a) - order(b) || a.line - b.line));
  }
  const addresses = new Map<string, number>();
  program.globals.forEach((names, file) => {
    for (const name of names) if (!addresses.has(name)) addresses.set(name, program.lookup(file)(name) ?? 0);
  });
  const symbols = Object.fromEntries(addresses);
  if (!sizeHeader) return { bytes: body, symbols };
  const bytes = new Uint8Array(body.length + 4);
  new DataView(bytes.buffer).setUint32(0, body.length, true);
  bytes.set(body, 4);
  return { bytes, symbols };
}
