/** The architecture levels `-march`/`.set mipsN` know. */
export type MipsLevel = 'mips1' | 'mips2' | 'mips3' | 'mips4' | 'mips32' | 'mips32r2';

/** Finds the text of an included file; null when there is none. `from` is the including file. */
export type Resolver = (path: string, from: string) => string | Uint8Array | null;

export interface AssembleOptions {
  /** Name of the source in diagnostics. Default `<source>`. */
  name?: string;
  /** Byte order. Default `little`. */
  endian?: 'little' | 'big';
  /** Instruction set, as `-mips32r2` and its siblings. Default `mips32r2`. */
  level?: MipsLevel;
  /** `-O`: from 2 on (the default) branches take the instruction before them into their delay slot; below, a nop. */
  optimize?: number;
  /** Size in bytes up to which data is small, reached from $gp (`-G`). Default 0. */
  smallData?: number;
  /** Code starts out position-independent, as with `-KPIC`. Default false. */
  pic?: boolean;
  /** Position-independent code finds $gp by itself, as shared libraries must; false as with `-mno-shared`. Default true. */
  shared?: boolean;
  /** Floating-point ABI: `-mfp32`, `-mfpxx`, `-mfp64`, `-msoft-float`. Default `fp32`. */
  fp?: 'fp32' | 'fpxx' | 'fp64' | 'soft';
  /** Application-specific extensions allowed from the start, as `-mdsp` and its siblings. Default: none. */
  extensions?: readonly ('dsp' | 'dspr2' | 'mt' | 'smartmips' | 'mips3d')[];
  /** Debugging information about the source itself, in this version of DWARF, as `--gdwarf-5` and its siblings; 0: none. Default 0. */
  debug?: 0 | 2 | 3 | 4 | 5;
  /** The directory that names of files are relative to, as debugging information has it. Default empty. */
  directory?: string;
  /** Run the C preprocessor over the source first (`.S` files). Default: whether `name` ends in `.S`. */
  preprocess?: boolean;
  /** Macros known to the C preprocessor from the start, as with `-D`. */
  defines?: Readonly<Record<string, string>>;
  /** Finds files of `#include`, `.include` and `.incbin`. Default: there are none. */
  resolve?: Resolver;
  /** Symbols with values, as with `--defsym`. */
  symbols?: Readonly<Record<string, number>>;
}

export type Options = Required<Omit<AssembleOptions, 'preprocess'>>;

export function withDefaults(options: AssembleOptions): Options {
  return {
    name: options.name ?? '<source>',
    endian: options.endian ?? 'little',
    level: options.level ?? 'mips32r2',
    optimize: options.optimize ?? 2,
    smallData: options.smallData ?? 0,
    pic: options.pic ?? false,
    shared: options.shared ?? true,
    fp: options.fp ?? 'fp32',
    extensions: options.extensions ?? [],
    debug: options.debug ?? 0,
    directory: options.directory ?? '',
    defines: options.defines ?? {},
    resolve: options.resolve ?? (() => null),
    symbols: options.symbols ?? {},
  };
}
