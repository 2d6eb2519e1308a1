// The core as a machine, a debugger or a test sees it.
import {
  type Arena,
  type ArenaRequest,
  type Disposable,
  type Endian,
  type IrqLine,
  Listeners,
  type PhysicalMap,
  type State,
  type Timeline,
  type Width,
} from '@kseg/bus';
import { ERROR_LEVEL, FETCH, KERNEL, LOAD, MAPPED, type Mmu } from '@kseg/mmu';
import { SoftTlb } from '@kseg/mmu/soft-tlb';
import { CODE_CACHE_BYTES } from './code-cache.ts';
import { Core } from './core.ts';
import type { EngineFactory } from './engine.ts';
import { CpuError } from './errors.ts';
import { type ExceptionKind, exceptionNames } from './exception-codes.ts';
import { singleWord } from './fpu/index.ts';
import { interpret } from './interpret.ts';
import { type CpuModel, findModel, type ModelName, models } from './models.ts';
import { interpretR3000, R3000Core } from './r3000.ts';
import * as S from './state.ts';
import type { StopReason } from './stop-reason.ts';
import { WATCH_READ, WATCH_WRITE } from './watch.ts';

export interface CpuOptions {
  /** A model of `models` or one of your own. */
  readonly model: ModelName | CpuModel;
  readonly endian: Endian;
  /** Made with the regions that `Cpu.regions()` asks for, beside the board's memories. */
  readonly arena: Arena;
  readonly map: PhysicalMap;
  readonly timeline: Timeline;
  /** Name of the core on the timeline and of its arena regions. Default `cpu`. */
  readonly name?: string | undefined;
  /** What executes hot code instead of the interpreter (`@kseg/jit`); the interpreter alone without it. */
  readonly engine?: EngineFactory | undefined;
}

/** Counts since the last reset. None of them belongs to the machine's state. */
export interface CpuStatistics {
  /** Instructions retired by `run` and `step`. */
  readonly instructions: number;
  /** Exceptions taken, by kind; kinds that never came are absent. */
  readonly exceptions: Readonly<Partial<Record<ExceptionKind, number>>>;
  /** TLB refill exceptions, which `exceptions` counts as tlbLoad and tlbStore. */
  readonly tlbRefills: number;
}

/**
 * A MIPS32 core: registers, CP0, MMU and interpreter. It executes when `run` or `step` is called and keeps everything in the arena;
 * nothing a guest does throws.
 */
export class Cpu {
  /** What the arena must hold for a core of that name. */
  static regions(name = 'cpu'): ArenaRequest[] {
    return [
      { name, bytes: S.STATE_BYTES },
      { name: softTlbRegion(name), bytes: SoftTlb.bytes() },
      { name: codeRegion(name), bytes: CODE_CACHE_BYTES },
    ];
  }

  readonly model: CpuModel;
  readonly endian: Endian;
  readonly #core: Core;
  readonly #traces = new Listeners<[pc: number]>((any) => {
    this.#core.onInstruction = any ? (pc) => this.#traces.notify(pc) : undefined;
    this.#core.attention = true;
  });
  readonly #exceptions = new Listeners<[kind: ExceptionKind, pc: number]>((any) => {
    const tell = (code: number, pc: number) => this.#exceptions.notify(exceptionNames[code]!, pc);
    this.#core.onException = any ? tell : undefined;
  });
  #instructions = 0;

  /** @throws KSEG_CPU_MODEL for a model name that does not exist */
  constructor({ model, endian, arena, map, timeline, name = 'cpu', engine }: CpuOptions) {
    const found = typeof model === 'string' ? findModel(model) : model;
    if (found === undefined)
      throw new CpuError('KSEG_CPU_MODEL', `no CPU model "${model}": take one of ${Object.keys(models).join(', ')}`, {
        model,
        models: Object.keys(models),
      });
    this.model = found;
    this.endian = endian;
    const connections = {
      arena,
      endian,
      map,
      timeline,
      stateRegion: name,
      softTlbRegion: softTlbRegion(name),
      codeRegion: codeRegion(name),
      name,
    };
    this.#core = found.mmu.kind === 'r3000' ? new R3000Core(found, connections) : new Core(found, connections);
    if (engine !== undefined) this.#core.useEngine(engine);
  }

  // ---- execution

  /**
   * Executes until `budget` instructions have retired or something else stops it. Events fire at exactly the instruction they are due;
   * run(m) and then run(n) is run(m + n).
   *
   * @throws KSEG_CPU_BUDGET unless `budget` is a whole number, or Infinity
   */
  run(budget: number): StopReason {
    if (!(budget >= 0) || (budget !== Number.POSITIVE_INFINITY && !Number.isInteger(budget)))
      throw new CpuError('KSEG_CPU_BUDGET', `a budget of ${budget} instructions: give a whole number`, { budget });
    const core = this.#core;
    const start = core.timeline.progress;
    core.begin(budget);
    if (core instanceof R3000Core) interpretR3000(core);
    else interpret(core);
    this.#instructions += core.timeline.progress - start;
    return core.stop;
  }

  /** Executes one instruction (and takes the interrupts that come before it). */
  step(): StopReason {
    return this.run(1);
  }

  /**
   * Moves virtual time on while WAIT holds the core: to `time`, or to the next event if that is earlier, which then fires. The core goes on
   * at the next `run` if that raised an interrupt.
   */
  skipTo(time: number): void {
    this.#core.timeline.skipTo(time);
  }

  /** Makes the current or next `run` return `requested` before its next instruction. */
  requestStop(): void {
    this.#core.stopRequested = true;
    this.#core.attention = true;
  }

  /** Stops the core until the next reset, as a power switch does: `run` returns `halted`. */
  halt(): void {
    this.#core.state[S.HALTED] = 1;
    this.#core.attention = true;
  }

  /** Cold reset. */
  reset(): void {
    this.#core.reset();
    this.#instructions = 0;
  }

  /** Soft reset: to the reset vector with Status.SR; registers, TLB and memory stay. */
  softReset(): void {
    this.#core.softReset(false);
  }

  /** Non-maskable interrupt: to the reset vector with Status.NMI, and ErrorEPC where it came from. */
  nmi(): void {
    this.#core.softReset(true);
  }

  /** The interrupt input IP`n`, 2 to 7. @throws KSEG_CPU_IRQ */
  irq(n: number): IrqLine {
    if (!Number.isInteger(n) || n < 2 || n > 7)
      throw new CpuError('KSEG_CPU_IRQ', `a core has interrupt inputs 2 to 7, not ${n}`, { n });
    const core = this.#core;
    const bit = 1 << (8 + n);
    return {
      set: (level) => {
        if (level) core.state[S.IRQ_LINES]! |= bit;
        else core.state[S.IRQ_LINES]! &= ~bit;
        core.attention = true;
      },
    };
  }

  get statistics(): CpuStatistics {
    const exceptions: Partial<Record<ExceptionKind, number>> = {};
    this.#core.statistics.exceptions.forEach((count, code) => {
      const name = exceptionNames[code];
      if (count > 0 && name !== undefined) exceptions[name] = count;
    });
    return { instructions: this.#instructions, exceptions, tlbRefills: this.#core.statistics.tlbRefills };
  }

  // ---- registers

  /** Address of the next instruction. Writing it leaves a delay slot. */
  get pc(): number {
    return this.#core.state[S.PC]! >>> 0;
  }

  set pc(address: number) {
    this.#core.jump(address);
    this.#core.state[S.WAITING] = 0;
  }

  /** Whether the next instruction is in a delay slot. */
  get inDelaySlot(): boolean {
    return this.#core.state[S.IN_SLOT] === 1;
  }

  /** Where execution goes behind the next instruction, unless that branches or faults itself. */
  get nextPc(): number {
    return (this.inDelaySlot ? this.#core.state[S.NEXT_PC]! : this.pc + 4) >>> 0;
  }

  get hi(): number {
    return this.#core.state[S.HI]! >>> 0;
  }

  set hi(value: number) {
    this.#core.state[S.HI] = value;
  }

  get lo(): number {
    return this.#core.state[S.LO]! >>> 0;
  }

  set lo(value: number) {
    this.#core.state[S.LO] = value;
  }

  /** General register `number`, unsigned. @throws KSEG_CPU_REGISTER */
  gpr(number: number): number {
    return this.#core.state[checkRegister(number, 'general')]! >>> 0;
  }

  /** Writes a general register; a write to 0 is ignored. @throws KSEG_CPU_REGISTER */
  setGpr(number: number, value: number): void {
    if (checkRegister(number, 'general') !== 0) this.#core.state[number] = value;
  }

  /** What MFC0 would read, unsigned. Reading Random moves it on. */
  readCp0(number: number, select = 0): number {
    return this.#core.readCp0(number, select) >>> 0;
  }

  /** What MTC0 would write. */
  writeCp0(number: number, value: number, select = 0): void {
    this.#core.writeCp0(number, select, value | 0);
  }

  /**
   * What MFC1 would read of floating-point register `number`, unsigned, usable or not: with Status.FR = 0 an odd one is the upper half of
   * the double in the even one before it. 0 on a core without FPU. @throws KSEG_CPU_REGISTER
   */
  fpr(number: number): number {
    return this.#core.state[this.#single(number)]! >>> 0;
  }

  /** What MTC1 would write; ignored on a core without FPU. @throws KSEG_CPU_REGISTER */
  setFpr(number: number, value: number): void {
    const word = this.#single(number);
    if (this.#hasFpu) this.#core.state[word] = value;
  }

  /** What MFHC1 would read: the upper half of the double that `number` is in. 0 on a core without FPU. @throws KSEG_CPU_REGISTER */
  fprHigh(number: number): number {
    return this.#core.state[this.#single(number) | 1]! >>> 0;
  }

  /** What MTHC1 would write; ignored on a core without FPU. @throws KSEG_CPU_REGISTER */
  setFprHigh(number: number, value: number): void {
    const word = this.#single(number) | 1;
    if (this.#hasFpu) this.#core.state[word] = value;
  }

  /** What CFC1 would read of an FPU control register (0 is FIR, 31 FCSR), unsigned. 0 on a core without FPU. */
  readFpuControl(number: number): number {
    return this.#hasFpu ? this.#core.fpu.readControl(number) >>> 0 : 0;
  }

  /** What CTC1 would write, but without the exception that a cause and its enable call for. Ignored on a core without FPU. */
  writeFpuControl(number: number, value: number): void {
    if (this.#hasFpu) this.#core.fpu.writeControl(number, value);
  }

  get #hasFpu(): boolean {
    return this.model.fir !== undefined;
  }

  /** State word of a single register. */
  #single(number: number): number {
    return S.FPR + singleWord(checkRegister(number, 'floating-point'), this.#core.fullRegisters);
  }

  get mmu(): Mmu {
    return this.#core.mmu;
  }

  // ---- memory, as a debugger sees it

  /** The guest's memory at virtual address `va` in the current mode, without side effects; `undefined` where nothing is mapped. */
  peek(va: number, width: Width): number | undefined {
    const pa = this.physical(va);
    return pa === undefined ? undefined : this.#core.map.peek(pa, width);
  }

  /** Physical address of `va` for loads in the current mode, or `undefined`. */
  physical(va: number, access: 'load' | 'fetch' = 'load'): number | undefined {
    const { mmu, state } = this.#core;
    const code = access === 'fetch' ? FETCH : LOAD;
    return mmu.lookup(va >>> 0, code, state[S.MODE]!) === MAPPED ? mmu.pa : undefined;
  }

  /**
   * Fills `bytes` with the guest's memory from virtual address `va` on, in the guest's order, without side effects and with the kernel's
   * rights whatever mode the core is in. Returns how many there are: it ends where nothing is mapped or nothing answers.
   */
  peekBytes(va: number, bytes: Uint8Array): number {
    const { map } = this.#core;
    return this.#pieces(va, bytes, (pa, piece) => {
      const found = map.memoryAt(pa);
      if (found === undefined) return peekDevices(map, pa, piece);
      piece.set(found.memory.readBytes(found.offset, piece.length));
      return piece.length;
    });
  }

  /**
   * Stores bytes in the guest's order into RAM or ROM from virtual address `va` on, with the kernel's rights and whether or not the page may
   * be written, and drops code decoded from there. Returns how many there are: it ends where there is no memory.
   */
  pokeBytes(va: number, bytes: Uint8Array): number {
    const { map } = this.#core;
    return this.#pieces(va, bytes, (pa, piece) => {
      const found = map.memoryAt(pa);
      found?.memory.writeBytes(found.offset, piece);
      return found === undefined ? 0 : piece.length;
    });
  }

  /** Hands out `bytes` page by page with their physical addresses, as long as `take` takes them all. Returns how many it took. */
  #pieces(va: number, bytes: Uint8Array, take: (pa: number, piece: Uint8Array) => number): number {
    const { mmu, state } = this.#core;
    const mode = state[S.MODE] === ERROR_LEVEL ? ERROR_LEVEL : KERNEL;
    const length = Math.min(bytes.length, 2 ** 32 - (va >>> 0));
    for (let done = 0; done < length; ) {
      const at = (va + done) >>> 0;
      const end = Math.min(length, done + 4096 - (at & 4095));
      if (mmu.lookup(at, LOAD, mode) !== MAPPED) return done;
      const taken = take(mmu.pa, bytes.subarray(done, end));
      if (done + taken < end) return done + taken;
      done = end;
    }
    return length;
  }

  /** Stops `run` in front of the instruction at virtual address `va`, whatever is mapped there. */
  addBreakpoint(va: number): Disposable {
    return this.#core.addBreakpoint(va);
  }

  /** Stops `run` in front of the instruction that would load or store any of the `size` bytes from virtual address `va`. */
  addWatchpoint(va: number, size: number, access: 'load' | 'store' | 'both'): Disposable {
    const kinds = { load: WATCH_READ, store: WATCH_WRITE, both: WATCH_READ | WATCH_WRITE };
    return this.#core.addWatchpoint(va, size, kinds[access]);
  }

  /** Calls `listener` with the address of every instruction before it is executed. Slow; costs nothing once disposed. */
  trace(listener: (pc: number) => void): Disposable {
    return this.#traces.add(listener);
  }

  /** Calls `listener` for every exception taken, with its kind and the address of the instruction. */
  onException(listener: (kind: ExceptionKind, pc: number) => void): Disposable {
    return this.#exceptions.add(listener);
  }

  // ---- snapshots

  /** The architectural state, but for virtual time, which the timeline saves. */
  save(): State {
    const words = this.#core.state.slice();
    for (const derived of [S.SINK, S.MODE, S.READ_BASE, S.WRITE_BASE]) words[derived] = 0;
    // Left over from the last slot that a run ended in, and meaningless outside one.
    if (words[S.IN_SLOT] === 0) words[S.NEXT_PC] = 0;
    return { version: 1, model: this.model.name, endian: this.endian, words: new Uint8Array(words.buffer) };
  }

  /** Takes what `save` of a core of the same model returned; the timeline is loaded first. @throws KSEG_CPU_STATE */
  load(saved: State): void {
    const { version, model, endian, words } = saved as {
      version: number;
      model: string;
      endian: string;
      words: Uint8Array;
    };
    const core = this.#core;
    if (version !== 1 || model !== this.model.name || endian !== this.endian || words?.length !== S.STATE_BYTES)
      throw new CpuError(
        'KSEG_CPU_STATE',
        `this is the state of a ${endian}-endian ${model} (version ${version}), not of a ${this.endian}-endian ${this.model.name} (version 1)`,
        { version, model, endian },
      );
    core.state.set(new Int32Array(words.slice().buffer));
    core.rebuild();
  }
}

const softTlbRegion = (name: string): string => `${name}.soft-tlb`;
const codeRegion = (name: string): string => `${name}.code`;

/** A debugger's look at what is no memory, word by word where they are whole. Returns how many bytes there are before a gap. */
function peekDevices(map: PhysicalMap, pa: number, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < bytes.length; ) {
    const at = pa + i;
    if (map.find(at) === undefined) return i;
    const whole = (at & 3) === 0 && bytes.length - i >= 4;
    if (whole) view.setUint32(i, map.peek(at, 4), map.endian === 'little');
    else bytes[i] = map.peek(at, 1);
    i += whole ? 4 : 1;
  }
  return bytes.length;
}

function checkRegister(number: number, kind: 'general' | 'floating-point'): number {
  if (!Number.isInteger(number) || number < 0 || number > 31)
    throw new CpuError('KSEG_CPU_REGISTER', `there are ${kind} registers 0 to 31, not ${number}`, { number });
  return number;
}
