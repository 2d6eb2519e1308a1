import { BaseMmu } from './base-mmu.ts';
import { checkAddress, MmuError } from './errors.ts';
import { ADDRESS_ERROR, INVALID, MODIFIED, REFILL, STORE, USER } from './translation.ts';

// State words.
const PDADDR = 0;
const VAENABLE = 1;
const WORDS = 2;

const FRAME = 0xffff_f000;
const MEMORY_SIZE = 0x0040_0000;
const REGISTERS = 0x8000_0000;
const REGISTERS_END = 0x8000_2000;
const CACHED = 3;
const UNCACHED = 2;

// Flags of directory and table entries, as xv6 names them.
const PRESENT = 1;
const WRITABLE = 2;
const USER_PAGE = 4;

/** What strict mode finds wrong with a translation that the hardware makes all the same. */
export type GaiaProblem =
  | 'directoryBeyondMemory'
  | 'directoryEntryAbsent'
  | 'tableBeyondMemory'
  | 'pageAbsent'
  | 'pageBeyondMemory'
  | 'colour'
  | 'notUser'
  | 'notWritable';

/** What each problem is in the terms of a translation; the hardware itself has no faults. */
const FAULT_OF: Record<GaiaProblem, number> = {
  directoryBeyondMemory: ADDRESS_ERROR,
  directoryEntryAbsent: REFILL,
  tableBeyondMemory: ADDRESS_ERROR,
  pageAbsent: INVALID,
  pageBeyondMemory: ADDRESS_ERROR,
  colour: ADDRESS_ERROR,
  notUser: ADDRESS_ERROR,
  notWritable: MODIFIED,
};

/** One walk through the tables: where it read, what it found, and where it leads. */
export interface GaiaWalk {
  readonly directoryEntryAt: number;
  readonly directoryEntry: number;
  readonly pageEntryAt: number;
  readonly pageEntry: number;
  /** Before it wraps at 4 MB. */
  readonly pa: number;
}

export interface GaiaMmuOptions {
  /** Reads the word at a physical address below 4 MB, a multiple of 4. The walker reads SRAM directly. */
  readonly readWord: (pa: number) => number;
  /** Report what xv6 would consider a bug instead of doing as the hardware does. Default false. */
  readonly strict?: boolean;
  /** Backing of the state: PDADDR and VAENABLE, two words. They are kept. */
  readonly state?: Int32Array;
}

/**
 * The page walker of GAIA3: 10 + 10 + 12 bits, two levels, no flags checked, no faults; physical addresses wrap at 4 MB.
 * 0x80000000 to 0x80001fff, the registers, are never translated. With `strict`, a translation that relies on an absent
 * entry, a frame outside the memory, another cache colour than the address's (bits 13:12) or missing W or U rights is a fault.
 *
 * Not emulated: the caches, which make the real machine use old translations until PDADDR or VAENABLE is written.
 */
export class GaiaMmu extends BaseMmu {
  readonly model = 'gaia';
  readonly strict: boolean;
  readonly readWord: (pa: number) => number;

  constructor({ readWord, strict = false, state }: GaiaMmuOptions) {
    super(WORDS, state);
    if (typeof readWord !== 'function') {
      throw new MmuError('KSEG_MMU_OPTION', 'readWord must be a function that reads a word of memory', readWord);
    }
    this.readWord = readWord;
    this.strict = strict;
  }

  /** PDADDR: physical address of the page directory. */
  get pdaddr(): number {
    return this.state[PDADDR]! >>> 0;
  }

  set pdaddr(pa: number) {
    this.state[PDADDR] = pa;
    this.rebuild();
  }

  /** VAENABLE: whether addresses are translated at all. */
  get vaenable(): boolean {
    return this.state[VAENABLE] !== 0;
  }

  set vaenable(on: boolean) {
    this.state[VAENABLE] = Number(on);
    this.rebuild();
  }

  lookup(va: number, access: number, mode: number): number {
    va >>>= 0;
    if (va >= REGISTERS && va < REGISTERS_END) return this.map(va, UNCACHED, 0xfff);
    if (!this.vaenable) return this.map(va & (MEMORY_SIZE - 1), CACHED, 0xfff);
    if (this.strict) {
      const problem = this.problems(va, access, mode)[0];
      if (problem !== undefined) return FAULT_OF[problem];
    }
    const entry = this.read((this.state[PDADDR]! & FRAME) | ((va >>> 20) & 0xffc));
    const page = this.read((entry & FRAME) | ((va >>> 10) & 0xffc));
    return this.map(((page & FRAME) | (va & 0xfff)) & (MEMORY_SIZE - 1), CACHED, 0xfff);
  }

  /** The walk for `va`, whether or not translation is on. */
  walk(va: number): GaiaWalk {
    checkAddress(va);
    const directoryEntryAt = ((this.state[PDADDR]! & FRAME) | ((va >>> 20) & 0xffc)) >>> 0;
    const directoryEntry = this.read(directoryEntryAt) >>> 0;
    const pageEntryAt = ((directoryEntry & FRAME) | ((va >>> 10) & 0xffc)) >>> 0;
    const pageEntry = this.read(pageEntryAt) >>> 0;
    return { directoryEntryAt, directoryEntry, pageEntryAt, pageEntry, pa: ((pageEntry & FRAME) | (va & 0xfff)) >>> 0 };
  }

  /** What strict mode finds wrong with an access to `va` (unsigned; the rest in hot-form numbers), in the order it meets it; nothing when translation is off. */
  problems(va: number, access: number, mode: number): GaiaProblem[] {
    if (!this.vaenable || (va >= REGISTERS && va < REGISTERS_END)) return [];
    const { directoryEntryAt, directoryEntry, pageEntryAt, pageEntry, pa } = this.walk(va);
    const rights = directoryEntry & pageEntry;
    const found: [boolean, GaiaProblem][] = [
      [directoryEntryAt >= MEMORY_SIZE, 'directoryBeyondMemory'],
      [(directoryEntry & PRESENT) === 0, 'directoryEntryAbsent'],
      [pageEntryAt >= MEMORY_SIZE, 'tableBeyondMemory'],
      [(pageEntry & PRESENT) === 0, 'pageAbsent'],
      [pa >= MEMORY_SIZE, 'pageBeyondMemory'],
      [((pa ^ va) & 0x3000) !== 0, 'colour'],
      [mode === USER && (rights & USER_PAGE) === 0, 'notUser'],
      [access === STORE && (rights & WRITABLE) === 0, 'notWritable'],
    ];
    return found.filter(([wrong]) => wrong).map(([, problem]) => problem);
  }

  private read(pa: number): number {
    return this.readWord(pa & (MEMORY_SIZE - 4));
  }
}
