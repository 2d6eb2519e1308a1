/**
 * The seam between the core and something that executes guest code faster than the interpreter: what `@kseg/jit` builds on. Made for
 * engines, not for hosts: the core's insides are visible here.
 *
 * An engine plants words of the code cache (`CodeCache.plant`); the interpreter hands over with `enter` where it comes to a planted word outside a
 * delay slot. A planted word costs nothing elsewhere. The interpreter may be the engine's, too (`interpret`).
 *
 * @module
 */
import type { Core } from './core.ts';

export type { CodeCache } from './code-cache.ts';
export type { Core } from './core.ts';
export * as exceptionCodes from './exception-codes.ts';
export { execute as executeFpu } from './fpu/index.ts';
export { load, store } from './memory-access.ts';
export type { CpuModel } from './models.ts';
export { FIRST_BRANCH, HANDLER, Predecoder, type Shape, shapeOf } from './predecode.ts';
export { rare } from './rare.ts';
export * as state from './state.ts';

/** What the core asks of an engine. All architectural state is in the core's state block and timeline on either side of a call. */
export interface Engine {
  /**
   * Executes from PC, which is a planted word outside a delay slot, at most to the time `core.end`, and leaves PC and the timeline where it
   * got. False when it executed nothing: the interpreter then carries out the planted instruction alone.
   */
  enter(): boolean;
  /**
   * Executes in the interpreter's place, from where the core has located the code at PC, or in the slot that IN_SLOT tells of. It may return
   * between any two instructions, and must where `poll` has something to look at; PC, IN_SLOT and the timeline are then where it got.
   */
  interpret?(): void;
  /** Told one in so many taken branches: `target` is where one goes. Returns how many to let pass before the next call. */
  sample(target: number): number;
  /** The page of host memory at `hostPage` is no longer watched: nothing translated from it may run any more. */
  dropPage(hostPage: number): void;
}

/** Makes the engine of a core. */
export type EngineFactory = (core: Core) => Engine;
