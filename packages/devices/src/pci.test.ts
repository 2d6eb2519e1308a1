import { PhysicalMap } from '@kseg/bus';
import { describe, expect, it } from 'vitest';
import { Bench } from '../test/bench.ts';
import { Gt64120 } from './gt64120.ts';
import { I8259Pair } from './i8259.ts';
import { MovableWindows } from './movable-windows.ts';
import { PciBus, PciConfigSpace } from './pci.ts';
import { Piix4Isa } from './piix4-isa.ts';
import { R4kPower } from './r4k-power.ts';

/** A device that answers with its offset. */
const echo = (name: string) =>
  Object.assign(new R4kPower(), { read: (offset: number) => offset, peek: (offset: number) => offset, name });

const CONFIG = 0x8000_0000;
const ADDRESS = 0xcf8;
const DATA = 0xcfc;

function board(endian: 'little' | 'big' = 'little') {
  const bench = new Bench();
  const map = new PhysicalMap(endian);
  const windows = new MovableWindows(map);
  const pci = new PciBus({ route: (slot, pin) => (slot === 10 ? 3 : slot === 11 ? 1 : (slot + pin) & 3) });
  const pic = new I8259Pair({ irq: bench.line('int') });
  const gt = new Gt64120({
    endian,
    pci,
    acknowledge: () => pic.acknowledge(),
    onMap: (list) => windows.set(list),
  });
  const card = new PciConfigSpace({
    name: 'card',
    vendor: 0x1234,
    device: 0x5678,
    classCode: 0xff_0000,
    interruptPin: 1,
    bars: [
      { index: 0, space: 'io', size: 32, device: echo('ports') },
      { index: 1, space: 'memory', size: 0x1000, device: echo('memory') },
    ],
  });
  const irq = pci.plug(11, 0, card);
  const isa = new Piix4Isa({ pci, slot: 10, irqs: pic.inputs });
  return { bench, map, windows, pci, pic, gt, card, irq, isa, int: () => bench.level('int') };
}

describe('PciConfigSpace', () => {
  it('says how large a base address register’s space is', () => {
    const { card } = board();
    card.write(0x10, 4, 0xffff_ffff);
    card.write(0x14, 4, 0xffff_ffff);
    expect([card.read(0x10, 4), card.read(0x14, 4)]).toEqual([0xffff_ffe1, 0xffff_f000]);
    expect([card.read(0, 4), card.read(2, 2), card.read(0x3d, 1)]).toEqual([0x5678_1234, 0x5678, 1]);
    card.write(0, 4, 0);
    expect(card.read(0, 4)).toBe(0x5678_1234);
  });

  it('opens windows only when enabled and placed', () => {
    const { pci, card } = board();
    card.write(0x10, 4, 0x1060);
    expect(pci.io.read(0x1064, 1)).toBe(0xff);
    card.write(0x04, 2, 1);
    expect(pci.io.read(0x1064, 1)).toBe(4);
    card.write(0x10, 4, 0x1080);
    expect(pci.io.read(0x1064, 1)).toBe(0xff);
    expect(pci.io.read(0x1084, 1)).toBe(4);
    card.write(0x04, 2, 0);
    expect(pci.io.read(0x1084, 1)).toBe(0xff);
  });
});

describe('Gt64120', () => {
  it('sits at 0x14000000 after reset and moves to where ISD says', () => {
    const { map } = board();
    expect(map.read(0x1400_0000, 4)).toBe(0x1000);
    map.write(0x1400_0068, 4, 0xdf);
    expect(map.read(0x1be0_0068, 4)).toBe(0xdf);
    expect(map.find(0x1400_0000)).toBeUndefined();
  });

  it('opens the windows of Malta’s boot code', () => {
    const { map, card, pci } = board();
    map.write(0x1400_0068, 4, 0xdf);
    for (const [offset, value] of [
      [0x48, 0xc0],
      [0x50, 0x40],
      [0x58, 0x80],
      [0x60, 0x3f],
      [0x80, 0xc1],
      [0x88, 0x5e],
    ] as const)
      map.write(0x1be0_0000 + offset, 4, value);
    expect(map.read(0x1be0_00f0, 4)).toBe(0xc0);
    const spans = map.regions.map(({ name, base, size }) => [name, base, size]);
    expect(spans).toEqual([
      ['pci-memory-0', 0x1000_0000, 0x800_0000],
      ['pci-io', 0x1800_0000, 0x20_0000],
      ['pci-memory-1', 0x1820_0000, 0x1be0_0000 - 0x1820_0000],
      ['gt64120', 0x1be0_0000, 0x1000],
    ]);
    card.write(0x04, 2, 3);
    card.write(0x10, 4, 0x1060);
    card.write(0x14, 4, 0x1200_0000);
    expect(map.read(0x1800_1064, 1)).toBe(4);
    expect(map.read(0x1200_0010, 4)).toBe(0x10);
    // Nothing behind it: ports float, memory reads 0, and neither is a bus error.
    expect([map.read(0x1800_0300, 2), map.read(0x1300_0000, 4), map.busError]).toEqual([0xffff, 0, false]);
    expect(pci.io.busError || pci.memory.busError).toBe(false);
  });

  it('reads and writes configuration space; absent functions read all ones', () => {
    const { gt } = board();
    const config = (slot: number, offset: number) => {
      gt.write(ADDRESS, 4, CONFIG | (slot << 11) | offset);
      return gt.read(DATA, 4);
    };
    expect(config(0, 0)).toBe(0x4620_11ab);
    expect(config(10, 0)).toBe(0x7110_8086);
    expect(config(11, 0)).toBe(0x5678_1234);
    expect(config(12, 0)).toBe(0xffff_ffff);
    expect(config(10, 0x60)).toBe(0x0b0b_0a0a);
    gt.write(DATA, 4, 0x0102_0304);
    expect(gt.read(DATA, 4)).toBe(0x0102_0304);
    gt.write(ADDRESS, 4, 0x0000_5800);
    expect(gt.read(DATA, 4)).toBe(0xffff_ffff);
    // The cause register: writing zeros clears, nothing sets.
    gt.write(0xc18, 4, 0xfff3_ffff);
    expect(gt.read(0xc18, 4)).toBe(0);
  });

  it('swaps its registers on a big-endian board until told not to', () => {
    const { gt } = board('big');
    expect(gt.read(0x48, 4)).toBe(0x8000_0000);
    gt.write(0x48, 4, 0xc000_0000);
    expect(gt.read(0xf0, 4)).toBe(0xc000_0000);
    // The bridge's own configuration data goes through one swap, others through two.
    gt.write(ADDRESS, 4, 0x0000_0080);
    expect(gt.read(DATA, 4)).toBe(0xab11_2046);
    gt.write(ADDRESS, 4, 0x0058_0080);
    expect(gt.read(DATA, 4)).toBe(0x5678_1234);
    gt.write(0, 4, 0x0010_0000);
    expect(gt.read(0x48, 4)).toBe(0xc0);
  });

  it('acknowledges interrupts at the 8259', () => {
    const { gt, pic, int } = board();
    for (const [port, ...values] of [
      [0, 0x11],
      [1, 0x20, 4, 1, 0],
      [2, 0x11],
      [3, 0x28, 2, 1, 0],
    ] as const)
      for (const value of values) pic.write(port, 1, value);
    pic.inputs[4]!.set(true);
    expect(gt.peek(0xc34, 4)).toBe(0);
    expect(int()).toBe(true);
    expect(gt.read(0xc34, 4)).toBe(0x24);
    expect(int()).toBe(false);
  });

  it('keeps moved windows off what is already there', () => {
    const { map, gt, windows } = board();
    windows.set([]);
    map.add({ kind: 'device', name: 'board', base: 0x1080_0000, size: 0x1000, device: echo('board') });
    gt.write(0x48, 4, 0x84);
    gt.write(0x50, 4, 0x04);
    gt.write(0x58, 4, 0x84);
    gt.write(0x60, 4, 0x05);
    const at = (address: number) => map.find(address)?.name;
    expect([at(0x107f_ffff), at(0x1080_0000), at(0x1080_1000), at(0x109f_ffff), at(0x10a0_0000)]).toEqual([
      undefined,
      'board',
      'pci-io',
      'pci-io',
      'pci-memory-0',
    ]);
    expect(map.read(0x10a0_0000, 4)).toBe(0);
  });

  it('comes back from a snapshot with its windows', () => {
    const { map, gt } = board();
    map.write(0x1400_0068, 4, 0xdf);
    const state = gt.save();
    const other = board();
    other.gt.load(state);
    expect(other.map.read(0x1be0_0068, 4)).toBe(0xdf);
    expect(other.map.find(0x1400_0000)).toBeUndefined();
  });
});

describe('Piix4Isa', () => {
  const initialise = (pic: I8259Pair) => {
    for (const [port, ...values] of [
      [0, 0x11],
      [1, 0, 4, 1, 0],
      [2, 0x11],
      [3, 8, 2, 1, 0],
      [5, 0x0c],
    ] as const)
      for (const value of values) pic.write(port, 1, value);
  };

  it('routes a card’s interrupt to the line its register names', () => {
    const { pci, pic, irq, int } = board();
    initialise(pic);
    irq.set(true);
    expect(pic.acknowledge()).toBe(10);
    pic.write(2, 1, 0x62);
    pic.write(0, 1, 0x62);
    expect(int()).toBe(true);
    // Another line: the old one falls, the new one rises.
    pci.writeConfig((10 << 11) | 0x60, 4, 0x0b0b_0b0a);
    expect(pic.acknowledge()).toBe(11);
    irq.set(false);
    expect(pic.acknowledge()).toBe(7);
    pci.writeConfig((10 << 11) | 0x60, 4, 0x0b0b_800a);
    irq.set(true);
    expect(int()).toBe(false);
  });

  it('resets the board at port 0xcf9', () => {
    let resets = 0;
    const pci = new PciBus();
    new Piix4Isa({ pci, slot: 10, onReset: () => resets++ });
    pci.io.write(0xcf9, 1, 2);
    expect(resets).toBe(0);
    pci.io.write(0xcf9, 1, 6);
    expect(resets).toBe(1);
  });
});
