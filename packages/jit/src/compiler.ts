// From a hot address to translations in the library: the region there is formed, and those that it calls and that are nearly as hot; they
// are emitted into one module. The guest stands still meanwhile, and so it is done in steps, between which the guest may go on.
import { type Core, HANDLER as H, Predecoder, state as S } from '@kseg/cpu/engine';
import { emitRegion } from './emit.ts';
import { canCompute } from './floating.ts';
import { entryOfLoop, type Fetch, formRegion, type Region } from './flow.ts';
import type { Surroundings } from './frame.ts';
import { isAccess, isFloating } from './instruction.ts';
import { type HostOf, type Library, SLOTS } from './library.ts';
import { TYPE, types } from './signatures.ts';
import type { Steps } from './steps.ts';
import { encodeModule, type FunctionBody } from './wasm.ts';

/** Regions translated together: the hot one and those it calls that are nearly so, while they are short. */
const BATCH = 8;
const BATCH_INSTRUCTIONS = 100;
/** Moves from and to CP0 that are translated inline. */
const CP0_MOVES = new Set<number>([H.MFC0_WORD, H.MTC0_WORD, H.MTC0_ENTRY_LO]);
const KERNEL = 0;
const USER = 2;

/** Where a load or store goes: to memory through the TLB or through kseg0, or the long way. */
export type Habit = 'mapped' | 'direct' | 'slow';

/** Counts of what has been made; see `TranslatorStatistics`. */
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

/** A region on its way into the library. */
interface Draft {
  readonly region: Region;
  readonly host: HostOf;
  /** The words of the region when it was formed. */
  readonly content: Int32Array;
  readonly slot: number;
  /** Slots that its calls go through, by their targets. */
  readonly callees: ReadonlyMap<number, number>;
}

/** The soft TLB's entry for instructions at `pc`. */
export const entryOf = ({ mem32, state }: Core, pc: number): number => mem32[state[S.READ_BASE]! + (pc >>> 12)]!;

/** From addresses to host addresses, for the code around `start`: all of main memory where it is unmapped, else the one page. */
export function hostOf(core: Core, start: number): HostOf | undefined {
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
  const entry = entryOf(core, start);
  if (entry === 0) return undefined;
  return (pc) => ((pc ^ start) >>> 12 === 0 ? (entry + pc) >>> 0 : undefined);
}

export class Compiler {
  readonly #predecoder: Predecoder;

  constructor(private readonly options: CompilerOptions) {
    this.#predecoder = new Predecoder(options.core.model);
  }

  /**
   * Translates the code at `pc`, as it is mapped now; with `nearby`, what is translated may begin behind `pc`. What the guest overwrites
   * between two steps is not added. To be given up (`return`) when the physical map changes, or when what is known of an access does.
   */
  *translate(pc: number, mode: number, nearby: boolean, around: Surroundings): Steps {
    const { core, library, memoryPages, statistics } = this.options;
    const { fullRegisters } = core;
    const drafts = this.#form(pc, mode, nearby);
    const mapped = this.#mappedRegisters();
    const functions: { type: number; body: FunctionBody }[] = [];
    const size = drafts.reduce((sum, { region }) => sum + region.words.length, 0);
    try {
      for (const { region, slot, callees } of drafts) {
        yield (3 / 4) * region.words.length;
        const { body, dispatchers } = yield* emitRegion(region, around, {
          kernel: mode === KERNEL,
          slot,
          fullRegisters,
          mapped: (at, register) => {
            const habit = this.options.habit(at, mode);
            return habit === undefined ? ((mapped >>> register) & 1) === 1 : habit === 'mapped';
          },
          slotOf: (target) => callees.get(target),
        });
        statistics.dispatchers += dispatchers;
        statistics.instructions += region.words.length;
        functions.push({ type: TYPE.region, body });
      }
      if (drafts.length === 0) return;
      yield size;
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
      yield size / 2;
      library.add(
        module,
        bytes.length,
        mode,
        drafts.map(({ region: { entry, words }, host, content, slot, callees }) => ({
          pc: entry.pc,
          words,
          content,
          host,
          slot,
          slots: new Set([slot, ...callees.values()]),
        })),
      );
    } finally {
      for (const { slot, callees } of drafts) for (const used of [slot, ...callees.values()]) library.release(used);
    }
  }

  /** Forms the regions of a batch, and holds the slots that they go by. */
  #form(pc: number, mode: number, nearby: boolean): Draft[] {
    const { core, library, limit, isNearlyHot } = this.options;
    const formed: { region: Region; host: HostOf }[] = [];
    const queue = [pc];
    const seen = new Set(queue);
    let instructions = 0;
    for (let next = 0; next < queue.length && formed.length < BATCH && instructions < BATCH_INSTRUCTIONS; next++) {
      const start = queue[next]!;
      const host = hostOf(core, start);
      if (host === undefined || library.recall(start, mode, host)) continue;
      const region = formRegion(start, this.#fetch(host, mode), limit);
      if (region === undefined) continue;
      const better = nearby && next === 0 ? entryOfLoop(region) : start;
      if (better !== start) {
        queue.push(better);
        seen.add(better);
        continue;
      }
      formed.push({ region, host });
      instructions += region.words.length;
      for (const callee of region.callees)
        if (!seen.has(callee) && isNearlyHot(callee, mode)) {
          seen.add(callee);
          queue.push(callee);
        }
    }
    const own = new Map(formed.map(({ region: { entry } }) => [entry.pc, library.reserve(entry.pc, mode)]));
    return formed.map(({ region, host }) => {
      const callees = new Map<number, number>();
      for (const callee of region.callees) {
        const slot = own.get(callee) ?? library.slotFor(callee, mode, entryOf(core, callee));
        if (slot === undefined) continue;
        library.hold(slot);
        callees.set(callee, slot);
      }
      const content = Int32Array.from(region.words, (at) => core.mem32[host(at)! >>> 2]!);
      return { region, host, content, slot: own.get(region.entry.pc)!, callees };
    });
  }

  #fetch(host: HostOf, mode: number): Fetch {
    const { core, habit } = this.options;
    const predecoder = this.#predecoder;
    return (pc) => {
      const at = host(pc);
      if (at === undefined) return undefined;
      predecoder.decode(core.mem32[at >>> 2]!);
      const { first, second } = predecoder;
      const handler = first & 255;
      // CP0 from user mode is for the interpreter to decide.
      if (mode === USER && CP0_MOVES.has(handler)) return undefined;
      const instruction = { pc, first, second };
      const slow =
        (isFloating(handler) && !canCompute(instruction, core.fullRegisters)) ||
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
      if (value >>> 30 !== 2 && entryOf(core, value) !== 0) mapped |= 1 << register;
    }
    return mapped;
  }
}
