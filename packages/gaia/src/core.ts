// What stands around the hot loop: time, interrupts, translation, and the accesses that are not plain memory.
import type { Arena, Memory, PhysicalMap, State, Timeline } from '@kseg/bus';
import { GaiaMmu, KERNEL, LOAD } from '@kseg/mmu';
import { Caches } from './caches.ts';
import type { GaiaControl } from './control.ts';
import type { GaiaFpu } from './fpu.ts';
import { DECODE, LD, LDB, ST, STB, SYSENTER } from './predecode.ts';
import { LEFT_ROM, PC, REGISTERS, ROM, SRAM_BYTES, STATE_BYTES, WINDOW_END } from './state.ts';
import type { GaiaStop } from './stop-reason.ts';

/** Integers of a decoded page: two for each of its 1024 words. */
const PAGE = 2048;
/** Pages behind those of the SRAM in the code cache: the ROM, and where nothing drives the bus (ones: a branch to itself). */
const ROM_PAGE = SRAM_BYTES >>> 12;
const OPEN_PAGE = ROM_PAGE + 1;
const OPEN_WORD = -1;
/** With caches: behind them what is decoded of the lines of instructions, in the order of their index (VA 13:6). */
const LINES_PAGE = OPEN_PAGE + 1;
const LINES_PAGES = 4;

export interface Connections {
  readonly arena: Arena;
  readonly map: PhysicalMap;
  readonly timeline: Timeline;
  readonly control: GaiaControl;
  readonly fpu: GaiaFpu;
  readonly sram: Memory;
  readonly rom: Memory;
  readonly mmu: 'hardware' | 'strict' | 'vivt';
  readonly decode: 'virtual' | 'physical';
  readonly name: string;
}

export class Core {
  readonly state: Int32Array;
  readonly mem32: Int32Array;
  readonly mem8: Int8Array;
  readonly fpu: GaiaFpu;
  readonly timeline: Timeline;
  readonly mmu: GaiaMmu;
  /** Decoded pages of the SRAM in order, then the ROM's, one of nothing, and those of the instruction cache. */
  readonly code = new Int32Array(PAGE * (LINES_PAGE + LINES_PAGES));
  /** Host byte address of the SRAM. */
  readonly sramBase: number;
  /** Word indices in the arena of the two tables. */
  readonly readTable: number;
  readonly writeTable: number;

  // What `poll` tells the interpreter.
  pageStart = 0;
  pageAddress = 0;
  ip = 0;
  left = 0;
  /** Time at which the stretch ends. (Times are no small integers from the beginning, see Timeline.) */
  end = Number.NaN;

  stop: GaiaStop = { kind: 'budget' };
  stopRequested = false;
  /** Set by what ends the run at once. */
  #ended = false;
  #limit = Number.NaN;
  readonly #map: PhysicalMap;
  readonly #control: GaiaControl;
  readonly #sram: Memory;
  readonly #rom: Memory;
  readonly #strict: boolean;
  readonly #physical: boolean;
  /** Pages that the tables have entries for. */
  readonly #filled: number[] = [];
  /** 1 for a page of the SRAM that a walk has read: a store there is a change of translations. */
  readonly #isTable = new Uint8Array(SRAM_BYTES >>> 12);
  #tables = false;
  readonly #caches: Caches | undefined;
  /** The virtual page (va >>> 12) that each page of decoded lines is of. A cache line of any other is not decoded there. */
  readonly #linesOf = new Int32Array(LINES_PAGES).fill(-1);

  constructor({ arena, map, timeline, control, fpu, sram, rom, mmu, decode, name }: Connections) {
    this.state = new Int32Array(arena.buffer, arena.region(name).byteOffset, STATE_BYTES >>> 2);
    this.mem32 = arena.i32;
    this.mem8 = new Int8Array(arena.buffer);
    this.readTable = arena.region(`${name}.read`).byteOffset >>> 2;
    this.writeTable = arena.region(`${name}.write`).byteOffset >>> 2;
    this.sramBase = sram.byteOffset;
    this.fpu = fpu;
    this.timeline = timeline;
    this.#map = map;
    this.#control = control;
    this.#sram = sram;
    this.#rom = rom;
    this.#strict = mmu === 'strict';
    this.#physical = decode === 'physical';
    this.mmu = new GaiaMmu({ readWord: (pa) => this.#readEntry(pa), strict: this.#strict });
    this.#caches = mmu === 'vivt' ? new Caches(sram.words, (va) => this.#lookup(va) & (SRAM_BYTES - 1)) : undefined;
    // The interpreter forgets what its own stores overwrite; everybody else's stores come by here.
    this.#forgetOn(sram, 0);
    this.#forgetOn(rom, ROM_PAGE * PAGE);
    control.onTranslation(() => this.settle());
    this.settle();
    this.reset();
  }

  reset(): void {
    this.state.fill(0);
    this.state[PC] = ROM;
  }

  begin(budget: number): void {
    this.#limit = this.timeline.progress + budget;
    this.#ended = false;
  }

  /** Takes VAENABLE and PDADDR over, and forgets all translations. */
  settle(): void {
    this.mmu.vaenable = this.#control.vaenable;
    this.mmu.pdaddr = this.#control.pdaddr;
    this.#flush();
    if (this.#tables) this.#isTable.fill(0);
    this.#tables = false;
    this.#caches?.invalidate();
    this.#forgetLines();
  }

  /** What the caches hold; `undefined` without them. */
  saveCaches(): State | undefined {
    return this.#caches?.save();
  }

  restoreCaches(state: State): void {
    this.#caches?.restore(state);
    this.#forgetLines();
  }

  /**
   * Between two instructions: fires events, takes an interrupt, and finds the code at PC. False when the run ends, for the reason in `stop`.
   */
  poll(): boolean {
    const { timeline, state } = this;
    if (this.#ended) return false;
    if (timeline.progress >= this.#limit && !this.stopRequested) return this.#finish({ kind: 'budget' });
    if (timeline.deadline <= timeline.now && !this.stopRequested) timeline.fire();
    if (this.stopRequested) {
      this.stopRequested = false;
      return this.#finish({ kind: 'requested' });
    }
    if (timeline.holds > 0) return this.#finish({ kind: 'held' });
    if (this.#control.pending) state[PC] = this.#control.accept(state[PC]!) & ~3;
    this.end = Math.min(this.#limit + timeline.stalled, timeline.deadline, timeline.now + 0x3fff_ffff);
    this.left = this.end - timeline.now;
    return this.#locate(state[PC]! >>> 0);
  }

  /** What `poll` does where an instruction branches to itself: nothing but an event can change that. */
  spin(): void {
    const { enabled } = this.#control;
    this.#finish(enabled ? { kind: 'waiting', deadline: this.timeline.deadline } : { kind: 'halted' });
  }

  /**
   * Executes an instruction that is no plain access or leaves the stretch; PC and time are those before it. The caller polls afterwards.
   */
  slow(first: number, second: number): void {
    const { state, timeline } = this;
    const operation = first & 255;
    const x = (first >>> 8) & 63;
    let next = (state[PC]! + 4) | 0;
    if (operation === LD || operation === LDB || operation === ST || operation === STB) {
      const va = (state[(first >>> 14) & 63]! + second) >>> 0;
      const cached = this.#caches !== undefined && (va < ROM || va >= WINDOW_END);
      const pa = cached ? 0 : this.#translate(va);
      if (pa === undefined) return;
      if (cached) this.#cachedAccess(this.#caches, operation, x, va);
      else if (operation === LD) state[x] = pa >= ROM ? this.#readWindow(pa) : this.#sram.read(pa & ~3, 4);
      else if (operation === LDB) state[x] = pa >= ROM ? this.#readWindow(pa) : (this.#sram.read(pa, 1) << 24) >> 24;
      else if (pa >= ROM) {
        if (pa >= REGISTERS) this.#map.write(pa, 4, state[x]! >>> 0);
      } else if (operation === ST) this.#sram.write(pa & ~3, 4, state[x]!);
      else this.#sram.write(pa, 1, state[x]! & 0xff);
    } else if (operation === SYSENTER) next = this.#control.enter(next >>> 0) & ~3;
    else next = this.#control.leave() & ~3;
    state[PC] = next;
    timeline.now++;
  }

  #cachedAccess(caches: Caches, operation: number, x: number, va: number): void {
    const { state } = this;
    const shift = (va & 3) << 3;
    if (operation === LD) state[x] = caches.load(va);
    else if (operation === LDB) state[x] = (caches.load(va) << (24 - shift)) >> 24;
    else {
      const dropped =
        operation === ST ? caches.store(va, state[x]!, -1) : caches.store(va, state[x]! << shift, 0xff << shift);
      if (dropped && this.#linesOf[(va >>> 12) & 3] === va >>> 12) {
        const start = LINES_PAGE * PAGE + ((va & 0x3fc0) >>> 1);
        this.code.fill(DECODE, start, start + 32);
      }
    }
  }

  /** Physical address behind `va`; for debuggers. */
  peekAddress(va: number): number {
    const pa = this.#lookup(va >>> 0);
    return pa >= ROM && pa < WINDOW_END ? pa : pa & (SRAM_BYTES - 1);
  }

  /** Decodes the word at `index` of `code`. */
  decodeAt(index: number, decode: (word: number, code: Int32Array, index: number) => void): void {
    decode(this.#wordAt(Math.floor(index / PAGE), (index % PAGE) >>> 1), this.code, index);
  }

  #wordAt(page: number, word: number): number {
    if (page < ROM_PAGE) return this.#sram.words[page * 1024 + word]!;
    if (page === ROM_PAGE) return this.#rom.words[word]!;
    if (page === OPEN_PAGE) return OPEN_WORD;
    return this.#caches!.fetch(((this.#linesOf[page - LINES_PAGE]! << 12) | (word << 2)) >>> 0);
  }

  #finish(stop: GaiaStop): false {
    this.stop = stop;
    this.#ended = true;
    return false;
  }

  /** Points at the code for `pc`. */
  #locate(pc: number): boolean {
    const { state } = this;
    if (this.#caches !== undefined && (pc < ROM || pc >= WINDOW_END)) return this.#locateLines(pc);
    const pa = this.#translate(pc);
    if (pa === undefined) return false;
    let page = pa >>> 12;
    if (pa >= ROM) {
      page = pa < REGISTERS ? ROM_PAGE : OPEN_PAGE;
      if (pc === ROM && state[LEFT_ROM] !== 0) return this.#finish({ kind: 'halted' });
    }
    if (page !== ROM_PAGE) state[LEFT_ROM] = 1;
    this.pageAddress = pc & ~0xfff;
    this.pageStart = page * PAGE;
    this.ip = this.pageStart + ((pc & 0xffc) >>> 1);
    return true;
  }

  /** Points at what is decoded of the cached lines of the page of `pc`. */
  #locateLines(pc: number): true {
    const page = pc >>> 12;
    const start = (LINES_PAGE + (page & 3)) * PAGE;
    if (this.#linesOf[page & 3] !== page) {
      this.#linesOf[page & 3] = page;
      this.code.fill(DECODE, start, start + PAGE);
    }
    this.state[LEFT_ROM] = 1;
    this.pageAddress = pc & ~0xfff;
    this.pageStart = start;
    this.ip = start + ((pc & 0xffc) >>> 1);
    return true;
  }

  #forgetLines(): void {
    this.#linesOf.fill(-1);
  }

  /** Physical address behind `va`, with a table entry made where it is SRAM; `undefined` when strict mode ends the run. */
  #translate(va: number): number | undefined {
    if (this.#strict) {
      const problems = this.mmu.problems(va, LOAD, KERNEL);
      if (problems.length > 0) {
        this.#finish({ kind: 'problem', problems, address: va });
        return undefined;
      }
    }
    const full = this.#lookup(va);
    if (full >= ROM && full < WINDOW_END) return full;
    const pa = full & (SRAM_BYTES - 1);
    this.#fill(va, pa);
    return pa;
  }

  /** The simulators decode the special addresses behind translation, the hardware in front of it. */
  #lookup(va: number): number {
    const { mmu } = this;
    if (!this.#physical) {
      mmu.lookup(va, LOAD, KERNEL);
      return mmu.pa;
    }
    return mmu.vaenable ? mmu.walk(va).pa : va;
  }

  #fill(va: number, pa: number): void {
    const page = va >>> 12;
    const { mem32 } = this;
    const entry = (this.sramBase + (pa & ~0xfff) - (va & ~0xfff)) | 0;
    if (mem32[this.readTable + page] === 0) this.#filled.push(page);
    mem32[this.readTable + page] = entry;
    if (this.#isTable[pa >>> 12] === 0) mem32[this.writeTable + page] = entry;
  }

  #flush(): void {
    const { mem32 } = this;
    for (const page of this.#filled) {
      mem32[this.readTable + page] = 0;
      mem32[this.writeTable + page] = 0;
    }
    this.#filled.length = 0;
  }

  /** The walker's read. From now on, stores to that page are watched. */
  #readEntry(pa: number): number {
    const page = pa >>> 12;
    if (this.#isTable[page] === 0) {
      this.#isTable[page] = 1;
      this.#tables = true;
      for (const filled of this.#filled) this.mem32[this.writeTable + filled] = 0;
    }
    return this.#sram.words[pa >>> 2]!;
  }

  /** A load from ROM or the special registers, where a byte load gives the whole word. */
  #readWindow(pa: number): number {
    return pa < REGISTERS ? this.#rom.read(pa & 0xffc, 4) : this.#map.read(pa, 4);
  }

  #forgetOn(memory: Memory, start: number): void {
    memory.codePages.fill(1);
    memory.watchCode((offset, length) => {
      this.code.fill(DECODE, start + ((offset >>> 2) << 1), start + (((offset + length + 3) >>> 2) << 1));
      for (let page = offset >>> 12; page <= (offset + length - 1) >>> 12; page++)
        if (start === 0 && this.#isTable[page] !== 0) this.#flush();
      // Whoever writes past the core (a loader, a debugger) wants it seen.
      this.#caches?.invalidate();
      this.#forgetLines();
    });
  }
}
