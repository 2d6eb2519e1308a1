import type { InputSection } from './object.ts';

/** A literal number placed among the inputs of an output section. */
interface OutputData {
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly value: number;
}

/** Bytes between inputs, filled with the section's pattern. */
interface Gap {
  readonly offset: number;
  readonly size: number;
}

/** A section of the executable. */
export interface OutputSection {
  readonly name: string;
  type: number;
  flags: number;
  align: number;
  entrySize: number;
  address: number;
  loadAddress: number;
  size: number;
  /** Pattern of gaps, most significant byte first. */
  fill: number;
  /** In the order they lie in memory. */
  readonly inputs: InputSection[];
  data: OutputData[];
  gaps: Gap[];
  /** Stays even when empty. */
  keep: boolean;
  /** Takes addresses but no bytes of the file. */
  noLoad: boolean;
  /** The layout gave its address, which therefore counts even when it is not allocated. */
  fixed: boolean;
  /** Bytes that replace the inputs' (register info and other records the linker merges). */
  content: Uint8Array | undefined;
  /** Names of the layout's segments it is part of; meaningless where the layout has none. */
  segments: readonly string[];
}
