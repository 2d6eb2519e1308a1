import type { GaiaProblem, GaiaWalk } from './gaia-mmu.ts';
import type { Route, Segment, SegmentMode } from './segments.ts';
import type { Access, Context, Translation } from './translation.ts';

/** One step of a translation, in the order the manual takes them. */
export type Step =
  /** The operating mode, and what in Status makes it so. */
  | { readonly step: 'mode'; readonly mode: SegmentMode; readonly because: 'ksu' | 'exl' | 'erl' }
  /** The segment that holds the address, and what it does in this mode. */
  | {
      readonly step: 'segment';
      readonly name: string;
      readonly first: number;
      readonly last: number;
      readonly route: Route;
    }
  /** An address that needs no TLB. */
  | { readonly step: 'direct'; readonly pa: number; readonly cca: number }
  /** A TLB entry was compared. `page`: another page; `asid`: the page, but another address space. */
  | { readonly step: 'compare'; readonly entry: number; readonly outcome: 'match' | 'page' | 'asid' }
  /** The page of the matching entry that holds the address; `half` where entries are pairs. */
  | {
      readonly step: 'page';
      readonly entry: number;
      readonly half?: 'even' | 'odd';
      readonly size: number;
      readonly pa: number;
      readonly cca: number;
      readonly valid: boolean;
      readonly dirty: boolean;
    }
  /** GAIA: translation off, or the register window. */
  | { readonly step: 'bypass'; readonly because: 'off' | 'registers'; readonly pa: number }
  | ({ readonly step: 'walk' } & GaiaWalk)
  /** GAIA's strict mode found something. */
  | { readonly step: 'problem'; readonly problem: GaiaProblem }
  /** A stage of a two-stage translation, with its own steps. */
  | { readonly step: 'stage'; readonly stage: 'guest' | 'host'; readonly va: number; readonly steps: readonly Step[] }
  /** What it comes to. */
  | { readonly step: 'result'; readonly translation: Translation };

/** Receives the steps as they are taken. */
export type Tell = (step: Step) => void;

/** The operating mode of a context (MIPS32 PRA vol. III, "Operating Modes"), told. */
export function tellMode({ mode, exl = false, erl = false }: Context, tell: Tell): SegmentMode {
  const [operating, because] = erl
    ? (['errorLevel', 'erl'] as const)
    : exl
      ? (['kernel', 'exl'] as const)
      : ([mode, 'ksu'] as const);
  tell({ step: 'mode', mode: operating, because });
  return operating;
}

/** The row of `table` that holds `va`, told. */
export function tellSegment(table: readonly Segment[], va: number, mode: SegmentMode, tell: Tell): Route {
  const { name, first, last, [mode]: route } = table.find((row) => va >= row.first && va <= row.last)!;
  tell({ step: 'segment', name, first, last, route });
  return route;
}

/** Where a direct segment leads, told. */
export function tellDirect(va: number, offset: number, cca: number, tell: Tell): Translation {
  const pa = (va - offset + 2 ** 32) % 2 ** 32;
  tell({ step: 'direct', pa, cca });
  return { kind: 'mapped', pa, cca };
}

/** What a matching page allows (vol. III, "TLB Address Translation"): V before D. */
export function permit(
  page: { pa: number; cca: number; valid: boolean; dirty: boolean },
  offset: number,
  access: Access,
): Translation {
  if (!page.valid) return { kind: 'invalid' };
  if (!page.dirty && access === 'store') return { kind: 'modified' };
  return { kind: 'mapped', pa: page.pa + offset, cca: page.cca };
}
