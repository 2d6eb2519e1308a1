import { BaseMmu } from './base-mmu.ts';
import {
  CP0_BAD_VADDR,
  CP0_CONTEXT,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_PAGE_MASK,
  CP0_RANDOM,
  CP0_WIRED,
} from './cp0-registers.ts';
import { checkAligned, checkChoice, checkEntries, checkInteger, MmuError } from './errors.ts';
import { MicroTlb } from './micro-tlb.ts';
import { decrementIndex, drawIndex, nextSeed, RANDOM_POLICIES, type RandomPolicy } from './random.ts';
import type { TlbEntry, TlbPage } from './tlb-entry.ts';
import { TlbIndex } from './tlb-index.ts';
import {
  ADDRESS_ERROR,
  ANY_ASID,
  ERROR_LEVEL,
  INVALID,
  MAPPED,
  MODIFIED,
  REFILL,
  STORE,
  SUPERVISOR,
  type TlbMmu,
  USER,
} from './translation.ts';

// The state words: a register's word is its CP0 number; the numbers of registers that are not the MMU's hold the rest.
/** State word of PageGrain. */
export const STATE_PAGE_GRAIN = 7;
/** State word of Config.K0, the cacheability of kseg0. */
export const STATE_K0 = 9;
/** State word of the seed of the `seeded` Random policy. */
export const STATE_SEED = 11;
/** First state word of the TLB; entry `i` is four words from STATE_TLB + 4 * i: tag, mask, even page, odd page. */
export const STATE_TLB = 16;
// tag: VPN2 31:13, VPN2X 12:11, G 8, ASID 7:0. mask: the compare mask 28:11 as in PageMask, MaskX included.
// page: physical page 31:10, C 5:3, D 2, V 1 (in EntryLo's order, the frame where it belongs in the address).
const ENTRY_WORDS = 4;
const TAG = 0;
const MASK = 1;
const EVEN = 2;
const ODD = 3;

const GLOBAL = 0x100;
const ASID = 0xff;
const P = 0x8000_0000 | 0;
const ESP = 0x1000_0000;
/** Bits below the smallest pair of pages (1 KB each): never compared. */
const BELOW_PAIR = 0x7ff;
/** MaskX / VPN2X: the bits that only 1 KB pages use. */
const SMALL = 0x1800;
/** C, D and V of a page word. */
const FLAGS = 0x3e;
const DIRTY = 4;
const VALID = 2;
const UNCACHED = 2;

/** What sets one R4000-class TLB apart from another. */
interface R4kModel {
  readonly model: string;
  readonly defaultEntries: number;
  /** Writable bits of PageMask. */
  readonly pageMask: number;
}

const MIPS32: R4kModel = { model: 'mips32', defaultEntries: 16, pageMask: 0x1fff_e000 };
const R4000: R4kModel = { model: 'r4000', defaultEntries: 48, pageMask: 0x01ff_e000 };

export interface Mips32MmuOptions {
  /** Number of TLB entries, 1 to 64. Default 16 (R4000Mmu: 48). */
  readonly entries?: number;
  /** Backing of the state, `Mips32Mmu.stateWords(entries)` words, for a host that keeps it in memory of its own. It is reset. */
  readonly state?: Int32Array;
  /** How Random moves on: see `RandomPolicy`. Default `seeded`. */
  readonly random?: RandomPolicy;
  /** Start of the `seeded` policy; the same seed gives the same run. Default 1. */
  readonly seed?: number;
  /** What writing an entry that overlaps another does: `lowest` lets it, and the lowest index wins; `machineCheck` refuses it. */
  readonly duplicates?: 'lowest' | 'machineCheck';
  /** Config3.SP: 1 KB pages can be switched on with PageGrain.ESP. Default false. */
  readonly smallPages?: boolean;
}

/**
 * The MIPS32 MMU (Release 1 and 2): segments, a fully associative TLB of page pairs, and CP0's MMU registers.
 *
 * Not emulated: EJTAG's debug segment (kseg3 is mapped throughout), segmentation control, CDMM, RI/XI, TLBINV, addresses
 * above 4 GB. Where the architecture leaves a choice it does what QEMU does: a zeroed TLB after reset, VPN2 kept as written,
 * the frame masked by PageMask on a write, an out-of-range Index write ignored.
 */
export class Mips32Mmu extends BaseMmu implements TlbMmu {
  /** Words of state that `entries` entries take. */
  static stateWords(entries: number): number {
    return STATE_TLB + ENTRY_WORDS * entries;
  }

  readonly model: string;
  readonly entries: number;
  /** The options, as they are. */
  readonly random: RandomPolicy;
  readonly seed: number;
  readonly duplicates: 'lowest' | 'machineCheck';
  readonly smallPages: boolean;
  /** Writable bits of PageMask, MaskX aside. */
  readonly pageMaskBits: number;
  private readonly index: TlbIndex;
  private readonly micro = new MicroTlb();

  constructor(options: Mips32MmuOptions = {}, model: R4kModel = MIPS32) {
    const { entries = model.defaultEntries, random = 'seeded', seed = 1 } = options;
    const { duplicates = 'lowest', smallPages = false } = options;
    checkEntries(entries);
    checkChoice('random', random, ...RANDOM_POLICIES);
    checkChoice('duplicates', duplicates, 'lowest', 'machineCheck');
    super(Mips32Mmu.stateWords(entries), options.state);
    this.model = model.model;
    this.pageMaskBits = model.pageMask;
    this.entries = entries;
    this.random = random;
    this.seed = seed;
    this.duplicates = duplicates;
    this.smallPages = smallPages;
    this.index = new TlbIndex(entries);
    this.reset();
  }

  /** The state after a cold reset: everything zero (4 KB pages in the TLB) but Random, the highest index, and K0, 2 (uncached). */
  reset(): void {
    this.state.fill(0);
    this.state[CP0_RANDOM] = this.entries - 1;
    this.state[STATE_K0] = UNCACHED;
    this.state[STATE_SEED] = this.seed;
    for (let i = 0; i < this.entries; i++) this.state[STATE_TLB + ENTRY_WORDS * i + MASK] = SMALL;
    this.rebuild();
  }

  override rebuild(): void {
    for (let i = 0; i < this.entries; i++) this.indexEntry(i);
    this.micro.clear();
    super.rebuild();
  }

  /** Config.K0: the cacheability attribute of kseg0. Config is the core's register; it passes the field on when it is written. */
  get k0(): number {
    return this.state[STATE_K0]!;
  }

  set k0(cca: number) {
    this.state[STATE_K0] = cca & 7;
  }

  lookup(va: number, access: number, mode: number): number {
    const { state, out } = this;
    va |= 0;
    if (va < 0) {
      if (mode === USER) return ADDRESS_ERROR;
      const segment = va >>> 29;
      if (segment < 6) {
        if (mode === SUPERVISOR) return ADDRESS_ERROR;
        return this.map(va & 0x1fff_ffff, segment === 4 ? state[STATE_K0]! : UNCACHED, 0x1fff_ffff);
      }
      if (segment === 7 && mode === SUPERVISOR) return ADDRESS_ERROR;
    } else if (mode === ERROR_LEVEL) {
      return this.map(va, UNCACHED, 0x7fff_ffff);
    }

    const { micro } = this;
    const asid = state[CP0_ENTRY_HI]! & ASID;
    const line = micro.find(va, asid);
    if (line < 0) return this.lookupTlb(va, access, asid);
    const page = micro.words[line + 1]!;
    if ((page & DIRTY) === 0 && access === STORE) return MODIFIED;
    out[0] = (page & ~0xfff) | (va & 0xfff);
    out[1] = (page >>> 3) & 7;
    out[2] = micro.words[line + 2]!;
    return MAPPED;
  }

  /** The TLB proper (vol. III, "TLB Address Translation"): match, page half, valid, dirty, frame. */
  private lookupTlb(va: number, access: number, asid: number): number {
    const { state } = this;
    const entry = this.index.find((va & ~BELOW_PAIR) | asid);
    if (entry < 0) return REFILL;
    const at = STATE_TLB + ENTRY_WORDS * entry;
    const mask = state[at + MASK]! | BELOW_PAIR;
    const through = mask >>> 1;
    const page = state[at + ((va & mask & ~through) !== 0 ? ODD : EVEN)]!;
    if ((page & VALID) === 0) return INVALID;
    const frame = page & ~through;
    // An entry of 1 KB pages may shadow a part of this one, which a cache of 4 KB pieces could not tell.
    if (!this.smallPages) this.micro.fill(va, asid, frame | (va & through & ~0xfff) | (page & FLAGS), through);
    if ((page & DIRTY) === 0 && access === STORE) return MODIFIED;
    return this.map(frame | (va & through), (page >>> 3) & 7, through);
  }

  readCp0(register: number, select = 0): number {
    const word = this.wordOf(register, select);
    if (word < 0) return 0;
    const value = this.state[word]! >>> 0;
    if (word === CP0_RANDOM) this.advanceRandom();
    return value;
  }

  writeCp0(register: number, value: number, select = 0): void {
    const { state } = this;
    switch (this.wordOf(register, select)) {
      case CP0_INDEX:
        // P is read-only; a number past the last entry is ignored.
        if ((value & ~P) < this.entries) state[CP0_INDEX] = (state[CP0_INDEX]! & P) | (value & ~P);
        break;
      case CP0_ENTRY_LO0:
      case CP0_ENTRY_LO1:
        state[register] = value & (this.esp ? 0x0fff_ffff : 0x03ff_ffff);
        break;
      case CP0_PAGE_MASK:
        state[CP0_PAGE_MASK] = value & (this.pageMaskBits | this.smallBits);
        break;
      case STATE_PAGE_GRAIN:
        state[STATE_PAGE_GRAIN] = value & ESP;
        state[CP0_ENTRY_HI]! &= 0xffff_e0ff | this.smallBits;
        state[CP0_PAGE_MASK]! &= this.pageMaskBits | this.smallBits;
        break;
      case CP0_WIRED:
        state[CP0_WIRED] = (value & 63) % this.entries;
        state[CP0_RANDOM] = this.entries - 1;
        break;
      case CP0_CONTEXT:
        state[CP0_CONTEXT] = (state[CP0_CONTEXT]! & 0x007f_ffff) | (value & 0xff80_0000);
        break;
      case CP0_ENTRY_HI:
        state[CP0_ENTRY_HI] = value & (0xffff_e0ff | this.smallBits);
        break;
    }
  }

  tlbp(): void {
    const found = this.index.find(this.state[CP0_ENTRY_HI]!);
    if (found < 0) this.state[CP0_INDEX]! |= P;
    else this.state[CP0_INDEX] = found;
  }

  tlbr(): void {
    const { state } = this;
    const at = STATE_TLB + ENTRY_WORDS * (state[CP0_INDEX]! & ~P);
    const tag = state[at + TAG]!;
    const g = (tag & GLOBAL) >>> 8;
    state[CP0_ENTRY_HI] = tag & (0xffff_e0ff | this.smallBits);
    state[CP0_PAGE_MASK] = state[at + MASK]! & (this.pageMaskBits | this.smallBits);
    state[CP0_ENTRY_LO0] = this.entryLoOf(state[at + EVEN]!) | g;
    state[CP0_ENTRY_LO1] = this.entryLoOf(state[at + ODD]!) | g;
  }

  tlbwi(): boolean {
    return this.writeEntry(this.state[CP0_INDEX]! & ~P);
  }

  tlbwr(): boolean {
    const entry = this.state[CP0_RANDOM]!;
    this.advanceRandom();
    return this.writeEntry(entry);
  }

  recordFault(va: number, result: number): void {
    const { state } = this;
    state[CP0_BAD_VADDR] = va;
    if (result === ADDRESS_ERROR) return;
    state[CP0_CONTEXT] = (state[CP0_CONTEXT]! & 0xff80_0000) | ((va >>> 9) & 0x007f_fff0);
    state[CP0_ENTRY_HI] = (va & (0xffff_e000 | this.smallBits)) | (state[CP0_ENTRY_HI]! & ASID);
  }

  /**
   * Entry `i` as the host sees it.
   * @throws KSEG_MMU_INDEX
   */
  entry(i: number): TlbEntry {
    checkInteger('KSEG_MMU_INDEX', 'the entry number', i, this.entries - 1);
    const [tag, mask, even, odd] = this.state.subarray(STATE_TLB + ENTRY_WORDS * i);
    return {
      va: (tag! & ~(mask! | BELOW_PAIR)) >>> 0,
      asid: tag! & ASID,
      global: (tag! & GLOBAL) !== 0,
      pageMask: this.smallPages ? mask! : mask! & ~SMALL,
      even: pageOf(even!),
      odd: pageOf(odd!),
    };
  }

  /**
   * Writes entry `i` from the host's side, whatever the registers hold and the duplicate policy says.
   * @throws KSEG_MMU_INDEX, KSEG_MMU_PAGE_MASK (holes, or a size this model does not have), KSEG_MMU_ADDRESS (not aligned
   * to the page size), KSEG_MMU_FIELD (asid or cca too wide)
   */
  setEntry(i: number, entry: TlbEntry): void {
    checkInteger('KSEG_MMU_INDEX', 'the entry number', i, this.entries - 1);
    const mask = this.checkPageMask(entry.pageMask);
    const page = (mask + 1) / 2;
    checkAligned(entry.va, 2 * page, 'va');
    checkInteger('KSEG_MMU_FIELD', 'asid', entry.asid, ASID);
    const even = wordOfPage(entry.even, page, 'even');
    const odd = wordOfPage(entry.odd, page, 'odd');
    this.replace(i, entry.va | (entry.global ? GLOBAL : 0) | entry.asid, mask & ~BELOW_PAIR, even, odd);
  }

  protected override checkWords(words: readonly number[]): void {
    const highest = this.entries - 1;
    checkInteger('KSEG_MMU_STATE', 'state word Index', words[CP0_INDEX]! & ~P, highest);
    checkInteger('KSEG_MMU_STATE', 'state word Wired', words[CP0_WIRED]!, highest);
    // Random never lies below Wired.
    checkInteger('KSEG_MMU_STATE', 'state word Random', words[CP0_RANDOM]!, highest);
    checkInteger('KSEG_MMU_STATE', 'Random minus Wired', words[CP0_RANDOM]! - words[CP0_WIRED]!, highest);
  }

  /**
   * To be called after the host has written TLB entries in `state` itself, and forgotten their pages where it remembers them: bit n of
   * `low` and `high` stands for entry n and 32 + n. Listeners are told nothing.
   */
  entriesWritten(low: number, high: number): void {
    for (let i = 0; i < this.entries; i++) if ((((i < 32 ? low : high) >>> (i & 31)) & 1) !== 0) this.indexEntry(i);
    this.micro.clearRange(0, 2 ** 32, ANY_ASID);
  }

  private get esp(): boolean {
    return (this.state[STATE_PAGE_GRAIN]! & ESP) !== 0;
  }

  /** The bits of MaskX and VPN2X that exist now: without PageGrain.ESP they read 0 and an entry is written as if 11 and 00. */
  private get smallBits(): number {
    return this.esp ? SMALL : 0;
  }

  /** The state word of a CP0 register of the MMU, or -1. */
  private wordOf(register: number, select: number): number {
    if (select === 1 && register === 5 && this.smallPages) return STATE_PAGE_GRAIN;
    if (select !== 0 || register > CP0_ENTRY_HI || register === STATE_PAGE_GRAIN || register === STATE_K0) return -1;
    return register;
  }

  private advanceRandom(): void {
    const { state } = this;
    const current = state[CP0_RANDOM]!;
    const low = state[CP0_WIRED]!;
    const high = this.entries - 1;
    if (this.random === 'seeded') {
      const seed = nextSeed(state[STATE_SEED]!);
      state[STATE_SEED] = seed;
      state[CP0_RANDOM] = drawIndex(seed, current, low, high);
    } else {
      state[CP0_RANDOM] = decrementIndex(current, low, high);
    }
  }

  /** TLBWI and TLBWR (vol. II): an entry is global when both EntryLo say so, and the frames are masked by the page size. */
  private writeEntry(entry: number): boolean {
    const { state } = this;
    const lo0 = state[CP0_ENTRY_LO0]!;
    const lo1 = state[CP0_ENTRY_LO1]!;
    const small = this.smallBits;
    const mask = state[CP0_PAGE_MASK]! | (SMALL & ~small);
    const tag = (state[CP0_ENTRY_HI]! & (0xffff_e0ff | small)) | ((lo0 & lo1 & 1) << 8);
    if (this.duplicates === 'machineCheck' && this.index.overlaps(entry, tag, careOf(tag, mask))) return false;
    const through = (mask | BELOW_PAIR) >>> 1;
    this.replace(entry, tag, mask, this.pageWordOf(lo0, through), this.pageWordOf(lo1, through));
    return true;
  }

  private replace(entry: number, tag: number, mask: number, even: number, odd: number): void {
    const { state } = this;
    const at = STATE_TLB + ENTRY_WORDS * entry;
    this.announce(at);
    state[at + TAG] = tag;
    state[at + MASK] = mask;
    state[at + EVEN] = even;
    state[at + ODD] = odd;
    this.index.set(entry, tag, careOf(tag, mask));
    this.announce(at);
  }

  /** Tells those who remember translations about the pages of the entry whose words start at `at`. */
  private announce(at: number): void {
    const tag = this.state[at + TAG]!;
    const mask = this.state[at + MASK]! | BELOW_PAIR;
    // All that a mask matches, holes or not, lies within mask + 1 bytes.
    const va = (tag & ~mask) >>> 0;
    const asid = (tag & GLOBAL) !== 0 ? ANY_ASID : tag & ASID;
    this.micro.clearRange(va, mask + 1, asid);
    this.changes.announce(va, mask + 1, asid);
  }

  private indexEntry(i: number): void {
    const at = STATE_TLB + ENTRY_WORDS * i;
    const tag = this.state[at + TAG]!;
    this.index.set(i, tag, careOf(tag, this.state[at + MASK]!));
  }

  /** EntryLo's frame number counts 4 KB, or 1 KB with PageGrain.ESP; a page word holds the address itself. */
  private pageWordOf(entryLo: number, through: number): number {
    return (((entryLo & ~0x3f) << (this.esp ? 4 : 6)) & ~through) | (entryLo & FLAGS);
  }

  private entryLoOf(page: number): number {
    return (((page & ~0x3ff) >>> (this.esp ? 4 : 6)) & ~0x3f) | (page & FLAGS);
  }

  /** The compare mask of a host's page mask, the bits below the pair included. */
  private checkPageMask(pageMask: number): number {
    const mask = pageMask | (this.smallPages ? 0 : SMALL) | BELOW_PAIR;
    const legal = (this.pageMaskBits | (this.smallPages ? SMALL : 0)) >>> 0;
    // A legal mask plus one is a power of two, and an odd one (2 KB, 8 KB, 32 KB …): pages grow by fours.
    const size = mask + 1;
    if ((pageMask & ~legal) !== 0 || !Number.isInteger(pageMask) || (size & mask) !== 0 || Math.clz32(size) % 2 !== 0) {
      const [given, bits] = [pageMask, legal].map((word) => (word === undefined ? word : `0x${word.toString(16)}`));
      throw new MmuError(
        'KSEG_MMU_PAGE_MASK',
        `${given} is not a page mask: it has holes or bits outside ${bits}; for pages of size n write (2 * n - 1) & ${bits}`,
        pageMask,
      );
    }
    return mask;
  }
}

/** A 32-bit R4000: 48 entries, pages of 4 KB to 16 MB. Not emulated: 64-bit addresses and the bits of PFN above 4 GB. */
export class R4000Mmu extends Mips32Mmu {
  constructor(options: Omit<Mips32MmuOptions, 'smallPages'> = {}) {
    super(options, R4000);
  }
}

/** The bits of a probe that an entry compares: the page number above its page size, and the ASID unless it is global. */
function careOf(tag: number, mask: number): number {
  return ~(mask | BELOW_PAIR) | ((tag & GLOBAL) !== 0 ? 0 : ASID);
}

function wordOfPage(page: TlbPage, size: number, what: string): number {
  if (typeof page !== 'object' || page === null) {
    throw new MmuError('KSEG_MMU_FIELD', `${what} must be a page, { pa, cca, dirty, valid }, not ${page}`, page);
  }
  checkAligned(page.pa, size, `${what}.pa`);
  checkInteger('KSEG_MMU_FIELD', `${what}.cca`, page.cca, 7);
  return page.pa | (page.cca << 3) | (page.dirty ? 4 : 0) | (page.valid ? 2 : 0);
}

function pageOf(word: number): TlbPage {
  return { pa: (word & ~0x3ff) >>> 0, cca: (word >>> 3) & 7, dirty: (word & 4) !== 0, valid: (word & 2) !== 0 };
}
