import { Arena, Memory } from '@kseg/bus';
import { describe, expect, it } from 'vitest';
import { CfiFlash } from './cfi-flash.ts';

const SIZE = 0x40_0000;
const SECTOR = 0x1_0000;

function make(endian: 'little' | 'big' = 'little') {
  const memory = new Memory(new Arena([{ name: 'flash', bytes: SIZE }]), 'flash', endian);
  const modes: boolean[] = [];
  const changes: [number, number][] = [];
  const flash = new CfiFlash({
    memory,
    onMode: (array) => modes.push(array),
    onChange: (offset, length) => changes.push([offset, length]),
  });
  return { memory, flash, modes, changes };
}

describe('CfiFlash', () => {
  it('describes itself to a query', () => {
    const { flash, modes } = make();
    flash.write(0x55 * 4, 4, 0x0098_0098);
    const query = (word: number) => flash.read(word * 4, 4);
    expect([query(0x10), query(0x11), query(0x12)]).toEqual([0x51, 0x52, 0x59]);
    const byte = (word: number) => query(word) & 0xff;
    expect(1 << byte(0x27)).toBe(SIZE);
    const blocks = (byte(0x2d) | (byte(0x2e) << 8)) + 1;
    const size = (byte(0x2f) | (byte(0x30) << 8)) * 256;
    expect([blocks, size]).toEqual([64, SECTOR]);
    expect([flash.read(0x40, 1), flash.read(0x40, 2)]).toEqual([0x51, 0x51]);
    flash.write(0, 4, 0x00ff_00ff);
    expect(modes).toEqual([false, true]);
  });

  it('programs ones to zeros and erases a block', () => {
    const { memory, flash, changes } = make();
    memory.fill(0xff);
    const program = (offset: number, value: number) => {
      flash.write(offset, 4, 0x0040_0040);
      flash.write(offset, 4, value);
    };
    program(SECTOR + 8, 0x1234_5678);
    expect(flash.read(0, 4)).toBe(0x0080_0080);
    program(SECTOR + 8, 0x00ff_00ff);
    program(0, 0x5555_5555);
    flash.write(0, 4, 0x00ff_00ff);
    expect(flash.read(SECTOR + 8, 4)).toBe(0x0034_0078);
    flash.write(SECTOR + 0x100, 4, 0x0020_0020);
    flash.write(SECTOR + 0x100, 4, 0x00d0_00d0);
    expect(flash.read(0, 4)).toBe(0x0080_0080);
    flash.write(0, 4, 0x00ff_00ff);
    expect([flash.read(SECTOR + 8, 4), flash.read(0, 4)]).toEqual([0xffff_ffff, 0x5555_5555]);
    expect(changes.at(-1)).toEqual([SECTOR, SECTOR]);
  });

  it('programs a buffer once it is confirmed', () => {
    const { memory, flash } = make();
    memory.fill(0xff);
    const buffer = (confirmation: number) => {
      flash.write(0x100, 4, 0x00e8_00e8);
      expect(flash.read(0x100, 4)).toBe(0x0080_0080);
      flash.write(0x100, 4, 0x0003_0003);
      for (let i = 0; i < 4; i++) flash.write(0x100 + 4 * i, 4, 0x1111_1111 * (i + 1));
      flash.write(0x100, 4, confirmation);
    };
    buffer(0x00ff_00ff);
    expect(flash.read(0, 4)).toBe(0x0090_0090);
    expect(memory.read(0x104, 4)).toBe(0xffff_ffff);
    flash.write(0, 4, 0x0050_0050);
    buffer(0x00d0_00d0);
    expect(flash.read(0, 4)).toBe(0x0080_0080);
    expect([memory.read(0x100, 4), memory.read(0x10c, 4)]).toEqual([0x1111_1111, 0x4444_4444]);
  });

  it('refuses an erase that is not confirmed', () => {
    const { memory, flash } = make('big');
    memory.fill(0x5a);
    flash.write(0, 4, 0x0020_0020);
    flash.write(0, 4, 0x00ff_00ff);
    expect(flash.read(0, 4)).toBe(0x00b0_00b0);
    expect([flash.read(0, 1), flash.read(0, 2)]).toEqual([0xb0, 0xb0]);
    flash.write(0, 4, 0x0050_0050);
    flash.write(0, 4, 0x0070_0070);
    expect(flash.read(0, 4)).toBe(0x0080_0080);
    expect(memory.read(0, 4)).toBe(0x5a5a_5a5a);
  });
});
