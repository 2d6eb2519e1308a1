// Runs the interpreter in WebAssembly (loop.ts) in the place of the core's own, and does what stops it.
import { type Core, executeFpu, HANDLER as H, rare, state as S } from '@kseg/cpu/engine';
import { CP0_USABLE, DSP_USABLE, encodeLoop, FPU_USABLE, HALF_REGISTERS, type Interpret } from './loop.ts';
import { MAIL } from './mailbox.ts';

/** Integers of a decoded page, and of an instruction. */
const PAGE = 2048;
const WORD = 2;

export class Interpreter {
  readonly #interpret: Interpret;
  /** Byte address of the code cache's first word. */
  readonly #code: number;

  constructor(
    private readonly core: Core,
    memory: WebAssembly.Memory,
    private readonly mailbox: Int32Array,
  ) {
    const { code, slotOf } = core.cache;
    this.#code = code.byteOffset;
    const bytes = encodeLoop({
      state: core.state.byteOffset,
      mailbox: mailbox.byteOffset,
      code: code.byteOffset,
      slotOf: slotOf.byteOffset,
      bigEndian: core.bigEndian,
      memoryPages: memory.buffer.byteLength >>> 16,
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { k: { memory } });
    this.#interpret = exports['0'] as Interpret;
  }

  /** Executes from where the core has located the code at PC, as far as there is nothing to look at for `poll`. */
  run(): void {
    const { core, mailbox } = this;
    const { state, timeline, cache } = core;
    const { code } = cache;
    const usable =
      (core.cp0Usable ? CP0_USABLE : 0) |
      (core.fpuUsable ? FPU_USABLE : 0) |
      (core.dspUsable ? DSP_USABLE : 0) |
      (core.fullRegisters ? 0 : HALF_REGISTERS);
    let { ip, left, pageAddress, samples } = core;
    for (;;) {
      left = this.#interpret(this.#code + 4 * (ip - WORD), pageAddress, left, samples, usable);
      timeline.now = core.end - left;
      samples = mailbox[MAIL.samples]!;
      const stopped = mailbox[MAIL.stopped]!;
      if (stopped === 0) {
        if (samples === 0) core.samples = 0;
        return;
      }
      ip = (stopped - this.#code) >> 2;
      const first = code[ip]!;
      const pc = state[S.PC]!;
      pageAddress = pc & ~0xfff;
      switch (first & 255) {
        case 0: // DECODE
          cache.decode(ip);
          continue;
        default:
      }
      core.pc = pc;
      core.inSlot = state[S.IN_SLOT] !== 0;
      core.next = core.inSlot ? state[S.NEXT_PC]! : pc + 4;
      const second = code[ip + 1]!;
      switch (first & 255) {
        case 2: // HOST_BREAK
          core.hostBreak(ip);
          return;
        case 5: // TRANSLATED
          core.translated(ip);
          return;
        case 3: // SECOND_BRANCH
          if (core.inSlot) break;
          core.branchAlone(second);
          return;
        default:
      }
      state[S.IN_SLOT] = 0;
      core.faulted = false;
      core.attention = false;
      const jumped = !this.#computes(first, second, usable) && rare(core, first, second);
      if (core.faulted) return;
      timeline.now++;
      left--;
      ip += WORD;
      if (core.attention || core.inSlot || left === 0 || ip % PAGE === 0) {
        if (!jumped) state[S.PC] = core.next;
        return;
      }
    }
  }

  /** Whether the instruction is one of the FPU's that raises nothing: done already then. */
  #computes(first: number, second: number, usable: number): boolean {
    const { fpu, fullRegisters, state } = this.core;
    if ((first & 255) !== H.FPU || (usable & FPU_USABLE) === 0) return false;
    return executeFpu(fpu, second, fullRegisters, state[(second >>> 16) & 31]!) === 0;
  }
}
