import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arena } from './arena.ts';
import type { Width } from './device.ts';
import { type Endian, Memory } from './memory.ts';

const SIZE = 8192;
const make = (endian: Endian) => new Memory(new Arena([{ name: 'ram', bytes: SIZE }]), 'ram', endian);
const access = fc.record({
  width: fc.constantFrom<Width>(1, 2, 4),
  slot: fc.nat(SIZE / 4 - 1),
  byte: fc.nat(3),
  value: fc.nat(0xffff_ffff),
});

describe.each<Endian>(['little', 'big'])('memory, %s-endian', (endian) => {
  it('is a DataView of the guest’s byte order', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 60 }), (accesses) => {
        const memory = make(endian);
        const model = new DataView(new ArrayBuffer(SIZE));
        const little = endian === 'little';
        for (const { width, slot, byte, value } of accesses) {
          const offset = slot * 4 + (byte & -width & 3);
          memory.write(offset, width, value);
          if (width === 4) model.setUint32(offset, value, little);
          else if (width === 2) model.setUint16(offset, value, little);
          else model.setUint8(offset, value);
        }
        for (const { width, slot } of accesses) {
          const offset = slot * 4;
          const want =
            width === 4
              ? model.getUint32(offset, little)
              : width === 2
                ? model.getUint16(offset, little)
                : model.getUint8(offset);
          expect(memory.read(offset, width)).toBe(want);
        }
        expect(Buffer.compare(memory.readBytes(0, SIZE), new Uint8Array(model.buffer))).toBe(0);
      }),
    );
  });

  it('reads back the bytes it was given, wherever they start', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(SIZE - 300), (bytes, offset) => {
        const memory = make(endian);
        memory.writeBytes(offset, bytes);
        expect(Buffer.compare(memory.readBytes(offset, bytes.length), bytes)).toBe(0);
        const copy = new Uint8Array(SIZE);
        copy.set(bytes, offset);
        expect(Buffer.compare(memory.readBytes(0, SIZE), copy)).toBe(0);
      }),
    );
  });

  it('fills any span and nothing else', () => {
    fc.assert(
      fc.property(fc.nat(SIZE - 100), fc.nat(100), (offset, length) => {
        const memory = make(endian);
        memory.fill(0xa5, offset, length);
        const want = new Uint8Array(SIZE).fill(0xa5, offset, offset + length);
        expect(Buffer.compare(memory.readBytes(0, SIZE), want)).toBe(0);
      }),
    );
  });

  it('tells a watcher exactly the marked bytes that change, by every way in', () => {
    const memory = make(endian);
    memory.codePages[1] = 1;
    const seen: [number, number][] = [];
    const watch = memory.watchCode((offset, length) => seen.push([offset, length]));
    memory.write(0, 4, 1);
    memory.write(4096, 1, 1);
    memory.writeBytes(4090, new Uint8Array(10));
    memory.fill(0, 0, SIZE);
    expect(seen).toEqual([
      [4096, 1],
      [4096, 4],
      [4096, 4096],
    ]);
    watch.dispose();
    memory.write(4096, 4, 2);
    expect(seen).toHaveLength(3);
  });
});

it('refuses what is outside and what is no page', () => {
  const memory = make('little');
  expect(() => memory.readBytes(SIZE - 1, 2)).toThrow(expect.objectContaining({ code: 'KSEG_BUS_MEMORY_RANGE' }));
  expect(() => memory.writeBytes(-1, new Uint8Array(1))).toThrow(
    expect.objectContaining({ code: 'KSEG_BUS_MEMORY_RANGE' }),
  );
  const odd = new Arena([{ name: 'odd', bytes: 100 }]);
  expect(() => new Memory(odd, 'odd', 'big')).toThrow(expect.objectContaining({ code: 'KSEG_BUS_MEMORY_SIZE' }));
});
