export * from './constants.ts';
export {
  describeElf,
  describeHeader,
  describeRelocations,
  describeSections,
  describeSegments,
  describeSymbols,
} from './describe.ts';
export { type LineRow, LineTable, readLineTable, type SourceLine } from './dwarf-line.ts';
export { ElfError, type ElfErrorCode } from './errors.ts';
export { type LoadableSegment, loadableSegments } from './load.ts';
export {
  describeMipsFlags,
  type MipsAbiFlags,
  type MipsRegisterInfo,
  readMipsAbiFlags,
  readMipsRegisterInfo,
} from './mips.ts';
export { type ElfExpectation, isElf, type ReadElfOptions, readElf } from './read.ts';
export { indexSymbols, type SymbolAt, SymbolIndex } from './symbols.ts';
export type {
  ElfFile,
  ElfHeader,
  ElfRelocation,
  ElfRelocationTable,
  ElfSection,
  ElfSegment,
  ElfSymbol,
  Endian,
} from './types.ts';
export {
  type ElfSpec,
  type GroupSpec,
  type SectionSpec,
  type SegmentSpec,
  type SymbolSpec,
  writeElf,
} from './write.ts';
