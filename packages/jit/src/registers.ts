// Which registers an instruction reads and writes, as bits of a word: bit n is general register n, bit 0 HI and LO together.
import { HANDLER as H, type Shape, shapeOf } from '@kseg/cpu/engine';
import type { Block } from './flow.ts';
import { handlerOf, type Instruction, isAccess, isFloating } from './instruction.ts';
import type { Structure } from './structure.ts';

type Registers = (instruction: Instruction) => number;

const bit = (register: number): number => (register < 32 ? 1 << register : 0) & ~1;
const rs: Registers = ({ first }) => bit((first >>> 8) & 63);
const rt: Registers = ({ first }) => bit((first >>> 14) & 63);
const rd: Registers = ({ first }) => bit((first >>> 20) & 63);
const hiLo: Registers = () => 1;
const ra: Registers = () => 1 << 31;

/** What is read by instructions of each shape that are translated inline, and by branches … */
const readByShape: Readonly<Record<Shape, readonly Registers[]>> = {
  d: [rs, rt],
  'd:sa': [rt],
  'd:word': [rs, rd], // MOVF and MOVT: what stays is read, too
  t: [],
  't:simm': [rs],
  't:uimm': [rs],
  't:upper': [],
  't:extract': [rs],
  't:insert': [rs, rt],
  't:word': [],
  '-': [rs, rt],
  '-:simm': [rs, rt],
  '-:branch': [rs, rt], // of BLTZ, BGEZ and the like rt is opcode: at worst a register is kept for nothing
  '-:condition': [],
  '-:region': [],
  '-:word': [],
};

/** … and by handlers that read anything else. */
const readByHandler: Readonly<Record<number, readonly Registers[]>> = {
  [H.MOVE]: [rs],
  [H.CLZ]: [rs],
  [H.CLO]: [rs],
  [H.SEB]: [rt],
  [H.SEH]: [rt],
  [H.WSBH]: [rt],
  [H.MOVZ]: [rs, rt, rd],
  [H.MOVN]: [rs, rt, rd],
  [H.MFHI]: [hiLo],
  [H.MFLO]: [hiLo],
  // The other one stays.
  [H.MTHI]: [rs, hiLo],
  [H.MTLO]: [rs, hiLo],
  [H.MADD]: [rs, rt, hiLo],
  [H.MADDU]: [rs, rt, hiLo],
  [H.MSUB]: [rs, rt, hiLo],
  [H.MSUBU]: [rs, rt, hiLo],
  [H.LWL]: [rs, rt],
  [H.LWR]: [rs, rt],
  [H.MTC0_WORD]: [rt],
  [H.MTC0_ENTRY_LO]: [rt],
  [H.MTC1]: [rt],
  [H.MTHC1]: [rt],
  [H.LWC1]: [rs],
  [H.LDC1]: [rs],
  [H.SWC1]: [rs],
  [H.SDC1]: [rs],
  [H.B]: [],
  [H.JR]: [rs],
  [H.JALR]: [rs],
};

/** What is written by handlers whose shape has no destination. */
const writtenByHandler: Readonly<Record<number, Registers>> = {
  [H.MTHI]: hiLo,
  [H.MTLO]: hiLo,
  [H.MULT]: hiLo,
  [H.MULTU]: hiLo,
  [H.MADD]: hiLo,
  [H.MADDU]: hiLo,
  [H.MSUB]: hiLo,
  [H.MSUBU]: hiLo,
  [H.DIV]: hiLo,
  [H.DIVU]: hiLo,
  [H.JAL]: ra,
  [H.BGEZAL]: ra,
};

/** Registers read by an instruction that is translated inline, or by a branch. */
function uses(instruction: Instruction): number {
  const handler = handlerOf(instruction);
  let bits = 0;
  for (const source of readByHandler[handler] ?? readByShape[shapeOf(handler)]) bits |= source(instruction);
  return bits;
}

/** Registers written. */
export function writes(instruction: Instruction): number {
  const handler = handlerOf(instruction);
  switch (shapeOf(handler)[0]) {
    case 'd':
      return rd(instruction);
    case 't':
      return rt(instruction);
    default:
      return writtenByHandler[handler]?.(instruction) ?? 0;
  }
}

const TRAPS = new Set<number>([H.ADD, H.SUB, H.ADDI, H.TEQ]);

/** Whether the instruction may leave the region: by a fault, or because of what an access to a device did. */
function canLeave(instruction: Instruction): boolean {
  const handler = handlerOf(instruction);
  return TRAPS.has(handler) || isAccess(handler) || isFloating(handler);
}

export interface Liveness {
  /** Registers whose value in the state block may be stale where a block begins. */
  readonly dirtyIn: ReadonlyMap<Block, number>;
  /** Of those, the ones that are written back at once, since nothing reads them any more: WebAssembly's compilers need not keep them. */
  readonly doneIn: ReadonlyMap<Block, number>;
  /** Those written back at the end of a block for the same reason. */
  readonly doneOut: ReadonlyMap<Block, number>;
  /** Registers that a block, or what comes after it, needs. */
  readonly liveIn: ReadonlyMap<Block, number>;
}

/** What a block executes, in order: a branch comes before its slot. */
export function instructionsOf(block: Block): readonly Instruction[] {
  const { end } = block;
  switch (end.kind) {
    case 'branch':
      return end.slot === undefined ? [...block.body, end.branch] : [...block.body, end.branch, end.slot];
    case 'jump':
    case 'return':
    case 'call':
      return [...block.body, end.branch, end.slot];
    default:
      return block.body;
  }
}

/** Behind a call or a rare instruction everything lies in the state block. */
const writesBack = ({ end }: Block): boolean => end.kind === 'call' || end.kind === 'rare';

/** Solves live = needs | (live of the successors, but for what is defined) for each block. */
function backward(
  order: readonly Block[],
  needs: ReadonlyMap<Block, number>,
  defines: ReadonlyMap<Block, number>,
): Map<Block, number> {
  const liveIn = new Map<Block, number>(needs);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = order.length - 1; i >= 0; i--) {
      const block = order[i]!;
      const live = (liveOut(block, liveIn) & ~defines.get(block)!) | needs.get(block)!;
      if (live === liveIn.get(block)) continue;
      liveIn.set(block, live);
      changed = true;
    }
  }
  return liveIn;
}

const liveOut = ({ succs }: Block, liveIn: ReadonlyMap<Block, number>): number =>
  succs.reduce((live, { to }) => live | liveIn.get(to)!, 0);

/**
 * Dirtiness goes forward, liveness backward, twice: what instructions read decides what is written back early; what leaves the region, and
 * what is written back, then needs whatever is dirty there.
 */
export function liveness({ order }: Structure, isHead: (block: Block) => boolean): Liveness {
  const lists = new Map(order.map((block) => [block, instructionsOf(block)]));
  const reads = new Map<Block, number>();
  const defines = new Map<Block, number>();
  for (const block of order) {
    let read = 0;
    let defined = 0;
    for (const instruction of lists.get(block)!) {
      read |= uses(instruction) & ~defined;
      defined |= writes(instruction);
    }
    reads.set(block, read);
    defines.set(block, writesBack(block) ? -1 : defined);
  }
  const readIn = backward(order, reads, defines);

  const dirtyIn = new Map<Block, number>(order.map((block) => [block, 0]));
  const doneIn = new Map<Block, number>();
  const doneOut = new Map<Block, number>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of order) {
      const before = dirtyIn.get(block)!;
      // What only leaves writes everything back anyway.
      const done = block.end.kind === 'exit' ? 0 : before & ~readIn.get(block)!;
      let dirty = before & ~done;
      for (const instruction of lists.get(block)!) dirty |= writes(instruction);
      const out = writesBack(block) || block.succs.length === 0 ? 0 : dirty & ~liveOut(block, readIn);
      doneIn.set(block, done);
      doneOut.set(block, out);
      dirty = writesBack(block) ? 0 : dirty & ~out;
      for (const { to } of block.succs) {
        const known = dirtyIn.get(to)!;
        if ((known | dirty) === known) continue;
        dirtyIn.set(to, known | dirty);
        changed = true;
      }
    }
  }

  const needs = new Map<Block, number>();
  for (const block of order) {
    const before = dirtyIn.get(block)!;
    let dirty = before & ~doneIn.get(block)!;
    let need = doneIn.get(block)! | (isHead(block) || block.end.kind === 'exit' ? dirty : 0);
    let defined = 0;
    for (const instruction of lists.get(block)!) {
      need |= uses(instruction) & ~defined;
      if (canLeave(instruction)) need |= dirty & ~defined;
      const written = writes(instruction);
      dirty |= written;
      defined |= written;
    }
    if (writesBack(block) || block.end.kind === 'return') need |= dirty & ~defined;
    else need |= doneOut.get(block)! & ~defined;
    needs.set(block, need);
  }
  return { dirtyIn, doneIn, doneOut, liveIn: backward(order, needs, defines) };
}
