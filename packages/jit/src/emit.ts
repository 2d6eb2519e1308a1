// From a region to the body of a WebAssembly function (left, depth) -> (pc, left): `left` is how many instructions may retire, `depth` how
// many regions called each other to get here. What comes back is where execution goes on and what is left. When an instruction needs the
// interpreter, or the long way has ended the run, what is left comes back inverted (~left, negative) and PC is in the state block: every
// caller then returns at once.
//
// No path between two looks at `left` is longer than what was looked for, so a region never overruns: where too little is left it returns,
// and the interpreter carries out the rest.
import { state as S } from '@kseg/cpu/engine';
import type { Block, Edge, Instruction, Region } from './flow.ts';
import { handlerOf, targetOf } from './flow.ts';
import { type Liveness, liveness, writes } from './registers.ts';
import { type Structure, structure } from './structure.ts';
import { FunctionBody, I32, I64, W } from './wasm.ts';

/** Where things are in the arena, in bytes, and what the code may take for granted. */
export interface Surroundings {
  readonly state: number;
  /** By table slot: the soft-TLB entry that the region there was translated under, or 1 when there is none. */
  readonly slots: number;
  /** One byte for each 64 of main memory: 1 when there is code. */
  readonly lines: number;
  /** Main memory, at physical 0; its size is 0 when there is none. */
  readonly ram: number;
  readonly ramSize: number;
  readonly bigEndian: boolean;
}

/** What depends on the region. */
export interface Circumstances {
  readonly kernel: boolean;
  /** Whether the load or store at `pc`, whose base is `register`, seems to reach mapped memory. */
  readonly mapped: (pc: number, register: number) => boolean;
  /** The table slot for a region at an address. */
  readonly slot: (pc: number) => number;
}

/** Function indices and type indices that the module gives. */
const IMPORT = { rare: 0, find: 1 } as const;
export const TYPE = { region: 0, rare: 1, find: 2, run: 3 } as const;
export const types = [
  { params: [I32, I32], results: [I32, I32] },
  { params: [I32, I32, I32, I32], results: [I32] },
  { params: [I32, I32, I32], results: [I32, I32] },
  { params: [I32, I32], results: [I32] },
] as const;

/** Instructions on a path without a look at what is left. */
const LONGEST_PATH = 128;

/** Regions that may call each other in a row: bounds the host’s stack. */
export const DEEPEST = 200;

const LEFT = 0;
const DEPTH = 1;

export interface Emitted {
  readonly body: FunctionBody;
  readonly dispatchers: number;
}

export function emitRegion(region: Region, around: Surroundings, circumstances: Circumstances): Emitted {
  const shape = structure(region);
  const emitter = new Emitter(shape, around, circumstances);
  emitter.emit();
  return { body: emitter.body, dispatchers: shape.dispatchers };
}

/** Blocks that look at what is left, and how much they ask for. */
function paths({ order, index, loops, entry }: Structure): { heads: Set<Block>; costs: Map<Block, number> } {
  const heads = new Set<Block>();
  const mark = (block: Block) => {
    if (block.pc >= 0) heads.add(block);
    else for (const { to } of block.succs) if (!heads.has(to)) mark(to);
  };
  mark(entry);
  for (const loop of loops) mark(loop);
  for (const block of order) if (block.end.kind === 'call') mark(block.succs[0]!.to);
  const costs = new Map<Block, number>();
  for (let i = order.length - 1; i >= 0; i--) {
    const block = order[i]!;
    let rest = 0;
    for (const { to } of block.succs) if (!heads.has(to) && index.get(to)! > i) rest = Math.max(rest, costs.get(to)!);
    costs.set(block, block.count + rest);
    if (block.count + rest > LONGEST_PATH && block.slotTarget === undefined && block.pc >= 0) heads.add(block);
  }
  return { heads, costs };
}

type Label = { readonly kind: 'loop' | 'behind'; readonly block: Block } | { readonly kind: 'plain' };

class Emitter {
  readonly body = new FunctionBody(2);
  readonly #heads: Set<Block>;
  readonly #costs: Map<Block, number>;
  readonly #liveness: Liveness;
  readonly #registers = new Int32Array(33).fill(-1);
  readonly #labels: Label[] = [];
  readonly #hi: number;
  readonly #lo: number;
  readonly #condition: number;
  readonly #target: number;
  readonly #address: number;
  readonly #entry: number;
  readonly #wide: number;
  readonly #label: number;
  readonly #readBase: number;
  readonly #writeBase: number;
  /** Registers that may be newer than their words in the state block, at the place that is being emitted. */
  #dirty = 0;

  constructor(
    private readonly shape: Structure,
    private readonly around: Surroundings,
    private readonly circumstances: Circumstances,
  ) {
    const { heads, costs } = paths(shape);
    this.#heads = heads;
    this.#costs = costs;
    this.#liveness = liveness(shape, (block) => heads.has(block));
    const { body } = this;
    this.#hi = body.local();
    this.#lo = body.local();
    this.#condition = body.local();
    this.#target = body.local();
    this.#address = body.local();
    this.#entry = body.local();
    this.#label = body.local();
    this.#readBase = body.local();
    this.#writeBase = body.local();
    this.#wide = body.local(I64);
  }

  emit(): void {
    const { body, shape } = this;
    this.#reload(this.#liveness.liveIn.get(shape.entry)!);
    for (const [word, local] of [
      [S.READ_BASE, this.#readBase],
      [S.WRITE_BASE, this.#writeBase],
    ] as const) {
      this.#loadState(word);
      body.const(2);
      body.op(W.i32Shl);
      body.set(local);
    }
    this.#tree(shape.entry);
    body.op(W.unreachable);
  }

  // ---- structure

  #tree(block: Block): void {
    const { shape, body } = this;
    const behind = shape.children.get(block)!.filter((child) => shape.merges.has(child));
    behind.sort((a, b) => shape.index.get(b)! - shape.index.get(a)!);
    if (!shape.loops.has(block)) {
      this.#within(block, behind);
      return;
    }
    body.open(W.loop);
    this.#labels.push({ kind: 'loop', block });
    this.#within(block, behind);
    this.#close();
  }

  /** A block, and those that follow it from several sides, the last of them outermost. */
  #within(block: Block, behind: readonly Block[]): void {
    const [last, ...others] = behind;
    if (last === undefined) {
      this.#block(block);
      return;
    }
    this.body.open(W.block);
    this.#labels.push({ kind: 'behind', block: last });
    this.#within(block, others);
    this.#close();
    this.#tree(last);
  }

  #close(): void {
    this.body.op(W.end);
    this.#labels.pop();
  }

  /** The label that a jump from `from` along `edge` goes to, counted from the innermost; -1 when the block's code comes in its place. */
  #depthOf(from: Block, { to }: Edge): number {
    const { shape } = this;
    const back = shape.index.get(to)! <= shape.index.get(from)!;
    if (!back && !shape.merges.has(to)) return -1;
    const kind = back ? 'loop' : 'behind';
    for (let i = this.#labels.length - 1; i >= 0; i--) {
      const label = this.#labels[i]!;
      if (label.kind === kind && label.block === to) return this.#labels.length - 1 - i;
    }
    throw new Error('a block is out of reach: the graph is not reducible');
  }

  #go(from: Block, edge: Edge): void {
    const { body } = this;
    if (edge.label >= 0) {
      body.const(edge.label);
      body.set(this.#label);
    }
    const depth = this.#depthOf(from, edge);
    if (depth >= 0) body.br(depth);
    else this.#tree(edge.to);
  }

  /** Both ways of a condition that lies on the stack. */
  #fork(from: Block, taken: Edge, other: () => void): void {
    const { body } = this;
    const depth = this.#depthOf(from, taken);
    if (depth >= 0 && taken.label < 0) body.brIf(depth);
    else {
      body.open(W.if);
      this.#labels.push({ kind: 'plain' });
      this.#go(from, taken);
      this.#close();
    }
    other();
  }

  // ---- blocks

  #block(block: Block): void {
    const { body } = this;
    const { end } = block;
    this.#dirty = this.#liveness.dirtyIn.get(block)!;
    if (this.#heads.has(block) && end.kind !== 'exit') {
      body.get(LEFT);
      body.const(this.#costs.get(block)!);
      body.op(W.i32LtS);
      body.open(W.if);
      this.#leave(() => body.const(block.pc));
      body.op(W.end);
    }
    if (block.count > 0) {
      body.get(LEFT);
      body.const(block.count);
      body.op(W.i32Sub);
      body.set(LEFT);
    }
    const { slotTarget } = block;
    block.body.forEach((instruction, i) => {
      this.#instruction(
        instruction,
        block.count - i,
        slotTarget === undefined ? undefined : () => body.const(slotTarget),
      );
    });
    switch (end.kind) {
      case 'goto':
        this.#go(block, block.succs[0]!);
        break;
      case 'branch':
        this.#branch(block, end.branch, end.slot);
        break;
      case 'jump':
        this.#instruction(end.slot, 1, () => body.const(targetOf(end.branch)));
        this.#go(block, block.succs[0]!);
        break;
      case 'return':
        this.#get((end.branch.first >>> 8) & 63);
        body.set(this.#target);
        this.#instruction(end.slot, 1, () => body.get(this.#target));
        this.#leave(() => body.get(this.#target));
        break;
      case 'call':
        this.#call(block, end);
        break;
      case 'rare':
        this.#rare(end.instruction);
        this.#reload(this.#liveness.liveIn.get(block.succs[0]!.to)!);
        this.#go(block, block.succs[0]!);
        break;
      case 'exit':
        this.#leave(() => body.const(block.pc));
        break;
      case 'dispatch':
        this.#dispatch(block, 0);
    }
  }

  #dispatch(block: Block, way: number): void {
    const edge = block.succs[way]!;
    if (way === block.succs.length - 1) {
      this.#go(block, edge);
      return;
    }
    const { body } = this;
    body.get(this.#label);
    body.const(way);
    body.op(W.i32Eq);
    this.#fork(block, edge, () => this.#dispatch(block, way + 1));
  }

  #branch(block: Block, branch: Instruction, slot: Instruction | undefined): void {
    const { body } = this;
    const test = () => this.#test(branch);
    if (slot === undefined) test();
    else {
      // The condition is that before the slot; evaluated behind it where the slot does not touch it, so that test and jump stay together.
      const read = bitsOf(branch);
      const early = (writes(slot) & read) !== 0;
      if (early) {
        test();
        body.set(this.#condition);
      }
      const again = early ? () => body.get(this.#condition) : test;
      this.#instruction(slot, 1, () => {
        body.const(targetOf(branch));
        body.const(branch.pc + 8);
        again();
        body.op(W.select);
      });
      again();
    }
    this.#fork(block, block.succs[0]!, () => this.#go(block, block.succs[1]!));
  }

  /** Pushes whether a branch is taken. */
  #test({ first }: Instruction): void {
    const { body } = this;
    const rs = (first >>> 8) & 63;
    const rt = (first >>> 14) & 63;
    const compare = (opcode: number) => {
      this.#get(rs);
      body.const(0);
      body.op(opcode);
    };
    switch (first & 255) {
      case 192: // BEQ, BEQL
      case 207:
        this.#get(rs);
        this.#get(rt);
        body.op(W.i32Eq);
        break;
      case 193: // BNE, BNEL
      case 208:
        this.#get(rs);
        this.#get(rt);
        body.op(W.i32Ne);
        break;
      case 194: // BEQZ
        this.#get(rs);
        body.op(W.i32Eqz);
        break;
      case 195: // BNEZ
        compare(W.i32Ne);
        break;
      case 196: // BLEZ, BLEZL
      case 209:
        compare(W.i32LeS);
        break;
      case 197: // BGTZ, BGTZL
      case 210:
        compare(W.i32GtS);
        break;
      case 198: // BLTZ, BLTZL
      case 211:
        compare(W.i32LtS);
        break;
      case 199: // BGEZ, BGEZL
      case 212:
        compare(W.i32GeS);
        break;
      default:
        throw new Error(`no test for handler ${first & 255}`);
    }
  }

  #call(
    block: Block,
    { branch, slot, target }: { branch: Instruction; slot: Instruction; target: number | undefined },
  ): void {
    const { body, around } = this;
    const back = (branch.pc + 8) | 0;
    const next = () => (target === undefined ? body.get(this.#target) : body.const(target));
    if (target === undefined) {
      this.#get((branch.first >>> 8) & 63);
      body.set(this.#target);
    }
    body.const(back);
    this.#set(handlerOf(branch) === 206 ? (branch.first >>> 20) & 63 : 31);
    this.#instruction(slot, 1, next);
    this.#spill();
    if (target === undefined) {
      body.get(this.#target);
      body.get(LEFT);
      body.get(DEPTH);
      body.const(1);
      body.op(W.i32Add);
      body.call(IMPORT.find);
      body.set(LEFT);
      body.set(this.#target);
    } else {
      const slotNumber = this.circumstances.slot(target);
      body.const(target);
      body.set(this.#target);
      // Valid when the callee is translated, and its page is mapped as it was then.
      body.const(0);
      body.memory(W.i32Load, around.slots + 4 * slotNumber);
      if (isUnmapped(target)) {
        body.const(1);
        body.op(W.i32Ne);
      } else {
        body.get(this.#readBase);
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
    this.#reload(this.#liveness.liveIn.get(block.succs[0]!.to)!);
    this.#go(block, block.succs[0]!);
  }

  // ---- registers and the state block

  #loadState(word: number): void {
    this.body.const(0);
    this.body.memory(W.i32Load, this.around.state + 4 * word);
  }

  #register(number: number): number {
    const known = this.#registers[number]!;
    if (known >= 0) return known;
    const local = this.body.local();
    this.#registers[number] = local;
    return local;
  }

  #get(number: number): void {
    if (number === 0) this.body.const(0);
    else this.body.get(this.#register(number));
  }

  /** Pops into a register; into the sink it is lost. */
  #set(number: number): void {
    this.body.set(this.#register(number));
    if (number < 32) this.#dirty |= 1 << number;
  }

  /** Writes what may be newer back to the state block; the registers stay as dirty as they are for code that does not go through here. */
  #spill(mask = this.#dirty): void {
    const { body, around } = this;
    const store = (word: number, local: number) => {
      body.const(0);
      body.get(local);
      body.memory(W.i32Store, around.state + 4 * word);
    };
    for (let n = 1; n < 32; n++) if (((mask >>> n) & 1) !== 0) store(n, this.#register(n));
    if ((mask & 1) !== 0) {
      store(S.HI, this.#hi);
      store(S.LO, this.#lo);
    }
  }

  #reload(mask: number): void {
    const { body } = this;
    for (let n = 1; n < 32; n++)
      if (((mask >>> n) & 1) !== 0) {
        this.#loadState(n);
        body.set(this.#register(n));
      }
    if ((mask & 1) !== 0) {
      this.#loadState(S.HI);
      body.set(this.#hi);
      this.#loadState(S.LO);
      body.set(this.#lo);
    }
  }

  /** Returns to whoever called, to go on at what `pc` pushes. */
  #leave(pc: () => void): void {
    this.#spill();
    pc();
    this.body.get(LEFT);
    this.body.op(W.return);
  }

  // ---- the long way

  /** What is left at an instruction when the block has already taken off its whole count: `refund` of it is still to come. */
  #leftAt(refund: number): void {
    const { body } = this;
    body.get(LEFT);
    body.const(refund);
    body.op(W.i32Add);
  }

  #storeState(word: number, value: () => void): void {
    const { body, around } = this;
    body.const(0);
    value();
    body.memory(W.i32Store, around.state + 4 * word);
  }

  /**
   * Leaves the instruction to the interpreter. There is no coming back into the middle of a block, and that is what keeps the registers of
   * the short way free: behind a call, WebAssembly's compilers would have none left.
   */
  #leaveTo(instruction: Instruction, refund: number, next: (() => void) | undefined): void {
    const { body } = this;
    this.#spill();
    this.#storeState(S.PC, () => body.const(instruction.pc));
    if (next !== undefined) {
      this.#storeState(S.IN_SLOT, () => body.const(1));
      this.#storeState(S.NEXT_PC, next);
    }
    body.const(instruction.pc);
    body.const(-1);
    this.#leftAt(refund);
    body.op(W.i32Xor, W.return);
  }

  /** Has an instruction carried out by the interpreter's long way; what follows reads its registers anew. */
  #rare(instruction: Instruction): void {
    const { body } = this;
    this.#spill();
    body.const(instruction.first);
    body.const(instruction.second);
    body.const(instruction.pc);
    this.#leftAt(1);
    body.call(IMPORT.rare);
    body.tee(this.#address);
    body.open(W.if);
    this.#loadState(S.PC);
    body.get(this.#address);
    body.op(W.return, W.end);
  }

  // ---- instructions

  /** `refund`: instructions of the block from this one on. `next`, in a delay slot, pushes where execution goes behind it. */
  #instruction(instruction: Instruction, refund: number, next: (() => void) | undefined): void {
    const { first, second } = instruction;
    const { body, around } = this;
    const handler = first & 255;
    const rs = (first >>> 8) & 63;
    const rt = (first >>> 14) & 63;
    const rd = (first >>> 20) & 63;
    const simple = binary[handler];
    if (simple !== undefined) {
      this.#get(rs);
      this.#get(rt);
      body.op(simple);
      this.#set(rd);
      return;
    }
    const immediate = withImmediate[handler];
    if (immediate !== undefined) {
      this.#get(rs);
      body.const(second);
      body.op(immediate);
      this.#set(rt);
      return;
    }
    const shift = shifts[handler];
    if (shift !== undefined) {
      this.#get(rt);
      if (handler < 24) this.#get(rs);
      else body.const(second);
      body.op(shift);
      this.#set(rd);
      return;
    }
    switch (handler) {
      case 1: // NOP
        return;
      case 15: // NOR
        this.#get(rs);
        this.#get(rt);
        body.op(W.i32Or);
        body.const(-1);
        body.op(W.i32Xor);
        this.#set(rd);
        return;
      case 22: // MOVZ, MOVN
      case 23:
        this.#get(rs);
        this.#get(rd);
        this.#get(rt);
        if (handler === 22) body.op(W.i32Eqz);
        body.op(W.select);
        this.#set(rd);
        return;
      case 28: // MOVE
        this.#get(rs);
        this.#set(rd);
        return;
      case 29: // LI
        body.const(second);
        this.#set(rt);
        return;
      case 36: // EXT
        this.#get(rs);
        body.const(rd);
        body.op(W.i32ShrU);
        body.const(second);
        body.op(W.i32And);
        this.#set(rt);
        return;
      case 37: // INS
        this.#get(rt);
        body.const(~second);
        body.op(W.i32And);
        this.#get(rs);
        body.const(rd);
        body.op(W.i32Shl);
        body.const(second);
        body.op(W.i32And, W.i32Or);
        this.#set(rt);
        return;
      case 38: // SEB
        this.#get(rt);
        body.op(W.i32Extend8S);
        this.#set(rd);
        return;
      case 39: // SEH
        this.#get(rt);
        body.op(W.i32Extend16S);
        this.#set(rd);
        return;
      case 40: // WSBH
        this.#get(rt);
        body.const(8);
        body.op(W.i32ShrU);
        body.const(0x00ff_00ff);
        body.op(W.i32And);
        this.#get(rt);
        body.const(0x00ff_00ff);
        body.op(W.i32And);
        body.const(8);
        body.op(W.i32Shl, W.i32Or);
        this.#set(rd);
        return;
      case 41: // CLZ
        this.#get(rs);
        body.op(W.i32Clz);
        this.#set(rd);
        return;
      case 42: // CLO
        this.#get(rs);
        body.const(-1);
        body.op(W.i32Xor, W.i32Clz);
        this.#set(rd);
        return;
      case 43: // MFHI
        body.get(this.#hi);
        this.#set(rd);
        return;
      case 44: // MFLO
        body.get(this.#lo);
        this.#set(rd);
        return;
      case 45: // MTHI
        this.#get(rs);
        body.set(this.#hi);
        this.#dirty |= 1;
        return;
      case 46: // MTLO
        this.#get(rs);
        body.set(this.#lo);
        this.#dirty |= 1;
        return;
      case 48: // MULT
      case 49: // MULTU
        this.#product(rs, rt, handler === 48);
        this.#setHiLo();
        return;
      case 50: // MADD
      case 51: // MADDU
      case 52: // MSUB
      case 53: // MSUBU
        body.get(this.#hi);
        body.op(W.i64ExtendI32U, W.i64Const, 32, W.i64Shl);
        body.get(this.#lo);
        body.op(W.i64ExtendI32U, W.i64Or);
        this.#product(rs, rt, handler === 50 || handler === 52);
        body.op(handler < 52 ? W.i64Add : W.i64Sub);
        this.#setHiLo();
        return;
      case 54: // DIV
      case 55: // DIVU
        this.#divide(rs, rt, handler === 54);
        return;
      case 56: // ADD
      case 57: // SUB
      case 58: // ADDI
        this.#addTrapping(instruction, refund, next);
        return;
      case 59: // TEQ
        this.#get(rs);
        this.#get(rt);
        body.op(W.i32Eq);
        body.open(W.if);
        this.#leaveTo(instruction, refund, next);
        body.op(W.end);
        return;
      case 60: // MFC0_WORD
        this.#loadState(second);
        this.#set(rt);
        return;
      case 61: // MTC0_WORD
      case 62: // MTC0_ENTRY_LO
        body.const(0);
        this.#get(rt);
        if (handler === 62) {
          body.const(0x03ff_ffff);
          body.op(W.i32And);
        }
        body.memory(W.i32Store, around.state + 4 * second);
        return;
      default:
        this.#access(instruction, refund, next);
    }
  }

  #product(rs: number, rt: number, signed: boolean): void {
    const { body } = this;
    const extend = signed ? W.i64ExtendI32S : W.i64ExtendI32U;
    this.#get(rs);
    body.op(extend);
    this.#get(rt);
    body.op(extend, W.i64Mul);
  }

  /** Pops 64 bits into HI and LO. */
  #setHiLo(): void {
    const { body } = this;
    body.tee(this.#wide);
    body.op(W.i32WrapI64);
    body.set(this.#lo);
    body.get(this.#wide);
    body.op(W.i64Const, 32, W.i64ShrU, W.i32WrapI64);
    body.set(this.#hi);
    this.#dirty |= 1;
  }

  /** By zero: LO is the dividend and HI zero, as in the interpreter (the architecture says UNPREDICTABLE). */
  #divide(rs: number, rt: number, signed: boolean): void {
    const { body } = this;
    const result = (lo: () => void, hi: () => void) => {
      lo();
      body.set(this.#lo);
      hi();
      body.set(this.#hi);
    };
    const zero = () => body.const(0);
    this.#get(rt);
    body.op(W.i32Eqz);
    body.open(W.if);
    result(() => this.#get(rs), zero);
    body.op(W.else);
    if (signed) {
      // The one quotient that does not fit would trap.
      this.#get(rt);
      body.const(-1);
      body.op(W.i32Eq);
      body.open(W.if);
      result(() => {
        body.const(0);
        this.#get(rs);
        body.op(W.i32Sub);
      }, zero);
      body.op(W.else);
    }
    const both = (opcode: number) => () => {
      this.#get(rs);
      this.#get(rt);
      body.op(opcode);
    };
    result(both(signed ? W.i32DivS : W.i32DivU), both(signed ? W.i32RemS : W.i32RemU));
    if (signed) body.op(W.end);
    body.op(W.end);
    this.#dirty |= 1;
  }

  #addTrapping(instruction: Instruction, refund: number, next: (() => void) | undefined): void {
    const { first, second } = instruction;
    const { body } = this;
    const handler = first & 255;
    const other = () => (handler === 58 ? body.const(second) : this.#get((first >>> 14) & 63));
    const left = () => this.#get((first >>> 8) & 63);
    left();
    other();
    body.op(handler === 57 ? W.i32Sub : W.i32Add);
    body.tee(this.#address);
    left();
    body.op(W.i32Xor);
    if (handler === 57) {
      left();
      other();
    } else {
      body.get(this.#address);
      other();
    }
    body.op(W.i32Xor, W.i32And);
    body.const(0);
    body.op(W.i32LtS);
    body.open(W.if);
    this.#leaveTo(instruction, refund, next);
    body.op(W.end);
    body.get(this.#address);
    this.#set(handler === 58 ? (first >>> 14) & 63 : (first >>> 20) & 63);
  }

  /** Loads and stores. */
  #access(instruction: Instruction, refund: number, next: (() => void) | undefined): void {
    const { first, second, pc } = instruction;
    const { body, around, circumstances } = this;
    const handler = first & 255;
    const rs = (first >>> 8) & 63;
    const rt = (first >>> 14) & 63;
    const isStore = handler >= 71;
    const unaligned = handler === 69 || handler === 70 || handler >= 74;
    const log = handler <= 65 || handler === 71 ? 0 : handler <= 67 || handler === 72 ? 1 : unaligned ? 0 : 2;
    const direct = circumstances.kernel && around.ramSize > 0 && !circumstances.mapped(pc, rs);

    body.open(W.block);
    if (direct && isStore) body.open(W.block);
    this.#get(rs);
    body.const(direct ? (second + 0x8000_0000) | 0 : second);
    body.op(W.i32Add);
    body.tee(this.#address);
    if (direct) {
      // An address in kseg0, less its base, is below the size of memory; rotated, a misaligned one is not.
      if (log > 0) {
        body.const(log);
        body.op(W.i32Rotr);
      }
      body.const(around.ramSize >>> log);
      if (isStore) {
        body.op(W.i32GeU);
        body.brIf(0);
        body.get(this.#address);
        body.const(6);
        body.op(W.i32ShrU);
        body.memory(W.i32Load8U, around.lines);
        body.op(W.i32Eqz);
        body.brIf(1);
        body.op(W.end);
      } else {
        body.op(W.i32LtU);
        body.brIf(0);
      }
    } else {
      body.const(12);
      body.op(W.i32ShrU);
      body.const(2);
      body.op(W.i32Shl);
      body.get(isStore ? this.#writeBase : this.#readBase);
      body.op(W.i32Add);
      body.memory(W.i32Load, 0);
      body.tee(this.#entry);
      body.op(W.i32Eqz);
      if (log > 0) {
        body.get(this.#address);
        body.const((1 << log) - 1);
        body.op(W.i32And, W.i32Or);
      }
      body.op(W.i32Eqz);
      body.brIf(0);
    }
    this.#leaveTo(instruction, refund, next);
    body.op(W.end);

    const offset = direct ? around.ram : 0;
    /** Pushes the host address, but for `offset`. */
    const host = (swap: number, mask = -1) => {
      body.get(this.#address);
      if (!direct) {
        body.get(this.#entry);
        body.op(W.i32Add);
      }
      if (mask !== -1) {
        body.const(mask);
        body.op(W.i32And);
      }
      if (swap !== 0) {
        body.const(swap);
        body.op(W.i32Xor);
      }
    };
    const big = around.bigEndian;
    if (unaligned) this.#partOfWord(handler, rt, host, offset);
    else if (isStore) {
      host(big ? (log === 0 ? 3 : log === 1 ? 2 : 0) : 0);
      this.#get(rt);
      body.memory([W.i32Store8, W.i32Store16, W.i32Store][log]!, offset);
    } else {
      host(big ? (log === 0 ? 3 : log === 1 ? 2 : 0) : 0);
      body.memory(loads[handler]!, offset);
      this.#set(rt);
    }
  }

  /** LWL, LWR, SWL, SWR within one word. */
  #partOfWord(handler: number, rt: number, host: (swap: number, mask?: number) => void, offset: number): void {
    const { body, around } = this;
    const left = handler === 69 || handler === 74;
    /** Pushes by how many bits the word is shifted. */
    const shift = () => {
      if (left) body.const(24);
      body.get(this.#address);
      body.const(3);
      body.op(W.i32And);
      if (around.bigEndian) {
        body.const(3);
        body.op(W.i32Xor);
      }
      body.const(3);
      body.op(W.i32Shl);
      if (left) body.op(W.i32Sub);
    };
    /** Pushes the bits that stay: those that -1 shifted leaves free. */
    const rest = (opcode: number) => {
      body.const(-1);
      shift();
      body.op(opcode);
      body.const(-1);
      body.op(W.i32Xor);
    };
    if (handler <= 70) {
      const opcode = left ? W.i32Shl : W.i32ShrU;
      host(0, ~3);
      body.memory(W.i32Load, offset);
      shift();
      body.op(opcode);
      this.#get(rt);
      rest(opcode);
      body.op(W.i32And, W.i32Or);
      this.#set(rt);
      return;
    }
    const opcode = left ? W.i32ShrU : W.i32Shl;
    host(0, ~3);
    this.#get(rt);
    shift();
    body.op(opcode);
    host(0, ~3);
    body.memory(W.i32Load, offset);
    rest(opcode);
    body.op(W.i32And, W.i32Or);
    body.memory(W.i32Store, offset);
  }
}

/** kseg0 and kseg1. */
const isUnmapped = (pc: number): boolean => pc >>> 30 === 2;

/** Registers that a branch's condition reads. */
function bitsOf({ first }: Instruction): number {
  const rs = (first >>> 8) & 63;
  const rt = (first >>> 14) & 63;
  return (1 << rs) | (1 << rt);
}

/** rd = rs op rt */
const binary: Readonly<Record<number, number>> = {
  10: W.i32Add,
  11: W.i32Sub,
  12: W.i32And,
  13: W.i32Or,
  14: W.i32Xor,
  16: W.i32LtS,
  17: W.i32LtU,
  47: W.i32Mul,
};

/** rt = rs op immediate */
const withImmediate: Readonly<Record<number, number>> = {
  30: W.i32Add,
  31: W.i32LtS,
  32: W.i32LtU,
  33: W.i32And,
  34: W.i32Or,
  35: W.i32Xor,
};

/** rd = rt op rs, or the shift amount */
const shifts: Readonly<Record<number, number>> = {
  18: W.i32Shl,
  19: W.i32ShrU,
  20: W.i32ShrS,
  21: W.i32Rotr,
  24: W.i32Shl,
  25: W.i32ShrU,
  26: W.i32ShrS,
  27: W.i32Rotr,
};

const loads: Readonly<Record<number, number>> = {
  64: W.i32Load8S,
  65: W.i32Load8U,
  66: W.i32Load16S,
  67: W.i32Load16U,
  68: W.i32Load,
};
