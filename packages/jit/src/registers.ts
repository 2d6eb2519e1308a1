// Which registers an instruction reads and writes, as bits of a word: bit n is general register n, bit 0 HI and LO together.
import type { Block, Instruction } from './flow.ts';
import type { Structure } from './structure.ts';

const HI_LO = 1;

const bit = (register: number): number => (register < 32 ? 1 << register : 0) & ~1;
const rs = ({ first }: Instruction): number => bit((first >>> 8) & 63);
const rt = ({ first }: Instruction): number => bit((first >>> 14) & 63);
const rd = ({ first }: Instruction): number => bit((first >>> 20) & 63);

/** Registers read by an instruction that is translated inline, or by a branch. */
function uses(instruction: Instruction): number {
  const handler = instruction.first & 255;
  switch (handler) {
    case 1: // NOP
    case 29: // LI
    case 60: // MFC0_WORD
    case 202: // B
    case 203: // J
    case 204: // JAL
    case 112: // FPU
    case 113: // MFC1, MFHC1
    case 119:
    case 215: // BC1F … BC1TL
    case 216:
    case 217:
    case 218:
      return 0;
    case 22: // MOVZ, MOVN: what stays is read too
    case 23:
      return rs(instruction) | rt(instruction) | rd(instruction);
    case 24: // SLL SRL SRA ROTR, SEB SEH WSBH
    case 25:
    case 26:
    case 27:
    case 38:
    case 39:
    case 40:
    case 61: // MTC0_WORD, MTC0_ENTRY_LO
    case 62:
    case 114: // MTC1, MTHC1
    case 120:
      return rt(instruction);
    case 115: // LWC1, LDC1, SWC1, SDC1
    case 116:
    case 117:
    case 118:
      return rs(instruction);
    case 123: // MOVF, MOVT
      return rs(instruction) | rd(instruction);
    case 43: // MFHI, MFLO
    case 44:
      return HI_LO;
    case 45: // MTHI, MTLO: the other one stays
    case 46:
    case 50: // MADD … MSUBU
    case 51:
    case 52:
    case 53:
      return rs(instruction) | rt(instruction) | HI_LO;
    default:
      break;
  }
  // With an immediate, rt is the destination, but for INS, LWL and LWR, which keep a part of it.
  if ((handler >= 30 && handler <= 36) || handler === 58 || (handler >= 64 && handler <= 68)) return rs(instruction);
  if (handler === 28 || handler === 41 || handler === 42 || handler === 205 || handler === 206) return rs(instruction);
  return rs(instruction) | rt(instruction);
}

/** Registers written. */
export function writes(instruction: Instruction): number {
  const handler = instruction.first & 255;
  if (handler === 1) return 0;
  if ((handler >= 29 && handler <= 37) || handler === 58 || handler === 60 || (handler >= 64 && handler <= 70))
    return rt(instruction);
  if (handler === 113 || handler === 119) return rt(instruction);
  if (handler === 123) return rd(instruction);
  if ((handler >= 45 && handler <= 46) || (handler >= 48 && handler <= 55)) return HI_LO;
  if ((handler >= 10 && handler <= 44) || handler === 47 || handler === 56 || handler === 57 || handler === 206)
    return rd(instruction);
  if (handler === 204 || handler === 201) return 1 << 31;
  return 0;
}

/** Whether the instruction may leave the region: by a fault, or because of what an access to a device did. */
function canLeave({ first }: Instruction): boolean {
  const handler = first & 255;
  return (handler >= 56 && handler <= 59) || (handler >= 64 && handler <= 75) || (handler >= 112 && handler <= 123);
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
