// From a block of a region to its code, but for the jump to where it goes on: of a branch, the condition is left on the stack.
import { HANDLER as H, state as S } from '@kseg/cpu/engine';
import { Accesses } from './access.ts';
import { pushCondition } from './conditions.ts';
import { Floating, isArithmetic } from './floating.ts';
import { type Block, targetOf } from './flow.ts';
import { type Circumstances, DEPTH, Frame, LEFT, type Site, type Surroundings } from './frame.ts';
import { handlerOf, type Instruction, isAccess, isFloating, isFloatingBranch } from './instruction.ts';
import { integerEmitter } from './integer.ts';
import { isUnmapped } from './modes.ts';
import { KnownOperands } from './operands.ts';
import { instructionsOf, type Liveness, liveness, writes } from './registers.ts';
import { DEEPEST, IMPORT, TYPE } from './signatures.ts';
import type { Structure } from './structure.ts';
import { type FunctionBody, W } from './wasm.ts';

/** Instructions on a path without a look at what is left. */
const LONGEST_PATH = 128;

/** Blocks that look at what is left, and how much they ask for. */
function paths({ order, index, loops, entry }: Structure): { heads: Set<Block>; costs: Map<Block, number> } {
  const heads = new Set<Block>();
  const mark = (block: Block) => {
    if (block.pc >= 0) heads.add(block);
    else for (const { to } of block.succs) if (!heads.has(to)) mark(to);
  };
  mark(entry);
  for (const loop of loops) mark(loop);
  // Behind a call, and behind an instruction that a slow device may have made last longer, any number of ticks is gone.
  for (const { end, succs } of order)
    if (end.kind === 'call' || end.kind === 'rare') for (const { to } of succs) mark(to);
  const costs = new Map<Block, number>();
  for (let i = order.length - 1; i >= 0; i--) {
    const block = order[i]!;
    let rest = 0;
    for (const { to } of block.succs) if (!heads.has(to) && index[to.id]! > i) rest = Math.max(rest, costs.get(to)!);
    costs.set(block, block.count + rest);
    if (block.count + rest > LONGEST_PATH && block.slotTarget === undefined && block.pc >= 0) heads.add(block);
  }
  return { heads, costs };
}

export class BlockEmitter {
  readonly body: FunctionBody;
  readonly #frame: Frame;
  readonly #floating: Floating;
  readonly #accesses: Accesses;
  readonly #heads: Set<Block>;
  readonly #costs: Map<Block, number>;
  readonly #liveness: Liveness;
  readonly #condition: number;
  readonly #target: number;
  /** What must be left at the region's first block, where that is within a loop. */
  readonly #floor: number;
  readonly #turningPoint: Block | undefined;
  /** Whether the soft TLB is looked at. */
  readonly #usesBases: boolean;

  constructor(
    private readonly shape: Structure,
    around: Surroundings,
    circumstances: Circumstances,
  ) {
    const { heads, costs } = paths(shape);
    this.#heads = heads;
    this.#costs = costs;
    this.#liveness = liveness(shape, (block) => heads.has(block));
    this.#frame = new Frame(around, circumstances);
    this.#floating = new Floating(this.#frame);
    this.#accesses = new Accesses(this.#frame, this.#floating);
    const { body } = this.#frame;
    this.body = body;
    this.#condition = body.local();
    this.#target = body.local();
    this.#turningPoint = shape.loops.has(shape.entry) ? shape.entry : undefined;
    this.#floor = body.local();
    const isMapped = (instruction: Instruction) =>
      isAccess(handlerOf(instruction)) && !this.#accesses.isDirect(instruction);
    const callsMapped = ({ end }: Block) => end.kind === 'call' && end.target !== undefined && !isUnmapped(end.target);
    this.#usesBases =
      !isUnmapped(shape.entry.pc) ||
      shape.order.some((block) => callsMapped(block) || instructionsOf(block).some(isMapped));
  }

  /** What comes before the first block. */
  begin(): void {
    if (this.#turningPoint !== undefined) this.#setFloor(this.#turningPoint);
    this.#frame.reload(this.#at(this.#liveness.liveIn, this.shape.entry));
    if (this.#usesBases) this.#frame.loadBases();
  }

  /**
   * Chooses what must be left for another time round from `block`. A region that has run for a turn returns there to the dispatcher, which
   * calls it anew, optimized meanwhile; but a region that another one has called returns to it in time.
   */
  #setFloor(block: Block): void {
    const { body } = this;
    body.get(LEFT);
    body.const(this.#frame.around.turn);
    body.op(W.i32Sub);
    body.tee(this.#floor);
    body.const(this.#costs.get(block)!);
    body.get(this.#floor);
    body.const(this.#costs.get(block)!);
    body.op(W.i32GtS);
    body.get(DEPTH);
    body.op(W.i32Eqz, W.i32And, W.select);
    body.set(this.#floor);
  }

  /** The entry of a list by position that is a block's. */
  #at(list: Int32Array, block: Block): number {
    return list[this.shape.index[block.id]!]!;
  }

  block(block: Block): void {
    const { body } = this;
    const { end } = block;
    this.#frame.dirty = this.#at(this.#liveness.dirtyIn, block);
    this.#frame.clean(this.#at(this.#liveness.doneIn, block));
    if (this.#heads.has(block) && end.kind !== 'exit') {
      body.get(LEFT);
      if (block === this.#turningPoint) body.get(this.#floor);
      else body.const(this.#costs.get(block)!);
      body.op(W.i32LtS);
      body.open(W.if);
      this.#frame.leave(() => body.const(block.pc));
      body.op(W.end);
    }
    if (block.count > 0) {
      body.get(LEFT);
      body.const(block.count);
      body.op(W.i32Sub);
      body.set(LEFT);
    }
    const sequence = instructionsOf(block);
    this.#accesses.plan(sequence);
    this.#floating.forget();
    // The slot of a likely branch is a block of its own, for which the branch looks whether there is an FPU.
    const likelySlot = end.kind === 'branch' && end.slot === undefined ? block.succs[0]!.to.body : [];
    const computes = [...sequence, ...likelySlot].some(isArithmetic);
    let guarded = block.slotTarget !== undefined;
    /** Before an instruction of which `refund` have not retired. */
    const guard = ({ pc }: Instruction, refund: number) => {
      if (!guarded) this.#floating.guard(pc, refund, computes);
      guarded = true;
    };
    const { slotTarget } = block;
    block.body.forEach((instruction, i) => {
      const refund = block.count - i;
      const next = slotTarget === undefined ? undefined : () => body.const(slotTarget);
      if (isFloating(handlerOf(instruction))) guard(instruction, refund);
      this.#instruction({ instruction, refund, next });
    });
    if ('branch' in end) {
      const after = [end.branch, ...(end.slot === undefined ? likelySlot : [end.slot])];
      if (after.some((instruction) => isFloating(handlerOf(instruction)) || isFloatingBranch(handlerOf(instruction))))
        guard(end.branch, block.count - block.body.length);
    }
    switch (end.kind) {
      case 'goto':
        this.#frame.clean(this.#at(this.#liveness.doneOut, block));
        break;
      case 'branch':
        this.#branch(block, end.branch, end.slot);
        break;
      case 'jump':
        this.#instruction({ instruction: end.slot, refund: 1, next: () => body.const(targetOf(end.branch)) });
        this.#frame.clean(this.#at(this.#liveness.doneOut, block));
        break;
      case 'return':
        this.#frame.get((end.branch.first >>> 8) & 63);
        body.set(this.#target);
        this.#instruction({ instruction: end.slot, refund: 1, next: () => body.get(this.#target) });
        this.#frame.leave(() => body.get(this.#target));
        break;
      case 'call':
        this.#call(block, end);
        break;
      case 'rare':
        this.#rare(end.instruction);
        if (block.succs.length === 0) {
          body.op(W.unreachable);
          break;
        }
        this.#checkBases(() => body.const(end.instruction.pc + 4));
        this.#frame.reload(this.#at(this.#liveness.liveIn, block.succs[0]!.to));
        break;
      case 'exit':
        this.#frame.leave(() => body.const(block.pc));
        break;
      case 'dispatch':
        this.#frame.clean(this.#at(this.#liveness.doneOut, block));
    }
  }

  #branch(block: Block, branch: Instruction, slot: Instruction | undefined): void {
    const { body } = this;
    const test = () => this.#test(branch);
    const clean = () => this.#frame.clean(this.#at(this.#liveness.doneOut, block));
    if (slot === undefined) {
      clean();
      test();
    } else {
      // The condition is that before the slot; evaluated behind it where the slot does not touch it, so that test and jump stay together.
      const early = isFloatingBranch(handlerOf(branch)) || (writes(slot) & bitsOf(branch)) !== 0;
      if (early) {
        test();
        body.set(this.#condition);
      }
      const again = early ? () => body.get(this.#condition) : test;
      const next = () => {
        body.const(targetOf(branch));
        body.const(branch.pc + 8);
        again();
        body.op(W.select);
      };
      this.#instruction({ instruction: slot, refund: 1, next });
      clean();
      again();
    }
  }

  /** Pushes whether a branch is taken. */
  #test(branch: Instruction): void {
    const site = { instruction: branch, refund: 0, next: undefined };
    if (isFloatingBranch(handlerOf(branch))) this.#floating.test(branch);
    else pushCondition(new KnownOperands(this.#frame, site), handlerOf(branch));
  }

  #call(
    block: Block,
    { branch, slot, target }: { branch: Instruction; slot: Instruction; target: number | undefined },
  ): void {
    const { body, around } = this.#frame;
    const back = (branch.pc + 8) | 0;
    const next = () => (target === undefined ? body.get(this.#target) : body.const(target));
    if (target === undefined) {
      this.#frame.get((branch.first >>> 8) & 63);
      body.set(this.#target);
    }
    body.const(back);
    this.#frame.set(handlerOf(branch) === H.JALR ? (branch.first >>> 20) & 63 : 31);
    this.#instruction({ instruction: slot, refund: 1, next });
    this.#frame.spill();
    const slotNumber = target === undefined ? undefined : this.#frame.circumstances.slotOf(target);
    if (target !== undefined) {
      body.const(target);
      body.set(this.#target);
    }
    if (slotNumber === undefined || target === undefined) {
      body.get(this.#target);
      body.get(LEFT);
      body.get(DEPTH);
      body.const(1);
      body.op(W.i32Add);
      body.call(IMPORT.find);
      body.set(LEFT);
      body.set(this.#target);
    } else {
      // Valid when the callee is translated, and its page is mapped as it was then.
      body.const(0);
      body.memory(W.i32Load, around.slots + 4 * slotNumber);
      if (isUnmapped(target)) {
        body.const(1);
        body.op(W.i32Ne);
      } else {
        body.get(this.#frame.readBase);
        body.memory(W.i32Load, (target >>> 12) << 2);
        body.op(W.i32Eq);
      }
      body.get(DEPTH);
      body.const(DEEPEST);
      body.op(W.i32LtS, W.i32And);
      body.open(W.if);
      body.get(LEFT);
      body.get(DEPTH);
      body.const(1);
      body.op(W.i32Add);
      body.const(slotNumber);
      body.callIndirect(TYPE.region);
      body.set(LEFT);
      body.set(this.#target);
      body.op(W.end);
    }
    // Whatever happened to the callee (it has not returned, it is another thread's): only who comes back here goes on here.
    body.get(this.#target);
    body.const(back);
    body.op(W.i32Ne);
    body.open(W.if);
    body.get(this.#target);
    body.get(LEFT);
    body.op(W.return, W.end);
    this.#checkBases(() => body.const(back));
    this.#frame.reload(this.#at(this.#liveness.liveIn, block.succs[0]!.to));
  }

  // ---- instructions

  /**
   * Behind what may have chosen another address space, or written the TLB: looks anew where the soft TLB's tables are. A region of mapped
   * code goes on only if its page is there as it was, else it leaves, to go on at `pc`.
   */
  #checkBases(pc: () => void): void {
    const { body } = this;
    const frame = this.#frame;
    if (this.#usesBases) frame.loadBases();
    const { pc: start } = this.shape.entry;
    if (isUnmapped(start)) return;
    body.get(frame.readBase);
    body.memory(W.i32Load, (start >>> 12) << 2);
    body.const(0);
    body.memory(W.i32Load, frame.around.slots + 4 * frame.circumstances.slot);
    body.op(W.i32Ne);
    body.open(W.if);
    pc();
    body.get(LEFT);
    body.op(W.return, W.end);
  }

  /** Has an instruction carried out by the interpreter's long way; what follows reads its registers anew. */
  #rare(instruction: Instruction): void {
    const { body } = this;
    this.#frame.spill();
    body.const(instruction.first);
    body.const(instruction.second);
    body.const(instruction.pc);
    this.#frame.leftAt(1);
    body.call(IMPORT.rare);
    body.tee(LEFT);
    body.const(0);
    body.op(W.i32LtS);
    body.open(W.if);
    this.#frame.loadState(S.PC);
    body.get(LEFT);
    body.op(W.return, W.end);
  }

  #instruction(site: Site): void {
    const handler = handlerOf(site.instruction);
    if (isAccess(handler)) this.#accesses.emit(site);
    else if (isFloating(handler)) this.#floating.emit(site);
    else integerEmitter(handler)!(new KnownOperands(this.#frame, site));
  }
}

/** Registers that a branch's condition reads. */
function bitsOf({ first }: Instruction): number {
  const rs = (first >>> 8) & 63;
  const rt = (first >>> 14) & 63;
  return (1 << rs) | (1 << rt);
}
