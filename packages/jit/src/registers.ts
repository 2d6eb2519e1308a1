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
  [H.TNE]: [rs, rt],
  [H.TGE]: [rs, rt],
  [H.TGEU]: [rs, rt],
  [H.TLT]: [rs, rt],
  [H.TLTU]: [rs, rt],
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

const TRAPS = new Set<number>([
  ...[H.ADD, H.SUB, H.ADDI],
  ...[H.TEQ, H.TNE, H.TGE, H.TGEU, H.TLT, H.TLTU],
  ...[H.TEQI, H.TNEI, H.TGEI, H.TGEIU, H.TLTI, H.TLTIU],
]);

/** Whether the instruction may leave the region: by a fault, or because of what an access to a device did. */
function canLeave(instruction: Instruction): boolean {
  const handler = handlerOf(instruction);
  return TRAPS.has(handler) || isAccess(handler) || isFloating(handler);
}

/** By a block's position in the structure's order. */
export interface Liveness {
  /** Registers whose value in the state block may be stale where a block begins. */
  readonly dirtyIn: Int32Array;
  /** Of those, the ones that are written back at once, since nothing reads them any more: WebAssembly's compilers need not keep them. */
  readonly doneIn: Int32Array;
  /** Those written back at the end of a block for the same reason. */
  readonly doneOut: Int32Array;
  /** Registers that a block, or what comes after it, needs. */
  readonly liveIn: Int32Array;
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

/** Solves live = needs | (live of the successors, but for what is defined) for each block, whose successors are given by position. */
function backward(successors: readonly (readonly number[])[], needs: Int32Array, defines: Int32Array): Int32Array {
  const live = needs.slice();
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = live.length - 1; i >= 0; i--) {
      const now = (liveOut(successors[i]!, live) & ~defines[i]!) | needs[i]!;
      if (now === live[i]) continue;
      live[i] = now;
      changed = true;
    }
  }
  return live;
}

function liveOut(successors: readonly number[], live: Int32Array): number {
  let out = 0;
  for (const to of successors) out |= live[to]!;
  return out;
}

/**
 * Dirtiness goes forward, liveness backward, twice: what instructions read decides what is written back early; what leaves the region, and
 * what is written back, then needs whatever is dirty there.
 */
export function liveness({ order, index }: Structure, isHead: (block: Block) => boolean): Liveness {
  const size = order.length;
  const successors = order.map(({ succs }) => succs.map(({ to }) => index[to.id]!));
  /** Of each block's instructions in order: what is read, written, and whether the region may be left there. */
  const facts = order.map((block) => {
    const list: number[] = [];
    for (const instruction of instructionsOf(block))
      list.push(uses(instruction), writes(instruction), canLeave(instruction) ? 1 : 0);
    return list;
  });
  const reads = new Int32Array(size);
  const written = new Int32Array(size);
  const defines = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const list = facts[i]!;
    let read = 0;
    let defined = 0;
    for (let at = 0; at < list.length; at += 3) {
      read |= list[at]! & ~defined;
      defined |= list[at + 1]!;
    }
    reads[i] = read;
    written[i] = defined;
    defines[i] = writesBack(order[i]!) ? -1 : defined;
  }
  const readIn = backward(successors, reads, defines);

  const dirtyIn = new Int32Array(size);
  const doneIn = new Int32Array(size);
  const doneOut = new Int32Array(size);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < size; i++) {
      const block = order[i]!;
      const before = dirtyIn[i]!;
      // What only leaves writes everything back anyway.
      const done = block.end.kind === 'exit' ? 0 : before & ~readIn[i]!;
      let dirty = (before & ~done) | written[i]!;
      const cleans = writesBack(block);
      const out = cleans || block.succs.length === 0 ? 0 : dirty & ~liveOut(successors[i]!, readIn);
      doneIn[i] = done;
      doneOut[i] = out;
      dirty = cleans ? 0 : dirty & ~out;
      for (const to of successors[i]!) {
        const known = dirtyIn[to]!;
        if ((known | dirty) === known) continue;
        dirtyIn[to] = known | dirty;
        changed = true;
      }
    }
  }

  const needs = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const block = order[i]!;
    const before = dirtyIn[i]!;
    let dirty = before & ~doneIn[i]!;
    let need = doneIn[i]! | (isHead(block) || block.end.kind === 'exit' ? dirty : 0);
    let defined = 0;
    const list = facts[i]!;
    for (let at = 0; at < list.length; at += 3) {
      need |= list[at]! & ~defined;
      if (list[at + 2] !== 0) need |= dirty & ~defined;
      dirty |= list[at + 1]!;
      defined |= list[at + 1]!;
    }
    if (writesBack(block) || block.end.kind === 'return') need |= dirty & ~defined;
    else need |= doneOut[i]! & ~defined;
    needs[i] = need;
  }
  return { dirtyIn, doneIn, doneOut, liveIn: backward(successors, needs, defines) };
}
