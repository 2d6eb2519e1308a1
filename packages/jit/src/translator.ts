// The engine: finds hot code, has it translated and runs it.
import type { ArenaRequest } from '@kseg/bus';
import { type CpuModel, findModel, type ModelName } from '@kseg/cpu';
import { type Core, type Engine, type EngineFactory, Predecoder, rare, state as S } from '@kseg/cpu/engine';
import { LOAD, MAPPED } from '@kseg/mmu';
import { Compiler, type CompilerStatistics, entryOf, type Habit, hostOf } from './compiler.ts';
import { type Dispatcher, encodeDispatcher, keyOf, LOOKUP_BYTES } from './dispatcher.ts';
import { JitError } from './errors.ts';
import type { Surroundings } from './frame.ts';
import { isAccess, isStore } from './instruction.ts';
import { Interpreter } from './interpreter.ts';
import { Library, type LibraryStatistics, type Place, SLOTS } from './library.ts';
import { GO_ON, MAIL, MAIL_WORDS, STOP } from './mailbox.ts';
import { KERNEL, USER } from './modes.ts';
import { rehearse } from './rehearsal.ts';
import { ALONE, finish, type Steps, Work } from './steps.ts';

export interface TranslatorOptions {
  /**
   * How hot an address must be before it is translated: a sampled branch to it counts 8, one out of a region 1. Default: 400, and more while
   * translating takes too large a share of the time.
   */
  readonly threshold?: number;
  /** Instructions of a region, about. */
  readonly regionLimit?: number;
  /** Megabytes that translated code may take, WebAssembly's own needs estimated: what was entered longest ago gives way. */
  readonly budget?: number;
  /**
   * Guest instructions after which a region returns when it comes by its first one, for the host to call what it has optimized meanwhile: 1 to
   * 2^24. Default: 2^19.
   */
  readonly turn?: number;
  /**
   * How much is translated before the guest goes on, in instructions, about: 0 is the shortest pause there can be, Infinity translates at once
   * what is hot. Default: 16, less than a millisecond.
   */
  readonly pause?: number;
  /** Ticks of virtual time from one pause to the next, at least. Default: 2^12. */
  readonly breath?: number;
}

/** Counts since the translator was made; none belongs to a machine's state. */
export interface TranslatorStatistics extends LibraryStatistics, CompilerStatistics {
  /** Regions translated, and modules for them. */
  regions: number;
  modules: number;
  /** Times that a translation was found for words that appeared anew, and that words with one went away or were overwritten. */
  recalled: number;
  dropped: number;
  /** Translations that gave way to keep memory bounded; and bytes of what is there now, as the budget counts them. */
  evicted: number;
  memory: number;
  /** Times that everything was dropped because the physical map had changed. */
  flushes: number;
  /** Guest instructions translated, and bytes of WebAssembly for them, with what was given up because the guest overwrote it meanwhile. */
  instructions: number;
  bytes: number;
  dispatchers: number;
  /** Times that the interpreter handed over, and that regions handed an instruction to it. */
  enters: number;
  leaves: number;
  rare: number;
  /** Milliseconds of the host's time that the guest stood still at most, for one pause to translate, as the host's clock has it. */
  longestPause: number;
}

/**
 * What WebAssembly has optimized meanwhile is run when its function is called anew. A region that comes by where it began, such as an outer loop,
 * returns there once a turn is over, in instructions, and the dispatcher calls it again; unless another region called it, which waits for it.
 */
const TURN = 1 << 19;
const LONGEST_TURN = 1 << 24;
/**
 * Regions that do not come by are left wherever they are at the end of a slice, in turns. Later it may be longer: the interpreter goes on in the
 * middle of a loop, and what it meets often becomes a region of its own. So that it seldom comes to that, a slice begins anew where a region
 * ends of itself and some turns of the slice are over.
 */
const SLICE = 4;
const LATER = 32;
const RENEWED = 2;
/** Entries after which a region is taken to be optimized. */
const SETTLED = 64;
/** Entries after which it is found out whether they were worth it, and ticks for which one is. */
const TRIAL = 1024;
const WORTHWHILE = 100;
/** Taken branches between samples. */
const INTERVAL = 31;
/** With less than this left, a region may have stopped for want of it. */
const LEAST = 1024;
/** Words whose predecoding is kept. */
const DECODED = 1024;
/** Times that an instruction is left to the interpreter before something is done about it. */
const PATIENCE = 16;
/** Of the heat that is required, what a region that is called must have to be translated along with its caller. */
const NEARLY = 1 / 4;
/** What fits into a pause, as steps tell their sizes, and ticks until translating goes on. */
const PAUSE = 16;
const BREATH = 1 << 12;
/**
 * Heat there must have been, in thresholds, before anything is translated: what it takes to be ready for the first region costs tens of
 * milliseconds, in which the interpreter is through with what a short run has to do.
 */
const WARM_UP = 64;
const THRESHOLD = 400;
/** Translations that wait their turn. */
const LONGEST_LINE = 64;
/**
 * What translating an instruction costs, in ticks of interpretation; the share of all ticks that may go into it before the threshold rises;
 * and ticks in advance. Most of what a kernel executes while it boots, and a shell's short-lived programs, would never earn its translation.
 */
const COST = 4000;
const SHARE = 1 / 50;
const ADVANCE = 100_000_000;
/** What a sampled branch counts. */
const SAMPLED = 8;
/**
 * How many times as hot an address must be that is part of a region already: the interpreter is there at the end of a run, and soon comes
 * to the region's entry. Without it every loop of a function would get a copy of that function in time.
 */
const RELUCTANCE = 16;
/**
 * Nor is a second entry worth it unless the interpreter has a part of the ticks of late that takes a tenth of the time, about; ticks after
 * which that is found out anew.
 */
const NOTABLE = 1 / 256;
const PERIOD = 1 << 22;
/** How often an address that has given way gets a threshold twice as high. */
const MOST_DOUBLINGS = 6;
/** Addresses of a kind that are counted; beyond that counting begins anew. */
const COUNTED = 1 << 16;
/** Bytes of a module larger than any that is made: browsers have refused them on a page's main thread by their size. */
const PROBE_BYTES = 0x2_0000;
/** The header, and of a custom section its code and size; it holds zeros. */
const PROBE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x80, 0x80, 0x08];
/** A number with a fraction in V8's eyes, as keys are: a field that holds small integers at first has everything compiled anew later. */
const NO_KEY = Number.NaN;
/** Debug.DM */
const DEBUG_MODE = 1 << 30;

/** A translator for one core: `engine` goes into the core's options, `regions` into its arena's. */
export class Translator {
  readonly statistics: TranslatorStatistics = {
    regions: 0,
    modules: 0,
    recalled: 0,
    dropped: 0,
    evicted: 0,
    memory: 0,
    flushes: 0,
    instructions: 0,
    bytes: 0,
    dispatchers: 0,
    enters: 0,
    leaves: 0,
    rare: 0,
    longestPause: 0,
  };
  #engine: WasmEngine | undefined;

  constructor(private readonly options: TranslatorOptions = {}) {}

  /** What the arena must hold, for a main memory of `bytes` at physical 0. */
  static regions(bytes: number, name = 'cpu'): ArenaRequest[] {
    return [{ name: regionName(name), bytes: controlBytes(bytes) }];
  }

  /** Why code of a CPU model cannot be translated here; `undefined` when it can. */
  static obstacle(model: ModelName | CpuModel): string | undefined {
    const known = typeof model === 'string' ? findModel(model) : model;
    if (known?.mmu.kind === 'r3000')
      return 'loads of an R3000A arrive one instruction late, which only the interpreter does';
    if (typeof WebAssembly === 'undefined') return 'the host has no WebAssembly';
    const probe = new Uint8Array(PROBE.length + PROBE_BYTES);
    probe.set(PROBE);
    // A content security policy is only told by being refused.
    try {
      new WebAssembly.Module(probe);
    } catch (error) {
      return `the host refuses to compile WebAssembly: ${error instanceof Error ? error.message : error}`;
    }
    return undefined;
  }

  /** @throws KSEG_JIT_ARENA where the arena lies in no WebAssembly.Memory; KSEG_JIT_OPTION for an option out of its range */
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

// The control block: for each slot its entry, the mailbox, the lookup table; then a byte for each page of main memory, and for each line.
const MAILBOX_AT = 4 * SLOTS;
const LOOKUP_AT = MAILBOX_AT + 256;
const CONTROL_BYTES = LOOKUP_AT + LOOKUP_BYTES;
const controlBytes = (memory: number): number => CONTROL_BYTES + (memory >>> 12) + (memory >>> 6);

/** (slot, left, and how little of it makes it come back where a region ends) -> left. */
type Run = (slot: number, left: number, low: number) => number;

/** What has become hot while something else was translated, or too soon after that. */
interface Waiting {
  readonly pc: number;
  readonly mode: number;
  /** Part of no region, and not to be translated if one comes first that it is part of. */
  readonly alone: boolean;
  readonly work: Work;
}

class WasmEngine implements Engine {
  readonly #mem32: Int32Array;
  readonly #state: Int32Array;
  readonly #memory: WebAssembly.Memory;
  #around!: Surroundings;
  /** Made before the first region is translated. */
  #dispatcher: Dispatcher | undefined;
  #run!: Run;
  readonly #library: Library;
  readonly #compiler: Compiler;
  readonly #interpreter: Interpreter;
  /** As the core has it told. */
  readonly #sample = (target: number): number => this.core.engine!.sample(target);
  /** What is being translated, or made ready, and for which key. */
  #work: Work | undefined;
  #workKey = NO_KEY;
  /** When that was last gone on with. */
  #worked = Number.NEGATIVE_INFINITY;
  /** What is to be translated after that, by key. */
  readonly #waiting = new Map<number, Waiting>();
  #rehearsed = false;
  readonly #predecoder: Predecoder;
  readonly #threshold: number;
  /** The threshold rises when translating takes too much. */
  readonly #thrifty: boolean;
  readonly #turn: number;
  readonly #pause: number;
  readonly #breath: number;
  /** Word indices in the arena. */
  readonly #slots: number;
  readonly #mailbox: Int32Array;
  /** Byte addresses of the bytes for pages and lines of main memory. */
  readonly #codePages: number;
  readonly #lines: number;
  readonly #lookup: number;
  readonly #memoryPages: number;

  readonly #heat = new Map<number, number>();
  /** Of what is part of regions, the heat since then. */
  readonly #reheat = new Map<number, number>();
  /** Whether the interpreter had a notable part of the last period; when the present one began, and its ticks in regions, no small integers. */
  #isNotable = true;
  #periodFrom = Number.NEGATIVE_INFINITY;
  #translated = Number.NEGATIVE_INFINITY;
  /** All heat there has been until the guest was warm. */
  #warmth = 0;
  /** How often the region of a key has given way. */
  readonly #evictions = new Map<number, number>();
  /** How often regions have left an instruction to the interpreter, and what has been learnt about some. */
  readonly #leaves = new Map<number, number>();
  readonly #sites = new Map<number, Habit>();
  readonly #decoded = new Map<number, { readonly first: number; readonly second: number }>();
  /** An instruction that went the long way has ended the run. */
  #longWay = false;
  /** When the present slice ends, in virtual time. */
  #sliceEnd = Number.NaN;
  /** A place of a region went away while regions ran. */
  #dropped = false;

  constructor(
    private readonly core: Core,
    { threshold, regionLimit = 600, budget = 64, turn = TURN, pause = PAUSE, breath = BREATH }: TranslatorOptions,
    private readonly statistics: TranslatorStatistics,
  ) {
    const { arena } = core;
    const { memory } = arena;
    if (memory === undefined)
      throw new JitError(
        'KSEG_JIT_ARENA',
        'the arena lies in no WebAssembly.Memory, as the host has none: Translator.obstacle() says so beforehand',
      );
    check(
      'turn',
      turn,
      Number.isInteger(turn) && turn >= 1 && turn <= LONGEST_TURN,
      `a whole number from 1 to ${LONGEST_TURN}`,
    );
    this.#threshold = threshold ?? THRESHOLD;
    this.#thrifty = threshold === undefined;
    check('threshold', this.#threshold, this.#threshold >= 0, 'a number, 0 or more');
    check('regionLimit', regionLimit, regionLimit >= 1, 'a number of instructions, 1 or more');
    check('budget', budget, budget >= 0, 'a number of megabytes, 0 or more');
    check('pause', pause, pause >= 0, 'a number from 0 to Infinity');
    check('breath', breath, breath >= 0 && breath < Number.POSITIVE_INFINITY, 'a number of ticks, 0 or more');
    this.#memory = memory;
    this.#mem32 = core.mem32;
    this.#state = core.state;
    this.#predecoder = new Predecoder(core.model);
    this.#turn = turn;
    this.#pause = pause;
    this.#breath = breath;
    const { byteOffset: at, bytes } = arena.region(regionName(core.name));
    this.#slots = at >>> 2;
    this.#mailbox = this.#mem32.subarray((at + MAILBOX_AT) >>> 2).subarray(0, MAIL_WORDS);
    this.#lookup = (at + LOOKUP_AT) >>> 2;
    this.#memoryPages = arena.buffer.byteLength >>> 16;
    // A page has a byte of its own and 64 for its lines.
    const pages = Math.floor((bytes - CONTROL_BYTES) / 65);
    this.#codePages = at + CONTROL_BYTES;
    this.#lines = this.#codePages + pages;
    core.cache.pages = arena.u8.subarray(this.#codePages, this.#lines);
    core.cache.lines = arena.u8.subarray(this.#lines, this.#lines + 64 * pages);
    this.#library = new Library({
      core,
      entries: this.#slots,
      lookup: this.#lookup,
      budget: budget * 2 ** 20,
      statistics,
      link: (table) => this.#link(table),
      onDrop: () => {
        this.#dropped = true;
      },
      onEvict: ({ pc, mode }) => {
        const key = keyOf(pc, mode);
        const times = (this.#evictions.get(key) ?? 0) + 1;
        count(this.#evictions, key, Math.min(times, MOST_DOUBLINGS));
      },
    });
    this.#compiler = new Compiler({
      core,
      library: this.#library,
      statistics,
      limit: regionLimit,
      memoryPages: this.#memoryPages,
      habit: (pc, mode) => this.#sites.get(keyOf(pc, mode)),
      isNearlyHot: (pc, mode) => (this.#heat.get(keyOf(pc, mode)) ?? 0) >= NEARLY * this.#required,
    });
    this.#interpreter = new Interpreter(core, memory, this.#mailbox);
    this.#settle();
    core.map.onChange(() => {
      const { ram, ramSize } = this.#mainMemory();
      if (ram === this.#around.ram && ramSize === this.#around.ramSize) {
        // What is not main memory's, such as a flash's code.
        if (this.#compiler.isOutside(ram, ramSize)) this.#giveUp();
        this.#library.dropOutside(ram, ramSize);
        this.#dropped = true;
        return;
      }
      this.#giveUp();
      this.#waiting.clear();
      this.#library.clear();
      this.#heat.clear();
      this.#reheat.clear();
      statistics.flushes++;
      this.#settle();
    });
  }

  /** Main memory, where regions reach without the soft TLB: its host address and size. */
  #mainMemory(): Pick<Surroundings, 'ram' | 'ramSize'> {
    const { cache, map } = this.core;
    const main = map.find(0);
    const usable = main?.kind === 'ram' && main.base === 0 && (main.offset ?? 0) === 0;
    if (!usable) return { ram: 0, ramSize: 0 };
    return { ram: main.memory.byteOffset, ramSize: Math.min(main.size, main.memory.size, 64 * cache.lines.length) };
  }

  /** Finds out where everything is as the physical map stands. */
  #settle(): void {
    const { core } = this;
    const { cache } = core;
    this.#around = {
      state: core.state.byteOffset,
      slots: 4 * this.#slots,
      lines: this.#lines,
      ...this.#mainMemory(),
      bigEndian: core.bigEndian,
      turn: this.#turn,
    };
    // What is decoded is marked where memory was.
    cache.clear();
    cache.pages.fill(0);
    cache.lines.fill(0);
    cache.linesFrom = this.#around.ram;
    this.#dispatcher = undefined;
  }

  /** Lets a dispatcher use a table. What modules import. */
  #link(table: WebAssembly.Table): WebAssembly.ModuleImports {
    const { module, run, find, rare, quick } = this.#dispatcher!;
    const imports = { memory: this.#memory, table };
    const javascript = (first: number, second: number, pc: number, left: number) => this.#rare(first, second, pc, left);
    const { exports } = new WebAssembly.Instance(module, { k: { ...imports, javascript } });
    this.#run = exports[run] as Run;
    this.#interpreter.useQuick(exports[quick]!);
    return { ...imports, find: exports[find]!, rare: exports[rare]! };
  }

  // ---- running

  interpret(): void {
    this.#interpreter.run(this.#sample);
  }

  enter(): boolean {
    const { core, statistics } = this;
    const { timeline } = core;
    const state = this.#state;
    const pc = state[S.PC]!;
    // Who watches data or single instructions wants the interpreter.
    if (core.watches.active || core.onInstruction !== undefined) return false;
    let place = this.#at(pc);
    if (place === undefined) return false;
    const before = timeline.now;
    let since = before;
    statistics.enters++;
    this.#handsOff();
    // However often regions are left and entered: not again when nothing has retired.
    for (let next: Place | undefined = place, now = -1; next !== undefined && timeline.now !== now; ) {
      now = timeline.now;
      const slot = this.#library.activate(next);
      const settled = ++next.translation.entered >= SETTLED;
      const left = Math.min(core.end - now, (settled ? LATER : SLICE) * this.#turn);
      this.#sliceEnd = now + left;
      this.#dropped = false;
      this.#longWay = false;
      const rest = this.#run(slot, left, left - RENEWED * this.#turn);
      this.#takeOver();
      timeline.now = this.#sliceEnd - (rest < 0 ? ~rest : rest);
      const at = state[S.PC]!;
      if (rest >= 0) {
        // The slice is over, but there is time: as if the interpreter came by.
        next = this.#sliceEnd < core.end ? this.#at(at) : undefined;
        if (next !== undefined) {
          this.#tryOut(place, timeline.now - since);
          place = next;
          since = timeline.now;
          continue;
        }
        if (rest > LEAST) this.#warm(at, 1);
        break;
      }
      if (this.#longWay || state[S.IN_SLOT] !== 0) break;
      if (!this.#left(at)) break;
      next = this.#at(state[S.PC]!);
      if (next === undefined) this.#warm(state[S.PC]!, 1);
    }
    this.#countExceptions();
    this.#tryOut(place, timeline.now - since);
    this.#translated += timeline.now - before;
    return timeline.now !== before || state[S.PC] !== pc;
  }

  /** Leaves to other regions what the interpreter enters for little at a time: handing over costs more than is saved. */
  #tryOut({ translation, host }: Place, ticks: number): void {
    // Where it leads to is being translated perhaps.
    if (!this.#thrifty || this.#work !== undefined || this.#waiting.size > 0) return;
    translation.ticks += ticks;
    if (translation.entered < TRIAL) return;
    if (translation.ticks < WORTHWHILE * translation.entered) this.core.cache.uproot(host);
    translation.entered = SETTLED;
    translation.ticks = WORTHWHILE * SETTLED;
  }

  /** Lets the WebAssembly that stands for the core's exceptions and TLB writes do so, unless somebody wants to see each of them. */
  #handsOff(): void {
    const { core } = this;
    const watched = core.onException !== undefined || (this.#state[S.DEBUG]! & DEBUG_MODE) !== 0;
    // JavaScript may write entries.
    this.#mailbox[MAIL.missed] = 0;
    this.#mailbox[MAIL.handsOff] = watched || core.hasShadowSets ? 1 : 0;
  }

  /** Tells the MMU which entries WebAssembly has written. */
  #takeOver(): void {
    const mailbox = this.#mailbox;
    const [low, high] = [mailbox[MAIL.written]!, mailbox[MAIL.written + 1]!];
    if ((low | high) === 0) return;
    mailbox[MAIL.written] = 0;
    mailbox[MAIL.written + 1] = 0;
    if ('entriesWritten' in this.core.mmu) this.core.mmu.entriesWritten(low, high);
  }

  #countExceptions(): void {
    const mailbox = this.#mailbox;
    if (mailbox[MAIL.raised] === 0) return;
    mailbox[MAIL.raised] = 0;
    const { statistics } = this.core;
    for (let code = 0; code < 32; code++) {
      statistics.exceptions[code]! += mailbox[MAIL.exceptions + code]!;
      mailbox[MAIL.exceptions + code] = 0;
    }
    statistics.tlbRefills += mailbox[MAIL.refills]!;
    mailbox[MAIL.refills] = 0;
  }

  sample(target: number): number {
    const mode = this.#state[S.MODE]!;
    if (mode !== KERNEL && mode !== USER) return INTERVAL;
    this.#warm(target, SAMPLED);
    return INTERVAL;
  }

  /** Counts that execution went to `pc` through the interpreter, and does what there is to do about what is hot. */
  #warm(pc: number, by: number): void {
    this.#heatUp(pc, by);
    if (this.#mayWork) this.#goOn();
  }

  /** What is at `pc` is to be translated when it is counted often; it is there at once when it has been before. */
  #heatUp(pc: number, by: number): void {
    // What is no instruction's address raises an exception when it is fetched from.
    if ((pc & 3) !== 0) return;
    const mode = this.#state[S.MODE]!;
    const key = keyOf(pc, mode);
    if (this.#library.has(pc, mode) && this.#recall(pc, mode)) return;
    // It will be part of a region.
    if (this.#compiler.covers(pc >>> 0, mode)) return;
    const heat = (this.#heat.get(key) ?? 0) + by;
    count(this.#heat, key, heat);
    if (!this.#isWarm) {
      this.#warmth += by;
      return;
    }
    if (heat < this.#required * 2 ** (this.#evictions.get(key) ?? 0)) return;
    if (this.#waiting.has(key) || (this.#work !== undefined && this.#workKey === key)) return;
    const covered = by === SAMPLED && this.#isCovered(pc, mode);
    if (this.#waiting.size >= LONGEST_LINE || (covered && !this.#isWorthAnother(key))) return;
    const alone = by === SAMPLED && !covered;
    const work = new Work(this.#compiler.translate(pc >>> 0, mode, alone, this.#around));
    this.#waiting.set(key, { pc, mode, alone, work });
  }

  /** Counts what is hot and part of a region: whether it should be the entry of another. */
  #isWorthAnother(key: number): boolean {
    const { now } = this.core.timeline;
    const elapsed = now - this.#periodFrom;
    // Time may have been set back.
    if (elapsed < 0 || elapsed >= PERIOD) {
      this.#isNotable = this.#translated < (1 - NOTABLE) * elapsed;
      this.#periodFrom = now;
      this.#translated = 0;
    }
    if (!this.#isNotable) return false;
    const heat = (this.#reheat.get(key) ?? 0) + SAMPLED;
    count(this.#reheat, key, heat);
    return heat >= RELUCTANCE * this.#required;
  }

  get #isWarm(): boolean {
    return this.#warmth >= WARM_UP * this.#threshold;
  }

  /** Whether the instruction at `pc` is part of a region. */
  #isCovered(pc: number, mode: number): boolean {
    const host = hostOf(this.core, pc)?.(pc);
    return host !== undefined && this.#library.covers(pc >>> 0, mode, host);
  }

  /** How hot an address must be at present: by the square of how far translating is over its share. */
  get #required(): number {
    if (!this.#thrifty) return this.#threshold;
    const excess = (COST * this.statistics.instructions) / (SHARE * (this.core.timeline.now + ADVANCE));
    return this.#threshold * Math.max(1, excess * excess);
  }

  #recall(pc: number, mode: number): boolean {
    if (!this.core.cache.plantsGrow) return false;
    const host = hostOf(this.core, pc);
    return host !== undefined && this.#library.recall(pc, mode, host) !== undefined;
  }

  /**
   * Regions have left the load, store or trap at `pc`, outside a delay slot, to the interpreter: it is carried out here. True when regions
   * may go on from PC, wherever that is.
   */
  #left(pc: number): boolean {
    const entry = entryOf(this.core, pc);
    if (entry === 0) return false;
    const host = (entry + pc) >>> 0;
    this.statistics.leaves++;
    const { first, second } = this.#decode(this.#mem32[host >>> 2]!);
    if (isAccess(first & 255)) this.#learn(pc, first, second);
    const rest = this.#rare(first, second, pc, this.#sliceEnd - this.core.timeline.now);
    if (rest >= 0) {
      this.core.timeline.now = this.#sliceEnd - rest;
      this.#state[S.PC] = pc + 4;
      return !this.#dropped;
    }
    this.core.timeline.now = this.#sliceEnd - ~rest;
    const resume = this.#mailbox[MAIL.resume] === GO_ON;
    this.#mailbox[MAIL.resume] = 0;
    return resume;
  }

  /** As the predecoder does, from memory: few instructions are left, but those again and again. */
  #decode(word: number): { readonly first: number; readonly second: number } {
    const known = this.#decoded.get(word);
    if (known !== undefined) return known;
    this.#predecoder.decode(word);
    const { first, second } = this.#predecoder;
    if (this.#decoded.size >= DECODED) this.#decoded.clear();
    this.#decoded.set(word, { first, second });
    return { first, second };
  }

  /**
   * Where a load or store is left often, its regions are made anew: from kernel mode it is expected where it went now, through the TLB or
   * not; one that reaches devices, or stores beside code of its own page, goes the long way from now on.
   */
  #learn(pc: number, first: number, second: number): void {
    const { core } = this;
    const state = this.#state;
    const key = keyOf(pc, state[S.MODE]!);
    const times = (this.#leaves.get(key) ?? 0) + 1;
    count(this.#leaves, key, times);
    if (times % PATIENCE !== 0) return;
    const address = (state[(first >>> 8) & 63]! + second) >>> 0;
    if (core.mmu.lookup(address, LOAD, state[S.MODE]!) !== MAPPED) return;
    const { pa } = core.mmu;
    const target = core.map.memoryAt(pa);
    const direct = address >>> 29 === 4;
    const known = this.#sites.get(key);
    const kernel = state[S.MODE] === KERNEL;
    const writesCode = isStore(first & 255) && target?.memory.codePages[target.offset >>> 12] !== 0;
    if (target === undefined) this.#sites.set(key, 'slow');
    else if (direct && kernel && known === undefined) this.#sites.set(key, 'direct');
    else if (!direct && kernel && known !== 'mapped') this.#sites.set(key, 'mapped');
    else if (!direct && writesCode) this.#sites.set(key, 'slow');
    else return;
    if (this.#compiler.covers(pc >>> 0, state[S.MODE]!)) this.#giveUp();
    this.#library.forget(pc >>> 0, state[S.MODE]!);
  }

  /** The place of the region for `pc` as it is mapped now. */
  #at(pc: number): Place | undefined {
    const entry = entryOf(this.core, pc);
    return entry === 0 ? undefined : this.#library.at(pc, this.#state[S.MODE]!, entry);
  }

  // ---- the long way

  /** Carries out an instruction for a region. What is left behind it when that may go on there, else ~left for it to return. */
  #rare(first: number, second: number, pc: number, left: number): number {
    const { core } = this;
    const state = this.#state;
    this.statistics.rare++;
    core.pc = pc;
    core.inSlot = false;
    core.faulted = false;
    core.attention = false;
    state[S.PC] = pc;
    this.#takeOver();
    core.timeline.now = this.#sliceEnd - left;
    const readBase = state[S.READ_BASE]!;
    const jumped = rare(core, first, second);
    this.#handsOff();
    let rest = core.faulted ? left : left - 1;
    let quiet = true;
    if (core.attention) {
      rest = this.#pass(rest);
      quiet = this.#mayGoOn();
    }
    if (!core.faulted && !jumped && !this.#dropped && quiet && state[S.READ_BASE] === readBase) return rest;
    if (!core.faulted && !jumped) state[S.PC] = pc + 4;
    // The regions that are running may take for granted what has changed; others need not wait for the interpreter.
    this.#mailbox[MAIL.resume] = quiet ? GO_ON : STOP;
    this.#longWay = !quiet;
    return ~rest;
  }

  /** What is left of `left` when what is due has happened, and what a slow device makes the core wait is over, as `poll` has it. */
  #pass(left: number): number {
    const { timeline } = this.core;
    timeline.now = this.#sliceEnd - left;
    if (timeline.deadline <= timeline.now) timeline.fire();
    this.#sliceEnd = Math.max(this.#sliceEnd, timeline.now);
    return this.#sliceEnd - timeline.now;
  }

  /** Whether nothing has happened after all that is for the interpreter to deal with. */
  #mayGoOn(): boolean {
    const mode = this.#state[S.MODE]!;
    return (mode === KERNEL || mode === USER) && this.core.undisturbed;
  }

  // ---- translating

  translate(pc: number): boolean {
    const mode = this.#state[S.MODE]!;
    if ((mode !== KERNEL && mode !== USER) || (pc & 3) !== 0 || !this.core.cache.plantsGrow) return false;
    this.#giveUp();
    this.#pausing(() => {
      finish(this.#makeReady());
      finish(this.#compiler.translate(pc, mode, false, this.#around));
    });
    return this.#at(pc) !== undefined;
  }

  /** Once the guest is warm: has the host's compiler learn what that takes, and makes what everything else stands on. */
  *#prepare(): Steps {
    if (!this.#rehearsed) yield* rehearse(this.#predecoder, this.#around);
    this.#rehearsed = true;
    yield* this.#makeReady();
  }

  get #isReady(): boolean {
    return this.#dispatcher !== undefined && this.#library.hasRoom;
  }

  *#makeReady(): Steps {
    if (this.#dispatcher === undefined) {
      this.#dispatcher = yield* this.#encodeDispatcher();
      yield ALONE;
    }
    this.#library.makeRoom();
  }

  #encodeDispatcher(): Steps<Dispatcher> {
    const { core } = this;
    const { state, ram, ramSize } = this.#around;
    return encodeDispatcher({
      state,
      softTlb: core.softTlb.layout,
      entries: 'entriesWritten' in core.mmu ? core.mmu.entries : 0,
      statusMask: core.model.statusMask,
      release2: core.model.release === 2,
      ram,
      ramSize,
      codePages: this.#codePages,
      mailbox: this.#mailbox.byteOffset,
      lookup: 4 * this.#lookup,
      memoryPages: this.#memoryPages,
      tableSize: SLOTS,
    });
  }

  /** Whether the guest may stand still: it has gone on for a while, and wants no breakpoints, over which regions would run. */
  get #mayWork(): boolean {
    const since = this.core.timeline.now - this.#worked;
    // Time may have been set back.
    return this.core.cache.plantsGrow && (since < 0 || since >= this.#breath);
  }

  /** Works for one pause, if there is anything to do. */
  #goOn(): void {
    const work = this.#work ?? this.#next();
    if (work === undefined) return;
    this.#work = work;
    this.#worked = this.core.timeline.now;
    this.#pausing(() => {
      if (!work.goOn(this.#pause)) return;
      this.#work = undefined;
      this.#heat.delete(this.#workKey);
      this.#reheat.delete(this.#workKey);
    });
  }

  /** What there is to do next. */
  #next(): Work | undefined {
    this.#workKey = NO_KEY;
    if (!this.#isReady) return this.#isWarm ? new Work(this.#prepare()) : undefined;
    for (const [key, { pc, mode, alone, work }] of this.#waiting) {
      this.#waiting.delete(key);
      this.#workKey = key;
      if (!alone || !this.#isCovered(pc, mode)) return work;
    }
    return undefined;
  }

  #giveUp(): void {
    this.#work?.giveUp();
    this.#work = undefined;
  }

  /** Does what the guest has to wait for. */
  #pausing(work: () => void): void {
    const { statistics } = this;
    const start = performance.now();
    work();
    statistics.longestPause = Math.max(statistics.longestPause, performance.now() - start);
  }

  dropPage(hostPage: number): void {
    this.#library.written(hostPage, 4096);
  }
}

/** Sets a count, of which there are never more than COUNTED. */
function count(counts: Map<number, number>, key: number, value: number): void {
  if (counts.size >= COUNTED && !counts.has(key)) counts.clear();
  counts.set(key, value);
}

/** @throws KSEG_JIT_OPTION unless an option `isRight` */
function check(option: string, value: number, isRight: boolean, wanted: string): void {
  if (!isRight) throw new JitError('KSEG_JIT_OPTION', `${option} is ${value}: give ${wanted}`, { [option]: value });
}
