// Runs the interpreter in WebAssembly (loop.ts) in the place of the core's own, and does what stops it.
import { type Core, executeFpu, HANDLER as H, rare, state as S } from '@kseg/cpu/engine';
import { isAccess } from './instruction.ts';
import { CP0_USABLE, DSP_USABLE, encodeLoop, FPU_USABLE, HALF_REGISTERS, type Interpret } from './loop.ts';
import { ENDED, MAIL, SAMPLED } from './mailbox.ts';

/** Integers of a decoded page, and of an instruction. */
const PAGE = 2048;
const WORD = 2;

export class Interpreter {
  readonly #interpret: Interpret;
  readonly #table = new WebAssembly.Table({ element: 'anyfunc', initial: 1, maximum: 1 });
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
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      k: { memory, table: this.#table },
    });
    this.#interpret = exports['0'] as Interpret;
  }

  /** Has everyday system instructions carried out by `quick` (system.ts) from now on. */
  useQuick(quick: WebAssembly.ExportValue): void {
    this.#table.set(0, quick);
    this.mailbox[MAIL.quick] = 1;
  }

  /**
   * Executes from where the core has located the code at PC, as far as there is nothing to look at for `poll`. `sample` is told where a taken
   * branch goes once in so many, and returns how many.
   */
  run(sample: (target: number) => number): void {
    const { core, mailbox } = this;
    const { state, timeline, cache } = core;
    const { code } = cache;
    const usable = this.#usable;
    let { left, pageAddress, samples } = core;
    let at = this.#code + 4 * (core.ip - WORD);
    for (;;) {
      left = this.#interpret(at, pageAddress, left, samples, usable);
      timeline.now = core.end - left;
      samples = mailbox[MAIL.samples]!;
      at = mailbox[MAIL.at]!;
      const pc = state[S.PC]!;
      pageAddress = pc & ~0xfff;
      switch (mailbox[MAIL.stopped]) {
        case SAMPLED:
          samples = sample(pc);
          // What has been translated may have taken the place of what was decoded.
          if (this.#isThere(pc, ((at - this.#code) >> 2) + WORD)) continue;
          core.samples = samples;
          return;
        case ENDED:
          return;
        default:
      }
      const ip = (at - this.#code) >> 2;
      const first = code[ip]!;
      if ((first & 255) === H.DECODE) {
        cache.decode(ip);
        at -= 4 * WORD;
        continue;
      }
      core.pc = pc;
      core.inSlot = state[S.IN_SLOT] !== 0;
      core.next = core.inSlot ? state[S.NEXT_PC]! : pc + 4;
      const second = code[ip + 1]!;
      switch (first & 255) {
        case H.HOST_BREAK:
          core.hostBreak(ip);
          return;
        case H.TRANSLATED:
          core.translated(ip);
          return;
        case H.SECOND_BRANCH:
          if (core.inSlot) break;
          core.branchAlone(second);
          return;
        default:
      }
      state[S.IN_SLOT] = 0;
      core.faulted = false;
      core.attention = false;
      const jumped = !this.#compute(first, second) && rare(core, first, second);
      if (core.faulted) return;
      timeline.now++;
      left--;
      // A device's access seldom concerns anybody here.
      const quiet =
        !core.attention ||
        (isAccess(first & 255) && core.undisturbed && this.#usable === usable && this.#isThere(pc, ip));
      if (!quiet || core.inSlot || left === 0 || (ip + WORD) % PAGE === 0) {
        if (!jumped) state[S.PC] = core.next;
        return;
      }
    }
  }

  /** Whether the instruction at `pc` is still decoded at `ip`. */
  #isThere(pc: number, ip: number): boolean {
    const { mem32, state, cache } = this.core;
    const entry = mem32[state[S.READ_BASE]! + (pc >>> 12)]!;
    return entry !== 0 && cache.slotOf[(entry + pc - 64) >>> 12] === ip - (ip % PAGE);
  }

  get #usable(): number {
    const { cp0Usable, fpuUsable, dspUsable, fullRegisters } = this.core;
    return (
      (cp0Usable ? CP0_USABLE : 0) |
      (fpuUsable ? FPU_USABLE : 0) |
      (dspUsable ? DSP_USABLE : 0) |
      (fullRegisters ? 0 : HALF_REGISTERS)
    );
  }

  /** Carries out an instruction of the FPU, unless it raises something. Whether it has. */
  #compute(first: number, second: number): boolean {
    if ((first & 255) !== H.FPU || !this.core.fpuUsable) return false;
    const { fpu, fullRegisters, state } = this.core;
    return executeFpu(fpu, second, fullRegisters, state[(second >>> 16) & 31]!) === 0;
  }
}
