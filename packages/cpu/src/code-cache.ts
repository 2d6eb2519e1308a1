// Decoded code: one slot for each physical page that instructions were fetched from.
import type { Arena, Disposable, Memory } from '@kseg/bus';
import { DECODE, FIRST_BRANCH, HOST_BREAK, type Predecoder, SECOND_BRANCH, TRANSLATED } from './predecode.ts';

/** Integers of a slot: two for each of a page's 1024 words. */
const SLOT = 2048;
/** Slots before the cache starts afresh; the memory behind unused ones is never touched. */
const SLOTS = 4096;
/** Pages of the largest arena, and the skew of the last. */
const MOST_PAGES = (1 << 20) + 1;
/** Bytes of the arena region that a code cache takes: an engine's code finds there what is decoded, as the interpreter does. */
export const CODE_CACHE_BYTES = 4 * (SLOT * SLOTS + MOST_PAGES);
/** A page that sees so many stores beside its code stops being code until it is executed again; doubled for a page that comes back. */
const PATIENCE = 64;

/** A word that is in no page. */
const NOWHERE: ReadonlySet<number> = new Set([-1]);

interface Page {
  readonly memory: Memory;
  /** Offset in `memory`. */
  readonly offset: number;
}

export class CodeCache {
  /** The decoded words. Slot 0 stays empty, so that 0 can mean "none". */
  readonly code: Int32Array;
  /** For each 4 KB of the arena (less its 64 byte skew), where its slot starts in `code`, or 0. */
  readonly slotOf: Int32Array;
  /** The arena. */
  readonly #mem32: Int32Array;
  /** Physical page of each slot. */
  readonly #pages: (Page | undefined)[] = [undefined];
  readonly #stores = new Int32Array(SLOTS);
  readonly #free: number[] = [];
  readonly #watched = new Map<Memory, Disposable>();
  readonly #patience = new Map<number, number>();
  /** Words of a page on which some breakpoint lies; which page it means is asked when one is reached. */
  #breaks: ReadonlySet<number> = new Set();
  /** Host byte addresses of the words that an engine has planted. */
  readonly #planted = new Set<number>();
  /** For each 64 bytes of host memory from `linesFrom` on: 1 when a word of them may be decoded. An engine's; empty without one. */
  lines: Uint8Array = new Uint8Array(0);
  /** For each 4 KB of it: 1 when the page has a slot, so that nothing may write it unseen. */
  pages: Uint8Array = new Uint8Array(0);
  linesFrom = 0;
  /** Told the host byte address of a page that is forgotten as a whole. */
  onDropPage: ((hostPage: number) => void) | undefined;

  /**
   * @param region the arena's region of CODE_CACHE_BYTES
   * @param onNewPage told the host byte address of a page before its first word is decoded: nothing may write it behind Memory's back any more
   * @param onDrop told when a slot that may be executing goes away
   */
  constructor(
    arena: Arena,
    region: string,
    private readonly predecoder: Predecoder,
    private readonly onNewPage: (hostPage: number) => void,
    private readonly onDrop: () => void,
  ) {
    const { byteOffset } = arena.region(region);
    this.#mem32 = arena.i32;
    this.code = new Int32Array(arena.buffer, byteOffset, SLOT * SLOTS);
    this.slotOf = new Int32Array(arena.buffer, byteOffset + this.code.byteLength, MOST_PAGES);
  }

  /** Where the slot of the page at `offset` of `memory` starts, made on demand. */
  slot(memory: Memory, offset: number): number {
    const hostPage = memory.byteOffset + (offset & ~0xfff);
    const known = this.slotOf[hostPage >>> 12]!;
    if (known !== 0) return known;
    if (this.#free.length === 0 && this.#pages.length === SLOTS) this.clear();
    const index = this.#free.pop() ?? this.#pages.length;
    this.#pages[index] = { memory, offset: offset & ~0xfff };
    this.#stores[index] = 0;
    this.slotOf[hostPage >>> 12] = index * SLOT;
    if (!this.#watched.has(memory))
      this.#watched.set(
        memory,
        memory.watchCode((at, length) => this.#written(memory, at, length)),
      );
    memory.codePages[offset >>> 12] = 1;
    this.#markPage(hostPage, 1);
    this.onNewPage(hostPage);
    return index * SLOT;
  }

  /** Decodes the word at `index` of `code`; a breakpoint that may lie on it comes first. */
  decode(index: number): void {
    if (this.#breaks.has((index % SLOT) >>> 1)) {
      this.code[index] = HOST_BREAK;
      return;
    }
    const { code, predecoder } = this;
    const page = this.#pages[Math.floor(index / SLOT)]!;
    const word = (index % SLOT) >>> 1;
    const host = ((page.memory.byteOffset + page.offset) >>> 2) + word;
    this.markLine(host << 2);
    if (this.#breaks.size === 0 && this.#planted.has(host << 2)) {
      code[index] = TRANSLATED;
      return;
    }
    predecoder.decode(this.#mem32[host]!);
    code[index] = predecoder.first;
    code[index + 1] = predecoder.second;
    if ((predecoder.first & 255) >= FIRST_BRANCH && word > 0) {
      predecoder.decode(this.#mem32[host - 1]!);
      if ((predecoder.first & 255) >= FIRST_BRANCH) {
        code[index] = SECOND_BRANCH;
        code[index + 1] = this.#mem32[host]!;
      }
    }
  }

  /** The instruction word behind `index`. */
  word(index: number): number {
    const page = this.#pages[Math.floor(index / SLOT)]!;
    return this.#mem32[((page.memory.byteOffset + page.offset) >>> 2) + ((index % SLOT) >>> 1)]!;
  }

  /** As `decode`, without minding breakpoints and planted words. */
  decodeUnbroken(index: number): void {
    const breaks = this.#breaks;
    // Some break, but none in any page: planted words do not count while there are breaks.
    this.#breaks = NOWHERE;
    this.decode(index);
    this.#breaks = breaks;
  }

  /** Whether planted words are minded: not while there are breakpoints, which an engine would run over. */
  get plantsGrow(): boolean {
    return this.#breaks.size === 0;
  }

  /** Plants the word at a host byte address of a page that has a slot. */
  plant(host: number): void {
    this.#planted.add(host);
    this.#decodeAgain(host);
  }

  uproot(host: number): void {
    if (this.#planted.delete(host)) this.#decodeAgain(host);
  }

  /** Notes that code is decoded from the word at a host byte address. */
  markLine(host: number): void {
    const line = (host - this.linesFrom) >> 6;
    if (line >= 0 && line < this.lines.length) this.lines[line] = 1;
  }

  #markPage(hostPage: number, mark: number): void {
    const page = (hostPage - this.linesFrom) >> 12;
    if (page >= 0 && page < this.pages.length) this.pages[page] = mark;
  }

  #decodeAgain(host: number): void {
    const start = this.slotOf[(host - 64) >>> 12]!;
    if (start !== 0) this.code[start + (((host - 64) & 0xffc) >>> 1)] = DECODE;
  }

  forget(index: number): void {
    this.code[index] = DECODE;
  }

  /** Puts HOST_BREAK on the words of every page whose place in it is that of one of these addresses, and only there. */
  setBreaks(addresses: Iterable<number>): void {
    const old = this.#breaks;
    this.#breaks = new Set([...addresses].map((va) => (va & 0xfff) >>> 2));
    for (const word of new Set([...old, ...this.#breaks]))
      for (let index = 1; index < this.#pages.length; index++) this.code[index * SLOT + 2 * word] = DECODE;
    for (const host of this.#planted) this.#decodeAgain(host);
  }

  /** Forgets all code. */
  clear(): void {
    for (let index = 1; index < this.#pages.length; index++) this.#drop(index);
  }

  #written(memory: Memory, offset: number, length: number): void {
    const hostPage = memory.byteOffset + (offset & ~0xfff);
    const start = this.slotOf[hostPage >>> 12]!;
    if (start === 0) return;
    this.#forgetWords(memory, offset, length);
    const index = start / SLOT;
    const over = this.#forgetLines(memory, offset, length) && !this.#hasLines(hostPage);
    if (!over) {
      const patience = this.#patience.get(hostPage) ?? PATIENCE;
      if (++this.#stores[index]! < patience) return;
      this.#patience.set(hostPage, Math.min(patience * 2, 1 << 20));
    }
    this.#drop(index);
    this.onDrop();
  }

  /**
   * Forgets whole lines that are stored to: whoever fills a page that had code is stopped once for each, not by every store. Whether there
   * were any.
   */
  #forgetLines(memory: Memory, offset: number, length: number): boolean {
    let found = false;
    const from = memory.byteOffset - this.linesFrom;
    for (let at = offset & ~63; at < offset + length; at += 64) {
      const line = (from + at) >> 6;
      if (line < 0 || line >= this.lines.length || this.lines[line] === 0) continue;
      this.lines[line] = 0;
      found = true;
      this.#forgetWords(memory, at, 64);
    }
    return found;
  }

  /** Whether anything is decoded from a page, as its lines have it. */
  #hasLines(hostPage: number): boolean {
    const first = (hostPage - this.linesFrom) >> 6;
    for (let line = first; line < first + 64; line++) if (this.lines[line] !== 0) return true;
    return false;
  }

  #forgetWords(memory: Memory, offset: number, length: number): void {
    const start = this.slotOf[(memory.byteOffset + (offset & ~0xfff)) >>> 12]!;
    if (start === 0) return;
    const first = (offset & 0xfff) >>> 2;
    // The word behind may have been a second branch, or no longer be.
    const last = Math.min(((offset & 0xfff) + length + 3) >>> 2, 1023);
    for (let word = first; word <= last; word++) this.code[start + 2 * word] = DECODE;
  }

  #drop(index: number): void {
    const page = this.#pages[index];
    if (page === undefined) return;
    this.#pages[index] = undefined;
    page.memory.codePages[page.offset >>> 12] = 0;
    this.slotOf[(page.memory.byteOffset + page.offset) >>> 12] = 0;
    this.code.fill(DECODE, index * SLOT, (index + 1) * SLOT);
    this.#free.push(index);
    const hostPage = page.memory.byteOffset + page.offset;
    const line = (hostPage - this.linesFrom) >> 6;
    if (line >= 0 && line < this.lines.length) this.lines.fill(0, line, line + 64);
    this.#markPage(hostPage, 0);
    this.onDropPage?.(hostPage);
  }
}
