import { describe, expect, it, vi } from 'vitest';
import { Arena } from './arena.ts';
import type { Device, Width } from './device.ts';
import { dmaPort } from './dma.ts';
import { type Endian, Memory } from './memory.ts';
import { type DeviceRegion, PhysicalMap } from './physical-map.ts';

/** Answers with its offset and notes what it is asked. */
class Probe implements Device {
  readonly calls: [string, number, Width, number?][] = [];
  read(offset: number, width: Width): number {
    this.calls.push(['read', offset, width]);
    return offset & 0xff;
  }
  write(offset: number, width: Width, value: number): void {
    this.calls.push(['write', offset, width, value]);
  }
  peek(offset: number): number {
    return offset & 0xff;
  }
  reset(): void {}
  save() {
    return null;
  }
  load(): void {}
}

function board(endian: Endian = 'little') {
  const arena = new Arena([{ name: 'ram', bytes: 0x4000 }]);
  const memory = new Memory(arena, 'ram', endian);
  const map = new PhysicalMap(endian);
  map.add({ kind: 'ram', name: 'ram', base: 0, size: 0x4000, memory });
  return { map, memory };
}

describe('the physical map', () => {
  it('sends an access to the region that claims it', () => {
    const { map, memory } = board();
    const probe = new Probe();
    map.add({ kind: 'device', name: 'probe', base: 0x1000_0000, size: 16, device: probe, offset: 0x40 });
    map.write(0x100, 4, 0xdead_beef);
    expect(map.read(0x100, 4)).toBe(0xdead_beef);
    expect(memory.read(0x100, 4)).toBe(0xdead_beef);
    expect(map.read(0x1000_0004, 2)).toBe(0x44);
    map.write(0x1000_0008, 1, 0x1ff);
    expect(probe.calls).toEqual([
      ['read', 0x44, 2],
      ['write', 0x48, 1, 0xff],
    ]);
    expect(map.busError).toBe(false);
  });

  it('keeps the bytes of a device of the other byte order at their addresses', () => {
    const { map } = board('big');
    const probe = new Probe();
    map.add({ kind: 'device', name: 'probe', base: 0x1000_0000, size: 16, device: probe, width: 2, endian: 'little' });
    expect(map.read(0x1000_0004, 2)).toBe(0x0400);
    expect(map.read(0x1000_0004, 4)).toBe(0x0400_0600);
    expect(map.peek(0x1000_0004, 4)).toBe(0x0400_0600);
    expect(map.read(0x1000_0005, 1)).toBe(0x05);
    map.write(0x1000_0008, 4, 0x1122_3344);
    expect(probe.calls.slice(-2)).toEqual([
      ['write', 8, 2, 0x2211],
      ['write', 10, 2, 0x4433],
    ]);
    const wide = new Probe();
    map.add({ kind: 'device', name: 'wide', base: 0x1000_0010, size: 16, device: wide, endian: 'little' });
    map.write(0x1000_0010, 4, 0x1122_3344);
    expect(wide.calls).toEqual([['write', 0, 4, 0x4433_2211]]);
    expect(map.read(0x1000_0018, 4)).toBe(0x0800_0000);
  });

  it('flags an access nobody claims and reads 0', () => {
    const { map } = board();
    expect(map.read(0x4000, 4)).toBe(0);
    expect(map.busError).toBe(true);
    map.busError = false;
    map.write(0xffff_fffc, 4, 1);
    expect(map.busError).toBe(true);
    map.busError = false;
    map.peek(0x4000, 4);
    expect(map.busError).toBe(false);
  });

  it('lets any region lie over an open one', () => {
    const { map } = board();
    map.add({ kind: 'open', name: 'isa', base: 0x1400_0000, size: 0x1_0000, value: 0xffff_ffff });
    map.add({ kind: 'device', name: 'probe', base: 0x1400_0020, size: 2, device: new Probe() });
    expect(map.read(0x1400_0021, 1)).toBe(1);
    expect(map.read(0x1400_0022, 1)).toBe(0xff);
    expect(map.read(0x1400_0024, 4)).toBe(0xffff_ffff);
    map.write(0x1400_0024, 4, 0);
    expect(map.busError).toBe(false);
    expect(map.describe()).toContain('0x14000020-0x14000021    probe (device)');
  });

  it('refuses an overlap and prints the map', () => {
    const { map, memory } = board();
    expect(() => map.add({ kind: 'ram', name: 'more', base: 0x3000, size: 0x1000, memory })).toThrow(
      expect.objectContaining({
        code: 'KSEG_BUS_OVERLAP',
        data: { a: 'ram', b: 'more' },
        message: expect.stringContaining('0x00000000-0x00003fff'),
      }),
    );
  });

  it.each([
    ['fractional', 0.5, 16],
    ['empty', 0, 0],
    ['negative', -4, 16],
    ['past the end', 0xffff_fff0, 32],
  ])('refuses a %s region', (_what, base, size) => {
    const { map } = board();
    expect(() => map.add({ kind: 'open', name: 'x', base, size, value: 0 })).toThrow(
      expect.objectContaining({ code: 'KSEG_BUS_REGION' }),
    );
  });

  it('refuses memory that does not sit on pages or is larger than it is', () => {
    const { map, memory } = board();
    expect(() => map.add({ kind: 'ram', name: 'x', base: 0x1_0010, size: 0x1000, memory })).toThrow(/4 KB/);
    expect(() => map.add({ kind: 'ram', name: 'x', base: 0x1_0000, size: 0x8000, memory })).toThrow(/larger/);
  });

  it.each<[Endian, number]>([
    ['little', 0x0302_0100],
    ['big', 0x0001_0203],
  ])('cuts a wide access for a byte device, %s-endian', (endian, word) => {
    const { map } = board(endian);
    const probe = new Probe();
    map.add({ kind: 'device', name: 'bytes', base: 0x1000_0000, size: 8, device: probe, width: 1 });
    expect(map.read(0x1000_0000, 4)).toBe(word);
    probe.calls.length = 0;
    map.write(0x1000_0000, 4, word);
    expect(probe.calls).toEqual([0, 1, 2, 3].map((i) => ['write', i, 1, i]));
    expect(map.peek(0x1000_0000, 4)).toBe(word);
  });

  it.each([
    { offset: -4 },
    { offset: 0.5 },
    { width: 3 },
    { stride: 0 },
    { stride: 3 },
    { endian: 'mid' },
    { device: {} },
  ])('refuses a device that cannot answer in its region: %o', (odd) => {
    const device = { read: () => 0, write() {} };
    const region = { kind: 'device', name: 'odd', base: 0, size: 4, device, ...odd } as DeviceRegion;
    expect(() => new PhysicalMap('little').add(region)).toThrow(expect.objectContaining({ code: 'KSEG_BUS_REGION' }));
  });

  it('reaches one register per stride', () => {
    const { map } = board();
    const probe = new Probe();
    map.add({ kind: 'device', name: 'uart', base: 0x1f00_0900, size: 0x40, device: probe, width: 1, stride: 8 });
    map.read(0x1f00_0928, 4);
    map.write(0x1f00_0900, 4, 0x1234);
    expect(probe.calls).toEqual([
      ['read', 5, 1],
      ['write', 0, 1, 0x34],
    ]);
  });

  it('shows memory a second time through a window, and keeps ROM from writes', () => {
    const { map, memory } = board();
    const flash = new Probe();
    map.add({ kind: 'rom', name: 'mirror', base: 0x1fc0_0000, size: 0x1000, memory, offset: 0x2000, writes: flash });
    memory.write(0x2010, 4, 7);
    map.write(0x1fc0_0010, 4, 9);
    expect(map.read(0x1fc0_0010, 4)).toBe(7);
    expect(flash.calls).toEqual([['write', 0x2010, 4, 9]]);
    expect(map.memoryAt(0x1fc0_0010)).toEqual({ memory, offset: 0x2010, writable: false });
  });

  it('tells its listeners when regions come and go', () => {
    const { map } = board();
    const changed = vi.fn();
    const subscription = map.onChange(changed);
    const window = map.add({ kind: 'device', name: 'bar', base: 0x1000_0000, size: 16, device: new Probe() });
    expect(map.read(0x1000_0001, 1)).toBe(1);
    window.dispose();
    map.read(0x1000_0001, 1);
    expect(map.busError).toBe(true);
    expect(changed).toHaveBeenCalledTimes(2);
    subscription.dispose();
    map.add({ kind: 'open', name: 'o', base: 0x1000_0000, size: 16, value: 0 });
    expect(changed).toHaveBeenCalledTimes(2);
  });
});

describe.each<Endian>(['little', 'big'])('DMA, %s-endian', (endian) => {
  it('moves bytes in the guest’s order across pages, and drops what is not RAM', () => {
    const { map, memory } = board(endian);
    const dma = dmaPort(map);
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i);
    dma.write(0x0ffd, bytes);
    expect(memory.readBytes(0x0ffd, 5000)).toEqual(bytes);
    expect(dma.read(0x0ffd, 5000)).toEqual(bytes);
    dma.write(0x3fff, Uint8Array.of(1, 2, 3));
    expect([...dma.read(0x3fff, 3)]).toEqual([1, 0, 0]);
    expect(map.busError).toBe(false);
  });
});
