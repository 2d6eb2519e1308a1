import { PT } from './constants.ts';
import type { ElfFile } from './types.ts';

/** One piece of an executable to put into memory: `bytes`, then zeros up to `memSize`. */
export interface LoadableSegment {
  readonly vaddr: number;
  readonly paddr: number;
  readonly bytes: Uint8Array;
  readonly memSize: number;
}

/** The PT_LOAD segments that occupy memory, in file order. */
export function loadableSegments(file: ElfFile): LoadableSegment[] {
  return file.segments
    .filter(({ type, memSize }) => type === PT.LOAD && memSize > 0)
    .map(({ vaddr, paddr, bytes, memSize }) => ({ vaddr, paddr, bytes, memSize }));
}
