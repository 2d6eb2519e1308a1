// The WebAssembly between regions: from an address to the function of the region there, without a way through JavaScript.
import { state as S } from '@kseg/cpu/engine';
import type { SystemOptions } from './handwritten.ts';
import { MAIL, STOP } from './mailbox.ts';
import { DEEPEST, TYPE, types } from './signatures.ts';
import { ALONE, type Steps } from './steps.ts';
import { system } from './system.ts';
import { encodeModule, FunctionBody, W } from './wasm.ts';

/** Exceptions and accesses tried again without an instruction retired, before the interpreter looks whether that can go on. */
const BARREN = 16;
/** Entries of the lookup table, of four words each: key, soft-TLB entry, table slot. */
const LOOKUP_ENTRIES = 4096;
export const LOOKUP_BYTES = 16 * LOOKUP_ENTRIES;

/** Word of the lookup table where the entry for `pc` begins. */
export const lookupWord = (pc: number): number => 4 * ((pc >>> 2) & (LOOKUP_ENTRIES - 1));

/** Address and translation mode in one word: instructions are aligned. */
export const keyOf = (pc: number, mode: number): number => (pc | mode) >>> 0;

export interface Dispatcher {
  readonly module: WebAssembly.Module;
  /** Names of its exports. */
  readonly run: string;
  readonly find: string;
  readonly rare: string;
  readonly quick: string;
}

/**
 * A module whose `run` (slot, left, low) -> left goes from region to region until one is not translated, does not begin for want of budget,
 * ends with less than `low` left, or ends the run (~left); PC is then in the state block. `find` (pc, left, depth) -> (pc, left) calls the
 * region at `pc` once, or returns what it was given. `rare` is what regions call for the long way of an instruction, `quick` what it does of that
 * without JavaScript, which is imported.
 */
export function* encodeDispatcher(
  options: SystemOptions & { readonly lookup: number; readonly memoryPages: number; readonly tableSize: number },
): Steps<Dispatcher> {
  const { state, lookup, mailbox, memoryPages, tableSize } = options;
  const resume = mailbox + 4 * MAIL.resume;
  const { functions, miss, fetch, quick, rare } = yield* system(options, 3, 0);
  yield ALONE;
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
    // The two low bits of a key are the mode's.
    body.get(pc);
    body.const(3);
    body.op(W.i32And, W.i32Or);
  };

  const run = new FunctionBody(3);
  {
    const [slot, left, low] = [0, 1, 2];
    const pc = run.local();
    const at = run.local();
    const before = run.local();
    const barren = run.local();
    run.open(W.block);
    run.open(W.loop);
    run.get(left);
    run.tee(before);
    run.const(0);
    run.get(slot);
    run.callIndirect(TYPE.region);
    run.set(left);
    run.set(pc);
    run.get(left);
    run.get(before);
    run.op(W.i32Eq);
    // Nothing has retired: what is left is too little for this region.
    run.brIf(1);
    run.get(left);
    run.const(0);
    run.op(W.i32LtS);
    run.open(W.if);
    // An instruction has ended the run, or an access has found nothing: both may have been dealt with.
    run.const(0);
    run.memory(W.i32Load, resume);
    run.tee(at);
    run.op(W.i32Eqz);
    run.open(W.if);
    run.call(miss);
    run.op(W.i32Eqz);
    run.open(W.if);
    run.get(left);
    run.op(W.return, W.end, W.end);
    run.const(0);
    run.const(0);
    run.memory(W.i32Store, resume);
    run.get(at);
    run.const(STOP);
    run.op(W.i32Eq);
    run.open(W.if);
    run.get(left);
    run.op(W.return, W.end);
    run.get(left);
    run.const(-1);
    run.op(W.i32Xor);
    run.set(left);
    word(run, S.PC);
    run.set(pc);
    run.op(W.end);
    // However a region can be left, not often without an instruction that has retired.
    run.get(barren);
    run.const(1);
    run.op(W.i32Add);
    run.const(0);
    run.get(left);
    run.get(before);
    run.op(W.i32Eq, W.select);
    run.tee(barren);
    run.const(BARREN);
    run.op(W.i32GtS);
    run.brIf(1);
    run.get(left);
    run.get(low);
    run.op(W.i32LtS);
    run.brIf(1);
    run.open(W.block);
    run.open(W.loop);
    lookUp(run, pc, at);
    run.op(W.i32Eqz);
    run.brIf(1);
    run.const(0);
    run.get(pc);
    run.memory(W.i32Store, state + 4 * S.PC);
    // A fault is taken when the instruction's turn comes.
    run.get(left);
    run.op(W.i32Eqz);
    run.brIf(3);
    run.get(pc);
    run.call(fetch);
    run.op(W.i32Eqz);
    run.brIf(3);
    // The page is there now, or PC is the vector of the exception that it was not.
    word(run, S.PC);
    run.set(pc);
    run.br(0);
    run.op(W.end, W.end);
    run.get(at);
    run.memory(W.i32Load, lookup + 8);
    run.set(slot);
    run.br(0);
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
  const bytes = encodeModule({
    types,
    memoryPages,
    tableSize,
    imports: [{ name: 'javascript', type: TYPE.rare }],
    functions: [{ type: TYPE.run, body: run }, { type: TYPE.find, body: find }, ...functions],
  });
  yield ALONE;
  return {
    module: new WebAssembly.Module(bytes),
    run: '0',
    find: '1',
    rare: String(rare - 1),
    quick: String(quick - 1),
  };
}
