import { describe, expect, it } from 'vitest';
import { ENDIANS, op, rig } from '../test/rig.ts';

const T0 = 8;
const T1 = 9;

describe.each(ENDIANS)('CP0 of a 24Kf, %s-endian', (endian) => {
  // What reads back after all ones were written with MTC0, as bare-metal probes see it.
  it.each([
    ['EntryLo0', 2, 0, 0x03ff_ffff],
    ['EntryLo1', 3, 0, 0x03ff_ffff],
    ['Context', 4, 0, 0xff80_0000],
    ['PageMask', 5, 0, 0x1fff_e000],
    ['Wired', 6, 0, 0xf],
    ['HWREna', 7, 0, 0xf],
    ['BadVAddr', 8, 0, 0],
    ['EntryHi', 10, 0, 0xffff_e0ff],
    ['Compare', 11, 0, 0xffff_ffff],
    ['Status', 12, 0, 0x3478_ff1f],
    ['IntCtl', 12, 1, 0xe000_03e0],
    ['SRSCtl', 12, 2, 0],
    ['SRSMap', 12, 3, 0],
    ['Cause', 13, 0, 0x08c0_0300],
    ['EPC', 14, 0, 0xffff_ffff],
    ['PRId', 15, 0, 0x0001_9300],
    ['EBase', 15, 1, 0xbfff_f000],
    ['Config1', 16, 1, 0x9e19_0c8b],
    ['Config2', 16, 2, 0x8000_0000],
    ['Config3', 16, 3, 0],
    ['Config7', 16, 7, 0],
    ['WatchLo0', 18, 0, 0xffff_ffff],
    ['WatchHi0', 19, 0, 0xc0ff_0ff8],
    ['WatchHi1', 19, 1, 0x40ff_0ff8],
    ['WatchHi2', 19, 2, 0],
    ['Debug', 23, 0, 0x0200_8000],
    ['DEPC', 24, 0, 0xffff_ffff],
    ['ErrCtl', 26, 0, 0],
    ['ErrorEPC', 30, 0, 0xffff_ffff],
    ['DESAVE', 31, 0, 0xffff_ffff],
  ])('%s (%i.%i)', (_, number, select, value) => {
    const { cpu } = rig(endian, '24Kf');
    cpu.writeCp0(number, 0xffff_ffff, select);
    expect(cpu.readCp0(number, select)).toBe(value >>> 0);
    // The guest's own way, in kernel mode under ERL.
    const m = rig(endian, '24Kf');
    m.cpu.writeCp0(12, 4);
    m.cpu.setGpr(T0, 0xffff_ffff);
    const sel = select === 0 ? '' : ':sel';
    const operands = select === 0 ? [number] : [number, select];
    m.put(0x1000, [op(`mtc0${sel}`, T0, ...operands), op(`mfc0${sel}`, T1, ...operands)]);
    m.cpu.run(2);
    expect(m.cpu.gpr(T1)).toBe(value >>> 0);
  });

  it('LLAddr is the line of the last LL', () => {
    const m = rig(endian, '24Kf');
    m.cpu.setGpr(T0, 0x8000_2340);
    m.put(0x1000, [op('ll', T1, 0, T0)]);
    m.cpu.run(1);
    expect(m.cpu.readCp0(17)).toBe(0x2340 >>> 4);
  });

  it('RDHWR reads what HWREna opens to user programs', () => {
    const m = rig(endian, '24Kf');
    m.put(
      0x1000,
      [0, 1, 2, 3].map((number) => op('rdhwr', T0 + number, number)),
    );
    m.cpu.run(4);
    expect([0, 1, 2, 3].map((number) => m.cpu.gpr(T0 + number))).toEqual([0, 32, 1, 2]);
    // $29 is reserved: Config3.ULRI is 0
    m.put(0x1010, [op('rdhwr', T0, 29)]);
    m.cpu.run(1);
    expect((m.cpu.readCp0(13) >>> 2) & 31).toBe(10);
  });

  it('TLBP, TLBR and TLBWR', () => {
    const m = rig(endian, '24Kf');
    m.cpu.writeCp0(10, 0x0000_6005);
    m.cpu.writeCp0(2, (0x55 << 6) | 7);
    m.cpu.writeCp0(3, (0x66 << 6) | 6);
    m.put(0x1000, [op('tlbwr'), op('mtc0', 0, 2), op('mtc0', 0, 3), op('tlbp'), op('tlbr')]);
    m.cpu.run(5);
    expect(m.cpu.readCp0(0)).toBeLessThan(16);
    expect([m.cpu.readCp0(10), m.cpu.readCp0(2), m.cpu.readCp0(3)]).toEqual([
      0x0000_6005,
      (0x55 << 6) | 6,
      (0x66 << 6) | 6,
    ]);
  });

  it('EntryHi’s ASID chooses among the mappings of an address, however often it was used', () => {
    const m = rig(endian, '24Kf');
    m.put(0x4000, [0x1111]);
    m.put(0x6000, [0x2222]);
    for (const [index, asid, page] of [
      [0, 1, 4],
      [1, 2, 6],
    ] as const) {
      m.cpu.writeCp0(0, index);
      m.cpu.writeCp0(10, 0x0001_0000 | asid);
      m.cpu.writeCp0(2, (page << 6) | 6);
      m.put(0x1000, [op('tlbwi')]);
      m.cpu.pc = 0x8000_1000;
      m.cpu.run(1);
    }
    m.cpu.setGpr(T0, 0x0001_0000);
    for (const [asid, value] of [
      [1, 0x1111],
      [2, 0x2222],
      [1, 0x1111],
    ] as const) {
      m.put(0x1000, [op('mtc0', T0 + 2, 10), op('lw', T0 + 1, 0, T0)]);
      m.cpu.setGpr(T0 + 2, asid);
      m.cpu.pc = 0x8000_1000;
      m.cpu.run(2);
      expect(m.cpu.gpr(T0 + 1)).toBe(value);
    }
  });

  it('CACHE and SYNCI translate the address they are given', () => {
    for (const [word, faults] of [
      [op('cache', 0x15, 0x4000, 0), true],
      [op('cache', 0x08, 0x4000, 0), false],
      [op('synci', 0x4000, 0), true],
      [op('pref', 0, 0x4000, 0), false],
    ] as const) {
      const m = rig(endian, '24Kf');
      m.put(0x1000, [word]);
      m.cpu.run(1);
      expect((m.cpu.readCp0(12) & 2) !== 0).toBe(faults);
    }
  });
});
