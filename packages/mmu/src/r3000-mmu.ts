import { BaseMmu } from './base-mmu.ts';
import {
  CP0_BAD_VADDR as BAD_VADDR,
  CP0_CONTEXT as CONTEXT,
  CP0_ENTRY_HI as ENTRY_HI,
  CP0_ENTRY_LO0 as ENTRY_LO,
  CP0_INDEX as INDEX,
  CP0_RANDOM as RANDOM,
} from './cp0-registers.ts';
import { checkAligned, checkChoice, checkInteger } from './errors.ts';
import { decrementIndex, drawIndex, nextSeed, RANDOM_POLICIES, type RandomPolicy } from './random.ts';
import type { R3000TlbEntry } from './tlb-entry.ts';
import { TlbIndex } from './tlb-index.ts';
import {
  ADDRESS_ERROR,
  ANY_ASID,
  ERROR_LEVEL,
  INVALID,
  KERNEL,
  MODIFIED,
  REFILL,
  STORE,
  type TlbMmu,
} from './translation.ts';

const ENTRIES = 64;
/** TLBWR never touches the first eight: they are the wired ones. */
const LOWEST_RANDOM = 8;

// State words: a register's is its CP0 number, as in Mips32Mmu, and 11 the seed; entry i is the EntryHi and the EntryLo it was written from.
const SEED = 11;
const TLB = 16;

const P = 0x8000_0000 | 0;
const VPN = 0xffff_f000 | 0;
const PID = 0xfc0;
const NONCACHEABLE = 0x800;
const DIRTY = 0x400;
const VALID = 0x200;
const GLOBAL = 0x100;
const CACHED = 3;
const UNCACHED = 2;

export interface R3000MmuOptions {
  /** Backing of the state, `R3000Mmu.stateWords()` words. It is reset. */
  readonly state?: Int32Array;
  /** Default `architectural`: from 63 down to 8 and round again, one step for each TLBWR, as aoR3000 does it. */
  readonly random?: RandomPolicy;
  /** Start of the `seeded` policy. Default 1. */
  readonly seed?: number;
  /** Whether an address error loads BadVAddr, as a real R3000A does (default) and aoR3000 does not. */
  readonly badVAddrOnAddressError?: boolean;
}

/**
 * The R3000A's MMU: 64 entries of one 4 KB page each, a 6-bit PID, entries 0 to 7 wired. Two modes only: supervisor counts
 * as user, ERL as kernel. A miss is `refill` wherever it happens; that it takes the UTLB vector only on a kuseg address is
 * the core's matter. Of several matching entries the lowest wins. Not emulated: TLB shutdown (Status.TS), cache isolation.
 */
export class R3000Mmu extends BaseMmu implements TlbMmu {
  /** Words of state. */
  static stateWords(): number {
    return TLB + 2 * ENTRIES;
  }

  readonly model = 'r3000';
  readonly entries = ENTRIES;
  /** The options, as they are. */
  readonly random: RandomPolicy;
  readonly seed: number;
  readonly badVAddrOnAddressError: boolean;
  private readonly index = new TlbIndex(ENTRIES);

  constructor(options: R3000MmuOptions = {}) {
    const { seed = 1, random = 'architectural' } = options;
    checkChoice('random', random, ...RANDOM_POLICIES);
    super(R3000Mmu.stateWords(), options.state);
    this.random = random;
    this.seed = seed;
    this.badVAddrOnAddressError = options.badVAddrOnAddressError ?? true;
    this.reset();
  }

  /** Everything zero but Random, 63. */
  reset(): void {
    this.state.fill(0);
    this.state[RANDOM] = ENTRIES - 1;
    this.state[SEED] = this.seed;
    this.rebuild();
  }

  override rebuild(): void {
    for (let i = 0; i < ENTRIES; i++) this.indexEntry(i);
    super.rebuild();
  }

  lookup(va: number, access: number, mode: number): number {
    va |= 0;
    if (va < 0) {
      if (mode !== KERNEL && mode !== ERROR_LEVEL) return ADDRESS_ERROR;
      const segment = va >>> 29;
      if (segment === 4) return this.map(va & 0x1fff_ffff, CACHED, 0x1fff_ffff);
      if (segment === 5) return this.map(va & 0x1fff_ffff, UNCACHED, 0x1fff_ffff);
    }
    const entry = this.index.find((va & VPN) | (this.state[ENTRY_HI]! & PID));
    if (entry < 0) return REFILL;
    const lo = this.state[TLB + 2 * entry + 1]!;
    if ((lo & VALID) === 0) return INVALID;
    if ((lo & DIRTY) === 0 && access === STORE) return MODIFIED;
    return this.map((lo & VPN) | (va & ~VPN), (lo & NONCACHEABLE) !== 0 ? UNCACHED : CACHED, 0xfff);
  }

  readCp0(register: number, select = 0): number {
    if (select !== 0 || register > ENTRY_HI) return 0;
    if (register !== RANDOM) return this.state[register]! >>> 0;
    const value = this.state[RANDOM]! << 8;
    if (this.random === 'seeded') this.advanceRandom();
    return value;
  }

  writeCp0(register: number, value: number, select = 0): void {
    const { state } = this;
    if (select !== 0) return;
    switch (register) {
      case INDEX:
        state[INDEX] = (state[INDEX]! & P) | (value & 0x3f00);
        break;
      case ENTRY_LO:
        state[ENTRY_LO] = value & 0xffff_ff00;
        break;
      case CONTEXT:
        state[CONTEXT] = (state[CONTEXT]! & 0x001f_fffc) | (value & 0xffe0_0000);
        break;
      case ENTRY_HI:
        state[ENTRY_HI] = value & (VPN | PID);
        break;
    }
  }

  tlbp(): void {
    const found = this.index.find(this.state[ENTRY_HI]!);
    this.state[INDEX] = found < 0 ? P : found << 8;
  }

  tlbr(): void {
    const at = TLB + 2 * this.indexed;
    this.state[ENTRY_HI] = this.state[at]!;
    this.state[ENTRY_LO] = this.state[at + 1]!;
  }

  tlbwi(): boolean {
    this.writeEntry(this.indexed, this.state[ENTRY_HI]!, this.state[ENTRY_LO]!);
    return true;
  }

  tlbwr(): boolean {
    this.writeEntry(this.state[RANDOM]!, this.state[ENTRY_HI]!, this.state[ENTRY_LO]!);
    this.advanceRandom();
    return true;
  }

  recordFault(va: number, result: number): void {
    const { state } = this;
    if (result === ADDRESS_ERROR) {
      if (this.badVAddrOnAddressError) state[BAD_VADDR] = va;
      return;
    }
    state[BAD_VADDR] = va;
    state[CONTEXT] = (state[CONTEXT]! & 0xffe0_0000) | ((va >>> 10) & 0x001f_fffc);
    state[ENTRY_HI] = (va & VPN) | (state[ENTRY_HI]! & PID);
  }

  /**
   * Entry `i` as the host sees it.
   * @throws KSEG_MMU_INDEX
   */
  entry(i: number): R3000TlbEntry {
    checkInteger('KSEG_MMU_INDEX', 'the entry number', i, ENTRIES - 1);
    const hi = this.state[TLB + 2 * i]!;
    const lo = this.state[TLB + 2 * i + 1]!;
    return {
      va: (hi & VPN) >>> 0,
      asid: (hi & PID) >>> 6,
      global: (lo & GLOBAL) !== 0,
      pa: (lo & VPN) >>> 0,
      noncacheable: (lo & NONCACHEABLE) !== 0,
      dirty: (lo & DIRTY) !== 0,
      valid: (lo & VALID) !== 0,
    };
  }

  /**
   * Writes entry `i` from the host's side.
   * @throws KSEG_MMU_INDEX, KSEG_MMU_ADDRESS (not a multiple of 4096), KSEG_MMU_FIELD (asid above 63)
   */
  setEntry(i: number, entry: R3000TlbEntry): void {
    checkInteger('KSEG_MMU_INDEX', 'the entry number', i, ENTRIES - 1);
    checkAligned(entry.va, 0x1000, 'va');
    checkAligned(entry.pa, 0x1000, 'pa');
    checkInteger('KSEG_MMU_FIELD', 'asid', entry.asid, 63);
    const flags =
      (entry.noncacheable ? NONCACHEABLE : 0) |
      (entry.dirty ? DIRTY : 0) |
      (entry.valid ? VALID : 0) |
      (entry.global ? GLOBAL : 0);
    this.writeEntry(i, entry.va | (entry.asid << 6), entry.pa | flags);
  }

  protected override checkWords(words: readonly number[]): void {
    checkInteger('KSEG_MMU_STATE', 'state word Random', words[RANDOM]!, ENTRIES - 1);
  }

  private get indexed(): number {
    return (this.state[INDEX]! >>> 8) & (ENTRIES - 1);
  }

  private advanceRandom(): void {
    const current = this.state[RANDOM]!;
    if (this.random === 'seeded') {
      this.state[SEED] = nextSeed(this.state[SEED]!);
      this.state[RANDOM] = drawIndex(this.state[SEED]!, current, LOWEST_RANDOM, ENTRIES - 1);
    } else {
      this.state[RANDOM] = decrementIndex(current, LOWEST_RANDOM, ENTRIES - 1);
    }
  }

  private writeEntry(i: number, hi: number, lo: number): void {
    this.announce(i);
    this.state[TLB + 2 * i] = hi;
    this.state[TLB + 2 * i + 1] = lo;
    this.indexEntry(i);
    this.announce(i);
  }

  private isGlobal(i: number): boolean {
    return (this.state[TLB + 2 * i + 1]! & GLOBAL) !== 0;
  }

  private announce(i: number): void {
    const hi = this.state[TLB + 2 * i]!;
    this.changes.announce((hi & VPN) >>> 0, 0x1000, this.isGlobal(i) ? ANY_ASID : (hi & PID) >>> 6);
  }

  private indexEntry(i: number): void {
    this.index.set(i, this.state[TLB + 2 * i]!, VPN | (this.isGlobal(i) ? 0 : PID));
  }
}
