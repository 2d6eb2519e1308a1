import { describe, expect, it } from 'vitest';
import {
  ADDRESS_ERROR,
  type Context,
  CP0_BAD_VADDR,
  CP0_CONTEXT,
  CP0_ENTRY_HI,
  CP0_ENTRY_LO0,
  CP0_ENTRY_LO1,
  CP0_INDEX,
  CP0_PAGE_MASK,
  CP0_RANDOM,
  CP0_WIRED,
  Mips32Mmu,
  REFILL,
  STATE_TLB,
} from './index.ts';

const kernel: Context = { mode: 'kernel' };
const supervisor: Context = { mode: 'supervisor' };
const user: Context = { mode: 'user' };

/** Writes an entry as a guest does. */
function write(mmu: Mips32Mmu, i: number, hi: number, lo0: number, lo1: number, mask = 0): void {
  mmu.writeCp0(CP0_INDEX, i);
  mmu.writeCp0(CP0_PAGE_MASK, mask);
  mmu.writeCp0(CP0_ENTRY_HI, hi);
  mmu.writeCp0(CP0_ENTRY_LO0, lo0);
  mmu.writeCp0(CP0_ENTRY_LO1, lo1);
  mmu.tlbwi();
}

describe('segments', () => {
  const mmu = new Mips32Mmu();
  mmu.k0 = 0xf3;
  for (let i = 0; i < 16; i++) write(mmu, i, 0x8000_0000 + i * 0x2000, 0, 0);

  it.each([
    [0x8000_1234, kernel, { kind: 'mapped', pa: 0x1234, cca: 3 }],
    [0x9fff_ffff, kernel, { kind: 'mapped', pa: 0x1fff_ffff, cca: 3 }],
    [0xbfc0_0000, kernel, { kind: 'mapped', pa: 0x1fc0_0000, cca: 2 }],
    [0xc000_0000, kernel, { kind: 'refill' }],
    [0xffff_ffff, kernel, { kind: 'refill' }],
    [0x7fff_ffff, kernel, { kind: 'refill' }],
    [0x7fff_ffff, { mode: 'kernel', erl: true }, { kind: 'mapped', pa: 0x7fff_ffff, cca: 2 }],
    [0x7fff_ffff, { mode: 'user', exl: true }, { kind: 'refill' }],
    [0x8000_0000, { mode: 'user', exl: true }, { kind: 'mapped', pa: 0, cca: 3 }],
    [0x7fff_ffff, user, { kind: 'refill' }],
    [0x8000_0000, user, { kind: 'addressError' }],
    [0xffff_ffff, user, { kind: 'addressError' }],
    [0x9fff_ffff, supervisor, { kind: 'addressError' }],
    [0xa000_0000, supervisor, { kind: 'addressError' }],
    [0xc000_0000, supervisor, { kind: 'refill' }],
    [0xdfff_ffff, supervisor, { kind: 'refill' }],
    [0xe000_0000, supervisor, { kind: 'addressError' }],
  ] as const)('%x %o', (va, context, expected) => {
    expect(mmu.translate(va, 'load', context)).toEqual(expected);
  });
});

describe('the TLB', () => {
  it.each([0, 1, 31, 32, 63])('finds entry %i when the host has written it and says so', (i) => {
    const mmu = new Mips32Mmu({ entries: 64 });
    const donor = new Mips32Mmu({ entries: 64 });
    for (let n = 0; n < 64; n++) {
      write(mmu, n, 0x0040_0000 + n * 0x2000, 0x1e, 0x1e);
      write(donor, n, 0x0080_0000 + n * 0x2000, 0x1e, 0x1e);
    }
    const before = 0x0040_0000 + i * 0x2000;
    expect(mmu.translate(before, 'load', user).kind).toBe('mapped');
    mmu.state.set(donor.state.subarray(STATE_TLB), STATE_TLB);
    const bit = 1 << (i & 31);
    mmu.entriesWritten(i < 32 ? bit : 0, i < 32 ? 0 : bit);
    expect(mmu.translate(before, 'load', user)).toEqual({ kind: 'refill' });
    expect(mmu.translate(before + 0x0040_0000, 'load', user)).toEqual({ kind: 'mapped', pa: 0, cca: 3 });
    mmu.entriesWritten(-1, -1);
    for (let n = 0; n < 64; n++) expect(mmu.translate(0x0080_0000 + n * 0x2000, 'load', user).kind).toBe('mapped');
  });

  it('has 16 entries where nobody says how many', () => {
    expect(new Mips32Mmu().entries).toBe(16);
  });

  it('comes out of reset with entries that match page 0 and are invalid', () => {
    const mmu = new Mips32Mmu();
    expect(mmu.translate(0x1fff, 'load', user)).toEqual({ kind: 'invalid' });
    expect(mmu.translate(0x2000, 'load', user)).toEqual({ kind: 'refill' });
    expect(mmu.entry(15)).toMatchObject({ va: 0, pageMask: 0, asid: 0, global: false });
  });

  it('maps a pair of pages, each half with its own flags', () => {
    const mmu = new Mips32Mmu();
    write(mmu, 3, 0x0040_0005, (0x0100_0000 >> 6) | 0x1e, (0x0200_0000 >> 6) | 0x12);
    expect(mmu.translate(0x0040_0abc, 'store', user)).toEqual({ kind: 'mapped', pa: 0x0100_0abc, cca: 3 });
    expect(mmu.translate(0x0040_1abc, 'load', user)).toEqual({ kind: 'mapped', pa: 0x0200_0abc, cca: 2 });
    expect(mmu.translate(0x0040_1abc, 'store', user)).toEqual({ kind: 'modified' });
    expect(mmu.translate(0x0040_2000, 'load', user)).toEqual({ kind: 'refill' });
    mmu.writeCp0(CP0_ENTRY_HI, 6);
    expect(mmu.translate(0x0040_0abc, 'load', user)).toEqual({ kind: 'refill' });
  });

  it('is global only when both halves say so', () => {
    const mmu = new Mips32Mmu();
    write(mmu, 0, 0x0040_0005, 7, 6);
    write(mmu, 1, 0x0080_0005, 7, 7);
    mmu.writeCp0(CP0_ENTRY_HI, 9);
    expect(mmu.translate(0x0040_0000, 'load', user).kind).toBe('refill');
    expect(mmu.translate(0x0080_0000, 'load', user).kind).toBe('mapped');
  });

  it.each(Array.from({ length: 9 }, (_, n) => 4096 * 4 ** n))('has pages of %i bytes', (size) => {
    const mmu = new Mips32Mmu();
    const mask = (2 * size - 1) & 0x1fff_e000;
    write(mmu, 0, 0x4000_0000, (0x2000_0000 >>> 6) | 6, (0x6000_0000 >>> 6) | 6, mask);
    expect(mmu.translate(0x4000_0000 + size - 1, 'load', user)).toMatchObject({ pa: 0x2000_0000 + size - 1 });
    expect(mmu.translate(0x4000_0000 + size, 'load', user)).toMatchObject({ pa: 0x6000_0000 });
    expect(mmu.translate(0x4000_0000 + 2 * size, 'load', user)).toEqual({ kind: 'refill' });
    expect(mmu.entry(0)).toMatchObject({ va: 0x4000_0000, pageMask: mask });
  });

  it('tolerates duplicates: the lowest index wins', () => {
    const mmu = new Mips32Mmu();
    for (const i of [9, 4, 12]) write(mmu, i, 0x0040_0000, ((i << 12) >> 6) | 2, 0);
    expect(mmu.translate(0x0040_0000, 'load', user)).toMatchObject({ pa: 4 << 12 });
    write(mmu, 4, 0x8000_0000, 0, 0);
    expect(mmu.translate(0x0040_0000, 'load', user)).toMatchObject({ pa: 9 << 12 });
    write(mmu, 10, 0x0040_0000, 7, 7, 0x1fff_e000);
    expect(mmu.translate(0x0040_0000, 'load', user)).toMatchObject({ pa: 9 << 12 });
    write(mmu, 1, 0x0040_0000, 3, 3, 0x6000);
    expect(mmu.translate(0x0040_0000, 'load', user)).toMatchObject({ pa: 0 });
  });

  it('refuses them under the machine-check policy', () => {
    const mmu = new Mips32Mmu({ duplicates: 'machineCheck' });
    for (let i = 0; i < 16; i++) write(mmu, i, 0x8000_0000 + i * 0x2000, 0, 0);
    write(mmu, 2, 0x0040_0001, 6, 6);
    mmu.writeCp0(CP0_INDEX, 3);
    expect(mmu.tlbwi()).toBe(false);
    expect(mmu.entry(3)).toMatchObject({ va: 0x8000_6000 });
    mmu.writeCp0(CP0_ENTRY_HI, 0x0040_0002);
    expect(mmu.tlbwi()).toBe(true);
    mmu.writeCp0(CP0_INDEX, 2);
    expect(mmu.tlbwi()).toBe(false);
  });

  it('has 1 KB pages behind PageGrain.ESP', () => {
    const mmu = new Mips32Mmu({ smallPages: true });
    write(mmu, 0, 0x0040_0000, (0x1000 >> 6) | 6, (0x2000 >> 6) | 6);
    mmu.writeCp0(5, 0x1000_0000, 1);
    expect(mmu.readCp0(5, 1)).toBe(0x1000_0000);
    write(mmu, 1, 0x0080_1800, (0x3400 >> 4) | 6, (0x3800 >> 4) | 6);
    expect(mmu.translate(0x0040_17ff, 'load', user)).toMatchObject({ pa: 0x27ff });
    expect(mmu.translate(0x0080_1bff, 'load', user)).toMatchObject({ pa: 0x37ff });
    expect(mmu.pageMask).toBe(0x3ff);
    expect(mmu.translate(0x0080_1c00, 'load', user)).toMatchObject({ pa: 0x3800 });
    expect(mmu.translate(0x0080_1000, 'load', user)).toEqual({ kind: 'refill' });
    mmu.writeCp0(CP0_INDEX, 0);
    mmu.tlbr();
    expect(mmu.readCp0(CP0_PAGE_MASK)).toBe(0x1800);
    expect(mmu.readCp0(CP0_ENTRY_LO0)).toBe((0x1000 >> 4) | 6);
  });
});

describe('CP0 registers', () => {
  it.each([
    [CP0_ENTRY_LO0, 0x03ff_ffff],
    [CP0_ENTRY_LO1, 0x03ff_ffff],
    [CP0_CONTEXT, 0xff80_0000],
    [CP0_PAGE_MASK, 0x1fff_e000],
    [CP0_WIRED, 0xf],
    [CP0_BAD_VADDR, 0],
    [CP0_ENTRY_HI, 0xffff_e0ff],
    [CP0_INDEX, 0],
    [7, 0],
    [9, 0],
    [11, 0],
    [31, 0],
  ])('register %i keeps %x of all ones', (register, kept) => {
    const mmu = new Mips32Mmu();
    mmu.writeCp0(register, 0xffff_ffff);
    expect(mmu.readCp0(register)).toBe(kept);
    expect(mmu.readCp0(register, 1)).toBe(0);
  });

  it('Index ignores a number that is no entry, and keeps P', () => {
    const mmu = new Mips32Mmu();
    mmu.writeCp0(CP0_INDEX, 7);
    mmu.writeCp0(CP0_INDEX, 16);
    expect(mmu.readCp0(CP0_INDEX)).toBe(7);
    mmu.writeCp0(CP0_ENTRY_HI, 0x0040_0000);
    mmu.tlbp();
    expect(mmu.readCp0(CP0_INDEX)).toBe(0x8000_0007);
    mmu.writeCp0(CP0_INDEX, 3);
    expect(mmu.readCp0(CP0_INDEX)).toBe(0x8000_0003);
  });

  it('TLBR reads back what TLBWI wrote, the frames masked by the page size', () => {
    const mmu = new Mips32Mmu();
    write(mmu, 5, 0x1234_60aa, 0x03ff_ffff, 0x03ff_fffe, 0x6000);
    write(mmu, 6, 0, 0, 0);
    mmu.writeCp0(CP0_INDEX, 5);
    mmu.tlbr();
    expect(mmu.readCp0(CP0_ENTRY_HI)).toBe(0x1234_60aa);
    expect(mmu.readCp0(CP0_PAGE_MASK)).toBe(0x6000);
    expect(mmu.readCp0(CP0_ENTRY_LO0)).toBe(0x03ff_ff3e);
    expect(mmu.readCp0(CP0_ENTRY_LO1)).toBe(0x03ff_ff3e);
  });

  it('a TLB fault leaves the address in three registers, an address error in one', () => {
    const mmu = new Mips32Mmu();
    mmu.writeCp0(CP0_CONTEXT, 0xffff_ffff);
    mmu.writeCp0(CP0_ENTRY_HI, 0x42);
    mmu.recordFault(0xdead_beef, REFILL);
    expect(mmu.readCp0(CP0_BAD_VADDR)).toBe(0xdead_beef);
    expect(mmu.readCp0(CP0_CONTEXT)).toBe(0xffef_56d0);
    expect(mmu.readCp0(CP0_ENTRY_HI)).toBe(0xdead_a042);
    mmu.recordFault(0x8000_0001, ADDRESS_ERROR);
    expect(mmu.readCp0(CP0_BAD_VADDR)).toBe(0x8000_0001);
    expect(mmu.readCp0(CP0_ENTRY_HI)).toBe(0xdead_a042);
  });
});

describe('Random', () => {
  it('starts at the top, stays at or above Wired, and never repeats itself', () => {
    const mmu = new Mips32Mmu();
    mmu.writeCp0(CP0_WIRED, 6);
    const seen = Array.from({ length: 1000 }, () => mmu.readCp0(CP0_RANDOM));
    expect(seen[0]).toBe(15);
    expect(new Set(seen)).toEqual(new Set([6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
    expect(seen.some((value, i) => value === seen[i + 1])).toBe(false);
  });

  it('moves on when TLBWR uses it, and shares its sequence with a copy of the state', () => {
    const mmu = new Mips32Mmu();
    const twin = new Mips32Mmu();
    twin.load(mmu.save());
    for (let i = 0; i < 20; i++) {
      mmu.tlbwr();
      twin.readCp0(CP0_RANDOM);
      expect(twin.state[CP0_RANDOM]).toBe(mmu.state[CP0_RANDOM]);
    }
  });

  it('counts down under the architectural policy', () => {
    const mmu = new Mips32Mmu({ entries: 4, random: 'architectural' });
    mmu.writeCp0(CP0_WIRED, 1);
    expect(Array.from({ length: 5 }, () => mmu.readCp0(CP0_RANDOM))).toEqual([3, 2, 1, 3, 2]);
  });
});

describe('the host side', () => {
  const page = { pa: 0, cca: 3, dirty: true, valid: true };
  const entry = { va: 0, asid: 0, global: false, pageMask: 0, even: page, odd: page };

  it('setEntry and entry are inverse, and agree with the guest', () => {
    const own = {
      ...entry,
      va: 0xc000_8000,
      asid: 7,
      pageMask: 0x6000,
      even: { ...page, pa: 0x8000_4000, dirty: false },
    };
    const target = new Mips32Mmu();
    target.setEntry(15, own);
    expect(target.entry(15)).toEqual(own);
    target.writeCp0(CP0_ENTRY_HI, 0xc000_a007);
    target.tlbp();
    expect(target.readCp0(CP0_INDEX)).toBe(15);
    expect(target.translate(0xc000_8123, 'load', kernel)).toEqual({ kind: 'mapped', pa: 0x8000_4123, cca: 3 });
  });

  it('keeps its state in words that a host may provide, copy and restore', () => {
    const state = new Int32Array(Mips32Mmu.stateWords(16));
    const own = new Mips32Mmu({ state });
    write(own, 1, 0x0040_0000, 6, 6);
    const copy = state.slice();
    write(own, 1, 0x8000_0000, 0, 0);
    expect(own.translate(0x0040_0000, 'load', kernel).kind).toBe('refill');
    state.set(copy);
    own.rebuild();
    expect(own.translate(0x0040_0000, 'load', kernel).kind).toBe('mapped');
    expect(state[STATE_TLB + 4]).toBe(0x0040_0000);
  });

  it('announces what changes, old and new', () => {
    const own = new Mips32Mmu();
    write(own, 0, 0x0040_0005, 6, 6);
    const heard: number[][] = [];
    const subscription = own.onChange((...change) => heard.push(change));
    write(own, 0, 0x0080_0005, 7, 7, 0x6000);
    expect(heard).toEqual([
      [0x0040_0000, 0x2000, 5],
      [0x0080_0000, 0x8000, -1],
    ]);
    subscription.dispose();
    write(own, 0, 0, 0, 0);
    expect(heard.length).toBe(2);
  });
});
