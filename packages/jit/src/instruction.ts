// A predecoded instruction, and what kinds of handlers there are for the translator.
import { HANDLER as H, shapeOf } from '@kseg/cpu/engine';

/** A predecoded instruction (see `@kseg/cpu`'s predecode.ts). */
export interface Instruction {
  readonly pc: number;
  readonly first: number;
  readonly second: number;
  /** There is no code for it, or it is a load or store that hardly ever finds memory: the long way is the shortest. */
  readonly slow?: boolean;
}

export const handlerOf = ({ first }: Instruction): number => first & 255;

const STORES = new Set<number>([H.SB, H.SH, H.SW, H.SWL, H.SWR, H.SWC1, H.SDC1]);
const ACCESSES = new Set<number>([H.LB, H.LBU, H.LH, H.LHU, H.LW, H.LWL, H.LWR, H.LWC1, H.LDC1, ...STORES]);

/** Whether a handler is a load or store that the translator has code of its own for. */
export const isAccess = (handler: number): boolean => ACCESSES.has(handler);

/** Of those, whether it is a store. */
export const isStore = (handler: number): boolean => STORES.has(handler);

const FLOATING = new Set<number>([H.FPU, H.MFC1, H.MTC1, H.MFHC1, H.MTHC1, H.LWC1, H.LDC1, H.SWC1, H.SDC1, H.MOVCI]);

/** Handlers of coprocessor 1 that there may be code for. */
export const isFloating = (handler: number): boolean => FLOATING.has(handler);

/** Branches on a condition of the FPU. */
export const isFloatingBranch = (handler: number): boolean => shapeOf(handler) === '-:condition';
