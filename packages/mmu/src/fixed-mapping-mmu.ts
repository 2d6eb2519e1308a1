import { BaseMmu } from './base-mmu.ts';
import { CP0_BAD_VADDR as BAD_VADDR } from './cp0-registers.ts';
import { ADDRESS_ERROR, ERROR_LEVEL, KERNEL, type TlbMmu } from './translation.ts';

// State words.
const K0 = 9;
const KU = 10;
const K23 = 11;
const WORDS = 12;
const UNCACHED = 2;

export interface FixedMappingMmuOptions {
  /** Backing of the state, `FixedMappingMmu.stateWords()` words. It is reset. */
  readonly state?: Int32Array;
}

/**
 * The fixed mapping of cores without a TLB (4Km; MIPS32 PRA vol. III, "Fixed Mapping MMU"): kuseg lies 1 GB up in physical
 * memory (or 1:1 under ERL), kseg2 and kseg3 lie where they are, kseg0 and kseg1 as ever. Cacheability comes from Config's
 * K0, KU and K23, which the core passes on. There is no supervisor mode: it counts as user.
 *
 * It keeps the interface of the models with a TLB, with no entries: the TLB instructions do nothing (a core makes them
 * reserved instructions), and of the registers it has BadVAddr.
 */
export class FixedMappingMmu extends BaseMmu implements TlbMmu {
  static stateWords(): number {
    return WORDS;
  }

  readonly model = 'fixed';
  readonly entries = 0;

  constructor({ state }: FixedMappingMmuOptions = {}) {
    super(WORDS, state);
    this.reset();
  }

  reset(): void {
    this.state.fill(0);
    for (const field of [K0, KU, K23]) this.state[field] = UNCACHED;
    this.rebuild();
  }

  /** Config.K0, the cacheability of kseg0. */
  get k0(): number {
    return this.state[K0]!;
  }

  set k0(cca: number) {
    this.state[K0] = cca & 7;
  }

  /** Config.KU, the cacheability of kuseg. */
  get ku(): number {
    return this.state[KU]!;
  }

  set ku(cca: number) {
    this.state[KU] = cca & 7;
  }

  /** Config.K23, the cacheability of kseg2 and kseg3. */
  get k23(): number {
    return this.state[K23]!;
  }

  set k23(cca: number) {
    this.state[K23] = cca & 7;
  }

  lookup(va: number, _access: number, mode: number): number {
    va |= 0;
    if (va >= 0) {
      return mode === ERROR_LEVEL ? this.direct(va, UNCACHED) : this.direct(va + 0x4000_0000, this.state[KU]!);
    }
    if (mode !== KERNEL && mode !== ERROR_LEVEL) return ADDRESS_ERROR;
    const segment = va >>> 29;
    if (segment >= 6) return this.direct(va, this.state[K23]!);
    return this.direct(va & 0x1fff_ffff, segment === 4 ? this.state[K0]! : UNCACHED);
  }

  readCp0(register: number, select = 0): number {
    return register === BAD_VADDR && select === 0 ? this.state[BAD_VADDR]! >>> 0 : 0;
  }

  writeCp0(): void {}
  tlbp(): void {}
  tlbr(): void {}

  tlbwi(): boolean {
    return true;
  }

  tlbwr(): boolean {
    return true;
  }

  recordFault(va: number): void {
    this.state[BAD_VADDR] = va;
  }
  private direct(pa: number, cca: number): number {
    return this.map(pa, cca, 0x1fff_ffff);
  }
}
