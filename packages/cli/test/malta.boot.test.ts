import { assembleFlat } from '@kseg/asm';
import { readElf } from '@kseg/elf';
import { createMachine, type Machine, malta } from '@kseg/machine';
import { unixKernel } from '@kseg/unix';
import { expect, it } from 'vitest';

type Endian = 'little' | 'big';

/**
 * Firmware that makes a Malta look like the board of our Unix: it moves the system controller's windows so that the ISA ports appear at
 * 0x14000000, leaves the parameter block below 16 MB, and jumps to the kernel. The system controller's registers are little-endian.
 */
function firmware(endian: Endian, ram: number, entry: number): Uint8Array {
  const moves: readonly (readonly [address: number, value: number])[] = [
    [0xb400_0068, 0xdf],
    [0xbbe0_0058, 0x1000_0000 >>> 21],
    [0xbbe0_0060, 0x1f],
    [0xbbe0_0080, 0x1820_0000 >>> 21],
    [0xbbe0_0088, 0x0bc0_0000 >>> 21],
    [0xbbe0_0048, 0x1400_0000 >>> 21],
    [0xbbe0_0050, 0x0400_0000 >>> 21],
  ];
  const store = (address: number, value: number) => `li $t0, ${address}; li $t1, ${value}; sw $t1, 0($t0)\n`;
  const swapped = (value: number) => (endian === 'little' ? value : (value << 24) | ((value & 0xff00) << 8)) >>> 0;
  const text = `
        .set    noreorder
        b       start
        nop
        .space  0x18                    # the board's revision lies in between
start:
        ${moves.map(([address, value]) => store(address, swapped(value))).join('')}
        ${store(0x80ff_fef8, ram)}${store(0x80ff_fefc, 0x1234_5678)}
        li      $t0, ${entry}
        jr      $t0
        nop
  `;
  return assembleFlat(text, { origin: 0xbfc0_0000, endian }).bytes;
}

function booted(endian: Endian): Machine {
  const ram = 32 << 20;
  const kernel = readElf(unixKernel({ disk: 'memide', endian }));
  const machine = createMachine(malta({ endian, ram, bios: firmware(endian, ram, kernel.header.entry) }));
  for (const { type, vaddr, bytes } of kernel.segments) if (type === 1) machine.write(vaddr & 0x1fff_ffff, bytes);
  return machine;
}

it.each(['little', 'big'] as const)(
  'the same Unix runs on a %s-endian Malta whose firmware knows what it wants',
  (endian) => {
    const machine = booted(endian);
    let text = '';
    let over = false;
    machine.console!.onOutput((byte) => {
      if (byte !== 0x0d) text += String.fromCharCode(byte);
    });
    const steps = ['ls | wc', 'selftest'].map((line) => ({ expect: '$ ', send: `${line}\n` }));
    machine.console!.script([...steps, { expect: '$ ' }], () => {
      over = true;
      machine.stop();
    });
    while (!over && machine.now < 3e9) machine.run(10_000_000);
    expect(text).toMatch(/\nselftest: \d{3} passed, 0 failed\n/);
  },
);
