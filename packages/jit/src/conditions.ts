// Whether a branch is taken, but for those on a condition of the FPU.
import { HANDLER as H } from '@kseg/cpu/engine';
import type { Operands } from './operands.ts';
import { W } from './wasm.ts';

/** Pushes whether the branch of a handler is taken. */
export function pushCondition(o: Operands, handler: number): void {
  o.pushRs();
  if (comparesRegisters.has(handler)) o.pushRt();
  else o.body.const(0);
  o.body.op(comparisons[handler]!);
}

/** Whether there is a condition for a handler. */
export const isConditional = (handler: number): boolean => comparisons[handler] !== undefined;

const comparesRegisters = new Set<number>([H.BEQ, H.BEQL, H.BNE, H.BNEL]);

/** rs, and rt or zero. */
const comparisons: Readonly<Record<number, number>> = {
  [H.BEQ]: W.i32Eq,
  [H.BEQL]: W.i32Eq,
  [H.BNE]: W.i32Ne,
  [H.BNEL]: W.i32Ne,
  [H.BEQZ]: W.i32Eq,
  [H.BNEZ]: W.i32Ne,
  [H.BLEZ]: W.i32LeS,
  [H.BLEZL]: W.i32LeS,
  [H.BGTZ]: W.i32GtS,
  [H.BGTZL]: W.i32GtS,
  [H.BLTZ]: W.i32LtS,
  [H.BLTZL]: W.i32LtS,
  [H.BLTZAL]: W.i32LtS,
  [H.BLTZALL]: W.i32LtS,
  [H.BGEZ]: W.i32GeS,
  [H.BGEZL]: W.i32GeS,
  [H.BGEZAL]: W.i32GeS,
  [H.BGEZALL]: W.i32GeS,
};
