import { segmentsOf } from './segments.ts';
import {
  accessCode,
  type Context,
  MAPPED,
  type Mmu,
  modeCode,
  type Translation,
  toTranslation,
} from './translation.ts';

/** A stretch of virtual addresses that are treated alike; a mapped one is contiguous in physical memory too. */
export interface Range {
  readonly va: number;
  /** Bytes, up to 2^32. */
  readonly size: number;
  /** The segment's name; empty in models without segments. */
  readonly segment: string;
  /** What a load at the first address comes to. */
  readonly load: Translation;
  /** What becomes of stores. */
  readonly store: Translation['kind'];
}

/** The smallest page of any model. */
const STEP = 1024;

/**
 * The whole address space in a context (kernel mode by default), from 0 to 0xffffffff without gaps. Asks the model once for each smallest page,
 * so that it holds for any model: some 100 ms in all, and 400 with pages of 1 KB.
 */
export function ranges(mmu: Mmu, context: Context = { mode: 'kernel' }): Range[] {
  const mode = modeCode(context);
  const segments = segmentsOf(mmu.model);
  const step = 'smallPages' in mmu && mmu.smallPages ? STEP : 4 * STEP;
  const found: (Range & { size: number })[] = [];
  for (let va = 0; va < 2 ** 32; va += step) {
    const store = toTranslation(mmu, mmu.lookup(va, accessCode('store'), mode)).kind;
    const code = mmu.lookup(va, accessCode('load'), mode);
    const last = found.at(-1);
    const starts = segments.some(({ first }) => first === va);
    if (last !== undefined && !starts && last.store === store && continues(last, mmu, code, va)) {
      last.size += step;
    } else {
      const segment = segments.find(({ first, last: end }) => va >= first && va <= end)?.name ?? '';
      found.push({ va, size: step, segment, load: toTranslation(mmu, code), store });
    }
  }
  return found;
}

/** Whether the lookup just made at `va` goes on where `range` ends. */
function continues(range: Range, mmu: Mmu, code: number, va: number): boolean {
  if (range.load.kind !== 'mapped') return code !== MAPPED && toTranslation(mmu, code).kind === range.load.kind;
  return code === MAPPED && mmu.cca === range.load.cca && mmu.pa - range.load.pa === va - range.va;
}
