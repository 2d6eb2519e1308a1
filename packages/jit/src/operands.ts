// What an instruction computes with, told apart from what it computes: the same code serves regions and the interpreter.
import type { Frame, Site } from './frame.ts';
import type { FunctionBody } from './wasm.ts';

/** An instruction's operands, as what pushes and pops their values; and where its code goes. */
export interface Operands {
  readonly body: FunctionBody;
  /** Locals for intermediate results, of 32 and of 64 bits. */
  readonly scratch: number;
  readonly wide: number;
  pushRs(): void;
  pushRt(): void;
  pushRd(): void;
  popRt(): void;
  popRd(): void;
  pushHi(): void;
  pushLo(): void;
  popHi(): void;
  popLo(): void;
  /** The second integer: an immediate, a shift amount, a mask. */
  pushSecond(): void;
  /** The field of rd, where it holds a bit's position. */
  pushPosition(): void;
  /** The word of the state block that the second integer tells; what `value` pushes goes there. */
  pushWord(): void;
  storeWord(value: () => void): void;
  /** Has the instruction done the long way when what lies on the stack is not 0. */
  leaveIf(): void;
}

/** Those of an instruction that is known when code for it is made: registers are locals, immediates constants. */
export class KnownOperands implements Operands {
  readonly body: FunctionBody;
  readonly scratch: number;
  readonly wide: number;
  readonly #first: number;
  readonly #second: number;

  constructor(
    private readonly frame: Frame,
    private readonly site: Site,
  ) {
    this.body = frame.body;
    this.scratch = frame.scratch;
    this.wide = frame.wide;
    this.#first = site.instruction.first;
    this.#second = site.instruction.second;
  }

  pushRs(): void {
    this.frame.get((this.#first >>> 8) & 63);
  }

  pushRt(): void {
    this.frame.get((this.#first >>> 14) & 63);
  }

  pushRd(): void {
    this.frame.get((this.#first >>> 20) & 63);
  }

  popRt(): void {
    this.frame.set((this.#first >>> 14) & 63);
  }

  popRd(): void {
    this.frame.set((this.#first >>> 20) & 63);
  }

  pushHi(): void {
    this.body.get(this.frame.hi);
  }

  pushLo(): void {
    this.body.get(this.frame.lo);
  }

  popHi(): void {
    this.frame.setHi();
  }

  popLo(): void {
    this.frame.setLo();
  }

  pushSecond(): void {
    this.body.const(this.#second);
  }

  pushPosition(): void {
    this.body.const((this.#first >>> 20) & 63);
  }

  pushWord(): void {
    this.frame.loadState(this.#second);
  }

  storeWord(value: () => void): void {
    this.frame.storeState(this.#second, value);
  }

  leaveIf(): void {
    this.frame.leaveIf(this.site);
  }
}
