import { describe, expect, it } from 'vitest';
import { type Context, FixedMappingMmu, GaiaMmu, Mips32Mmu, R3000Mmu, R4000Mmu, VCPU_START, VcpuMap } from './index.ts';

const kernel: Context = { mode: 'kernel' };
const user: Context = { mode: 'user' };

describe('R3000Mmu', () => {
  it('has the registers and masks of the R3000A', () => {
    const mmu = new R3000Mmu();
    for (const register of [0, 2, 4, 8, 10]) mmu.writeCp0(register, 0xffff_ffff);
    expect([0, 1, 2, 4, 8, 10].map((register) => mmu.readCp0(register))).toEqual([
      0x3f00, 0x3f00, 0xffff_ff00, 0xffe0_0000, 0, 0xffff_ffc0,
    ]);
    mmu.tlbp();
    expect(mmu.readCp0(0)).toBe(0x8000_0000);
  });

  it('counts Random down from 63 to 8 and round, one for each TLBWR', () => {
    const mmu = new R3000Mmu();
    const seen = Array.from({ length: 58 }, () => {
      const random = mmu.readCp0(1) >>> 8;
      mmu.tlbwr();
      return random;
    });
    expect(seen.slice(0, 3)).toEqual([63, 62, 61]);
    expect(seen.slice(-4)).toEqual([9, 8, 63, 62]);
  });

  it('has one page to an entry, a PID of six bits, N for uncached', () => {
    const mmu = new R3000Mmu();
    mmu.setEntry(3, { va: 0x5000, asid: 33, global: false, pa: 0x9000, noncacheable: true, dirty: false, valid: true });
    mmu.writeCp0(10, 33 << 6);
    expect(mmu.translate(0x5abc, 'load', user)).toEqual({ kind: 'mapped', pa: 0x9abc, cca: 2 });
    expect(mmu.translate(0x5abc, 'store', user)).toEqual({ kind: 'modified' });
    expect(mmu.translate(0x4abc, 'load', user)).toEqual({ kind: 'refill' });
    expect(mmu.translate(0x8000_0000, 'load', user)).toEqual({ kind: 'addressError' });
    expect(mmu.translate(0x8000_0000, 'load', kernel)).toEqual({ kind: 'mapped', pa: 0, cca: 3 });
    expect(mmu.entry(3)).toMatchObject({ va: 0x5000, asid: 33, noncacheable: true });
  });
});

describe('R4000Mmu', () => {
  it('has 48 entries and pages up to 16 MB', () => {
    const mmu = new R4000Mmu();
    expect(mmu.entries).toBe(48);
    mmu.writeCp0(5, 0xffff_ffff);
    expect(mmu.readCp0(5)).toBe(0x01ff_e000);
    const page = { pa: 0, cca: 3, dirty: true, valid: true };
    const entry = { va: 0, asid: 0, global: false, pageMask: 0x07ff_e000, even: page, odd: page };
    expect(() => mmu.setEntry(0, entry)).toThrow(
      expect.objectContaining({ code: 'KSEG_MMU_PAGE_MASK', data: { value: 0x07ff_e000 } }),
    );
  });
});

describe('FixedMappingMmu', () => {
  it('moves kuseg up by 1 GB and leaves the top alone', () => {
    const mmu = new FixedMappingMmu();
    // Config's fields have three bits.
    Object.assign(mmu, { k0: 0xf5, ku: 0xf3, k23: 0xf4 });
    expect(mmu.k0).toBe(5);
    expect(mmu.translate(0x1234, 'load', user)).toEqual({ kind: 'mapped', pa: 0x4000_1234, cca: 3 });
    expect(mmu.translate(0x7fff_ffff, 'store', user)).toEqual({ kind: 'mapped', pa: 0xbfff_ffff, cca: 3 });
    expect(mmu.translate(0x1234, 'load', { mode: 'kernel', erl: true })).toEqual({
      kind: 'mapped',
      pa: 0x1234,
      cca: 2,
    });
    expect(mmu.translate(0xe000_0000, 'load', kernel)).toEqual({ kind: 'mapped', pa: 0xe000_0000, cca: 4 });
    expect(mmu.translate(0xbfc0_0000, 'fetch', kernel)).toEqual({ kind: 'mapped', pa: 0x1fc0_0000, cca: 2 });
    expect(mmu.translate(0x8000_0000, 'load', user)).toEqual({ kind: 'addressError' });
  });
});

describe('GaiaMmu', () => {
  const machine = (strict = false) => {
    const words = new Map<number, number>();
    const mmu = new GaiaMmu({ readWord: (pa) => words.get(pa) ?? 0, strict });
    mmu.pdaddr = 0x0000_3abc;
    mmu.vaenable = true;
    return { mmu, words };
  };

  it('walks two levels, ignores every flag and wraps at 4 MB', () => {
    const { mmu, words } = machine();
    words.set(0x3000 + 4 * 0x201, 0xffc0_5000); // beyond 4 MB: read at 0x5000
    words.set(0x5000 + 4 * 0x345, 0x0043_7ffe);
    const va = ((0x201 << 22) | (0x345 << 12) | 0x678) >>> 0;
    expect(mmu.translate(va, 'store', user)).toEqual({ kind: 'mapped', pa: 0x0003_7678, cca: 3 });
    expect(mmu.walk(va)).toMatchObject({ directoryEntryAt: 0x3804, pageEntryAt: 0xffc0_5d14, pa: 0x0043_7678 });
    expect(mmu.translate(0, 'load', user)).toEqual({ kind: 'mapped', pa: 0, cca: 3 });
  });

  it('never translates the registers, and nothing when it is off', () => {
    const { mmu } = machine(true);
    expect(mmu.translate(0x8000_1200, 'store', user)).toEqual({ kind: 'mapped', pa: 0x8000_1200, cca: 2 });
    mmu.vaenable = false;
    expect(mmu.translate(0x8000_2000, 'load', kernel)).toEqual({ kind: 'mapped', pa: 0x2000, cca: 3 });
  });

  it.each([
    ['directoryEntryAbsent', 'refill', 0x5000, 0x1007],
    ['tableBeyondMemory', 'addressError', 0x0050_0001, 0x1007],
    ['pageAbsent', 'invalid', 0x5007, 0x1006],
    ['pageBeyondMemory', 'addressError', 0x5007, 0x0040_1007],
    ['colour', 'addressError', 0x5007, 0x2007],
    ['notUser', 'addressError', 0x5003, 0x1007],
    ['notUser', 'addressError', 0x5007, 0x1003],
    ['notWritable', 'modified', 0x5007, 0x1005],
  ])('strict: %s is %s', (problem, kind, directoryEntry, pageEntry) => {
    const { mmu, words } = machine(true);
    words.set(0x3000, directoryEntry);
    words.set(0x5004, pageEntry);
    // A table beyond the memory is read where it wraps to, as the hardware would.
    words.set((directoryEntry & 0x3f_f000) + 4, pageEntry);
    expect(mmu.problems(0x1000, 1, 2)[0]).toBe(problem);
    expect(mmu.translate(0x1000, 'store', user)).toEqual({ kind });
  });
});

describe('VcpuMap', () => {
  const page = { pa: 0, cca: 3, dirty: true, valid: true };
  const machine = () => {
    const guest = new Mips32Mmu();
    const host = new Mips32Mmu();
    host.setEntry(0, {
      va: 0,
      asid: 0,
      global: true,
      pageMask: 0x1ff_e000,
      even: { ...page, pa: 0x0600_0000 },
      odd: { ...page, valid: false },
    });
    host.setEntry(1, {
      va: 0x1f80_0000,
      asid: 0,
      global: true,
      pageMask: 0x7f_e000,
      even: page,
      odd: { ...page, pa: 0x0040_0000, dirty: false },
    });
    return { guest, host, map: new VcpuMap({ guest, host }) };
  };

  it('starts a guest in its ROM', () => {
    const { map } = machine();
    expect(map.translate(VCPU_START, 'fetch', kernel)).toEqual({ kind: 'mapped', pa: 0x0040_0000, cca: 2 });
    expect(map.translate(0x1234, 'store', kernel)).toEqual({ kind: 'mapped', pa: 0x0600_1234, cca: 3 });
  });

  it('says whose fault it is', () => {
    const { guest, map } = machine();
    expect(map.translate(0x4000_0000, 'load', kernel)).toEqual({
      kind: 'refill',
      stage: 'guest',
      address: 0x4000_0000,
    });
    expect(map.translate(0x8000_0000, 'store', kernel)).toEqual({
      kind: 'addressError',
      stage: 'guest',
      address: 0x8000_0000,
    });
    expect(map.translate(VCPU_START, 'store', kernel)).toEqual({
      kind: 'modified',
      stage: 'host',
      address: 0x1fc0_0000,
    });
    expect(map.translate(0x0800_0000, 'load', kernel)).toEqual({ kind: 'refill', stage: 'host', address: 0x0800_0000 });
    guest.setEntry(0, {
      va: 0x4000_0000,
      asid: 0,
      global: false,
      pageMask: 0,
      even: { ...page, pa: 0x0100_0000 },
      odd: { ...page, valid: false },
    });
    expect(map.translate(0x4000_0010, 'load', kernel)).toEqual({
      kind: 'invalid',
      stage: 'host',
      address: 0x0100_0010,
    });
    expect(map.translate(0x4000_1010, 'load', kernel)).toEqual({
      kind: 'invalid',
      stage: 'guest',
      address: 0x4000_1010,
    });
  });

  it('is flat in the user mode of the guest', () => {
    const { guest, map } = machine();
    guest.setEntry(0, {
      va: 0x2000_0000,
      asid: 0,
      global: false,
      pageMask: 0,
      even: { ...page, pa: 0x5000 },
      odd: page,
    });
    expect(map.translate(0x2000_0010, 'load', user)).toEqual({ kind: 'mapped', pa: 0x0600_5010, cca: 3 });
    expect(map.translate(0x2000_0010, 'load', kernel)).toEqual({ kind: 'mapped', pa: 0x0600_0010, cca: 2 });
  });
});

describe('memory', () => {
  it('a standalone MMU takes less than 16 KB', () => {
    const mmu = new Mips32Mmu({ entries: 64 });
    const bytes = (value: unknown, seen = new Set<unknown>()): number => {
      if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
      seen.add(value);
      if (ArrayBuffer.isView(value)) return value.byteLength + 200;
      return Object.values(value).reduce((sum: number, member) => sum + 8 + bytes(member, seen), 64);
    };
    expect(bytes(mmu)).toBeLessThan(16 * 1024);
  });
});
