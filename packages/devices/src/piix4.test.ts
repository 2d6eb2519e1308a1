import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { AtaChannel } from './ata-channel.ts';
import { AtaDisk } from './ata-disk.ts';
import { MemoryBlocks, SECTOR } from './block-store.ts';
import { PciBus } from './pci.ts';
import { Piix4Ide } from './piix4-ide.ts';
import { Piix4Pm } from './piix4-pm.ts';
import { Piix4Usb } from './piix4-usb.ts';
import { spdEeprom } from './spd-eeprom.ts';

describe('Piix4Ide', () => {
  const PORTS = 0x1080;
  const COMMAND = PORTS;
  const STATUS = PORTS + 2;
  const TABLE = PORTS + 4;

  function make() {
    const bench = new Bench();
    const pci = new PciBus();
    const store = new MemoryBlocks(new Uint8Array(16 * SECTOR).map((_, i) => (i >>> 9) * 3 + i));
    const primary = new AtaChannel({
      scheduler: bench.port('a'),
      irq: bench.line('irq14'),
      drives: [new AtaDisk({ store })],
    });
    const secondary = new AtaChannel({ scheduler: bench.port('b') });
    const ide = new Piix4Ide({ pci, slot: 10, dma: bench.dma, channels: [primary, secondary] });
    ide.config.write(0x04, 2, 5);
    ide.config.write(0x20, 4, PORTS);
    const view = new DataView(bench.memory.buffer);
    /** A table of regions at 0x800. */
    const describeRegions = (...regions: (readonly [number, number])[]) => {
      for (const [i, [address, size]] of regions.entries()) {
        view.setUint32(0x800 + 8 * i, address, true);
        view.setUint32(0x804 + 8 * i, size | (i === regions.length - 1 ? 0x8000_0000 : 0), true);
      }
      pci.io.write(TABLE, 4, 0x800);
    };
    const command = (code: number, lba: number, count: number) => {
      for (const [register, value] of [
        [2, count],
        [3, lba],
        [4, 0],
        [5, 0],
        [6, 0xe0],
        [7, code],
      ] as const)
        primary.write(register, 1, value);
    };
    return { bench, pci, store, primary, describeRegions, command, memory: bench.memory };
  }

  it('scatters a read over the regions, then interrupts', () => {
    const { bench, pci, store, primary, describeRegions, command, memory } = make();
    describeRegions([0x100, 0x200], [0x400, 0x100], [0x600, 0x100]);
    pci.io.write(STATUS, 1, 0x66);
    expect(pci.io.read(STATUS, 1)).toBe(0x60);
    pci.io.write(COMMAND, 1, 0x08);
    command(0xc8, 3, 2);
    pci.io.write(COMMAND, 1, 0x09);
    expect(pci.io.read(STATUS, 1)).toBe(0x61);
    bench.advance(HZ / 1000);
    expect(pci.io.read(STATUS, 1)).toBe(0x64);
    expect(bench.level('irq14')).toBe(true);
    expect(primary.read(7, 1)).toBe(0x50);
    expect(memory.subarray(0x100, 0x300)).toEqual(store.bytes.subarray(3 * SECTOR, 4 * SECTOR));
    expect(memory.subarray(0x400, 0x500)).toEqual(store.bytes.subarray(4 * SECTOR, 4 * SECTOR + 0x100));
    expect(memory.subarray(0x600, 0x700)).toEqual(store.bytes.subarray(4 * SECTOR + 0x100, 5 * SECTOR));
    pci.io.write(STATUS, 1, 4);
    pci.io.write(COMMAND, 1, 0);
    expect(pci.io.read(STATUS, 1) & 7).toBe(0);
  });

  it('gathers a write, when the engine is started before the command too', () => {
    const { bench, pci, store, primary, describeRegions, command, memory } = make();
    memory.fill(0xa5, 0x100, 0x300);
    describeRegions([0x100, 0x200]);
    pci.io.write(COMMAND, 1, 1);
    command(0xca, 7, 1);
    bench.advance(HZ / 1000);
    expect(primary.read(7, 1)).toBe(0x50);
    expect(store.bytes.subarray(7 * SECTOR, 8 * SECTOR)).toEqual(new Uint8Array(SECTOR).fill(0xa5));
  });

  it('stays active when the table is longer than the transfer, and idle when it is shorter', () => {
    const { bench, pci, primary, describeRegions, command } = make();
    describeRegions([0x100, 0x600]);
    command(0xc8, 0, 1);
    pci.io.write(COMMAND, 1, 9);
    bench.advance(HZ / 1000);
    expect(pci.io.read(STATUS, 1)).toBe(5);
    pci.io.write(STATUS, 1, 6);
    pci.io.write(COMMAND, 1, 0);
    primary.read(7, 1);
    describeRegions([0x100, 0x100]);
    command(0xc8, 0, 1);
    pci.io.write(COMMAND, 1, 9);
    bench.advance(HZ / 1000);
    expect(pci.io.read(STATUS, 1)).toBe(0);
    expect(primary.read(8, 1)).toBe(0x58);
    expect(bench.level('irq14')).toBe(false);
  });
});

describe('Piix4Pm', () => {
  function make() {
    const bench = new Bench();
    const pci = new PciBus();
    let off = 0;
    const pm = new Piix4Pm({
      pci,
      slot: 10,
      scheduler: bench.port(),
      irq: bench.line('sci'),
      onPowerOff: () => off++,
      eeproms: new Map([[0x50, spdEeprom(256 << 20)]]),
    });
    pm.config.write(0x40, 4, 0x1000);
    return { bench, pci, pm, off: () => off };
  }

  it('opens its block at the base and powers off', () => {
    const { pci, pm, off } = make();
    expect(pm.config.read(0x40, 4)).toBe(0x1001);
    expect(pci.io.read(0x1000, 2)).toBe(0xffff);
    pm.config.write(0x80, 1, 1);
    expect(pci.io.read(0x1000, 2)).toBe(0);
    pci.io.write(0x1004, 2, 0x2400);
    expect(off()).toBe(0);
    pci.io.write(0x1004, 2, 0x2000);
    expect(off()).toBe(1);
  });

  it('counts at 3.579545 MHz and interrupts when bit 23 turns', () => {
    const { bench, pci, pm } = make();
    pm.config.write(0x80, 1, 1);
    bench.advance(HZ);
    expect(pci.io.read(0x1008, 4)).toBe(3_579_545);
    pci.io.write(0x1004, 2, 1);
    pci.io.write(0x1002, 2, 1);
    bench.advance(Math.ceil((0x80_0000 * HZ) / 3_579_545) - HZ - 1);
    expect(bench.level('sci')).toBe(false);
    bench.advance(1);
    expect(bench.level('sci')).toBe(true);
    expect(pci.io.read(0x1000, 2)).toBe(1);
    pci.io.write(0x1000, 2, 1);
    expect(bench.level('sci')).toBe(false);
  });

  it('reads the memory module’s EEPROM over the SMBus', () => {
    const { pci } = make();
    const read = (device: number, command: number) => {
      pci.io.write(0x1100, 1, 0xff);
      pci.io.write(0x1103, 1, command);
      pci.io.write(0x1104, 1, (device << 1) | 1);
      pci.io.write(0x1102, 1, 0x48);
      return [pci.io.read(0x1100, 1), pci.io.read(0x1105, 1)];
    };
    const spd = spdEeprom(256 << 20);
    expect(read(0x50, 2)).toEqual([2, 4]);
    expect(read(0x50, 63)).toEqual([2, spd[63]]);
    expect(read(0x51, 2)[0]).toBe(4);
  });
});

describe('spdEeprom', () => {
  it('tells the size and ends in the right checksum', () => {
    for (const megabytes of [8, 64, 128, 256, 512, 1024]) {
      const spd = spdEeprom(megabytes << 20);
      const bank = spd[31] === 0x80 ? 512 : spd[31]! * 4;
      expect(bank * spd[5]!).toBe(megabytes);
      expect(spd.subarray(0, 63).reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(spd[63]);
    }
  });
});

describe('Piix4Usb', () => {
  it('runs, counts frames and has nothing attached', () => {
    const bench = new Bench();
    const pci = new PciBus();
    const usb = new Piix4Usb({ pci, slot: 10, scheduler: bench.port() });
    usb.config.write(0x04, 2, 1);
    usb.config.write(0x20, 4, 0x1040);
    expect(pci.io.read(0x1042, 2)).toBe(0x20);
    pci.io.write(0x1040, 2, 1);
    bench.advance(HZ / 4);
    expect([pci.io.read(0x1042, 2), pci.io.read(0x1046, 2)]).toEqual([0, 250]);
    expect([pci.io.read(0x1050, 2), pci.io.read(0x1052, 2)]).toEqual([0x80, 0x80]);
    pci.io.write(0x1040, 2, 0);
    bench.advance(HZ);
    expect(pci.io.read(0x1046, 2)).toBe(250);
    pci.io.write(0x1040, 2, 2);
    expect([pci.io.read(0x1040, 2), pci.io.read(0x1046, 2)]).toEqual([0, 0]);
  });
});
