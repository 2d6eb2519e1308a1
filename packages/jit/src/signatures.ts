// What the modules of a translator have in common: the types of their functions, and which functions regions import.
import { I32 } from './wasm.ts';

const numbers = (count: number): number[] => new Array<number>(count).fill(I32);

/** Types, by their number of parameters and results; a region's and the long way's have names of their own. */
export const TYPE = { region: 0, rare: 1, find: 2, run: 3, give: 4, test: 5, take: 6, raise: 7 } as const;
export const types = [
  { params: numbers(2), results: numbers(2) },
  { params: numbers(4), results: numbers(1) },
  { params: numbers(3), results: numbers(2) },
  { params: numbers(3), results: numbers(1) },
  { params: numbers(0), results: numbers(1) },
  { params: numbers(1), results: numbers(1) },
  { params: numbers(1), results: numbers(0) },
  { params: numbers(4), results: numbers(0) },
] as const;

/** Function indices of what regions import. */
export const IMPORT = { rare: 0, find: 1 } as const;

/** Regions that may call each other in a row: bounds the host’s stack. */
export const DEEPEST = 200;
