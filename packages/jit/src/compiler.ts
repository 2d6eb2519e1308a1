// From a hot address to translations in the library: the region there is formed, and those that it calls and that are nearly as hot; they
// are emitted into one module. The guest stands still meanwhile, and so it is done in steps, between which the guest may go on.
import { type Core, HANDLER as H, Predecoder, state as S } from '@kseg/cpu/engine';
import { emitRegion } from './emit.ts';
import { canCompute } from './floating.ts';
import { entryAround, type Fetch, formRegion, type Region } from './flow.ts';
import type { Surroundings } from './frame.ts';
import { isAccess, isFloating } from './instruction.ts';
import { type Draft, type HostOf, type Library, SLOTS } from './library.ts';
import { isUnmapped, KERNEL, USER } from './modes.ts';
import { TYPE, types } from './signatures.ts';
import { SHARE, type Steps } from './steps.ts';
import { encodeModule, type FunctionBody } from './wasm.ts';

/** Regions translated together: the hot one and those it calls that are nearly so, while they are short. */
const BATCH = 8;
const BATCH_INSTRUCTIONS = 100;
/** Moves from and to CP0 that are translated inline. */
const CP0_MOVES = new Set<number>([H.MFC0_WORD, H.MTC0_WORD, H.MTC0_ENTRY_LO]);

/** Where a load or store goes: to memory through the TLB or through kseg0, or the long way. */
export type Habit = 'mapped' | 'direct' | 'slow';

/** Counts of what has been made, given up later or not; see `TranslatorStatistics`. */
export interface CompilerStatistics {
  instructions: number;
  bytes: number;
  dispatchers: number;
}

export interface CompilerOptions {
  readonly core: Core;
  readonly library: Library;
  readonly statistics: CompilerStatistics;
  /** Instructions of a region, about. */
  readonly limit: number;
  readonly memoryPages: number;
  /** What is known of the load or store at `pc`. */
  readonly habit: (pc: number, mode: number) => Habit | undefined;
  /** Whether a region that is called should be translated along with its caller. */
  readonly isNearlyHot: (pc: number, mode: number) => boolean;
}

/** What is to be translated, and what the guest was at when that was found. */
interface Order {
  readonly pc: number;
  readonly mode: number;
  readonly nearby: boolean;
  readonly around: Surroundings;
  /** Where the soft TLB's tables began, as a word. */
  readonly base: number;
  /** Registers that pointed to where only the TLB leads, as bits. */
  readonly mapped: number;
}

/** A region on its way into the library. */
interface Formed {
  readonly region: Region;
  readonly host: HostOf;
  /** The words of the region when they were read. */
  readonly content: Int32Array;
}

/** The soft TLB's entry for instructions at `pc`, in its tables that begin at word `base`. */
export const entryOf = ({ mem32, state }: Core, pc: number, base = state[S.READ_BASE]!): number =>
  mem32[base + (pc >>> 12)]!;

/** From addresses to host addresses, for the code around `start`: all of main memory where it is unmapped, else the one page. */
export function hostOf(core: Core, start: number, base?: number): HostOf | undefined {
  if (isUnmapped(start)) {
    const segment = start & 0xe000_0000;
    const found = core.map.memoryAt(start & 0x1fff_ffff);
    if (found === undefined) return undefined;
    const { memory, offset } = found;
    const from = memory.byteOffset + offset - (start & 0x1fff_ffff);
    return (pc) => {
      const host = from + (pc & 0x1fff_ffff);
      return (pc & 0xe000_0000) === segment && host >= memory.byteOffset && host < memory.byteOffset + memory.size
        ? host
        : undefined;
    };
  }
  const entry = entryOf(core, start, base);
  if (entry === 0) return undefined;
  return (pc) => ((pc ^ start) >>> 12 === 0 ? (entry + pc) >>> 0 : undefined);
}

export class Compiler {
  readonly #predecoder: Predecoder;
  /** Of what is being translated: the words that have been read, by address, their mode, and where in the host's memory regions begin. */
  readonly #words = new Map<number, number>();
  #mode = KERNEL;
  readonly #starts: number[] = [];

  constructor(private readonly options: CompilerOptions) {
    this.#predecoder = new Predecoder(options.core.model);
  }

  /** Whether the instruction at `pc` is part of what is being translated. */
  covers(pc: number, mode: number): boolean {
    return this.#mode === mode && this.#words.has(pc);
  }

  /** Whether part of what is being translated is not within `length` bytes of the host's memory from `host` on. */
  isOutside(host: number, length: number): boolean {
    return this.#starts.some((start) => start < host || start >= host + length);
  }

  /**
   * Translates the code at `pc`, as it is mapped now, whenever the steps are taken; with `nearby`, what is translated may begin before `pc`.
   * What the guest overwrites between two steps is not added. To be given up, or over, before anything else is translated or gives way, and given
   * up when main memory is put elsewhere, or what is known of an access that it covers changes.
   */
  translate(pc: number, mode: number, nearby: boolean, around: Surroundings): Steps {
    const base = this.options.core.state[S.READ_BASE]!;
    return this.#translate({ pc, mode, nearby, around, base, mapped: this.#mappedRegisters() });
  }

  *#translate({ pc, mode, nearby, around, base, mapped }: Order): Steps {
    const { core, library, memoryPages, statistics, habit } = this.options;
    const { fullRegisters } = core;
    const held: number[] = [];
    this.#mode = mode;
    try {
      const formed = yield* this.#form(pc, nearby, base);
      if (formed.length === 0) return;
      const size = formed.reduce((sum, { region }) => sum + region.words.length, 0);
      const own = new Map<number, number>();
      for (const { region } of formed) {
        const slot = library.reserve(region.entry.pc, mode);
        held.push(slot);
        own.set(region.entry.pc, slot);
      }
      const functions: { type: number; body: FunctionBody }[] = [];
      const drafts: Draft[] = [];
      for (const { region, host, content } of formed) {
        const { words, entry, callees } = region;
        const slot = own.get(entry.pc)!;
        const slotOfCallee = new Map<number, number>();
        for (const callee of callees) {
          const known = own.get(callee) ?? library.slotFor(callee, mode, entryOf(core, callee, base));
          if (known === undefined) continue;
          library.hold(known);
          held.push(known);
          slotOfCallee.set(callee, known);
        }
        const { body, dispatchers } = yield* emitRegion(region, around, {
          kernel: mode === KERNEL,
          slot,
          fullRegisters,
          mapped: (at, register) => {
            const known = habit(at, mode);
            return known === undefined ? ((mapped >>> register) & 1) === 1 : known === 'mapped';
          },
          slotOf: (target) => slotOfCallee.get(target),
        });
        statistics.dispatchers += dispatchers;
        statistics.instructions += words.length;
        functions.push({ type: TYPE.region, body });
        drafts.push({ pc: entry.pc, words, content, host, slot, slots: new Set([slot, ...slotOfCallee.values()]) });
      }
      yield SHARE.compile * size;
      const bytes = encodeModule({
        types,
        memoryPages,
        tableSize: SLOTS,
        imports: [
          // In the order of IMPORT.
          { name: 'rare', type: TYPE.rare },
          { name: 'find', type: TYPE.find },
        ],
        functions,
      });
      statistics.bytes += bytes.length;
      const module = new WebAssembly.Module(bytes);
      yield SHARE.add * size;
      library.add(module, bytes.length, mode, drafts);
    } finally {
      for (const slot of held) library.release(slot);
      this.#words.clear();
      this.#starts.length = 0;
    }
  }

  /** Forms the regions of a batch. */
  *#form(pc: number, nearby: boolean, base: number): Steps<Formed[]> {
    const { core, library, isNearlyHot } = this.options;
    const mode = this.#mode;
    const formed: Formed[] = [];
    const queue = [pc];
    const seen = new Set(queue);
    let instructions = 0;
    for (let next = 0; next < queue.length && formed.length < BATCH && instructions < BATCH_INSTRUCTIONS; next++) {
      const start = queue[next]!;
      const host = hostOf(core, start, base);
      if (host === undefined || library.recall(start, mode, host)) continue;
      const made = yield* nearby && next === 0 ? this.#formAround(start, host) : this.#formAt(start, host);
      if (made === undefined) continue;
      const { region } = made;
      formed.push(made);
      seen.add(region.entry.pc);
      instructions += region.words.length;
      for (const callee of region.callees)
        if (!seen.has(callee) && isNearlyHot(callee, mode)) {
          seen.add(callee);
          queue.push(callee);
        }
    }
    return formed;
  }

  /** Forms the region at `pc`, or one around it; undefined also when a translation that has come back covers it. */
  *#formAround(pc: number, host: HostOf): Steps<Formed | undefined> {
    const { library } = this.options;
    const mode = this.#mode;
    const formed = yield* this.#formAt(pc, host);
    const from = formed === undefined ? pc : entryAround(formed.region);
    if (formed === undefined || from === pc) return formed;
    if (library.recall(from, mode, host)) return library.covers(pc, mode, host(pc)!) ? undefined : formed;
    const around = yield* this.#formAt(from, host);
    const words = new Set(around?.region.words);
    return formed.region.words.every((at) => words.has(at)) ? around : formed;
  }

  *#formAt(pc: number, host: HostOf): Steps<Formed | undefined> {
    const start = host(pc);
    if (start === undefined) return undefined;
    this.#starts.push(start);
    const region = yield* formRegion(pc, this.#fetch(host), this.options.limit);
    if (region === undefined) return undefined;
    return { region, host, content: Int32Array.from(region.words, (at) => this.#words.get(at)!) };
  }

  #fetch(host: HostOf): Fetch {
    const { core, habit } = this.options;
    const predecoder = this.#predecoder;
    const mode = this.#mode;
    const { fullRegisters } = core;
    return (pc) => {
      const at = host(pc);
      if (at === undefined) return undefined;
      const word = core.mem32[at >>> 2]!;
      this.#words.set(pc, word);
      predecoder.decode(word);
      const { first, second } = predecoder;
      const handler = first & 255;
      // CP0 from user mode is for the interpreter to decide.
      if (mode === USER && CP0_MOVES.has(handler)) return undefined;
      const instruction = { pc, first, second };
      const slow =
        (isFloating(handler) && !canCompute(instruction, fullRegisters)) ||
        (isAccess(handler) && habit(pc, mode) === 'slow');
      return { ...instruction, slow };
    };
  }

  /**
   * Registers, as bits, through which accesses are expected to go through the TLB if nothing is known of them, by what they hold at this
   * moment. That may be no pointer at all, but if it is one, then the page has been seen.
   */
  #mappedRegisters(): number {
    const { core } = this.options;
    let mapped = 0;
    for (let register = 0; register < 32; register++) {
      const value = core.state[register]! >>> 0;
      if (!isUnmapped(value) && entryOf(core, value) !== 0) mapped |= 1 << register;
    }
    return mapped;
  }
}
