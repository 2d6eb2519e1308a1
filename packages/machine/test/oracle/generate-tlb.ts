// Random programs about the TLB: entries of every size written, probed and read, and accesses to what they map or do not.
import { EXIT_WORDS } from './image.ts';
import * as L from './layout.ts';
import { codeAt, dataAddress, dataAt, type Program } from './program.ts';
import type { Random } from './random.ts';
import type { Traits } from './traits.ts';

/** Where pages are: in each mapped segment. Low bits of a virtual address are those of the program's own data, so that any entry leads there. */
const SEGMENTS = [0x1000_0000, 0x2000_0000, 0x7000_0000, 0xc000_0000, 0xd000_0000, 0xe000_0000, 0xf000_0000];
const MASKS = [0, 0, 0, 0x6000, 0x1_e000, 0x7_e000, 0x1f_e000, 0x7f_e000, 0x1ff_e000, 0x7ff_e000, 0x1fff_e000];
const ASIDS = [0, 0, 1, 0x55, 0xff];

// CP0 registers and instructions.
const [INDEX, ENTRY_LO0, ENTRY_LO1, CONTEXT, PAGE_MASK, WIRED, BAD_VADDR, ENTRY_HI] = [0, 2, 3, 4, 5, 6, 8, 10];
const [TLBR, TLBWI, TLBWR, TLBP, EHB] = [0x4200_0001, 0x4200_0002, 0x4200_0006, 0x4200_0008, 0x0000_00c0];
const BRANCH_OVER = 0x1000_0001;
/** LB, LH, LWL, LW, LBU, LHU, LWR, SB, SH, SWL, SW, SWR, LL, and the bytes that each wants aligned. */
// biome-ignore format: a table
const ACCESSES: readonly (readonly [number, number])[] = [
  [0x20, 1], [0x21, 2], [0x22, 1], [0x23, 4], [0x24, 1], [0x25, 2], [0x26, 1], [0x28, 1], [0x29, 2], [0x2a, 1], [0x2b, 4], [0x2b, 4],
  [0x2e, 1], [0x30, 4],
];

interface Entry {
  readonly hi: number;
  readonly mask: number;
  readonly global: boolean;
  /** Neither page is valid. */
  readonly invalid: boolean;
}

export class TlbGenerator {
  /** How often each row of the TLB's has been used, by name. */
  readonly used = new Map<string, number>();
  #code: number[] = [];
  /** What each entry holds: the programs are straight, so it is known here, and no two entries ever match one address. */
  #entries = new Map<number, Entry>();

  constructor(
    readonly traits: Traits,
    readonly random: Random,
  ) {}

  program(slot: number): Program {
    const { random, traits } = this;
    const user = random.oneIn(3);
    this.#code = [];
    this.#entries = new Map();
    const page = (physical: number, flags: number) => ((physical >>> 12) << 6) | flags;
    const home = { hi: L.USER, lo0: page(codeAt(slot), 0x1b), lo1: page(dataAt(slot), 0x1f), mask: 0 };
    this.#entries.set(0, { hi: home.hi, mask: 0, global: true, invalid: false });
    if (!user && random.oneIn(2)) this.#set(WIRED, traits.tlb - 1);
    while (this.#code.length < 84) this.#step(slot, user);
    // The end of some: a fetch that refills, or finds its page invalid.
    if (random.oneIn(3)) this.#fetch(slot);
    const pointer = dataAddress(slot, user) + 0x80;
    return {
      slot,
      timer: 0,
      gprs: Array.from({ length: 32 }, (_, i) =>
        i === 0 || i === 26 || i === 27 ? 0 : i >= 28 && i < 31 ? pointer : random.value(),
      ),
      hi: 0,
      lo: 0,
      // In user mode, CP0 only sometimes.
      status: user
        ? (traits.supervisor && random.oneIn(3) ? 0x08 : 0x10) | (random.oneIn(4) ? 0 : 0x1000_0000)
        : random.oneIn(8)
          ? 2
          : 0,
      cp0: {
        ...(traits.release2 ? { ebase: 0x8000_0000 } : {}),
        ...(traits.threads ? { mvpcontrol: 1, vpeconf0: 3, vpecontrol: 0x8000, tcstatus: 0x2000 } : {}),
        entryhi: random.pick(ASIDS),
        errorepc: L.KSEG0 + L.FINISH,
        epc: L.KSEG0 + L.FINISH,
        config: traits.config,
      },
      fcsr: 0,
      fprs: [],
      dsp: [],
      user,
      tlb: [home],
      compareTlb: true,
      data: Array.from({ length: L.DATA_BYTES / 4 }, () => random.value()),
      code: this.#code.slice(0, L.CODE_BYTES / 4 - EXIT_WORDS),
    };
  }

  #step(slot: number, user: boolean): void {
    const { random, traits } = this;
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2:
        this.#write(slot);
        break;
      case 3:
        this.#set(ENTRY_HI, (this.#address(slot) & 0xffff_e000) | random.pick(ASIDS));
        this.#code.push(EHB, TLBP);
        this.#note('tlbp');
        this.#get(INDEX);
        break;
      case 4:
        this.#set(INDEX, random.below(traits.tlb));
        this.#code.push(EHB, TLBR, EHB);
        this.#note('tlbr');
        for (const register of [ENTRY_HI, ENTRY_LO0, ENTRY_LO1, PAGE_MASK]) this.#get(register);
        break;
      case 5:
        this.#set(ENTRY_HI, random.pick(ASIDS));
        this.#code.push(EHB);
        break;
      case 6:
        // Behind an address error in user mode, Context and EntryHi are UNPREDICTABLE.
        this.#get(user ? BAD_VADDR : random.pick([BAD_VADDR, CONTEXT, ENTRY_HI]));
        break;
      default:
        this.#access(slot);
    }
  }

  /** Writes an entry that overlaps no other. */
  #write(slot: number): void {
    const { random, traits } = this;
    // TLBWR lands where Random is: with Wired at its greatest, at the last entry.
    const last = traits.tlb - 1;
    const byRandom = random.oneIn(6);
    const index = byRandom ? last : 1 + random.below(random.oneIn(2) ? 3 : last);
    const mask = random.pick(MASKS);
    const hi = ((this.#address(slot) & ~(mask | 0x1fff)) | random.pick(ASIDS)) >>> 0;
    const [lo0, lo1] = [this.#entryLo(slot), this.#entryLo(slot)];
    const entry = { hi, mask, global: (lo0 & lo1 & 1) !== 0, invalid: ((lo0 | lo1) & 2) === 0 };
    for (const [other, present] of this.#entries) if (other !== index && overlap(present, entry)) return;
    this.#entries.set(index, entry);
    if (byRandom) this.#set(WIRED, last);
    else this.#set(INDEX, index);
    this.#set(ENTRY_HI, hi);
    this.#set(PAGE_MASK, mask);
    this.#set(ENTRY_LO0, lo0);
    this.#set(ENTRY_LO1, lo1);
    // QEMU keeps what TLBWR evicts alive until an entry is read (DEVIATIONS.md).
    this.#code.push(EHB, ...(byRandom ? [TLBWR, TLBR] : [TLBWI]));
    this.#note(byRandom ? 'tlbwr' : 'tlbwi');
  }

  /** The page frame of the program's data or one beside it; cached; valid and writable more often than not. */
  #entryLo(slot: number): number {
    const { random } = this;
    const frame = (dataAt(slot) >>> 12) ^ random.pick([0, 0, 1, 2]);
    const flags = (random.oneIn(4) ? 0 : 2) | (random.oneIn(3) ? 0 : 4) | (random.oneIn(3) ? 1 : 0);
    return (frame << 6) | (random.pick([2, 3]) << 3) | flags;
  }

  #address(slot: number): number {
    const { random } = this;
    const near = random.pick([0, 0, 0, 0x1000, -0x1000, 0x2000, 0x4000]);
    return random.pick(SEGMENTS) + dataAt(slot) + near + random.below(L.DATA_BYTES);
  }

  #access(slot: number): void {
    const { random } = this;
    const [op, bytes] = random.pick(ACCESSES);
    // Through what is mapped, as far as is known here.
    const known = random.pick([...this.#entries.values()]);
    const pair = (known.mask | 0x1fff) + 1;
    const inside =
      (known.hi & 0xffff_e000) + ((dataAt(slot) + random.pick([0, 0x1000]) + random.below(L.DATA_BYTES)) % pair);
    const any = random.oneIn(3) || known.hi >>> 28 === 0 ? this.#address(slot) : inside;
    const va = random.oneIn(12) ? any : any - (any % bytes);
    const rt = 8 + random.below(12);
    this.#load(6, va >>> 0);
    if (random.oneIn(6)) this.#code.push(BRANCH_OVER);
    this.#code.push(((op << 26) | (6 << 21) | (rt << 16)) >>> 0);
  }

  #fetch(slot: number): void {
    const address = this.#address(slot) & ~3;
    const at = { hi: address, mask: 0, global: true, invalid: false };
    for (const entry of this.#entries.values()) if (!entry.invalid && overlap(entry, at)) return;
    this.#load(6, address >>> 0);
    this.#code.push(0x00c0_0008, EHB);
  }

  #note(name: string): void {
    this.used.set(name, (this.used.get(name) ?? 0) + 1);
  }

  #load(rt: number, value: number): void {
    this.#code.push((0x3c00_0000 | (rt << 16) | (value >>> 16)) >>> 0);
    this.#code.push((0x3400_0000 | (rt << 21) | (rt << 16) | (value & 0xffff)) >>> 0);
  }

  #set(register: number, value: number): void {
    this.#load(5, value >>> 0);
    this.#code.push((0x4085_0000 | (register << 11)) >>> 0);
  }

  #get(register: number): void {
    this.#code.push((0x4000_0000 | ((8 + this.random.below(12)) << 16) | (register << 11)) >>> 0);
  }
}

function overlap(a: Entry, b: Entry): boolean {
  const mask = a.mask | b.mask | 0x1fff;
  return ((a.hi ^ b.hi) & ~mask) === 0 && (a.global || b.global || ((a.hi ^ b.hi) & 0xff) === 0);
}
