// From instruction words to a control-flow graph. A region is what a compiler would call a function: everything that branches and jumps
// reach from one entry, going on behind calls, ending at returns.
import { FIRST_BRANCH, HANDLER as H, shapeOf } from '@kseg/cpu/engine';
import { handlerOf, type Instruction, isAccess, isFloating } from './instruction.ts';
import { integerEmitter } from './integer.ts';
import { SHARE, STRETCH, type Steps } from './steps.ts';

/** An edge of the graph. `label` is set when `to` is a dispatcher (see structure.ts): which way to go from there. */
export interface Edge {
  to: Block;
  label: number;
}

/** How a block ends. The delay slot of a branch is executed before the transfer, after the condition or target is known. */
type End =
  | { readonly kind: 'goto' }
  /** succs: taken, not taken. With `likely`, the slot is in a block of its own on the way to the target. */
  | { readonly kind: 'branch'; readonly branch: Instruction; readonly slot: Instruction | undefined }
  /** Unconditional, with a slot; succs: the target. */
  | { readonly kind: 'jump'; readonly branch: Instruction; readonly slot: Instruction }
  /** JR: leaves the region for the address in a register. */
  | { readonly kind: 'return'; readonly branch: Instruction; readonly slot: Instruction }
  /** JAL (`target` known) or JALR; succs: behind the slot. */
  | {
      readonly kind: 'call';
      readonly branch: Instruction;
      readonly slot: Instruction;
      readonly target: number | undefined;
    }
  /** An instruction that the long way carries out; succs: behind it, if that is where it goes. */
  | { readonly kind: 'rare'; readonly instruction: Instruction }
  /** Leaves the region at `pc`. */
  | { readonly kind: 'exit' }
  /** One way for each successor, chosen by the label that whoever came here has set. */
  | { readonly kind: 'dispatch' };

export interface Block {
  /** Of the blocks of a region, counted from 0. */
  readonly id: number;
  /** Virtual address of the first instruction; for a dispatcher, -1. */
  readonly pc: number;
  readonly body: Instruction[];
  /** Of a likely branch's slot, which is a block of its own: where the branch goes. */
  readonly slotTarget?: number;
  end: End;
  succs: Edge[];
  /** Instructions that retire here. */
  count: number;
}

export interface Region {
  readonly entry: Block;
  readonly blocks: readonly Block[];
  /** Addresses of all words that went in. */
  readonly words: readonly number[];
  /** Targets of calls. */
  readonly callees: readonly number[];
}

/** Where instructions come from: the predecoded word at `pc`, or undefined where the region must not go. */
export type Fetch = (pc: number) => Instruction | undefined;

/** What comes behind them in memory does not come behind them in time. */
const NEVER_GO_ON = new Set<number>([H.SYSCALL, H.BREAK, H.ERET]);

const BRANCHES = new Set<number>([H.BEQ, H.BNE, H.BEQZ, H.BNEZ, H.BLEZ, H.BGTZ, H.BLTZ, H.BGEZ, H.BC1F, H.BC1T]);
const LIKELY_BRANCHES = new Set<number>([H.BEQL, H.BNEL, H.BLEZL, H.BGTZL, H.BLTZL, H.BGEZL, H.BC1FL, H.BC1TL]);

/** Whether the translator has code of its own for an instruction that is no branch. */
function isInline(instruction: Instruction): boolean {
  const handler = handlerOf(instruction);
  return !instruction.slow && (integerEmitter(handler) !== undefined || isAccess(handler) || isFloating(handler));
}

/** The region at `entry`, of at most about `limit` instructions; undefined when it would not execute a single one. */
export function* formRegion(entry: number, fetch: Fetch, limit: number): Steps<Region | undefined> {
  const known = new Map<number, Instruction>();
  const read = (pc: number): Instruction | undefined => {
    const found = known.get(pc) ?? fetch(pc);
    if (found !== undefined) known.set(pc, found);
    return found;
  };
  /** The slot behind a branch, if the pair can be translated. */
  const slotOf = (branch: Instruction): Instruction | undefined => {
    const slot = read((branch.pc + 4) >>> 0);
    return slot !== undefined && isInline(slot) ? slot : undefined;
  };
  const leaders = new Set<number>([entry]);
  const walked = new Set<number>();
  const work = [entry];
  const lead = (pc: number) => {
    if (leaders.has(pc)) return;
    leaders.add(pc);
    work.push(pc);
  };
  // Breadth first, so that a limited region holds what is near its entry.
  for (let next = 0; next < work.length; next++) {
    for (let pc = work[next]!; !walked.has(pc) && walked.size < limit; pc = (pc + 4) >>> 0) {
      const instruction = read(pc);
      if (instruction === undefined) break;
      walked.add(pc);
      if (walked.size % STRETCH === 0) yield SHARE.walk * STRETCH;
      const handler = handlerOf(instruction);
      if (handler >= FIRST_BRANCH) {
        const kind = classify(instruction);
        if (kind === 'other' || slotOf(instruction) === undefined) break;
        if (kind === 'jump' || kind === 'branch' || kind === 'likely') lead(targetOf(instruction));
        if (kind !== 'jump' && kind !== 'return') lead((pc + 8) >>> 0);
        break;
      }
      if (!isInline(instruction)) {
        if (!NEVER_GO_ON.has(handler)) lead((pc + 4) >>> 0);
        break;
      }
      if (leaders.has((pc + 4) >>> 0)) break;
    }
  }

  const blocks = new Map<number, Block>();
  const extra: Block[] = [];
  const callees = new Set<number>();
  const words = new Set<number>();
  const todo: Block[] = [];
  let made = 0;
  const blockAt = (pc: number): Block => {
    const found = blocks.get(pc);
    if (found !== undefined) return found;
    const block: Block = { id: made++, pc, body: [], end: { kind: 'exit' }, succs: [], count: 0 };
    blocks.set(pc, block);
    todo.push(block);
    return block;
  };
  const edge = (pc: number): Edge => ({ to: blockAt(pc >>> 0), label: -1 });
  const first = blockAt(entry);
  let filled = 0;
  for (let block = todo.pop(); block !== undefined; block = todo.pop()) {
    fill(block);
    filled += block.count;
    if (filled < STRETCH) continue;
    yield SHARE.fill * filled;
    filled = 0;
  }

  function fill(block: Block): void {
    for (let pc = block.pc; ; pc = (pc + 4) >>> 0) {
      if (pc !== block.pc && leaders.has(pc)) {
        block.end = { kind: 'goto' };
        block.succs = [edge(pc)];
        break;
      }
      const instruction = known.get(pc);
      if (!walked.has(pc) || instruction === undefined) {
        leave(block, pc);
        break;
      }
      const handler = handlerOf(instruction);
      if (handler >= FIRST_BRANCH) {
        endWithBranch(block, instruction);
        break;
      }
      words.add(pc);
      if (!isInline(instruction)) {
        block.end = { kind: 'rare', instruction };
        if (!NEVER_GO_ON.has(handler)) block.succs = [edge(pc + 4)];
        block.count++;
        break;
      }
      block.body.push(instruction);
      block.count++;
    }
  }

  /** Ends a block whose next instruction is not the region's. */
  function leave(block: Block, pc: number): void {
    if (block.body.length === 0) block.end = { kind: 'exit' };
    else {
      block.end = { kind: 'goto' };
      leaders.add(pc);
      block.succs = [edge(pc)];
    }
  }

  function endWithBranch(block: Block, branch: Instruction): void {
    const { pc } = branch;
    const kind = classify(branch);
    const slot = slotOf(branch);
    if (kind === 'other' || slot === undefined) {
      leave(block, pc);
      return;
    }
    words.add(pc);
    words.add((pc + 4) >>> 0);
    block.count += kind === 'likely' ? 1 : 2;
    switch (kind) {
      case 'jump':
        block.end = { kind: 'jump', branch, slot };
        block.succs = [edge(targetOf(branch))];
        break;
      case 'branch':
        block.end = { kind: 'branch', branch, slot };
        block.succs = [edge(targetOf(branch)), edge(pc + 8)];
        break;
      case 'likely': {
        const way: Block = {
          id: made++,
          pc: (pc + 4) >>> 0,
          body: [slot],
          slotTarget: targetOf(branch),
          end: { kind: 'goto' },
          succs: [edge(targetOf(branch))],
          count: 1,
        };
        extra.push(way);
        block.end = { kind: 'branch', branch, slot: undefined };
        block.succs = [{ to: way, label: -1 }, edge(pc + 8)];
        break;
      }
      case 'return':
        block.end = { kind: 'return', branch, slot };
        break;
      case 'call': {
        const target = handlerOf(branch) === H.JALR ? undefined : targetOf(branch);
        if (target !== undefined) callees.add(target);
        block.end = { kind: 'call', branch, slot, target };
        block.succs = [edge(pc + 8)];
      }
    }
  }

  if (first.count === 0) return undefined;
  return { entry: first, blocks: [...blocks.values(), ...extra], words: [...words], callees: [...callees] };
}

/**
 * Where what is hot in a loop had better be entered: in a loop that contains no other, where the loop around it begins. A region is one loop
 * for as long as it comes back to its entry, and an inner loop that begins there would be a part of that, and not have its registers to itself.
 * Loops are taken to be as compilers lay them out, from what a branch leads back to up to that branch.
 */
export function entryAround({ entry: { pc }, blocks }: Region): number {
  const ends = new Map<number, number>();
  for (const block of blocks)
    for (const { to } of block.succs)
      if (to.pc <= block.pc) ends.set(to.pc, Math.max(ends.get(to.pc) ?? 0, block.pc + 4 * block.count));
  const loops = [...ends].map(([from, end]) => ({ from, end }));
  const around = loops
    .filter(({ from, end }) => from <= pc && pc < end)
    .sort((a, b) => a.end - a.from - (b.end - b.from));
  const [inner, outer] = around;
  if (inner === undefined || outer === undefined) return pc;
  const isInnermost = !loops.some(({ from, end }) => from > inner.from && end <= inner.end);
  return isInnermost ? outer.from : pc;
}

function classify(instruction: Instruction): 'branch' | 'likely' | 'jump' | 'call' | 'return' | 'other' {
  const handler = handlerOf(instruction);
  if (BRANCHES.has(handler)) return 'branch';
  if (LIKELY_BRANCHES.has(handler)) return 'likely';
  switch (handler) {
    case H.B:
    case H.J:
      return 'jump';
    case H.JAL:
    case H.JALR:
      return 'call';
    case H.JR:
      return 'return';
    case H.BGEZAL:
      // BAL, with which position-independent code finds out where it is, is a call; the other linking branches are hardly ever seen.
      return ((instruction.first >>> 8) & 63) === 0 ? 'call' : 'other';
    default:
      return 'other';
  }
}

/** Where a branch or jump goes whose target is in the word. */
export function targetOf(branch: Instruction): number {
  const { pc, second } = branch;
  if (shapeOf(handlerOf(branch)) === '-:region') return (((pc + 4) & 0xf000_0000) | second) >>> 0;
  return (pc + 4 + second) >>> 0;
}
