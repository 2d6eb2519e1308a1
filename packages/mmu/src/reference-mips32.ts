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
import { checkAddress, checkEntries } from './errors.ts';
import type { RandomPolicy } from './random.ts';
import { type CcaSource, MIPS32_SEGMENTS } from './segments.ts';
import { permit, type Tell, tellDirect, tellMode, tellSegment } from './steps.ts';
import { type Access, ADDRESS_ERROR, type Context, type MmuState, type Translation } from './translation.ts';

/** One half of an entry, its frame in units of 1 KB. */
interface Half {
  pfn: number;
  c: number;
  d: boolean;
  v: boolean;
}

/** An entry with the fields of the manual. VPN2 and Mask count 2 KB and include VPN2X and MaskX. */
interface Entry {
  vpn2: number;
  mask: number;
  g: boolean;
  asid: number;
  halves: [Half, Half];
}

/** What a reference model is told when it is made. */
export interface ReferenceMips32Options {
  readonly model?: 'mips32' | 'r4000';
  readonly entries?: number;
  readonly random?: RandomPolicy;
  readonly seed?: number;
  readonly duplicates?: 'lowest' | 'machineCheck';
  readonly smallPages?: boolean;
}

/** Bits `high` to `low` of `word`. */
function field(word: number, high: number, low: number): number {
  return Math.floor(word / 2 ** low) % 2 ** (high - low + 1);
}

/** The manual's `value and not mask`. */
function without(value: number, mask: number): number {
  return (value & ~mask) >>> 0;
}

/**
 * `Mips32Mmu` and `R4000Mmu` once more, as the manual writes them down (MIPS32 PRA vol. II, TLBP to TLBWR; vol. III, "TLB
 * Address Translation" and the registers): slow, an entry at a time, in its order and with its names. The fast models are
 * tested against it, and `explain` walks it.
 */
export class ReferenceMips32 {
  readonly model: 'mips32' | 'r4000';
  readonly entries: number;
  /** The options, as they are. */
  readonly random: RandomPolicy;
  readonly seed: number;
  readonly duplicates: 'lowest' | 'machineCheck';
  readonly smallPages: boolean;
  k0 = 2;
  private index = { p: 0, index: 0 };
  private randomIndex: number;
  /** What the seeded policy has come to. */
  private sequence: number;
  private entryLo = [0, 0];
  private context = { pteBase: 0, badVpn2: 0 };
  private mask = 0;
  private esp = false;
  private wired = 0;
  private badVAddr = 0;
  private entryHi = { vpn2: 0, asid: 0 };
  private tlb: Entry[];

  constructor(options: ReferenceMips32Options = {}) {
    const { model = 'mips32', random = 'seeded', seed = 1, duplicates = 'lowest', smallPages = false } = options;
    const { entries = model === 'r4000' ? 48 : 16 } = options;
    checkEntries(entries);
    this.model = model;
    this.entries = entries;
    this.random = random;
    this.seed = seed;
    this.duplicates = duplicates;
    this.smallPages = smallPages;
    this.randomIndex = entries - 1;
    this.sequence = seed >>> 0;
    const half = (): Half => ({ pfn: 0, c: 0, d: false, v: false });
    this.tlb = Array.from({ length: entries }, () => ({
      vpn2: 0,
      mask: 3,
      g: false,
      asid: 0,
      halves: [half(), half()],
    }));
  }

  translate(va: number, access: Access, context: Context, tell: Tell = () => {}): Translation {
    checkAddress(va);
    const mode = tellMode(context, tell);
    const route = tellSegment(MIPS32_SEGMENTS, va, mode, tell);
    const translation =
      route.via === 'error'
        ? ({ kind: 'addressError' } as const)
        : route.via === 'direct'
          ? tellDirect(va, route.offset, this.ccaOf(route.cca), tell)
          : this.translateByTlb(va, access, tell);
    tell({ step: 'result', translation });
    return translation;
  }

  readCp0(register: number, select = 0): number {
    if (register === CP0_PAGE_MASK && select === 1) return this.esp ? 2 ** 28 : 0;
    if (select !== 0) return 0;
    switch (register) {
      case CP0_INDEX:
        return this.index.p * 2 ** 31 + this.index.index;
      case CP0_RANDOM: {
        const value = this.randomIndex;
        this.stepRandom();
        return value;
      }
      case CP0_ENTRY_LO0:
      case CP0_ENTRY_LO1:
        return this.entryLo[register - CP0_ENTRY_LO0]!;
      case CP0_CONTEXT:
        return this.context.pteBase * 2 ** 23 + this.context.badVpn2 * 2 ** 4;
      case CP0_PAGE_MASK:
        return this.mask * 2 ** 11;
      case CP0_WIRED:
        return this.wired;
      case CP0_BAD_VADDR:
        return this.badVAddr;
      case CP0_ENTRY_HI:
        return this.entryHi.vpn2 * 2 ** 11 + this.entryHi.asid;
      default:
        return 0;
    }
  }

  writeCp0(register: number, value: number, select = 0): void {
    if (register === CP0_PAGE_MASK && select === 1 && this.smallPages) {
      this.esp = field(value, 28, 28) === 1;
      if (!this.esp) {
        this.entryHi.vpn2 -= this.entryHi.vpn2 % 4;
        this.mask -= this.mask % 4;
      }
      return;
    }
    if (select !== 0) return;
    switch (register) {
      case CP0_INDEX:
        if (field(value, 30, 0) < this.entries) this.index.index = field(value, 30, 0);
        break;
      case CP0_ENTRY_LO0:
      case CP0_ENTRY_LO1:
        this.entryLo[register - CP0_ENTRY_LO0] = this.esp ? field(value, 27, 0) : field(value, 25, 0);
        break;
      case CP0_CONTEXT:
        this.context.pteBase = field(value, 31, 23);
        break;
      case CP0_PAGE_MASK:
        this.mask = field(value, this.model === 'r4000' ? 24 : 28, 13) * 4 + (this.esp ? field(value, 12, 11) : 0);
        break;
      case CP0_WIRED:
        this.wired = field(value, 5, 0) % this.entries;
        this.randomIndex = this.entries - 1;
        break;
      case CP0_ENTRY_HI:
        this.entryHi = {
          vpn2: field(value, 31, 13) * 4 + (this.esp ? field(value, 12, 11) : 0),
          asid: field(value, 7, 0),
        };
        break;
    }
  }

  /** Index ← 1 || UNPREDICTABLE; for each i, if it matches: Index ← i. The unpredictable rest stays as it was. */
  tlbp(): void {
    const found = this.tlb.findIndex((entry) => this.compare(entry, this.entryHi.vpn2) === 'match');
    this.index = found < 0 ? { ...this.index, p: 1 } : { p: 0, index: found };
  }

  tlbr(): void {
    const { mask, vpn2, asid, g, halves } = this.tlb[this.index.index]!;
    const small = this.esp ? 0 : 3;
    this.mask = without(mask, small);
    this.entryHi = { vpn2: without(vpn2, small), asid };
    this.entryLo = halves.map(({ pfn, c, d, v }) => {
      const frame = this.esp ? pfn : Math.floor(pfn / 4);
      return frame * 2 ** 6 + c * 2 ** 3 + Number(d) * 4 + Number(v) * 2 + Number(g);
    });
  }

  tlbwi(): boolean {
    return this.write(this.index.index);
  }

  tlbwr(): boolean {
    const i = this.randomIndex;
    this.stepRandom();
    return this.write(i);
  }

  /** What an exception on `va` loads (vol. III, the TLB exceptions; an address error loads BadVAddr only). */
  recordFault(va: number, result: number): void {
    this.badVAddr = va;
    if (result === ADDRESS_ERROR) return;
    this.context.badVpn2 = field(va, 31, 13);
    this.entryHi.vpn2 = field(va, 31, 13) * 4 + (this.esp ? field(va, 12, 11) : 0);
  }

  /** The words of `Mips32Mmu.state`. */
  save(): MmuState {
    const words = new Array<number>(16 + 4 * this.entries).fill(0);
    words[CP0_INDEX] = this.index.p * 2 ** 31 + this.index.index;
    words[CP0_RANDOM] = this.randomIndex;
    words[CP0_ENTRY_LO0] = this.entryLo[0]!;
    words[CP0_ENTRY_LO1] = this.entryLo[1]!;
    words[CP0_CONTEXT] = this.context.pteBase * 2 ** 23 + this.context.badVpn2 * 2 ** 4;
    words[CP0_PAGE_MASK] = this.mask * 2 ** 11;
    words[CP0_WIRED] = this.wired;
    words[7] = this.esp ? 2 ** 28 : 0;
    words[CP0_BAD_VADDR] = this.badVAddr;
    words[9] = this.k0;
    words[CP0_ENTRY_HI] = this.entryHi.vpn2 * 2 ** 11 + this.entryHi.asid;
    words[11] = this.sequence;
    this.tlb.forEach(({ vpn2, mask, g, asid, halves }, i) => {
      const pages = halves.map(({ pfn, c, d, v }) => pfn * 2 ** 10 + c * 8 + Number(d) * 4 + Number(v) * 2);
      words.splice(16 + 4 * i, 4, vpn2 * 2 ** 11 + Number(g) * 2 ** 8 + asid, mask * 2 ** 11, ...pages);
    });
    return { version: 1, model: this.model, words: words.map((word) => (word >= 2 ** 31 ? word - 2 ** 32 : word)) };
  }

  load(saved: MmuState): void {
    const words = saved.words.map((word) => (word < 0 ? word + 2 ** 32 : word)) as [number, ...number[]];
    const word = (i: number) => words[i]!;
    this.index = { p: field(word(CP0_INDEX), 31, 31), index: field(word(CP0_INDEX), 30, 0) };
    this.randomIndex = word(CP0_RANDOM);
    this.entryLo = [word(CP0_ENTRY_LO0), word(CP0_ENTRY_LO1)];
    this.context = { pteBase: field(word(CP0_CONTEXT), 31, 23), badVpn2: field(word(CP0_CONTEXT), 22, 4) };
    this.mask = field(word(CP0_PAGE_MASK), 28, 11);
    this.wired = word(CP0_WIRED);
    this.esp = word(7) !== 0;
    this.badVAddr = word(CP0_BAD_VADDR);
    this.k0 = word(9);
    this.entryHi = { vpn2: field(word(CP0_ENTRY_HI), 31, 11), asid: field(word(CP0_ENTRY_HI), 7, 0) };
    this.sequence = word(11);
    const half = (at: number): Half => ({
      pfn: field(word(at), 31, 10),
      c: field(word(at), 5, 3),
      d: field(word(at), 2, 2) === 1,
      v: field(word(at), 1, 1) === 1,
    });
    this.tlb = this.tlb.map((_, i) => {
      const at = 16 + 4 * i;
      return {
        vpn2: field(word(at), 31, 11),
        g: field(word(at), 8, 8) === 1,
        asid: field(word(at), 7, 0),
        mask: field(word(at + 1), 28, 11),
        halves: [half(at + 2), half(at + 3)],
      };
    });
  }

  private ccaOf(source: CcaSource): number {
    return source === 'k0' ? this.k0 : 2;
  }

  /** (TLB[i].VPN2 and not TLB[i].Mask) = (VA and not TLB[i].Mask), and (TLB[i].G or TLB[i].ASID = EntryHi.ASID) */
  private compare(entry: Entry, vpn2: number): 'match' | 'page' | 'asid' {
    if (without(entry.vpn2, entry.mask) !== without(vpn2, entry.mask)) return 'page';
    return entry.g || entry.asid === this.entryHi.asid ? 'match' : 'asid';
  }

  private translateByTlb(va: number, access: Access, tell: Tell): Translation {
    for (const [i, entry] of this.tlb.entries()) {
      const outcome = this.compare(entry, field(va, 31, 11));
      tell({ step: 'compare', entry: i, outcome });
      if (outcome !== 'match') continue;
      // Mask bits come in pairs, so the page size is 1 KB times a power of four, and the bit above it picks the half. For a
      // mask with holes, which is UNPREDICTABLE, any bit of the mask without a lower neighbour's upper one does, as in QEMU.
      const through = Math.floor((entry.mask * 2 ** 11 + 0x7ff) / 2);
      const selectors = without(entry.mask * 2 ** 11 + 0x7ff, through);
      const odd = without(va, selectors) !== va;
      const { pfn, c, d, v } = entry.halves[odd ? 1 : 0];
      const page = { pa: without(pfn * 2 ** 10, through), cca: c, valid: v, dirty: d };
      tell({ step: 'page', entry: i, half: odd ? 'odd' : 'even', size: through + 1, ...page });
      return permit(page, va - without(va, through), access);
    }
    return { kind: 'refill' };
  }

  private write(i: number): boolean {
    const [lo0, lo1] = this.entryLo as [number, number];
    const mask = this.mask + (this.esp ? 0 : 3);
    const { vpn2, asid } = this.entryHi;
    const g = lo0 % 2 === 1 && lo1 % 2 === 1;
    if (this.duplicates === 'machineCheck') {
      const both = (other: Entry) => {
        const ignored = [...Array(21).keys()].filter((bit) => field(mask, bit, bit) + field(other.mask, bit, bit) > 0);
        const agree = [...Array(21).keys()].every(
          (bit) => ignored.includes(bit) || field(vpn2, bit, bit) === field(other.vpn2, bit, bit),
        );
        return agree && (g || other.g || asid === other.asid);
      };
      if (this.tlb.some((other, j) => j !== i && both(other))) return false;
    }
    // PFN ← EntryLo.PFN and not Mask: the frame of a large page is aligned to it.
    const through = Math.floor((mask * 2 ** 11 + 0x7ff) / 2);
    const half = (lo: number): Half => ({
      pfn: without((this.esp ? field(lo, 27, 6) : field(lo, 25, 6) * 4) * 2 ** 10, through) / 2 ** 10,
      c: field(lo, 5, 3),
      d: field(lo, 2, 2) === 1,
      v: field(lo, 1, 1) === 1,
    });
    this.tlb[i] = { vpn2, mask, g, asid, halves: [half(lo0), half(lo1)] };
    return true;
  }

  private stepRandom(): void {
    const top = this.entries - 1;
    if (this.random === 'architectural') {
      this.randomIndex = this.randomIndex <= this.wired ? top : this.randomIndex - 1;
      return;
    }
    this.sequence = Number((BigInt(this.sequence) * 1664525n + 1013904223n) % 2n ** 32n);
    const others = [...Array(this.entries).keys()].filter((i) => i >= this.wired && i !== this.randomIndex);
    // An index of the others, by the upper half of the seed.
    this.randomIndex = others[Math.floor((field(this.sequence, 31, 16) * others.length) / 2 ** 16)] ?? top;
  }
}
