// A small MMU by another hand, unlike ours wherever the manual lets it: the TLB and kseg0 after a reset, an Index too large, when
// Random moves, one size of pages, and a core that keeps what faults leave.
import {
  type Access,
  type Context,
  CP0_CONTEXT,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_RANDOM,
  CP0_WIRED,
  type Translation,
} from '../src/index.ts';
import type { TlbSubject } from '../src/operations.ts';

const WRITABLE: Readonly<Record<number, number>> = {
  [CP0_INDEX]: 7,
  [CP0_ENTRY_LO0]: 0x03ff_ffff,
  [CP0_ENTRY_LO1]: 0x03ff_ffff,
  [CP0_CONTEXT]: 0xff80_0000,
  [CP0_WIRED]: 7,
  [CP0_ENTRY_HI]: 0xffff_e0ff,
};

export interface Entry {
  readonly hi: number;
  readonly lo: readonly [even: number, odd: number];
}

export class OtherMmu implements TlbSubject {
  readonly model = 'mips32';
  readonly entries = 8;
  readonly pageMaskBits = 0;
  protected readonly cp0 = new Uint32Array(32).fill(7, CP0_RANDOM, CP0_RANDOM + 1);
  protected readonly tlb: (Entry | undefined)[] = new Array(8).fill(undefined);

  translate(va: number, access: Access, { mode, exl, erl }: Context): Translation {
    const kernel = mode === 'kernel' || exl || erl;
    const segment = va >>> 29;
    if (segment >= 4 && !kernel && !(mode === 'supervisor' && segment === 6)) return { kind: 'addressError' };
    if (segment < 4 && erl) return { kind: 'mapped', pa: va, cca: 2 };
    if (segment === 4 || segment === 5) return { kind: 'mapped', pa: va % 2 ** 29, cca: segment === 4 ? 3 : 2 };
    const entry = this.tlb.find((each) => this.matches(each, va));
    return entry === undefined ? { kind: 'refill' } : this.page(entry.lo[(va >>> 12) & 1]!, va, access);
  }

  readCp0(register: number, select = 0): number {
    return select === 0 ? this.cp0[register]! : 0;
  }

  writeCp0(register: number, value: number, select = 0): void {
    const writable = WRITABLE[register] ?? 0;
    if (select !== 0) return;
    this.cp0[register] = (this.cp0[register]! & ~writable) | (value & writable);
    if (register === CP0_WIRED) this.cp0[CP0_RANDOM] = 7;
  }

  tlbp(): void {
    const found = this.tlb.findIndex((entry) => this.matches(entry, this.cp0[CP0_ENTRY_HI]!));
    this.cp0[CP0_INDEX] = found < 0 ? 2 ** 31 + 5 : found;
  }

  tlbr(): void {
    const { hi, lo } = this.tlb[this.cp0[CP0_INDEX]! % 8] ?? { hi: 0, lo: [0, 0] };
    this.cp0[CP0_ENTRY_HI] = hi;
    for (const half of [0, 1]) this.cp0[CP0_ENTRY_LO0 + half] = lo[half]! - (lo[half]! % 2) + (lo[0] & lo[1] & 1);
  }

  tlbwi(): boolean {
    return this.write(this.cp0[CP0_INDEX]! % 8);
  }

  tlbwr(): boolean {
    const at = this.cp0[CP0_RANDOM]!;
    this.cp0[CP0_RANDOM] = at > this.cp0[CP0_WIRED]! ? at - 1 : 7;
    return this.write(at);
  }

  protected matches(entry: Entry | undefined, va: number): boolean {
    if (entry === undefined || (entry.hi ^ va) >>> 13 !== 0) return false;
    return this.isGlobal(entry) || (entry.hi ^ this.cp0[CP0_ENTRY_HI]!) % 256 === 0;
  }

  protected isGlobal({ lo: [even, odd] }: Entry): boolean {
    return (even & odd & 1) === 1;
  }

  protected page(lo: number, va: number, access: Access): Translation {
    if ((lo & 2) === 0) return { kind: 'invalid' };
    if ((lo & 4) === 0 && access === 'store') return { kind: 'modified' };
    return { kind: 'mapped', pa: Math.floor(lo / 64) * 4096 + (va % 4096), cca: (lo >>> 3) & 7 };
  }

  protected write(at: number): boolean {
    const [even, odd] = [this.cp0[CP0_ENTRY_LO0]!, this.cp0[CP0_ENTRY_LO1]!];
    this.tlb[at] = { hi: this.cp0[CP0_ENTRY_HI]!, lo: [even, odd] };
    return true;
  }
}
