// The WebAssembly between regions: from an address to the function of the region there, without a way through JavaScript.
import { state as S } from '@kseg/cpu/engine';
import { DEEPEST, TYPE, types } from './emit.ts';
import { encodeModule, FunctionBody, W } from './wasm.ts';

/** Entries of the lookup table, of four words each: key, soft-TLB entry, table slot. */
const LOOKUP_ENTRIES = 4096;
export const LOOKUP_BYTES = 16 * LOOKUP_ENTRIES;

/** Word of the lookup table where the entry for `pc` begins. */
export const lookupWord = (pc: number): number => 4 * ((pc >>> 2) & (LOOKUP_ENTRIES - 1));

/** Address and translation mode in one word: instructions are aligned. */
export const keyOf = (pc: number, mode: number): number => (pc | mode) >>> 0;

/**
 * A module with two functions. `run` (slot, left) -> left goes from region to region until one is not translated, does not begin for want
 * of budget, or ends the run (~left); PC is then in the state block. `find` (pc, left, depth) -> (pc, left) calls the region at `pc` once, or
 * returns what it was given.
 */
export function dispatcherModule(options: {
  readonly state: number;
  readonly lookup: number;
  /** A word: not 0 when a run that the long way has ended may go on from PC. */
  readonly resume: number;
  readonly memoryPages: number;
  readonly tableSize: number;
}): Uint8Array<ArrayBuffer> {
  const { state, lookup, resume, memoryPages, tableSize } = options;
  const word = (body: FunctionBody, place: number) => {
    body.const(0);
    body.memory(W.i32Load, state + 4 * place);
  };
  /** Leaves in `at` the entry for `pc`, and pushes whether it is not valid. */
  const lookUp = (body: FunctionBody, pc: number, at: number) => {
    body.get(pc);
    body.const(2);
    body.op(W.i32Shl);
    body.const(16 * (LOOKUP_ENTRIES - 1));
    body.op(W.i32And);
    body.tee(at);
    body.memory(W.i32Load, lookup);
    body.get(pc);
    word(body, S.MODE);
    body.op(W.i32Or, W.i32Ne);
    body.get(at);
    body.memory(W.i32Load, lookup + 4);
    word(body, S.READ_BASE);
    body.get(pc);
    body.const(12);
    body.op(W.i32ShrU, W.i32Add);
    body.const(2);
    body.op(W.i32Shl);
    body.memory(W.i32Load, 0);
    body.op(W.i32Ne, W.i32Or);
  };

  const run = new FunctionBody(2);
  {
    const [slot, left] = [0, 1];
    const pc = run.local();
    const at = run.local();
    const before = run.local();
    run.open(W.loop);
    run.get(left);
    run.tee(before);
    run.const(0);
    run.get(slot);
    run.callIndirect(TYPE.region);
    run.set(left);
    run.set(pc);
    run.get(left);
    run.const(0);
    run.op(W.i32LtS);
    run.open(W.if);
    run.const(0);
    run.memory(W.i32Load, resume);
    run.op(W.i32Eqz);
    run.open(W.if);
    run.get(left);
    run.op(W.return, W.end);
    run.const(0);
    run.const(0);
    run.memory(W.i32Store, resume);
    run.get(left);
    run.const(-1);
    run.op(W.i32Xor);
    run.set(left);
    word(run, S.PC);
    run.set(pc);
    run.op(W.end);
    run.open(W.block);
    // Nothing has retired: what is left is too little for this region.
    run.get(left);
    run.get(before);
    run.op(W.i32Eq);
    run.brIf(0);
    lookUp(run, pc, at);
    run.brIf(0);
    run.get(at);
    run.memory(W.i32Load, lookup + 8);
    run.set(slot);
    run.br(1);
    run.op(W.end);
    run.op(W.end);
    run.const(0);
    run.get(pc);
    run.memory(W.i32Store, state + 4 * S.PC);
    run.get(left);
  }

  const find = new FunctionBody(3);
  {
    const [pc, left, depth] = [0, 1, 2];
    const at = find.local();
    find.open(W.block);
    find.get(depth);
    find.const(DEEPEST);
    find.op(W.i32GtS);
    find.brIf(0);
    lookUp(find, pc, at);
    find.brIf(0);
    find.get(left);
    find.get(depth);
    find.get(at);
    find.memory(W.i32Load, lookup + 8);
    find.callIndirect(TYPE.region);
    find.op(W.return, W.end);
    find.get(pc);
    find.get(left);
  }
  return encodeModule({
    types,
    memoryPages,
    tableSize,
    imports: [],
    functions: [
      { type: TYPE.run, body: run },
      { type: TYPE.find, body: find },
    ],
  });
}
