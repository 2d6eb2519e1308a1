import { Changes } from './changes.ts';
import { checkAddress } from './errors.ts';
import { checkState } from './state.ts';
import {
  type Access,
  ADDRESS_ERROR,
  ANY_ASID,
  accessCode,
  type ChangeListener,
  type Context,
  type Disposable,
  ERROR_LEVEL,
  KERNEL,
  MAPPED,
  type MmuState,
  modeCode,
  type TlbMmu,
  type Translation,
  toTranslation,
} from './translation.ts';

const BAD_VADDR = 8;
const K0 = 9;
const KU = 10;
const K23 = 11;
const WORDS = 12;
const UNCACHED = 2;

/**
 * The fixed mapping of cores without a TLB (4Km; MIPS32 PRA vol. III, "Fixed Mapping MMU"): kuseg lies 1 GB up in physical
 * memory (or 1:1 under ERL), kseg2 and kseg3 lie where they are, kseg0 and kseg1 as ever. Cacheability comes from Config's
 * K0, KU and K23, which the core passes on. There is no supervisor mode: it counts as user.
 *
 * It keeps the interface of the models with a TLB, with no entries: the TLB instructions do nothing (a core makes them
 * reserved instructions), and of the registers it has BadVAddr.
 */
export class FixedMappingMmu implements TlbMmu {
  static stateWords(): number {
    return WORDS;
  }

  readonly model = 'fixed';
  readonly entries = 0;
  /** All state: BadVAddr (word 8), K0 (9), KU (10), K23 (11). */
  readonly state: Int32Array;
  private readonly changes = new Changes();
  private readonly out = new Int32Array(3);

  constructor({ state = new Int32Array(WORDS) }: { state?: Int32Array } = {}) {
    this.state = state;
    this.reset();
  }

  reset(): void {
    this.state.fill(0);
    for (const field of [K0, KU, K23]) this.state[field] = UNCACHED;
    this.rebuild();
  }

  rebuild(): void {
    this.changes.announce(0, 2 ** 32, ANY_ASID);
  }

  get pa(): number {
    return this.out[0]! >>> 0;
  }

  get cca(): number {
    return this.out[1]!;
  }

  get pageMask(): number {
    return this.out[2]!;
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

  translate(va: number, access: Access, context: Context): Translation {
    checkAddress(va);
    return toTranslation(this, this.lookup(va, accessCode(access), modeCode(context)));
  }

  lookup(va: number, _access: number, mode: number): number {
    va |= 0;
    if (va >= 0) {
      return mode === ERROR_LEVEL ? this.map(va, UNCACHED) : this.map(va + 0x4000_0000, this.state[KU]!);
    }
    if (mode !== KERNEL && mode !== ERROR_LEVEL) return ADDRESS_ERROR;
    const segment = va >>> 29;
    if (segment >= 6) return this.map(va, this.state[K23]!);
    return this.map(va & 0x1fff_ffff, segment === 4 ? this.state[K0]! : UNCACHED);
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

  onChange(listener: ChangeListener): Disposable {
    return this.changes.subscribe(listener);
  }

  save(): MmuState {
    return { version: 1, model: this.model, words: Array.from(this.state) };
  }

  load(saved: MmuState): void {
    checkState(saved, this.model, WORDS);
    this.state.set(saved.words);
    this.rebuild();
  }

  private map(pa: number, cca: number): number {
    this.out[0] = pa;
    this.out[1] = cca;
    this.out[2] = 0x1fff_ffff;
    return MAPPED;
  }
}
