// What has been translated. A translation is known by its words: wherever they are found again at its address (a program executed once
// more in other memory, code put back as it was), it serves again without being made again.
import type { Disposable, Memory } from '@kseg/bus';
import type { Core } from '@kseg/cpu/engine';
import { keyOf, LOOKUP_BYTES, lookupWord } from './dispatcher.ts';

/** Functions in the table. */
export const SLOTS = 2048;
/** What an instance, and a byte of WebAssembly with the machine code made of it, take of the host's memory: about, with V8. */
const INSTANCE_BYTES = 40_000;
const CODE_BYTES = 4;
/** Slots that a batch of regions may need. */
const RESERVE = 16;
/** Of the translations there are, those that give way when the budget or the table is used up. */
const GIVE_WAY = 1 / 4;
/** Translations of one address, for programs that are linked there; what was entered longest ago gives way. */
const VARIANTS = 16;
/** No soft-TLB entry is 1. */
const NOWHERE = 1;

/** From the address of a word to its host address, for the code in question. */
export type HostOf = (pc: number) => number | undefined;

/** Counts of what there is; see `TranslatorStatistics`. */
export interface LibraryStatistics {
  regions: number;
  modules: number;
  recalled: number;
  dropped: number;
  evicted: number;
  memory: number;
}

/** A compiled module. */
interface Unit {
  readonly module: WebAssembly.Module;
  /** What it takes of the budget, without an instance. */
  readonly bytes: number;
  /** Of its instance, when there is one for the present table. */
  exports: WebAssembly.Exports | undefined;
}

/** A region as a function of WebAssembly. */
export interface Translation {
  readonly pc: number;
  readonly mode: number;
  /** Addresses of its instructions, and the words there. */
  readonly words: readonly number[];
  readonly content: Int32Array;
  readonly slot: number;
  /** Slots that its calls go through, its own among them. */
  readonly slots: ReadonlySet<number>;
  readonly unit: Unit;
  /** Of the function in its module. */
  readonly name: string;
  readonly places: Set<Place>;
  /** When it was last entered from JavaScript, and how often. */
  used: number;
  entered: number;
  /** Ticks that went by until the interpreter went on, of all entries. */
  ticks: number;
}

/** Where in memory the words of a translation are. */
export interface Place {
  readonly translation: Translation;
  /** Host byte address of the entry's word. */
  readonly host: number;
  /** Soft-TLB entry that its page must have. */
  readonly entry: number;
  /** Host addresses / 64 of its words. */
  readonly lines: readonly number[];
}

/** A region that a module has been made of. */
export interface Draft extends Pick<Translation, 'pc' | 'words' | 'content' | 'slot' | 'slots'> {
  readonly host: HostOf;
}

export interface LibraryOptions {
  readonly core: Core;
  /** Word indices in the arena: for each slot the entry of the place that it stands for, and the dispatcher's table. */
  readonly entries: number;
  readonly lookup: number;
  /** Bytes. */
  readonly budget: number;
  readonly statistics: LibraryStatistics;
  /** Makes a dispatcher for a new table, and tells what modules import. */
  readonly link: (table: WebAssembly.Table) => WebAssembly.ModuleImports;
  /** Told when a place is no more: what runs may be there. */
  readonly onDrop: () => void;
  /** Told when a translation gives way to keep memory bounded. */
  readonly onEvict: (translation: Translation) => void;
}

export class Library {
  readonly #mem32: Int32Array;
  /** None until there is something to put in. */
  #table: WebAssembly.Table | undefined;
  #imports!: WebAssembly.ModuleImports;
  /** By address and mode. */
  readonly #translations = new Map<number, Translation[]>();
  readonly #byHost = new Map<number, Place[]>();
  readonly #byLine = new Map<number, Set<Place>>();
  readonly #watched = new Map<Memory, Disposable>();
  /** A slot is of one address and mode until no code refers to it, whether or not it has a translation. */
  readonly #slotsOf = new Map<number, number[]>();
  readonly #keyOf: number[] = [];
  readonly #references = new Int32Array(SLOTS);
  readonly #free = Array.from({ length: SLOTS }, (_, i) => SLOTS - 1 - i);
  /** By slot: its translation, the one whose function is in the table, and the place that it stands for now. */
  readonly #owner: (Translation | undefined)[] = [];
  readonly #linked: (Translation | undefined)[] = [];
  readonly #active: (Place | undefined)[] = [];
  #clock = 0;

  constructor(private readonly options: LibraryOptions) {
    this.#mem32 = options.core.mem32;
  }

  /**
   * Begins with a new table and no instances; they are made again as they are needed. A table keeps every instance alive that ever imported
   * it (V8 12 and older), and takes longer to write with each of them.
   */
  #renew(): void {
    const { entries, lookup, link, statistics } = this.options;
    this.#mem32.fill(NOWHERE, entries, entries + SLOTS);
    this.#mem32.fill(NOWHERE, lookup, lookup + LOOKUP_BYTES / 4);
    this.#active.length = 0;
    this.#linked.length = 0;
    this.#table = new WebAssembly.Table({ element: 'anyfunc', initial: SLOTS });
    this.#imports = link(this.#table);
    statistics.memory = 0;
    for (const unit of new Set(this.#all().map((translation) => translation.unit))) {
      unit.exports = undefined;
      statistics.memory += unit.bytes;
    }
  }

  #all(): Translation[] {
    return [...this.#translations.values()].flat();
  }

  // ---- finding

  /** The place at `pc` under a soft-TLB entry. */
  at(pc: number, mode: number, entry: number): Place | undefined {
    return this.#byHost
      .get((entry + pc) >>> 0)
      ?.find(({ translation }) => translation.pc === pc >>> 0 && translation.mode === mode);
  }

  /** Whether there is a translation for an address, of whatever words. */
  has(pc: number, mode: number): boolean {
    return this.#translations.has(keyOf(pc, mode));
  }

  /** Whether the word at `pc`, which is at host address `host`, is part of a region that serves there. */
  covers(pc: number, mode: number, host: number): boolean {
    for (const { translation, entry } of this.#byLine.get((host - 64) >>> 6) ?? [])
      if ((entry + pc) >>> 0 === host && translation.mode === mode && translation.words.includes(pc)) return true;
    return false;
  }

  /** Has a translation of the words that are at `pc` now serve there, if there is one. */
  recall(pc: number, mode: number, host: HostOf): Place | undefined {
    const here = host(pc);
    if (here === undefined) return undefined;
    const known = this.at(pc, mode, here - pc);
    if (known !== undefined) return known;
    const found = this.#translations.get(keyOf(pc, mode))?.find((translation) => this.#isThere(translation, host));
    if (found === undefined) return undefined;
    this.options.statistics.recalled++;
    return this.#place(found, host);
  }

  #isThere({ words, content }: Pick<Translation, 'words' | 'content'>, hostOf: HostOf): boolean {
    return words.every((at, i) => {
      const host = hostOf(at);
      return host !== undefined && this.#mem32[host >>> 2] === content[i];
    });
  }

  /** Lets a place be found by its address and by calls. Returns its slot in the table. */
  activate(place: Place): number {
    const { translation, entry } = place;
    const { slot, pc, mode } = translation;
    translation.used = ++this.#clock;
    if (this.#active[slot] !== place) {
      if (this.#linked[slot] !== translation) this.#link(translation);
      this.#active[slot] = place;
      this.#mem32[this.options.entries + slot] = entry;
    }
    const at = this.options.lookup + lookupWord(pc);
    this.#mem32[at] = keyOf(pc, mode);
    this.#mem32[at + 1] = entry;
    this.#mem32[at + 2] = slot;
    return slot;
  }

  /** Puts a translation's function into the table. */
  #link(translation: Translation): void {
    const { unit, name, slot } = translation;
    if (unit.exports === undefined) {
      unit.exports = new WebAssembly.Instance(unit.module, { k: this.#imports }).exports;
      this.options.statistics.memory += INSTANCE_BYTES;
    }
    this.#table!.set(slot, unit.exports[name]);
    this.#linked[slot] = translation;
  }

  // ---- slots

  /** Holds a slot for a new translation of an address. */
  reserve(pc: number, mode: number): number {
    const key = keyOf(pc, mode);
    const slots = this.#slotsOf.get(key) ?? [];
    let slot = slots.find((slot) => this.#owner[slot] === undefined);
    if (slot === undefined) {
      slot = this.#free.pop()!;
      this.#keyOf[slot] = key;
      this.#slotsOf.set(key, [...slots, slot]);
    }
    this.hold(slot);
    return slot;
  }

  /** The slot by which to call an address: of the translation that serves there under a soft-TLB entry, or that may one day. */
  slotFor(pc: number, mode: number, entry: number): number | undefined {
    return this.at(pc, mode, entry)?.translation.slot ?? this.#slotsOf.get(keyOf(pc, mode))?.[0];
  }

  /** Has a slot stay its address's until it is released as often as it has been held. */
  hold(slot: number): void {
    this.#references[slot]!++;
  }

  release(slot: number): void {
    if (--this.#references[slot]! > 0) return;
    const key = this.#keyOf[slot]!;
    const others = this.#slotsOf.get(key)!.filter((other) => other !== slot);
    if (others.length > 0) this.#slotsOf.set(key, others);
    else this.#slotsOf.delete(key);
    this.#free.push(slot);
  }

  // ---- adding

  /**
   * Takes in a module's functions, which are exported by their numbers, but for those whose words are not in memory any more. `length` is the
   * module's, in bytes.
   */
  add(module: WebAssembly.Module, length: number, mode: number, drafts: readonly Draft[]): void {
    const { statistics } = this.options;
    const valid = [...drafts.entries()].filter(([, draft]) => this.#isThere(draft, draft.host));
    if (valid.length === 0) return;
    const unit: Unit = { module, bytes: CODE_BYTES * length, exports: undefined };
    statistics.modules++;
    statistics.memory += unit.bytes;
    for (const [i, { host, ...draft }] of valid) {
      const translation: Translation = {
        ...draft,
        mode,
        unit,
        name: String(i),
        places: new Set(),
        used: ++this.#clock,
        entered: 0,
        ticks: 0,
      };
      const { pc, slot, slots } = translation;
      statistics.regions++;
      this.#owner[slot] = translation;
      for (const used of slots) this.hold(used);
      const variants = this.#translations.get(keyOf(pc, mode)) ?? [];
      this.#translations.set(keyOf(pc, mode), [translation, ...variants]);
      if (variants.length === VARIANTS) this.#forget(variants.reduce((a, b) => (a.used < b.used ? a : b)));
      this.#place(translation, host);
    }
  }

  #place(translation: Translation, hostOf: HostOf): Place {
    const { cache } = this.options.core;
    const host = hostOf(translation.pc)!;
    // Pages and lines of the arena begin 64 bytes late.
    const lines = [...new Set(translation.words.map((at) => (hostOf(at)! - 64) >>> 6))];
    for (const page of new Set(lines.map((line) => line >>> 6))) this.#watch(page * 4096 + 64);
    for (const line of lines) cache.markLine((line << 6) + 64);
    const place: Place = { translation, host, entry: (host - translation.pc) | 0, lines };
    translation.places.add(place);
    for (const line of lines) {
      const there = this.#byLine.get(line);
      if (there === undefined) this.#byLine.set(line, new Set([place]));
      else there.add(place);
    }
    this.#byHost.set(host, [place, ...(this.#byHost.get(host) ?? [])]);
    this.activate(place);
    cache.plant(host);
    return place;
  }

  /** Makes a host page one that nobody writes unseen. */
  #watch(hostPage: number): void {
    const { core } = this.options;
    for (const region of core.map.regions) {
      if (region.kind !== 'ram' && region.kind !== 'rom') continue;
      const { memory } = region;
      const offset = hostPage - memory.byteOffset;
      if (offset < 0 || offset >= memory.size) continue;
      // The core hears first of what is written.
      core.cache.slot(memory, offset);
      if (!this.#watched.has(memory))
        this.#watched.set(
          memory,
          memory.watchCode((at, length) => this.written(memory.byteOffset + at, length)),
        );
      return;
    }
  }

  // ---- forgetting

  /** Host memory has been written: what words there were translated no longer serves. */
  written(host: number, length: number): void {
    const bytes = length + (host & 3);
    for (let line = (host - 64) >>> 6; line <= (host + length - 65) >>> 6; line++) {
      for (const place of [...(this.#byLine.get(line) ?? [])]) {
        // Addresses go round at 2^32, and so does an entry: that of kseg1 and beyond has.
        const from = (host & ~3) - place.entry;
        if (place.translation.words.some((at) => (at - from) >>> 0 < bytes)) this.#drop(place);
      }
      // The core has forgotten the whole line.
      if (this.#byLine.has(line)) this.options.core.cache.markLine((line << 6) + 64);
    }
  }

  /** Drops the places that are not within `length` bytes from `host` on. */
  dropOutside(host: number, length: number): void {
    for (const places of [...this.#byHost.values()])
      for (const place of places) if (place.host < host || place.host >= host + length) this.#drop(place);
  }

  #drop(place: Place): void {
    const { cache } = this.options.core;
    const { translation, host, lines } = place;
    const { slot, pc, places } = translation;
    this.options.onDrop();
    this.options.statistics.dropped++;
    for (const line of lines) {
      const there = this.#byLine.get(line)!;
      there.delete(place);
      if (there.size === 0) this.#byLine.delete(line);
    }
    const others = this.#byHost.get(host)!.filter((other) => other !== place);
    if (others.length > 0) this.#byHost.set(host, others);
    else {
      this.#byHost.delete(host);
      cache.uproot(host);
    }
    places.delete(place);
    if (this.#active[slot] !== place) return;
    this.#active[slot] = undefined;
    this.#mem32[this.options.entries + slot] = NOWHERE;
    const at = this.options.lookup + lookupWord(pc);
    if (this.#mem32[at + 2] === slot) this.#mem32[at + 1] = NOWHERE;
  }

  /** Forgets what has been made of the instruction at `pc`. */
  forget(pc: number, mode: number): void {
    for (const translation of this.#all())
      if (translation.mode === mode && translation.words.includes(pc)) this.#forget(translation);
  }

  #forget(translation: Translation): void {
    const { pc, mode, slot, slots, places } = translation;
    for (const place of places) this.#drop(place);
    const key = keyOf(pc, mode);
    const others = this.#translations.get(key)!.filter((other) => other !== translation);
    if (others.length > 0) this.#translations.set(key, others);
    else this.#translations.delete(key);
    this.#owner[slot] = undefined;
    for (const used of slots) this.release(used);
  }

  /** Forgets everything; the next translation begins with a new table. */
  clear(): void {
    for (const translation of this.#all()) this.#forget(translation);
    this.#table = undefined;
  }

  /** Whether there is a table, with slots for another batch, and memory to put it in. */
  get hasRoom(): boolean {
    const { statistics, budget } = this.options;
    return this.#table !== undefined && this.#free.length >= RESERVE && statistics.memory <= budget;
  }

  /**
   * Where memory or slots have become scarce, lets go what was entered longest ago. To be called before anything is added, and not while
   * anything translated runs.
   */
  makeRoom(): void {
    const { statistics, onEvict } = this.options;
    if (this.#table === undefined) this.#renew();
    if (this.hasRoom) return;
    const all = this.#all().sort((a, b) => a.used - b.used);
    for (const translation of all.slice(0, Math.ceil(GIVE_WAY * all.length))) {
      this.#forget(translation);
      statistics.evicted++;
      onEvict(translation);
    }
    this.#renew();
  }
}
