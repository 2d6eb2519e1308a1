import { CP0_BAD_VADDR, CP0_CONTEXT, CP0_ENTRY_HI, CP0_ENTRY_LO0, CP0_INDEX, CP0_RANDOM } from './cp0-registers.ts';
import { checkAddress } from './errors.ts';
import type { RandomPolicy } from './random.ts';
import { R3000_SEGMENTS } from './segments.ts';
import { permit, type Tell, tellDirect, tellMode, tellSegment } from './steps.ts';
import { type Access, ADDRESS_ERROR, type Context, type MmuState, type Translation } from './translation.ts';

interface Entry {
  vpn: number;
  pid: number;
  pfn: number;
  n: boolean;
  d: boolean;
  v: boolean;
  g: boolean;
}

export interface ReferenceR3000Options {
  readonly random?: RandomPolicy;
  readonly seed?: number;
  readonly badVAddrOnAddressError?: boolean;
}

const field = (word: number, high: number, low: number) => Math.floor(word / 2 ** low) % 2 ** (high - low + 1);

const hiOf = ({ vpn, pid }: Entry) => vpn * 2 ** 12 + pid * 2 ** 6;
const loOf = ({ pfn, n, d, v, g }: Entry) =>
  pfn * 2 ** 12 + Number(n) * 2 ** 11 + Number(d) * 2 ** 10 + Number(v) * 2 ** 9 + Number(g) * 2 ** 8;
const entryOf = (hi: number, lo: number): Entry => ({
  vpn: field(hi, 31, 12),
  pid: field(hi, 11, 6),
  pfn: field(lo, 31, 12),
  n: field(lo, 11, 11) === 1,
  d: field(lo, 10, 10) === 1,
  v: field(lo, 9, 9) === 1,
  g: field(lo, 8, 8) === 1,
});

/** `R3000Mmu` once more, slow and literal, field by field. */
export class ReferenceR3000 {
  readonly model = 'r3000';
  readonly entries = 64;
  /** The options, as they are. */
  readonly random: RandomPolicy;
  readonly seed: number;
  readonly badVAddrOnAddressError: boolean;
  private index = 0;
  private randomIndex = 63;
  /** What the seeded policy has come to. */
  private sequence: number;
  private context = { pteBase: 0, badVpn: 0 };
  private badVAddr = 0;
  /** EntryHi and EntryLo hold what an entry holds. */
  private registers = entryOf(0, 0);
  private tlb = Array.from({ length: 64 }, () => entryOf(0, 0));

  constructor(options: ReferenceR3000Options = {}) {
    const { random = 'architectural', seed = 1, badVAddrOnAddressError = true } = options;
    this.random = random;
    this.seed = seed;
    this.badVAddrOnAddressError = badVAddrOnAddressError;
    this.sequence = seed >>> 0;
  }

  translate(va: number, access: Access, context: Context, tell: Tell = () => {}): Translation {
    checkAddress(va);
    const mode = tellMode(context, tell);
    const route = tellSegment(R3000_SEGMENTS, va, mode, tell);
    const translation =
      route.via === 'error'
        ? ({ kind: 'addressError' } as const)
        : route.via === 'direct'
          ? tellDirect(va, route.offset, route.cca === 'cached' ? 3 : 2, tell)
          : this.translateByTlb(va, access, tell);
    tell({ step: 'result', translation });
    return translation;
  }

  readCp0(register: number, select = 0): number {
    if (select !== 0) return 0;
    switch (register) {
      case CP0_INDEX:
        return this.index;
      case CP0_RANDOM: {
        const value = this.randomIndex * 2 ** 8;
        if (this.random === 'seeded') this.stepRandom();
        return value;
      }
      case CP0_ENTRY_LO0:
        return loOf(this.registers);
      case CP0_CONTEXT:
        return this.context.pteBase * 2 ** 21 + this.context.badVpn * 4;
      case CP0_BAD_VADDR:
        return this.badVAddr;
      case CP0_ENTRY_HI:
        return hiOf(this.registers);
      default:
        return 0;
    }
  }

  writeCp0(register: number, value: number, select = 0): void {
    if (select !== 0) return;
    if (register === CP0_INDEX) this.index = field(this.index, 31, 31) * 2 ** 31 + field(value, 13, 8) * 2 ** 8;
    else if (register === CP0_ENTRY_LO0) this.registers = entryOf(hiOf(this.registers), value);
    else if (register === CP0_CONTEXT) this.context.pteBase = field(value, 31, 21);
    else if (register === CP0_ENTRY_HI) this.registers = entryOf(value, loOf(this.registers));
  }

  tlbp(): void {
    const found = this.tlb.findIndex((entry) => this.compare(entry, this.registers.vpn) === 'match');
    this.index = found < 0 ? 2 ** 31 : found * 2 ** 8;
  }

  tlbr(): void {
    this.registers = { ...this.tlb[field(this.index, 13, 8)]! };
  }

  tlbwi(): boolean {
    this.tlb[field(this.index, 13, 8)] = { ...this.registers };
    return true;
  }

  tlbwr(): boolean {
    this.tlb[this.randomIndex] = { ...this.registers };
    this.stepRandom();
    return true;
  }

  recordFault(va: number, result: number): void {
    if (result !== ADDRESS_ERROR || this.badVAddrOnAddressError) this.badVAddr = va;
    if (result === ADDRESS_ERROR) return;
    this.context.badVpn = field(va, 30, 12);
    this.registers.vpn = field(va, 31, 12);
  }

  save(): MmuState {
    const words = new Array<number>(16).fill(0);
    words[CP0_INDEX] = this.index;
    words[CP0_RANDOM] = this.randomIndex;
    words[CP0_ENTRY_LO0] = loOf(this.registers);
    words[CP0_CONTEXT] = this.readCp0(CP0_CONTEXT);
    words[CP0_BAD_VADDR] = this.badVAddr;
    words[CP0_ENTRY_HI] = hiOf(this.registers);
    words[11] = this.sequence;
    for (const entry of this.tlb) words.push(hiOf(entry), loOf(entry));
    return { version: 1, model: this.model, words: words.map((word) => (word >= 2 ** 31 ? word - 2 ** 32 : word)) };
  }

  load(saved: MmuState): void {
    const words = saved.words.map((word) => (word < 0 ? word + 2 ** 32 : word));
    this.index = words[CP0_INDEX]!;
    this.randomIndex = words[CP0_RANDOM]!;
    this.context = { pteBase: field(words[CP0_CONTEXT]!, 31, 21), badVpn: field(words[CP0_CONTEXT]!, 20, 2) };
    this.badVAddr = words[CP0_BAD_VADDR]!;
    this.registers = entryOf(words[CP0_ENTRY_HI]!, words[CP0_ENTRY_LO0]!);
    this.sequence = words[11]!;
    this.tlb = this.tlb.map((_, i) => entryOf(words[16 + 2 * i]!, words[17 + 2 * i]!));
  }

  private compare(entry: Entry, vpn: number): 'match' | 'page' | 'asid' {
    if (entry.vpn !== vpn) return 'page';
    return entry.g || entry.pid === this.registers.pid ? 'match' : 'asid';
  }

  private translateByTlb(va: number, access: Access, tell: Tell): Translation {
    for (const [i, entry] of this.tlb.entries()) {
      const outcome = this.compare(entry, field(va, 31, 12));
      tell({ step: 'compare', entry: i, outcome });
      if (outcome !== 'match') continue;
      const page = { pa: entry.pfn * 2 ** 12, cca: entry.n ? 2 : 3, valid: entry.v, dirty: entry.d };
      tell({ step: 'page', entry: i, size: 4096, ...page });
      return permit(page, field(va, 11, 0), access);
    }
    return { kind: 'refill' };
  }

  private stepRandom(): void {
    if (this.random !== 'seeded') {
      this.randomIndex = this.randomIndex <= 8 ? 63 : this.randomIndex - 1;
      return;
    }
    this.sequence = Number((BigInt(this.sequence) * 1664525n + 1013904223n) % 2n ** 32n);
    const others = [...Array(64).keys()].filter((i) => i >= 8 && i !== this.randomIndex);
    this.randomIndex = others[Math.floor((field(this.sequence, 31, 16) * others.length) / 2 ** 16)]!;
  }
}
