import { describe, expect, it } from 'vitest';
import { Bench, HZ } from '../test/bench.ts';
import { type AtaBusMaster, AtaChannel } from './ata-channel.ts';
import { AtaDisk, MemIde } from './ata-disk.ts';
import { type BlockStore, MemoryBlocks, OverlayBlocks, SECTOR } from './block-store.ts';

const [DATA, ERROR, COUNT, LOW, MID, HIGH, DEVICE, STATUS, CONTROL] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const COMMAND = STATUS;
const LATENCY = HZ / 50_000;

const image = (sectors: number) => new Uint8Array(sectors * SECTOR).map((_, i) => (i >>> 9) + i * 3);

function make(store: BlockStore = new MemoryBlocks(image(300)), busMaster?: AtaBusMaster) {
  const bench = new Bench();
  const channel = new AtaChannel({
    scheduler: bench.port(),
    irq: bench.line('irq'),
    drives: [new AtaDisk({ store })],
  });
  if (busMaster) channel.attachBusMaster(busMaster);
  const out = (register: number, ...values: number[]) => {
    for (const value of values) channel.write(register, register === 0 ? 2 : 1, value);
  };
  const inp = (register: number) => channel.read(register, register === 0 ? 2 : 1);
  const command = (code: number, lba = 0, count = 1) => {
    out(COUNT, count & 0xff);
    out(LOW, lba & 0xff);
    out(MID, (lba >>> 8) & 0xff);
    out(HIGH, (lba >>> 16) & 0xff);
    out(DEVICE, 0xe0 | (lba >>> 24));
    out(COMMAND, code);
  };
  const ready = () => bench.advance(LATENCY);
  const readBlock = (bytes = SECTOR) => {
    const words = new Uint8Array(bytes);
    for (let i = 0; i < bytes; i += 2) {
      const word = inp(DATA);
      words[i] = word & 0xff;
      words[i + 1] = word >>> 8;
    }
    return words;
  };
  const writeBlock = (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i += 2) out(DATA, bytes[i]! | (bytes[i + 1]! << 8));
  };
  return { bench, channel, out, inp, command, ready, readBlock, writeBlock, irq: () => bench.level('irq') };
}

describe('AtaChannel with an AtaDisk', () => {
  it('reads sectors, an interrupt each, answered by the status register', () => {
    const { command, inp, irq, ready, readBlock } = make();
    command(0x20, 5, 2);
    expect(inp(CONTROL)).toBe(0x80);
    expect(irq()).toBe(false);
    for (const sector of [5, 6]) {
      ready();
      expect(irq()).toBe(true);
      expect(inp(CONTROL)).toBe(0x58);
      expect(irq()).toBe(true);
      expect(inp(STATUS)).toBe(0x58);
      expect(irq()).toBe(false);
      expect(readBlock()).toEqual(image(300).subarray(sector * SECTOR, (sector + 1) * SECTOR));
    }
    expect(inp(STATUS)).toBe(0x50);
    ready();
    expect(irq()).toBe(false);
    expect([inp(COUNT), inp(LOW)]).toEqual([0, 6]);
  });

  it('writes sectors: data first, then an interrupt each', () => {
    const store = new MemoryBlocks(16);
    const { command, inp, irq, ready, writeBlock } = make(store);
    command(0x30, 3, 2);
    expect(irq()).toBe(false);
    expect(inp(STATUS)).toBe(0x58);
    writeBlock(image(2).subarray(0, SECTOR));
    expect(inp(STATUS)).toBe(0x80);
    ready();
    expect(irq()).toBe(true);
    expect(inp(STATUS)).toBe(0x58);
    writeBlock(image(2).subarray(SECTOR));
    ready();
    expect(inp(STATUS)).toBe(0x50);
    expect(store.bytes.subarray(3 * SECTOR, 5 * SECTOR)).toEqual(image(2));
  });

  it('moves several sectors per interrupt with READ and WRITE MULTIPLE, by 32-bit accesses too', () => {
    const { channel, command, inp, irq, ready } = make();
    command(0xc4, 0, 5);
    expect(inp(STATUS)).toBe(0x51);
    expect(inp(ERROR)).toBe(0x04);
    command(0xc6, 0, 4);
    expect(inp(STATUS)).toBe(0x50);
    command(0xc4, 0, 5);
    const got: number[] = [];
    for (const sectors of [4, 1]) {
      ready();
      expect(irq()).toBe(true);
      expect(inp(STATUS)).toBe(0x58);
      for (let i = 0; i < sectors * SECTOR; i += 4) {
        const word = channel.read(DATA, 4);
        got.push(word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24);
      }
    }
    expect(got).toEqual([...image(5)]);
    expect(inp(STATUS)).toBe(0x50);
  });

  it('identifies itself', () => {
    const { command, ready, readBlock } = make(new MemoryBlocks(3 * 16 * 63));
    command(0xec);
    ready();
    const words = new Uint16Array(readBlock().buffer);
    const text = (first: number, length: number) =>
      [...words.subarray(first, first + length)].map((word) => String.fromCharCode(word >>> 8, word & 0xff)).join('');
    expect(text(27, 20).trim()).toBe('KSEG HARDDISK');
    expect([words[1], words[3], words[6]]).toEqual([3, 16, 63]);
    expect(words[60]! | (words[61]! << 16)).toBe(3024);
    expect(words[100]).toBe(3024);
    expect(words[49]! & 0x300).toBe(0x200); // LBA, and no DMA without a bus master
    expect(words[83]! & 0x0400).toBe(0x0400); // LBA48
  });

  it('addresses by CHS and by LBA48', () => {
    const { out, ready, readBlock, inp } = make(new MemoryBlocks(image(3000)));
    out(COUNT, 1);
    out(LOW, 2); // sector
    out(MID, 1); // cylinder
    out(HIGH, 0);
    out(DEVICE, 0xa3); // head 3
    out(COMMAND, 0x20);
    ready();
    const lba = (1 * 16 + 3) * 63 + 1;
    expect(readBlock()).toEqual(image(3000).subarray(lba * SECTOR, (lba + 1) * SECTOR));
    out(COUNT, 0, 1);
    out(LOW, 0, 0x10);
    out(MID, 0, 0x02);
    out(HIGH, 0, 0);
    out(DEVICE, 0x40);
    out(COMMAND, 0x24);
    ready();
    expect(readBlock()).toEqual(image(3000).subarray(0x210 * SECTOR, 0x211 * SECTOR));
    out(CONTROL, 0x80);
    expect(inp(LOW)).toBe(0);
    out(CONTROL, 0);
    expect(inp(LOW)).toBe(0x10);
  });

  it('says so when an address is outside or a command unknown', () => {
    const { command, inp, irq } = make(new MemoryBlocks(8));
    command(0x20, 7, 2);
    expect(irq()).toBe(true);
    expect(inp(STATUS)).toBe(0x51);
    expect(inp(ERROR)).toBe(0x10);
    command(0x00);
    expect([inp(STATUS), inp(ERROR)]).toEqual([0x51, 0x04]);
    command(0xc8, 0, 1); // no bus master, no DMA
    expect([inp(STATUS), inp(ERROR)]).toEqual([0x51, 0x04]);
    command(0xa1);
    expect([inp(STATUS), inp(MID), inp(HIGH)]).toEqual([0x51, 0, 0]);
  });

  it('refuses to write to a read-only store', () => {
    const store: BlockStore = Object.assign(new MemoryBlocks(8), { readOnly: true });
    const { command, inp } = make(store);
    command(0x30, 1, 1);
    expect([inp(STATUS), inp(ERROR)]).toEqual([0x51, 0x04]);
  });

  it('keeps the interrupt to itself with nIEN', () => {
    const { command, out, irq, ready } = make();
    out(CONTROL, 2);
    command(0x20);
    ready();
    expect(irq()).toBe(false);
    out(CONTROL, 0);
    expect(irq()).toBe(true);
  });

  it('shows signatures after a software reset, and drops what was under way', () => {
    const { command, out, inp, ready } = make();
    command(0x20);
    out(CONTROL, 4);
    expect(inp(STATUS)).toBe(0x80);
    ready();
    out(CONTROL, 0);
    expect([inp(STATUS), inp(ERROR), inp(COUNT), inp(LOW), inp(MID), inp(HIGH)]).toEqual([0x50, 1, 1, 1, 0, 0]);
    expect(inp(DATA)).toBe(0);
  });

  it('shows an absent drive as status 0 behind registers that read back', () => {
    const { out, inp, command } = make();
    out(DEVICE, 0xf0);
    out(COUNT, 0x55);
    out(LOW, 0xaa);
    expect([inp(COUNT), inp(LOW), inp(STATUS), inp(ERROR)]).toEqual([0x55, 0xaa, 0, 0]);
    out(COMMAND, 0xec);
    expect(inp(STATUS)).toBe(0);
    const empty = new AtaChannel({ scheduler: new Bench().port() });
    empty.write(COUNT, 1, 0x55);
    expect([empty.read(COUNT, 1), empty.read(STATUS, 1)]).toEqual([0, 0]);
    // Drive 0 did not mind.
    command(0xe5);
    expect([inp(STATUS), inp(COUNT)]).toEqual([0x50, 0xff]);
  });

  it('moves DMA data through the bus master and interrupts once', () => {
    const memory = new Uint8Array(300 * SECTOR);
    let at = 0;
    let started = false;
    const busMaster: AtaBusMaster = {
      transfer(direction, bytes) {
        if (!started) return 0;
        const run = Math.min(bytes.length, 1000);
        if (direction === 'in') memory.set(bytes.subarray(0, run), at);
        else bytes.set(memory.subarray(at, at + run));
        at += run;
        return run;
      },
      interrupt() {},
    };
    const store = new MemoryBlocks(image(300));
    const { channel, command, ready, inp, irq } = make(store, busMaster);
    command(0xc8, 0, 0); // 256 sectors
    ready();
    expect(irq()).toBe(false);
    started = true;
    channel.pumpDma();
    ready();
    expect(irq()).toBe(true);
    expect(inp(STATUS)).toBe(0x50);
    expect(memory.subarray(0, 256 * SECTOR)).toEqual(image(256));
    at = 0;
    memory.fill(0x77);
    command(0xca, 10, 200);
    ready();
    ready();
    expect(inp(STATUS)).toBe(0x50);
    expect(store.bytes.subarray(10 * SECTOR, 210 * SECTOR)).toEqual(new Uint8Array(200 * SECTOR).fill(0x77));
    expect(store.bytes[210 * SECTOR]).toBe(image(300)[210 * SECTOR]);
  });

  it('holds virtual time while the host’s storage is not ready, and reports its failures', async () => {
    let release: (error?: Error) => void = () => {};
    const slow: BlockStore = {
      sectors: 8,
      read: (_, __, into) =>
        new Promise((resolve, reject) => {
          release = (error) => {
            into.fill(0x42);
            if (error) reject(error);
            else resolve();
          };
        }),
      write: () => {
        throw new Error('disk full');
      },
      flush() {},
    };
    const { bench, command, ready, readBlock, writeBlock, inp } = make(slow);
    command(0x20);
    ready();
    expect(bench.timeline.holds).toBe(1);
    expect(inp(CONTROL)).toBe(0x80);
    release();
    await Promise.resolve();
    await Promise.resolve();
    expect(bench.timeline.holds).toBe(0);
    expect(readBlock()).toEqual(new Uint8Array(SECTOR).fill(0x42));
    command(0x20);
    ready();
    release(new Error('unplugged'));
    await Promise.resolve();
    await Promise.resolve();
    expect([inp(STATUS), inp(ERROR), bench.timeline.holds]).toEqual([0x51, 0x40, 0]);
    command(0x30);
    writeBlock(new Uint8Array(SECTOR));
    ready();
    expect([inp(STATUS), inp(ERROR)]).toEqual([0x51, 0x40]);
  });
});

describe('block stores', () => {
  it('MemIde is a disk of memory blocks', () => {
    const disk = new MemIde(new Uint8Array(700).fill(9));
    expect(disk.store.sectors).toBe(2);
    const last = new Uint8Array(SECTOR);
    disk.store.read(1, 1, last);
    expect([last[187], last[188]]).toEqual([9, 0]);
  });

  it('an overlay keeps its base as it was', () => {
    const base = new MemoryBlocks(image(4));
    const overlay = new OverlayBlocks(base);
    overlay.write(1, new Uint8Array(2 * SECTOR).fill(0xee));
    const got = new Uint8Array(4 * SECTOR);
    overlay.read(0, 4, got);
    const expected = image(4);
    expected.fill(0xee, SECTOR, 3 * SECTOR);
    expect(got).toEqual(expected);
    expect(base.bytes).toEqual(image(4));
    expect([...overlay.written.keys()]).toEqual([1, 2]);
    const other = new OverlayBlocks(base);
    other.load(overlay.save());
    overlay.discard();
    expect(overlay.written.size).toBe(0);
    other.read(0, 4, got);
    expect(got).toEqual(expected);
  });
});

describe('is not made with', () => {
  const channel = (...drives: unknown[]) =>
    new AtaChannel({ scheduler: new Bench().port(), drives: drives as [AtaDisk] });
  const disk = () => new AtaDisk({ store: new MemoryBlocks(1) });

  it('more than two drives, or what is no drive', () => {
    const refused = (why: string) =>
      expect.objectContaining({ code: 'KSEG_DEVICES_DRIVES', message: expect.stringContaining(why) });
    expect(() => channel(disk(), disk(), disk())).toThrow(refused('two drives, and 3 were given'));
    expect(() => channel(disk(), new MemoryBlocks(1))).toThrow(refused('drive 1 is none: give new AtaDisk({ store })'));
    expect(() => channel(null)).toThrow(refused('drive 0 is none'));
    expect(() => channel(undefined, disk())).not.toThrow();
  });

  it('sectors that cannot be, or an image that is no bytes', () => {
    for (const sectors of [-1, 1.5, Number.NaN])
      expect(() => new MemoryBlocks(sectors)).toThrow(expect.objectContaining({ code: 'KSEG_DEVICES_SECTORS' }));
    expect(() => new MemoryBlocks('fs.img' as never)).toThrow(expect.objectContaining({ code: 'KSEG_BUS_BYTES' }));
  });
});
