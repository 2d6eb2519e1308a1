import type { State } from '@kseg/bus';

const LINES = 256;
const LINE_WORDS = 16;
/** No address has this line number. */
const INVALID = -1;
const LOW = 0x3f;

/** 16 KB, direct mapped, 64 bytes a line, indexed and tagged by virtual address. A line remembers the frame it was filled from. */
class Cache {
  /** Virtual address >>> 6 of each line. */
  readonly tags = new Int32Array(LINES).fill(INVALID);
  /** Physical address of each line. */
  readonly frames = new Int32Array(LINES);
  readonly words = new Int32Array(LINES * LINE_WORDS);

  /** @param translate physical address in the SRAM behind a virtual one */
  constructor(
    private readonly memory: Int32Array,
    private readonly translate: (va: number) => number,
  ) {}

  /** Line that holds `va`, filled first if it has to be. */
  line(va: number): number {
    const number = va >>> 6;
    const line = number & (LINES - 1);
    if (this.tags[line] !== number) {
      const pa = this.translate((va & ~LOW) >>> 0);
      this.tags[line] = number;
      this.frames[line] = pa;
      this.words.set(this.memory.subarray(pa >>> 2, (pa >>> 2) + LINE_WORDS), line * LINE_WORDS);
    }
    return line;
  }

  /** Word at `va`, whose low bits do not count. */
  read(va: number): number {
    this.line(va);
    return this.words[(va >>> 2) & (LINES * LINE_WORDS - 1)]!;
  }

  parts(): readonly Int32Array[] {
    return [this.tags, this.frames, this.words];
  }
}

/**
 * GAIA3's two caches. A line that is in one of them is used with the translation it was filled by, whatever the page tables say by now,
 * until VAENABLE or PDADDR is written; stores go through to the frame it was filled from. They know nothing of each other's aliases, but
 * for one thing: a store drops the line of instructions at the same virtual address.
 */
export class Caches {
  readonly #instructions: Cache;
  readonly #data: Cache;

  constructor(
    private readonly memory: Int32Array,
    translate: (va: number) => number,
  ) {
    this.#instructions = new Cache(memory, translate);
    this.#data = new Cache(memory, translate);
  }

  invalidate(): void {
    this.#instructions.tags.fill(INVALID);
    this.#data.tags.fill(INVALID);
  }

  /** The instruction at `va`. */
  fetch(va: number): number {
    return this.#instructions.read(va);
  }

  /** The word at `va`, whose low bits do not count. */
  load(va: number): number {
    return this.#data.read(va);
  }

  /** Stores the bits of `value` that are set in `mask` into the word at `va`; true when instructions there were dropped. */
  store(va: number, value: number, mask: number): boolean {
    const { frames, words } = this.#data;
    const line = this.#data.line(va);
    const at = (va >>> 2) & (LINES * LINE_WORDS - 1);
    words[at] = (words[at]! & ~mask) | (value & mask);
    // The other bytes of the word in memory may be newer than the line's.
    const pa = (frames[line]! | (va & LOW)) >>> 2;
    this.memory[pa] = (this.memory[pa]! & ~mask) | (value & mask);
    const { tags } = this.#instructions;
    if (tags[line] !== va >>> 6) return false;
    tags[line] = INVALID;
    return true;
  }

  save(): State {
    return this.#parts().map((part) => new Uint8Array(part.slice().buffer));
  }

  /** Takes what `save` returned. */
  restore(state: State): void {
    for (const [i, part] of this.#parts().entries())
      part.set(new Int32Array((state as readonly Uint8Array[])[i]!.slice().buffer));
  }

  #parts(): readonly Int32Array[] {
    return [...this.#instructions.parts(), ...this.#data.parts()];
  }
}
