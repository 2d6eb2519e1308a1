// An MMU as one writes it in an afternoon, a list that is searched: somebody's own simulator. It has one bug. Do you see it?
import { type Access, ADDRESS_ERROR, type Context, type Translation } from '@kseg/mmu';
import type { TlbSubject } from '@kseg/mmu/laws';

const [INDEX, RANDOM, LO0, LO1, CONTEXT, MASK, WIRED, BADVADDR, HI] = [0, 1, 2, 3, 4, 5, 6, 8, 10];
const WRITABLE: Record<number, number> = {
  [INDEX]: 15,
  [LO0]: 0x3ffffff,
  [LO1]: 0x3ffffff,
  [CONTEXT]: 0xff800000,
  [MASK]: 0x1fffe000,
  [WIRED]: 15,
  [HI]: 0xffffe0ff,
};

interface Entry {
  mask: number;
  hi: number;
  global: boolean;
  lo: [number, number];
}

export class ToyMmu implements TlbSubject {
  readonly model = 'mips32';
  readonly entries = 16;
  private readonly cp0 = new Uint32Array(32).fill(15, RANDOM, RANDOM + 1);
  private readonly tlb: Entry[] = Array.from({ length: 16 }, () => ({
    mask: 0x1fff,
    hi: 0,
    global: false,
    lo: [0, 0],
  }));

  readCp0(register: number): number {
    const value = this.cp0[register]!;
    if (register === RANDOM) this.countDown();
    return value;
  }

  writeCp0(register: number, value: number): void {
    const writable = WRITABLE[register] ?? 0;
    if (register === INDEX && value > 15) return;
    if (register === WIRED) this.cp0[RANDOM] = 15;
    this.cp0[register] = (this.cp0[register]! & ~writable) | (value & writable);
  }

  translate(va: number, access: Access, { mode, exl, erl }: Context): Translation {
    const kernel = mode === 'kernel' || exl || erl;
    if (erl && va < 0x80000000) return { kind: 'mapped', pa: va, cca: 2 };
    if (va >= 0x80000000 && !kernel && !(mode === 'supervisor' && va >>> 29 === 6)) return { kind: 'addressError' };
    if (va >= 0x80000000 && va < 0xc0000000) return { kind: 'mapped', pa: va % 0x20000000, cca: 2 };
    const entry = this.tlb.find((each) => this.matches(each, va));
    if (entry === undefined) return { kind: 'refill' };
    const offset = entry.mask >>> 1;
    const lo = entry.lo[va & (offset + 1) ? 1 : 0];
    if (access === 'store' && !(lo & 4)) return { kind: 'modified' };
    if (!(lo & 2)) return { kind: 'invalid' };
    return { kind: 'mapped', pa: ((((lo >>> 6) * 4096) & ~offset) | (va & offset)) >>> 0, cca: (lo >>> 3) & 7 };
  }

  tlbp(): void {
    const found = this.tlb.findIndex((each) => this.matches(each, this.cp0[HI]!));
    this.cp0[INDEX] = found < 0 ? 0x80000000 : found;
  }

  tlbr(): void {
    const { mask, hi, global, lo } = this.tlb[this.cp0[INDEX]! % 16]!;
    this.cp0[HI] = hi;
    this.cp0[MASK] = mask & ~0x1fff;
    for (const half of [0, 1]) this.cp0[LO0 + half] = (lo[half as 0 | 1] & ~1) | Number(global);
  }

  tlbwi(): boolean {
    return this.write(this.cp0[INDEX]! % 16);
  }

  tlbwr(): boolean {
    this.write(this.cp0[RANDOM]!);
    this.countDown();
    return true;
  }

  recordFault(va: number, result: number): void {
    this.cp0[BADVADDR] = va;
    if (result === ADDRESS_ERROR) return;
    this.cp0[CONTEXT] = (this.cp0[CONTEXT]! & 0xff800000) | ((va >>> 13) << 4);
    this.cp0[HI] = (va & ~0x1fff) | (this.cp0[HI]! & 0xff);
  }

  private matches({ mask, hi, global }: Entry, va: number): boolean {
    return ((hi ^ va) & ~mask) === 0 && (global || (hi & 0xff) === (this.cp0[HI]! & 0xff));
  }

  private write(i: number): boolean {
    const [lo0, lo1, mask] = [this.cp0[LO0]!, this.cp0[LO1]!, this.cp0[MASK]! | 0x1fff];
    const frame = (lo: number) => lo & ~((mask >>> 13) << 6);
    this.tlb[i] = { mask, hi: this.cp0[HI]!, global: (lo0 & lo1 & 1) === 1, lo: [frame(lo0), frame(lo1)] };
    return true;
  }

  private countDown(): void {
    this.cp0[RANDOM] = this.cp0[RANDOM]! <= this.cp0[WIRED]! ? 15 : this.cp0[RANDOM]! - 1;
  }
}
