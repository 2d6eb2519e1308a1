// The engine: finds hot code, has it translated, runs it, and forgets what has been overwritten.
import type { ArenaRequest, Memory } from '@kseg/bus';
import {
  type Core,
  type Engine,
  type EngineFactory,
  load,
  Predecoder,
  rare,
  state as S,
  store,
} from '@kseg/cpu/engine';
import { dispatcherModule, keyOf, LOOKUP_BYTES, lookupWord } from './dispatcher.ts';
import { emitRegion, type Surroundings, TYPE, types } from './emit.ts';
import { type Fetch, formRegion, type Instruction, type Region } from './flow.ts';
import { encodeModule, type FunctionBody } from './wasm.ts';

export interface TranslatorOptions {
  /** Samples of taken branches to an address before it is translated. */
  readonly threshold?: number;
  /** Instructions of a region, about. */
  readonly regionLimit?: number;
}

/** Counts since the translator was made; none belongs to a machine's state. */
export interface TranslatorStatistics {
  regions: number;
  modules: number;
  /** Regions dropped because their code was overwritten, or its page forgotten. */
  dropped: number;
  /** Times that everything was dropped to keep memory bounded. */
  flushes: number;
  /** Guest instructions translated, and bytes of WebAssembly for them. */
  instructions: number;
  bytes: number;
  dispatchers: number;
}

const SLOTS = 2048;
/** Instructions that regions may run before the dispatcher comes back: a function that WebAssembly has optimized meanwhile is then called anew. */
const SLICE = 1 << 20;
/** Taken branches between samples. */
const INTERVAL = 31;
/** Regions translated in one go: the hot one and those it calls. */
const BATCH = 16;
const KERNEL = 0;
const USER = 2;

interface Translated {
  readonly pc: number;
  readonly mode: number;
  /** Host byte address of the entry's word. */
  readonly host: number;
  /** Soft-TLB entry that its page must have. */
  readonly entry: number;
  readonly slot: number;
  readonly run: Function;
  /** Host addresses / 64 of its code. */
  readonly lines: readonly number[];
}

/** A translator for one core: `engine` goes into the core's options, `regions` into its arena's. */
export class Translator {
  readonly statistics: TranslatorStatistics = {
    regions: 0,
    modules: 0,
    dropped: 0,
    flushes: 0,
    instructions: 0,
    bytes: 0,
    dispatchers: 0,
  };
  #engine: WasmEngine | undefined;

  constructor(private readonly options: TranslatorOptions = {}) {}

  /** What the arena must hold, for a main memory of `bytes` at physical 0. */
  static regions(bytes: number, name = 'cpu'): ArenaRequest[] {
    return [{ name: regionName(name), bytes: CONTROL_BYTES + (bytes >>> 6) }];
  }

  readonly engine: EngineFactory = (core) => {
    this.#engine = new WasmEngine(core, this.options, this.statistics);
    return this.#engine;
  };

  /** Translates the code at virtual address `pc`, hot or not, as it is mapped in the current mode. False when it cannot be. */
  translate(pc: number): boolean {
    return this.#engine?.translate(pc >>> 0) ?? false;
  }
}

const regionName = (name: string): string => `${name}.translator`;

// The control block: a flag, then for each slot its entry, then the lookup table, then the code lines.
const SLOTS_AT = 64;
const LOOKUP_AT = SLOTS_AT + 4 * SLOTS;
const CONTROL_BYTES = LOOKUP_AT + LOOKUP_BYTES;

type Run = (slot: number, left: number) => number;

class WasmEngine implements Engine {
  readonly #mem32: Int32Array;
  readonly #state: Int32Array;
  #around: Surroundings;
  readonly #table: WebAssembly.Table;
  readonly #imports: Record<string, unknown>;
  readonly #run: Run;
  readonly #predecoder: Predecoder;
  readonly #threshold: number;
  readonly #limit: number;
  /** Word indices in the arena. */
  readonly #flag: number;
  readonly #slots: number;
  readonly #lookup: number;
  readonly #memoryPages: number;

  readonly #heat = new Map<number, number>();
  /** Table slot of each key that has one. */
  readonly #slotOf = new Map<number, number>();
  readonly #byHost = new Map<number, Translated[]>();
  readonly #byLine = new Map<number, Set<Translated>>();
  readonly #watched = new Map<Memory, { dispose(): void }>();
  /** What each slot holds. */
  readonly #active: (Translated | undefined)[] = [];
  /** When the present slice ends, in virtual time. */
  #sliceEnd = 0;
  /** A region went away while regions ran. */
  #dropped = false;

  constructor(
    private readonly core: Core,
    { threshold = 16, regionLimit = 600 }: TranslatorOptions,
    private readonly statistics: TranslatorStatistics,
  ) {
    const { arena } = core;
    const { memory } = arena;
    if (memory === undefined) throw new Error('the arena has no WebAssembly.Memory');
    this.#mem32 = core.mem32;
    this.#state = core.state;
    this.#predecoder = new Predecoder(core.model);
    this.#threshold = threshold;
    this.#limit = regionLimit;
    const control = arena.region(regionName('cpu'));
    const at = control.byteOffset;
    this.#flag = at >>> 2;
    this.#slots = (at + SLOTS_AT) >>> 2;
    this.#lookup = (at + LOOKUP_AT) >>> 2;
    this.#memoryPages = arena.buffer.byteLength >>> 16;
    this.#around = this.#survey();
    core.cache.lines = arena.u8.subarray(at + CONTROL_BYTES, at + control.bytes);
    core.cache.linesFrom = this.#around.ram;
    this.#table = new WebAssembly.Table({ element: 'anyfunc', initial: SLOTS });
    this.#imports = {
      memory,
      table: this.#table,
      load: (va: number, meta: number, left: number, info: number) => this.#load(va, meta, left, info),
      store: (va: number, value: number, meta: number, left: number, info: number) =>
        this.#store(va, value, meta, left, info),
      rare: (first: number, second: number, meta: number, left: number) => this.#rare(first, second, meta, left),
    };
    const dispatcher = new WebAssembly.Instance(
      new WebAssembly.Module(
        dispatcherModule({
          state: this.#around.state,
          lookup: at + LOOKUP_AT,
          memoryPages: this.#memoryPages,
          tableSize: SLOTS,
        }),
      ),
      { k: this.#imports as WebAssembly.ModuleImports },
    );
    this.#run = dispatcher.exports['0'] as Run;
    this.#imports['find'] = dispatcher.exports['1'];
    this.#mem32.fill(1, this.#slots, this.#slots + SLOTS);
    core.map.onChange(() => {
      this.#around = this.#survey();
      this.#flush();
    });
  }

  /** Where everything is, as the physical map stands. */
  #survey(): Surroundings {
    const { core } = this;
    const control = core.arena.region(regionName('cpu'));
    const at = control.byteOffset;
    const main = core.map.find(0);
    const usable = main?.kind === 'ram' && main.base === 0 && (main.offset ?? 0) === 0;
    const lines = control.bytes - CONTROL_BYTES;
    return {
      state: core.state.byteOffset,
      flag: at,
      slots: at + SLOTS_AT,
      lines: at + CONTROL_BYTES,
      ram: usable ? main.memory.byteOffset : 0,
      ramSize: usable ? Math.min(main.size, main.memory.size, lines << 6) : 0,
      bigEndian: core.bigEndian,
    };
  }

  // ---- running

  enter(): boolean {
    const { core } = this;
    const { timeline } = core;
    const pc = this.#state[S.PC]!;
    const region = this.#at(pc);
    if (region === undefined) return false;
    this.#activate(region);
    const before = timeline.now;
    const left = Math.min(core.end - before, SLICE);
    this.#sliceEnd = before + left;
    this.#dropped = false;
    const rest = this.#run(region.slot, left);
    if (rest >= 0) timeline.now = this.#sliceEnd - rest;
    return rest < 0 || timeline.now !== before;
  }

  sample(target: number): number {
    const mode = this.#state[S.MODE]!;
    if (mode !== KERNEL && mode !== USER) return INTERVAL;
    const key = keyOf(target, mode);
    const heat = (this.#heat.get(key) ?? 0) + 1;
    this.#heat.set(key, heat);
    if (heat === this.#threshold) this.translate(target >>> 0);
    return INTERVAL;
  }

  /** The region for `pc` as it is mapped now. */
  #at(pc: number): Translated | undefined {
    const mode = this.#state[S.MODE]!;
    const entry = this.#mem32[this.#state[S.READ_BASE]! + (pc >>> 12)]!;
    if (entry === 0) return undefined;
    return this.#byHost.get((entry + pc) >>> 0)?.find((region) => region.pc === pc >>> 0 && region.mode === mode);
  }

  /** Lets a region be found by its address and by calls; another at the same address, in other memory, gives way. */
  #activate(region: Translated): void {
    const { slot, pc, mode, entry } = region;
    if (this.#active[slot] !== region) {
      this.#active[slot] = region;
      this.#table.set(slot, region.run);
      this.#mem32[this.#slots + slot] = entry;
    }
    const at = this.#lookup + lookupWord(pc);
    this.#mem32[at] = keyOf(pc, mode);
    this.#mem32[at + 1] = entry;
    this.#mem32[at + 2] = slot;
  }

  // ---- the long way

  /** Sets the scene for something that may raise an exception or look at the time. */
  #begin(meta: number, left: number): void {
    const { core } = this;
    core.pc = meta & ~1;
    core.inSlot = (meta & 1) !== 0;
    core.faulted = false;
    core.attention = false;
    this.#state[S.PC] = meta & ~1;
    core.timeline.now = this.#sliceEnd - left;
  }

  /** Tells the region whether it may go on. */
  #finish(meta: number, jumped: boolean): void {
    const { core } = this;
    let flag = 0;
    if (core.faulted) flag = 2;
    else if (jumped || this.#dropped || (core.attention && !this.#mayGoOn())) {
      flag = 1;
      core.timeline.now++;
      if (!jumped) this.#state[S.PC] = (meta & ~1) + 4;
    }
    this.#mem32[this.#flag] = flag;
  }

  /** Whether nothing has happened after all that the interpreter's poll would act on. */
  #mayGoOn(): boolean {
    return false;
  }

  #load(va: number, meta: number, left: number, info: number): number {
    const handler = info & 255;
    const width = handler <= 65 ? 1 : handler <= 67 ? 2 : 4;
    this.#begin(meta, left);
    let value = load(this.core, va, width) | 0;
    if (handler === 64) value = (value << 24) >> 24;
    else if (handler === 66) value = (value << 16) >> 16;
    if (!this.core.faulted) this.#state[info >>> 8] = value;
    this.#finish(meta, false);
    return value;
  }

  #store(va: number, value: number, meta: number, left: number, info: number): void {
    const handler = info & 255;
    this.#begin(meta, left);
    if (handler === 71) store(this.core, va, 1, value & 0xff);
    else if (handler === 72) store(this.core, va, 2, value & 0xffff);
    else store(this.core, va, 4, value);
    this.#finish(meta, false);
  }

  #rare(first: number, second: number, meta: number, left: number): void {
    this.#begin(meta, left);
    this.#finish(meta, rare(this.core, first, second) && !this.core.faulted);
  }

  // ---- translating

  translate(pc: number): boolean {
    const mode = this.#state[S.MODE]!;
    if (mode !== KERNEL && mode !== USER) return false;
    if (!this.core.cache.plantsGrow) return false;
    if (this.#slotOf.size > SLOTS - 512) this.#flush();
    const found: { region: Region; host: (pc: number) => number }[] = [];
    const queue = [pc];
    const seen = new Set(queue);
    for (let next = 0; next < queue.length && found.length < BATCH; next++) {
      const start = queue[next]!;
      if (this.#known(start, mode)) continue;
      const host = this.#hostOf(start);
      if (host === undefined) continue;
      const region = formRegion(start, this.#fetch(host, mode), this.#limit);
      if (region === undefined) continue;
      found.push({ region, host: (at) => host(at)! });
      for (const callee of region.callees)
        if (!seen.has(callee)) {
          seen.add(callee);
          queue.push(callee);
        }
    }
    if (found.length === 0) return this.#known(pc, mode);
    this.#compile(found, mode);
    return this.#known(pc, mode);
  }

  #known(pc: number, mode: number): boolean {
    const slot = this.#slotOf.get(keyOf(pc, mode));
    const active = slot === undefined ? undefined : this.#active[slot];
    return active !== undefined && active.host === this.#hostOf(pc)?.(pc);
  }

  /** From addresses to host addresses, for the code around `start`: all of main memory where it is unmapped, else the one page. */
  #hostOf(start: number): ((pc: number) => number | undefined) | undefined {
    const { core } = this;
    const entry = this.#mem32[this.#state[S.READ_BASE]! + (start >>> 12)]!;
    if (start >>> 30 === 2) {
      const base = start & 0xe000_0000;
      const found = core.map.memoryAt(start & 0x1fff_ffff);
      if (found === undefined) return undefined;
      const { memory, offset } = found;
      const from = memory.byteOffset + offset - (start & 0x1fff_ffff);
      return (pc) => {
        const host = from + (pc & 0x1fff_ffff);
        return (pc & 0xe000_0000) === base && host >= memory.byteOffset && host < memory.byteOffset + memory.size
          ? host
          : undefined;
      };
    }
    if (entry === 0) return undefined;
    return (pc) => ((pc ^ start) >>> 12 === 0 ? (entry + pc) >>> 0 : undefined);
  }

  #fetch(host: (pc: number) => number | undefined, mode: number): Fetch {
    return (pc) => {
      const at = host(pc);
      if (at === undefined) return undefined;
      const predecoder = this.#predecoder;
      predecoder.decode(this.#mem32[at >>> 2]!);
      const { first, second } = predecoder;
      const handler = first & 255;
      // CP0 from user mode is for the interpreter to decide.
      if (mode === USER && handler >= 60 && handler <= 62) return undefined;
      return { pc, first, second } satisfies Instruction;
    };
  }

  #slot(pc: number, mode: number): number {
    const key = keyOf(pc, mode);
    const known = this.#slotOf.get(key);
    if (known !== undefined) return known;
    const slot = this.#slotOf.size;
    this.#slotOf.set(key, slot);
    return slot;
  }

  #compile(found: readonly { region: Region; host: (pc: number) => number }[], mode: number): void {
    const { core, statistics } = this;
    const functions: { type: number; body: FunctionBody }[] = [];
    for (const { region } of found) {
      const { body, dispatchers } = emitRegion(region, this.#around, {
        kernel: mode === KERNEL,
        mapped: (register) => this.#looksMapped(register),
        slot: (pc) => this.#slot(pc, mode),
      });
      statistics.dispatchers += dispatchers;
      statistics.instructions += region.words.length;
      functions.push({ type: TYPE.region, body });
    }
    const bytes = encodeModule({
      types,
      memoryPages: this.#memoryPages,
      tableSize: SLOTS,
      imports: [
        { name: 'load', type: TYPE.load },
        { name: 'store', type: TYPE.store },
        { name: 'rare', type: TYPE.rare },
        { name: 'find', type: TYPE.find },
      ],
      functions,
    });
    statistics.bytes += bytes.length;
    statistics.modules++;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      k: this.#imports as WebAssembly.ModuleImports,
    });
    found.forEach(({ region, host }, i) => {
      statistics.regions++;
      const { pc } = region.entry;
      const lines = new Set<number>();
      for (const word of region.words) lines.add((host(word) - 64) >>> 6);
      for (const page of new Set([...lines].map((line) => line >>> 6))) this.#watch(page * 4096 + 64);
      for (const line of lines) core.cache.markLine((line << 6) + 64);
      const translated: Translated = {
        pc,
        mode,
        host: host(pc),
        entry: (host(pc) - pc) | 0,
        slot: this.#slot(pc, mode),
        run: exports[String(i)] as Function,
        lines: [...lines],
      };
      for (const line of lines) {
        const there = this.#byLine.get(line);
        if (there === undefined) this.#byLine.set(line, new Set([translated]));
        else there.add(translated);
      }
      const variants = this.#byHost.get(translated.host);
      if (variants === undefined) this.#byHost.set(translated.host, [translated]);
      else variants.push(translated);
      this.#activate(translated);
      core.cache.plant(translated.host);
    });
  }

  /** Whether a register points, at this moment, to where translation goes through the TLB. */
  #looksMapped(register: number): boolean {
    const value = this.#state[register]! >>> 0;
    return value >= 0x1000 && value >>> 30 !== 2;
  }

  /** Makes a host page one that nobody writes unseen. */
  #watch(hostPage: number): void {
    const { core } = this;
    for (const region of core.map.regions) {
      if (region.kind !== 'ram' && region.kind !== 'rom') continue;
      const { memory } = region;
      const offset = hostPage - memory.byteOffset;
      if (offset < 0 || offset >= memory.size) continue;
      if (!this.#watched.has(memory))
        this.#watched.set(
          memory,
          memory.watchCode((at, length) => this.#written(memory.byteOffset + at, length)),
        );
      core.cache.slot(memory, offset);
      return;
    }
  }

  // ---- forgetting

  #written(host: number, length: number): void {
    for (let line = (host - 64) >>> 6; line <= (host + length - 65) >>> 6; line++)
      for (const region of [...(this.#byLine.get(line) ?? [])]) this.#drop(region);
  }

  dropPage(hostPage: number): void {
    this.#written(hostPage, 4096);
  }

  #drop(region: Translated): void {
    this.#dropped = true;
    this.statistics.dropped++;
    for (const line of region.lines) {
      const there = this.#byLine.get(line)!;
      there.delete(region);
      if (there.size === 0) this.#byLine.delete(line);
    }
    const { host, slot, pc, mode } = region;
    const variants = this.#byHost.get(host)!.filter((other) => other !== region);
    if (variants.length > 0) this.#byHost.set(host, variants);
    else {
      this.#byHost.delete(host);
      this.core.cache.uproot(host);
    }
    this.#heat.delete(keyOf(pc, mode));
    if (this.#active[slot] !== region) return;
    this.#active[slot] = undefined;
    this.#mem32[this.#slots + slot] = 1;
    const at = this.#lookup + lookupWord(pc);
    if (this.#mem32[at + 2] === slot) this.#mem32[at + 1] = 1;
  }

  /** Drops everything: the physical map has changed, or the table is full. */
  #flush(): void {
    for (const regions of [...this.#byHost.values()]) for (const region of regions) this.#drop(region);
    this.statistics.flushes++;
    this.#slotOf.clear();
    this.#heat.clear();
    for (let slot = 0; slot < SLOTS; slot++) this.#table.set(slot, null);
  }
}
