import { asm } from '@kseg/asm';
import { expect, it } from 'vitest';
import { executable } from '../../test/executable.ts';
import { createMachine, type Machine } from '../machine.ts';
import { aor3000 } from './aor3000.ts';

const origin = 0x8000_0400;
/** Prints $1, which the firmware leaves holding the entry point, early and over the JTAG UART. */
const guest = asm`
        .set    noreorder
        .set    noat
        lui     $t0, 0xc000
        srl     $t1, $at, 8
        sb      $t1, -1($t0)
        sw      $at, -16($t0)
        li      $t1, 'x'
        sw      $t1, -16($t0)
1:      b       1b
        nop
`.flat({ origin, endian: 'little' }).bytes;

function output(machine: Machine): number[] {
  const bytes: number[] = [];
  machine.console!.onOutput((byte) => bytes.push(byte));
  machine.run(50);
  return bytes;
}

it('enters a plain image at 0x80000400 and an executable at its entry point, by way of $1', () => {
  const raw = new Uint8Array(0x400 + guest.length);
  raw.set(guest, 0x400);
  for (const kernel of [raw, executable(guest, { endian: 'little', base: origin })]) {
    const machine = createMachine(aor3000());
    machine.boot({ kernel });
    expect(output(machine)).toEqual([0x04, 0x00, 'x'.charCodeAt(0)]);
    expect(machine.cpu.gpr(1)).toBe(origin);
  }
});

it('runs firmware from its boot RAM, which can be written', () => {
  const { bytes } = asm`
        .set    noreorder
        lui     $t0, 0xbfc0
        li      $t1, '!'
        sw      $t1, 0xffc($t0)
        lw      $t2, 0xffc($t0)
        lui     $t0, 0xc000
        sw      $t2, -16($t0)
1:      b       1b
        nop
  `.flat({ origin: 0xbfc0_0000, endian: 'little' });
  const machine = createMachine(aor3000({ bios: bytes }));
  expect(output(machine)).toEqual(['!'.charCodeAt(0)]);
});

it('ticks 100 times a second on IP2, and takes characters on IP3', () => {
  const machine = createMachine(aor3000());
  machine.boot({ kernel: new Uint8Array(0x500) });
  const pending = () => (machine.cpu.readCp0(13) >>> 10) & 3;
  machine.run(499_999);
  expect(pending()).toBe(0);
  machine.run(1);
  expect(pending()).toBe(1);
  machine.map.write(0x1fff_fff8, 4, 0);
  machine.map.write(0x1fff_fff4, 4, 1);
  machine.console!.send('k');
  machine.run(1);
  expect(pending()).toBe(2);
  expect(machine.map.read(0x1fff_fff0, 4)).toBe(0x8000 | 'k'.charCodeAt(0));
  expect(pending()).toBe(0);
});

it('refuses what the SoC has not', () => {
  expect(() => aor3000({ endian: 'big' })).toThrow(expect.objectContaining({ code: 'KSEG_MACHINE_BOARD_OPTION' }));
  expect(() => aor3000({ bios: new Uint8Array(4097) })).toThrow(/takes 4096/);
  const machine = createMachine(aor3000({ ram: 0x1000 }));
  expect(() => machine.boot({ kernel: new Uint8Array(0x1001) })).toThrow(
    expect.objectContaining({ code: 'KSEG_MACHINE_KERNEL_OUTSIDE_RAM' }),
  );
});
