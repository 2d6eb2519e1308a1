// What the parts of the core share: its state, its connections, and the steps between instructions.
import {
  type Arena,
  type Disposable,
  disposable,
  type Endian,
  type PhysicalMap,
  type Scheduler,
  type Timeline,
} from '@kseg/bus';
import { type CoreMmu, CP0_ENTRY_HI, createMmu, ERROR_LEVEL, FETCH, KERNEL, MAPPED } from '@kseg/mmu';
import { SoftTlb } from '@kseg/mmu/soft-tlb';
import { evaluateBranch, isBposge32 } from './branch.ts';
import { CodeCache } from './code-cache.ts';
import { readCp0, writeCp0 } from './cp0.ts';
import type { Engine, EngineFactory } from './engine.ts';
import {
  ADDRESS_LOAD,
  BUS_FETCH,
  DSP_DISABLED,
  INTERRUPT,
  RESERVED,
  TLB_LOAD,
  UNUSABLE,
  WATCH,
} from './exception-codes.ts';
import { FPU_STATE_WORDS, Fpu } from './fpu/index.ts';
import type { CpuModel } from './models.ts';
import { FIRST_BRANCH, HOST_BREAK, Predecoder, SECOND_BRANCH, TRANSLATED } from './predecode.ts';
import * as S from './state.ts';
import * as B from './status.ts';
import type { StopReason } from './stop-reason.ts';
import { resetThreads } from './threads.ts';
import { WATCH_FETCH, WATCH_READ, Watches } from './watch.ts';

/** The longest stretch without a look at the clock. */
const LONGEST = 1 << 28;
/** No translation mode. */
const UNKNOWN = -1;
/** Taken branches until something that does not happen. */
const NEVER = 0x3fff_ffff;

export interface CoreConnections {
  readonly arena: Arena;
  readonly endian: Endian;
  readonly map: PhysicalMap;
  readonly timeline: Timeline;
  /** Arena regions of STATE_BYTES, SoftTlb.bytes() and CODE_CACHE_BYTES. */
  readonly stateRegion: string;
  readonly softTlbRegion: string;
  readonly codeRegion: string;
  readonly name: string;
}

/** Which exceptions a run took, and how often. */
export interface Statistics {
  /** By Cause.ExcCode. */
  readonly exceptions: Float64Array;
  tlbRefills: number;
}

export class Core {
  readonly arena: Arena;
  readonly map: PhysicalMap;
  readonly timeline: Timeline;
  readonly clock: Scheduler;
  readonly mmu: CoreMmu;
  readonly fpu: Fpu;
  readonly softTlb: SoftTlb;
  readonly cache: CodeCache;
  readonly bigEndian: boolean;
  /** The arena, by width. */
  readonly mem32: Int32Array;
  readonly mem16: Uint16Array;
  readonly mem8: Uint8Array;
  /** The state block (see state.ts); word 0 is $0. */
  readonly state: Int32Array;
  readonly statistics: Statistics = { exceptions: new Float64Array(32), tlbRefills: 0 };

  // Between `locate` and the interpreter: where execution goes on.
  /** Index in the code cache of the next instruction, and of its page's first. */
  ip = 0;
  pageStart = 0;
  /** Virtual address of the page. */
  pageAddress = 0;
  /** Time at which the current stretch ends, and how many instructions that is. (Times are no small integers from the beginning, see Timeline.) */
  end = Number.NaN;
  left = 0;
  /** Where this run ends, by the timeline's `progress`. */
  limit = Number.NaN;
  /** Why it ended. */
  stop: StopReason = { kind: 'budget' };
  stopRequested = false;

  // Between the interpreter and a rare instruction.
  /** Address of the instruction, whether it is in a delay slot, and where execution goes behind it. */
  pc = 0;
  inSlot = false;
  next = 0;
  /** Set by a rare instruction that took an exception: the instruction has not retired, PC is the vector. */
  faulted = false;
  /** Set by whatever may have changed mode, mapping, deadline or pending interrupts. */
  attention = false;
  /** How often `poll` has found the time unchanged. */
  #barren = 0;
  #barrenTime = Number.NaN;
  readonly #breakpoints = new Map<number, number>();
  /** Where and when a breakpoint was reported last: going on from there steps over it. */
  #reported: { pc: number; time: number } | undefined;
  /** Index in the code cache of an instruction to execute alone although a breakpoint lies on it, and of one whose breakpoint comes back. */
  #alone = 0;
  #covered = 0;
  /** Why the run ends, found in the middle of it. */
  #found: StopReason | undefined;
  /** What executes planted words, if there is something. */
  engine: Engine | undefined;
  /** Taken branches until the engine is told of one; 0 when PC is where that goes. */
  samples = NEVER;
  #jitter = 0;
  readonly watches: Watches;
  readonly name: string;
  /** Called before every instruction; the run then goes one by one. */
  onInstruction: ((pc: number) => void) | undefined;
  /** Called for every exception taken, with its code. */
  onException: ((code: number, pc: number) => void) | undefined;

  constructor(
    readonly model: CpuModel,
    { arena, endian, map, timeline, stateRegion, softTlbRegion, codeRegion, name }: CoreConnections,
  ) {
    this.arena = arena;
    this.map = map;
    this.timeline = timeline;
    this.bigEndian = endian === 'big';
    this.mem32 = arena.i32;
    this.mem16 = arena.u16;
    this.mem8 = arena.u8;
    const { byteOffset } = arena.region(stateRegion);
    this.state = new Int32Array(arena.buffer, byteOffset, S.STATE_BYTES >>> 2);
    this.watches = new Watches(this.state);
    this.mmu = createMmu(model.mmu, (count) => this.state.subarray(S.MMU_STATE, S.MMU_STATE + count));
    this.fpu = new Fpu(
      this.state.subarray(S.FPR, S.FPR + FPU_STATE_WORDS),
      model.fir === undefined ? {} : { fir: model.fir },
    );
    this.softTlb = new SoftTlb(arena.buffer, arena.region(softTlbRegion).byteOffset);
    this.mmu.onChange((va, size, asid) => {
      this.softTlb.clearRange(va, size, asid);
      // Code that runs in an unmapped segment stays where it is.
      if (this.pc >>> 30 !== 2) this.attention = true;
    });
    this.cache = new CodeCache(
      arena,
      codeRegion,
      new Predecoder(model),
      (hostPage) => this.softTlb.clearPhysicalPage(hostPage),
      () => {
        this.attention = true;
      },
    );
    this.name = name;
    this.clock = timeline.port(name);
    this.clock.handle(() => this.#timerFires());
    map.onChange(() => this.forgetMappings());
    this.reset();
  }

  /** Cold reset (MIPS32 PRA vol. III, §6.2.4), with general registers and TLB zero. */
  reset(): void {
    const { state, model } = this;
    // What the interrupt lines carry is not the core's to change.
    const lines = state[S.IRQ_LINES]!;
    state.fill(0);
    state[S.IRQ_LINES] = lines;
    this.mmu.reset();
    state[S.PC] = 0xbfc0_0000 | 0;
    state[S.STATUS] = B.STATUS_BEV | B.STATUS_ERL;
    this.setConfig(model.config[0] | (this.bigEndian ? 0x8000 : 0));
    state[S.EBASE] = 0x8000_0000 | 0;
    state[S.SRS_CTL] = model.srsCtl ?? 0;
    if (this.hasThreads) resetThreads(state);
    state[S.INT_CTL] = model.release === 2 ? 0xe000_0000 | 0 : 0;
    state[S.DEBUG] = 0x0200_8000;
    state[S.WATCH_HI] = 0x8000_0000;
    this.watches.update();
    this.clock.cancel(TIMER);
    this.setCount(0);
    this.statistics.exceptions.fill(0);
    this.statistics.tlbRefills = 0;
    this.forgetMappings();
  }

  /** Sets Config and passes the MMU its cacheability fields. */
  setConfig(value: number): void {
    this.state[S.CONFIG] = value;
    // By what it has, not by its class: two copies of a package are two classes.
    const { mmu } = this;
    if ('k0' in mmu) mmu.k0 = value & 7;
    if ('ku' in mmu) {
      mmu.ku = (value >>> 25) & 7;
      mmu.k23 = (value >>> 28) & 7;
    }
  }

  /** Soft reset (`nmi` false) or non-maskable interrupt (vol. III §6.2.5 and §6.2.6): memory, TLB and registers stay. */
  softReset(nmi: boolean): void {
    const { state } = this;
    state[S.ERROR_EPC] = state[S.IN_SLOT] === 1 ? state[S.PC]! - 4 : state[S.PC]!;
    const cleared = B.STATUS_TS | B.STATUS_SR | B.STATUS_NMI;
    state[S.STATUS] = (state[S.STATUS]! & ~cleared) | B.STATUS_BEV | B.STATUS_ERL | (nmi ? B.STATUS_NMI : B.STATUS_SR);
    state[S.WAITING] = 0;
    this.jump(0xbfc0_0000);
    this.updateMode();
  }

  /** Rebuilds what follows from the architectural state, after the host wrote that. */
  rebuild(): void {
    this.mmu.rebuild();
    this.watches.update();
    this.forgetMappings();
    this.cache.clear();
  }

  forgetMappings(): void {
    this.softTlb.clearAll();
    this.state[S.MODE] = UNKNOWN;
    this.updateMode();
  }

  /** To be called after a write to Status, EntryHi or Debug: chooses the soft-TLB tables. */
  updateMode(): void {
    const { state, softTlb } = this;
    const status = state[S.STATUS]!;
    const asid = state[S.MMU_STATE + CP0_ENTRY_HI]! & 0xff;
    let mode = (status >>> 3) & 3;
    if ((status & (B.STATUS_EXL | B.STATUS_ERL)) !== 0 || (state[S.DEBUG]! & B.DEBUG_DM) !== 0)
      mode = (status & B.STATUS_ERL) !== 0 ? ERROR_LEVEL : KERNEL;
    this.attention = true;
    if (mode === state[S.MODE] && asid === softTlb.asid) return;
    softTlb.setAsid(asid);
    state[S.MODE] = mode;
    state[S.READ_BASE] = softTlb.readBase(mode);
    state[S.WRITE_BASE] = softTlb.writeBase(mode);
  }

  /** Whether CP0 may be used: kernel mode or Status.CU0. */
  get cp0Usable(): boolean {
    const mode = this.state[S.MODE]!;
    return mode === KERNEL || mode === ERROR_LEVEL || (this.state[S.STATUS]! & B.STATUS_CU0) !== 0;
  }

  /** Whether there is an FPU and Status.CU1 is set. */
  get fpuUsable(): boolean {
    return this.model.fir !== undefined && (this.state[S.STATUS]! & B.STATUS_CU1) !== 0;
  }

  /** Whether there is the DSP ASE and Status.MX, which cannot be set without it, is set. */
  get dspUsable(): boolean {
    return (this.state[S.STATUS]! & B.STATUS_MX) !== 0;
  }

  /** Status.FR: 32 registers of 64 bits, instead of 16. */
  get fullRegisters(): boolean {
    return (this.state[S.STATUS]! & B.STATUS_FR) !== 0;
  }

  /** MFC0, as a signed word. */
  readCp0(register: number, select: number): number {
    return readCp0(this, register, select);
  }

  /** MTC0. */
  writeCp0(register: number, select: number, value: number): void {
    writeCp0(this, register, select, value);
  }

  // ---- interrupts and time

  /** Cause as MFC0 reads it. */
  get cause(): number {
    const { state } = this;
    const timer = state[S.TIMER_PENDING]!;
    const line = this.#timerLine;
    return state[S.CAUSE]! | state[S.IRQ_LINES]! | (timer << line) | (this.model.release === 2 ? timer << 30 : 0);
  }

  /** Number of the bit of Cause and Status that the timer's interrupt has (IntCtl.IPTI). */
  get #timerLine(): number {
    return 8 + ((this.state[S.INT_CTL]! >>> 29) & 7 || 7);
  }

  /** When the next event comes that could end a WAIT. With every line masked none ever will, nor the timer with its own line masked. */
  get #wakeUp(): number {
    const mask = this.state[S.STATUS]! & B.CAUSE_IP;
    if (mask === 0) return Number.POSITIVE_INFINITY;
    return (mask >> this.#timerLine) & 1 ? this.timeline.deadline : this.timeline.deadlineBut(this.name, TIMER);
  }

  get interruptPending(): boolean {
    const status = this.state[S.STATUS]!;
    return (
      (status & (B.STATUS_IE | B.STATUS_EXL | B.STATUS_ERL)) === B.STATUS_IE &&
      (this.cause & status & B.CAUSE_IP) !== 0 &&
      (this.state[S.DEBUG]! & B.DEBUG_DM) === 0 &&
      (this.state[S.TC_STATUS]! & B.TC_STATUS_IXMT) === 0
    );
  }

  get count(): number {
    const { state } = this;
    const base = state[S.COUNT_BASE]!;
    return ((state[S.CAUSE]! & B.CAUSE_DC) !== 0 ? base : base + this.#halfTicks()) >>> 0;
  }

  setCount(value: number): void {
    const stopped = (this.state[S.CAUSE]! & B.CAUSE_DC) !== 0;
    this.state[S.COUNT_BASE] = stopped ? value : value - this.#halfTicks();
    this.scheduleTimer();
  }

  /** Sets the event for the next Count = Compare. */
  scheduleTimer(): void {
    const { state, clock } = this;
    if (state[S.TIMER_ARMED] === 0 || (state[S.CAUSE]! & B.CAUSE_DC) !== 0) {
      clock.cancel(TIMER);
      return;
    }
    const distance = (state[S.COMPARE]! - this.count) >>> 0 || 0x1_0000_0000;
    const divisor = this.model.countDivisor;
    clock.at((Math.floor(clock.now / divisor) + distance) * divisor, TIMER);
    this.attention = true;
  }

  #timerFires(): void {
    this.state[S.TIMER_PENDING] = 1;
    this.scheduleTimer();
  }

  /** Ticks of Count since time 0, modulo 2^32 as a 32-bit integer. */
  #halfTicks(): number {
    return (Math.floor(this.timeline.now / this.model.countDivisor) % 0x1_0000_0000) | 0;
  }

  /**
   * The steps between two instructions: events that are due, the reasons to come back to the host, and interrupts. True when there is an
   * instruction to execute; `left` then says how many fit.
   */
  poll(): boolean {
    const { timeline, state } = this;
    if (this.engine !== undefined) {
      // Else between 1 and 32, in an order that no loop of the guest keeps in step with: of a number's low bits, each has a short period.
      this.#jitter = (this.#jitter * 25173 + 13849) & 0xffff;
      if (this.samples === 0) this.samples = this.engine.sample(state[S.PC]!);
      else this.samples = (this.#jitter >>> 11) + 1;
    }
    for (;;) {
      if (this.#covered !== 0) {
        this.cache.forget(this.#covered);
        this.#covered = 0;
      }
      if (timeline.deadline <= timeline.now) timeline.fire();
      const limit = this.limit + timeline.stalled;
      this.attention = false;
      if (this.#found !== undefined) {
        this.stop = this.#found;
        this.#found = undefined;
      } else if (state[S.HALTED] !== 0) this.stop = { kind: 'halted' };
      else if (this.stopRequested) {
        this.stopRequested = false;
        this.stop = { kind: 'requested' };
      } else if (timeline.holds > 0) this.stop = { kind: 'held' };
      else if (timeline.now >= limit) this.stop = { kind: 'budget' };
      else if (this.#isStuck()) this.stop = { kind: 'stuck', address: state[S.PC]! >>> 0 };
      else if (state[S.WAITING] !== 0 && (this.cause & state[S.STATUS]! & B.CAUSE_IP) === 0)
        this.stop = { kind: 'waiting', deadline: this.#wakeUp };
      else if (state[S.TC_HALT] !== 0) this.stop = { kind: 'waiting', deadline: Number.POSITIVE_INFINITY };
      else {
        state[S.WAITING] = 0;
        if (this.interruptPending) {
          this.pc = state[S.PC]!;
          this.inSlot = state[S.IN_SLOT] !== 0;
          this.raise(INTERRUPT);
          // Who was told of it may have asked for a stop, or something else that comes first.
          continue;
        }
        const single = this.#alone !== 0 || this.onInstruction !== undefined || this.#watchesFetch();
        const room = Math.min(limit, timeline.deadline) - timeline.now;
        this.left = single ? 1 : Math.min(room, LONGEST);
        this.end = timeline.now + this.left;
        if (this.locate()) {
          if (this.#alone !== 0) {
            this.cache.decodeUnbroken(this.#alone);
            this.#covered = this.#alone;
            this.#alone = 0;
          }
          if (this.inSlot && this.#isBranch(this.ip)) {
            // A branch in a delay slot is UNPREDICTABLE (vol. I §4.2.3): here a reserved instruction.
            this.raise(RESERVED);
            continue;
          }
          if (this.onInstruction !== undefined && this.#isExecuted(this.ip)) this.onInstruction(state[S.PC]! >>> 0);
          return true;
        }
        continue;
      }
      return false;
    }
  }

  /** Whether nothing has happened since `poll` that it would act on before `end`: what runs in the interpreter's place may go on. */
  get undisturbed(): boolean {
    const { timeline, state } = this;
    return (
      timeline.deadline >= this.end &&
      timeline.now <= this.end &&
      timeline.holds === 0 &&
      this.#found === undefined &&
      !this.stopRequested &&
      state[S.HALTED] === 0 &&
      state[S.WAITING] === 0 &&
      state[S.TC_HALT] === 0 &&
      !this.interruptPending &&
      this.onInstruction === undefined &&
      !this.watches.active &&
      this.cache.plantsGrow
    );
  }

  /**
   * Whether exception upon exception is taken and nothing retires. With EXL set each leads to the same vector in the same state, so it
   * stays like that.
   */
  #isStuck(): boolean {
    const { now } = this.timeline;
    if (now !== this.#barrenTime) {
      this.#barrenTime = now;
      this.#barren = 0;
    }
    return ++this.#barren > 8;
  }

  /** To be called before a run. */
  begin(budget: number): void {
    this.limit = this.timeline.progress + budget;
    this.#barren = 0;
  }

  /** Finds the decoded code at PC. False when fetching it raised an exception. */
  locate(): boolean {
    const { state, mmu, cache } = this;
    const pc = state[S.PC]!;
    this.pc = pc;
    this.inSlot = state[S.IN_SLOT] !== 0;
    if (this.watches.active && this.#watchExceptionDue(pc)) return false;
    if ((pc & 3) !== 0) return this.#fetchFault(ADDRESS_LOAD, 4);
    let start = 0;
    const entry = this.mem32[state[S.READ_BASE]! + (pc >>> 12)]!;
    if (entry !== 0) start = cache.slotOf[(entry + pc - 64) >>> 12]!;
    if (start === 0) {
      const result = mmu.lookup(pc >>> 0, FETCH, state[S.MODE]!);
      if (result !== MAPPED) return this.#fetchFault(result === 4 ? ADDRESS_LOAD : TLB_LOAD, result);
      const { pa } = mmu;
      const region = this.map.find(pa);
      if (region === undefined || (region.kind !== 'ram' && region.kind !== 'rom')) {
        this.raise(BUS_FETCH);
        return false;
      }
      const offset = pa - region.base + (region.offset ?? 0);
      start = cache.slot(region.memory, offset);
      if (!this.watches.active || !this.watches.hasPage(pc))
        this.softTlb.fillRead(state[S.MODE]!, pc, region.memory.byteOffset + (offset & ~0xfff));
    }
    this.pageStart = start;
    this.pageAddress = pc & ~0xfff;
    this.ip = start + ((pc & 0xffc) >>> 1);
    return true;
  }

  /** Whether what stands at `index` of the code cache is a branch: not while a breakpoint or a planted word stands in its place. */
  #isBranch(index: number): boolean {
    const handler = this.#handlerAt(index);
    return handler >= FIRST_BRANCH || handler === SECOND_BRANCH;
  }

  /** Whether an instruction stands at `index` of the code cache. What stands in its place is met first; then it is there alone. */
  #isExecuted(index: number): boolean {
    const handler = this.#handlerAt(index);
    return handler !== HOST_BREAK && handler !== TRANSLATED;
  }

  #handlerAt(index: number): number {
    const { code } = this.cache;
    if ((code[index]! & 255) === 0) this.cache.decode(index);
    return code[index]! & 255;
  }

  #fetchFault(code: number, result: number): false {
    this.mmu.recordFault(this.pc >>> 0, result);
    this.raise(code, result === 1);
    return false;
  }

  // ---- what stands in the code cache in an instruction's place

  /** A host's breakpoint at the instruction `pc`, at `index` of the code cache. */
  hostBreak(index: number): void {
    const pc = this.pc >>> 0;
    const { now } = this.timeline;
    if (this.#breakpoints.has(pc) && !(this.#reported?.pc === pc && this.#reported.time === now)) {
      this.#reported = { pc, time: now };
      this.#found = { kind: 'breakpoint', address: pc };
    } else this.#alone = index;
  }

  /** An engine's planted word at `index` of the code cache. */
  translated(index: number): void {
    if (this.inSlot || !this.engine!.enter()) this.#alone = index;
  }

  /** Lets `make`'s engine execute what it translates. */
  useEngine(make: EngineFactory): void {
    this.engine = make(this);
    this.samples = 1;
    this.cache.onDropPage = (hostPage) => this.engine!.dropPage(hostPage);
  }

  /** Whether instructions on PC's page must be looked at one by one. */
  #watchesFetch(): boolean {
    return this.watches.active && this.watches.hasPage(this.state[S.PC]!);
  }

  /** Takes the watch exception that a fetch at `pc`, or an access while EXL or ERL was set, calls for. */
  #watchExceptionDue(pc: number): boolean {
    const { state } = this;
    const deferred = (state[S.CAUSE]! & B.CAUSE_WP) !== 0;
    const pair = this.watches.match(pc, WATCH_FETCH);
    if (pair >= 0) state[S.WATCH_HI + pair]! |= WATCH_FETCH;
    else if (!deferred) return false;
    return this.watchException();
  }

  /** A watch exception now, or when EXL and ERL are clear (Cause.WP). True when it was taken. */
  watchException(): boolean {
    const { state } = this;
    if ((state[S.STATUS]! & (B.STATUS_EXL | B.STATUS_ERL)) !== 0) {
      state[S.CAUSE]! |= B.CAUSE_WP;
      return false;
    }
    this.raise(WATCH);
    return true;
  }

  /**
   * Looks whether a load or store of `width` bytes at `va` is watched. True when it must not be carried out: an exception was taken, or
   * the run stops in front of the instruction.
   */
  accessWatched(va: number, width: number, kind: number): boolean {
    const { state, watches } = this;
    const point = watches.point(va, width, kind);
    const { now } = this.timeline;
    if (point !== undefined && !(this.#reported?.pc === this.pc >>> 0 && this.#reported.time === now)) {
      this.#reported = { pc: this.pc >>> 0, time: now };
      this.#found = { kind: 'watchpoint', address: va >>> 0, access: kind === WATCH_READ ? 'load' : 'store' };
      state[S.IN_SLOT] = this.inSlot ? 1 : 0;
      state[S.NEXT_PC] = this.next;
      this.faulted = true;
      return true;
    }
    const pair = watches.match(va, kind);
    if (pair < 0) return false;
    state[S.WATCH_HI + pair]! |= kind;
    return this.watchException();
  }

  addWatchpoint(va: number, size: number, kinds: number): Disposable {
    const point = { va: va >>> 0, size, kinds };
    this.watches.add(point);
    this.forgetMappings();
    return disposable(() => this.watches.remove(point));
  }

  addBreakpoint(va: number): Disposable {
    const address = va >>> 0;
    const change = (by: number) => {
      const count = (this.#breakpoints.get(address) ?? 0) + by;
      if (count === 0) this.#breakpoints.delete(address);
      else this.#breakpoints.set(address, count);
      this.cache.setBreaks(this.#breakpoints.keys());
    };
    change(1);
    return disposable(() => change(-1));
  }

  /** Carries out the branch at `pc`, an instruction of its own that happens to follow another branch. */
  branchAlone(word: number): void {
    const { state, pc } = this;
    if (word >>> 26 === 0x11 && !this.fpuUsable) {
      this.raise(UNUSABLE, false, 1);
      return;
    }
    if (isBposge32(word) && !this.dspUsable) {
      this.raise(DSP_DISABLED);
      return;
    }
    const { taken, target, likely } = evaluateBranch(state, word, pc);
    this.timeline.now++;
    if (likely && !taken) {
      this.jump(pc + 8);
      return;
    }
    state[S.PC] = pc + 4;
    state[S.IN_SLOT] = 1;
    state[S.NEXT_PC] = taken ? target : pc + 8;
  }

  // ---- exceptions

  /**
   * Takes an exception at `pc`/`inSlot` (MIPS32 PRA vol. III, §6.2): EPC, Cause, Status.EXL and the vector. BadVAddr and its company are
   * the caller's. `refill` chooses the TLB refill vector, if EXL is clear.
   */
  raise(code: number, refill = false, coprocessor = -1): void {
    const { state } = this;
    const status = state[S.STATUS]!;
    let cause = state[S.CAUSE]!;
    this.countException(code, refill);
    let offset = 0x180;
    if ((status & B.STATUS_EXL) === 0) {
      state[S.EPC] = this.inSlot ? this.pc - 4 : this.pc;
      cause = this.inSlot ? cause | B.CAUSE_BD : cause & ~B.CAUSE_BD;
      if (refill) offset = 0;
      else if (code === INTERRUPT && (cause & B.CAUSE_IV) !== 0) offset = 0x200 + this.#vectorOffset(status);
      this.#enterShadowSet(status);
    }
    cause = (cause & ~B.CAUSE_CODE) | (code << 2);
    if (code === WATCH) cause &= ~B.CAUSE_WP;
    if (code === UNUSABLE) cause = (cause & ~B.CAUSE_CE) | (coprocessor << 28);
    state[S.CAUSE] = cause;
    state[S.STATUS] = status | B.STATUS_EXL;
    this.jump(((status & B.STATUS_BEV) !== 0 ? 0xbfc0_0200 : state[S.EBASE]! & 0xffff_f000) + offset);
    this.updateMode();
  }

  protected countException(code: number, refill: boolean): void {
    this.statistics.exceptions[code]!++;
    if (refill) this.statistics.tlbRefills++;
    this.onException?.(code, this.pc >>> 0);
    this.faulted = true;
  }

  /** Offset from 0x200 of the vector of the highest interrupt (Config3.VInt, IntCtl.VS; vol. III §6.1.2). */
  #vectorOffset(status: number): number {
    const { state, model } = this;
    const spacing = (state[S.INT_CTL]! & 0x3e0) >>> 5;
    if ((model.config[3] & 0x20) === 0 || spacing === 0 || (status & B.STATUS_BEV) !== 0) return 0;
    return (23 - Math.clz32(this.cause & status & B.CAUSE_IP)) * spacing * 32;
  }

  /** An exception with BEV clear goes from the current shadow set to SRSCtl.ESS (vol. III §6.4). */
  #enterShadowSet(status: number): void {
    const control = this.state[S.SRS_CTL]!;
    if (!this.hasShadowSets || (status & B.STATUS_BEV) !== 0) return;
    this.state[S.SRS_CTL] = (control & ~0x3c0) | ((control & 0xf) << 6);
    this.useShadowSet((control >>> 12) & 0xf);
  }

  /** Config3.MT */
  get hasThreads(): boolean {
    return (this.model.config[3] & 4) !== 0;
  }

  get hasShadowSets(): boolean {
    return (this.model.srsCtl ?? 0) !== 0;
  }

  /** Makes `set` the general registers (SRSCtl.CSS). */
  useShadowSet(set: number): void {
    const { state } = this;
    const current = state[S.SRS_CTL]! & 0xf;
    if (set === current) return;
    state.copyWithin(S.SHADOW + 32 * current, S.GPR, S.GPR + 32);
    state.copyWithin(S.GPR, S.SHADOW + 32 * set, S.SHADOW + 32 * set + 32);
    state[S.SRS_CTL] = (state[S.SRS_CTL]! & ~0xf) | set;
  }

  /** Continues at `address`, outside any delay slot. */
  jump(address: number): void {
    this.state[S.PC] = address;
    this.state[S.IN_SLOT] = 0;
  }
}

/** Key of the timeline event for Count = Compare. */
const TIMER = 'timer';
