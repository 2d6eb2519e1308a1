// What all code of a region's function shares: its parameters and locals, where registers are, and the ways out.
import { state as S } from '@kseg/cpu/engine';
import type { Instruction } from './instruction.ts';
import { FunctionBody, I64, W } from './wasm.ts';

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
  /** Ticks after which a region comes back where it began, if it comes by there. */
  readonly turn: number;
}

/** What depends on the region. */
export interface Circumstances {
  readonly kernel: boolean;
  /** The region's table slot. */
  readonly slot: number;
  /** Status.FR: 32 floating-point registers of 64 bits. */
  readonly fullRegisters: boolean;
  /** Whether the load or store at `pc`, whose base is `register`, seems to reach mapped memory. */
  readonly mapped: (pc: number, register: number) => boolean;
  /** The table slot for a region at an address, where there is one. */
  readonly slotOf: (pc: number) => number | undefined;
}

/** An instruction at its place in a block, for code that may leave it to the interpreter. */
export interface Site {
  readonly instruction: Instruction;
  /** Instructions of the block from this one on, which have been taken off `left` already. */
  readonly refund: number;
  /** In a delay slot: pushes where execution goes behind it. */
  readonly next: (() => void) | undefined;
}

/** Parameters of a region's function. */
export const LEFT = 0;
export const DEPTH = 1;

export class Frame {
  readonly body = new FunctionBody(2);
  readonly hi = this.body.local();
  readonly lo = this.body.local();
  /** For addresses and sums within one instruction. */
  readonly scratch = this.body.local();
  readonly wide = this.body.local(I64);
  /** Byte addresses of the soft TLB's current tables. */
  readonly readBase = this.body.local();
  readonly writeBase = this.body.local();
  /** Registers that may be newer than their words in the state block, at the place that is being emitted. */
  dirty = 0;
  readonly #registers = new Int32Array(33).fill(-1);
  /** By mask: the code that writes registers back. */
  readonly #spills = new Map<number, Uint8Array>();

  constructor(
    readonly around: Surroundings,
    readonly circumstances: Circumstances,
  ) {}

  // ---- the state block

  loadState(word: number, opcode: number = W.i32Load): void {
    this.body.const(0);
    this.body.memory(opcode, this.around.state + 4 * word);
  }

  storeState(word: number, value: () => void, opcode: number = W.i32Store): void {
    this.body.const(0);
    value();
    this.body.memory(opcode, this.around.state + 4 * word);
  }

  /** Reads anew where the soft TLB's tables are. */
  loadBases(): void {
    for (const [word, local] of [
      [S.READ_BASE, this.readBase],
      [S.WRITE_BASE, this.writeBase],
    ] as const) {
      this.loadState(word);
      this.body.const(2);
      this.body.op(W.i32Shl);
      this.body.set(local);
    }
  }

  // ---- general registers, HI and LO

  #register(number: number): number {
    const known = this.#registers[number]!;
    if (known >= 0) return known;
    const local = this.body.local();
    this.#registers[number] = local;
    return local;
  }

  get(number: number): void {
    if (number === 0) this.body.const(0);
    else this.body.get(this.#register(number));
  }

  /** Pops into a register; into the sink it is lost. */
  set(number: number): void {
    this.body.set(this.#register(number));
    if (number < 32) this.dirty |= 1 << number;
  }

  setHi(): void {
    this.body.set(this.hi);
    this.dirty |= 1;
  }

  setLo(): void {
    this.body.set(this.lo);
    this.dirty |= 1;
  }

  /** Writes what may be newer back to the state block; the registers stay as dirty as they are for code that does not go through here. */
  spill(mask = this.dirty): void {
    const { body } = this;
    const { code } = body;
    // Every way out has it, with one of a few masks.
    const known = this.#spills.get(mask);
    if (known !== undefined) {
      code.append(known);
      return;
    }
    const from = code.length;
    this.#each(mask, (word, local) => this.storeState(word, () => body.get(local)));
    this.#spills.set(mask, code.bytes.slice(from));
  }

  /** Writes registers back for good. */
  clean(mask: number): void {
    this.spill(mask & this.dirty);
    this.dirty &= ~mask;
  }

  reload(mask: number): void {
    this.#each(mask, (word, local) => {
      this.loadState(word);
      this.body.set(local);
    });
  }

  /** Calls `work` for each register of a mask, with its word in the state block and its local. */
  #each(mask: number, work: (word: number, local: number) => void): void {
    for (let rest = mask & ~1; rest !== 0; rest &= rest - 1) {
      const number = 31 - Math.clz32(rest & -rest);
      work(number, this.#register(number));
    }
    if ((mask & 1) === 0) return;
    work(S.HI, this.hi);
    work(S.LO, this.lo);
  }

  // ---- the ways out

  /** Pushes what is left at an instruction when the block has already taken off its whole count: `refund` of it is still to come. */
  leftAt(refund: number): void {
    const { body } = this;
    body.get(LEFT);
    if (refund === 0) return;
    body.const(refund);
    body.op(W.i32Add);
  }

  /** Returns to whoever called, to go on at what `pc` pushes. */
  leave(pc: () => void, refund = 0): void {
    this.spill();
    pc();
    this.leftAt(refund);
    this.body.op(W.return);
  }

  /**
   * Leaves the instruction to the interpreter. There is no coming back into the middle of a block, and that is what keeps the registers of
   * the short way free: behind a call, WebAssembly's compilers would have none left.
   */
  leaveTo({ instruction, refund, next }: Site): void {
    const { body } = this;
    this.spill();
    this.storeState(S.PC, () => body.const(instruction.pc));
    if (next !== undefined) {
      this.storeState(S.IN_SLOT, () => body.const(1));
      this.storeState(S.NEXT_PC, next);
    }
    body.const(instruction.pc);
    body.const(-1);
    this.leftAt(refund);
    body.op(W.i32Xor, W.return);
  }

  /** Leaves to the interpreter when what lies on the stack is not 0. */
  leaveIf(site: Site): void {
    this.body.open(W.if);
    this.leaveTo(site);
    this.body.op(W.end);
  }
}
