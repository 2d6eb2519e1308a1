import { asm } from '@kseg/asm';
import { describe, expect, it } from 'vitest';
import { executable } from '../../test/executable.ts';
import { createMachine, type Machine } from '../machine.ts';
import { malta } from './malta.ts';
import { r4k } from './r4k.ts';

const SIZE = 0x40_0000;
const RAM = 0x100_0000;

/** Erases the block at kseg1 address `flash` + 0x10000, programs a word there, and reads both. */
const writer = (flash: number) => asm`
        .set noreorder
        li      $s0, ${flash + 0x1_0000}
        li      $t0, 0x20
        sw      $t0, 0($s0)
        li      $t0, 0xd0
        sw      $t0, 0($s0)
        li      $t0, 0x40
        sw      $t0, 0($s0)
        li      $t0, 0x12345678
        sw      $t0, 0($s0)
        li      $t0, 0xff
        sw      $t0, 0($s0)
        lw      $s1, 0($s0)
        lw      $s2, 4($s0)
stay:   b       stay
        nop
`;

/** A file's worth of bytes that follows the chip. */
function kept(content?: Uint8Array) {
  const bytes = new Uint8Array(SIZE);
  return {
    bytes,
    options: { ...(content && { flash: content }), onFlash: (at: number, part: Uint8Array) => bytes.set(part, at) },
  };
}

describe.each(['little', 'big'] as const)('flash, %s-endian', (endian) => {
  const run = (machine: Machine, flash: number) => {
    const code = writer(flash).flat({ origin: 0x8010_0000, endian }).bytes;
    machine.boot({ kernel: executable(code, { endian, base: 0x8010_0000 }) });
    machine.run(200);
    return [17, 18].map((register) => machine.cpu.gpr(register));
  };
  const word = endian === 'little' ? [0x78, 0x56, 0x34, 0x12] : [0x12, 0x34, 0x56, 0x78];

  it.each([
    ['malta', malta, 0xbe00_0000],
    ['r4k', r4k, 0xbfc0_0000],
  ] as const)('of %s takes what it held, and tells what the guest puts there', (_, board, flash) => {
    const before = new Uint8Array(SIZE).fill(0xee, 0x2_0000);
    const { bytes, options } = kept(before);
    expect(run(createMachine(board({ endian, ram: RAM, ...options })), flash)).toEqual([0x1234_5678, 0xffff_ffff]);
    expect([...bytes.subarray(0x1_0000, 0x1_0008)]).toEqual([...word, 0xff, 0xff, 0xff, 0xff]);
    expect([bytes[0x2_0000], bytes[SIZE - 1]]).toEqual([0xee, 0xee]);
    const again = createMachine(board({ endian, ram: RAM, flash: bytes }));
    expect([...again.read((flash & 0x1fff_ffff) + 0x1_0000, 4)]).toEqual(word);
  });
});

it('lays firmware over the start of what the flash held, and leaves the rest', () => {
  const { bytes, options } = kept(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
  const firmware = Uint8Array.from([0, 0, 0, 0x10]); // b .+4
  createMachine(malta({ bios: firmware, ...options }));
  expect([...bytes.subarray(0, 10)]).toEqual([0, 0, 0, 0x10, 5, 6, 7, 8, 9, 0xff]);
});

it('tells what it holds after a snapshot was loaded', () => {
  const { bytes, options } = kept();
  const board = () => malta({ ram: 1 << 20, ...options });
  const snapshot = createMachine(malta({ ram: 1 << 20, flash: Uint8Array.of(42), onFlash() {} })).save();
  const machine = createMachine(board());
  expect(bytes[0]).toBe(0xff);
  machine.load(snapshot);
  expect(bytes[0]).toBe(42);
});

it('refuses more than the chip holds', () => {
  expect(() => r4k({ flash: new Uint8Array(SIZE + 1) })).toThrow(
    expect.objectContaining({ code: 'KSEG_MACHINE_FLASH_SIZE' }),
  );
});
