import { asm } from '@kseg/asm';
import { describe, expect, it } from 'vitest';
import { executable } from '../../test/executable.ts';
import { createMachine, type Machine } from '../machine.ts';
import { malta } from './malta.ts';

const MB = 0x10_0000;
const ENTRY = 0x8010_0000;
const ENDIANS = ['little', 'big'] as const;

/** A kernel that stays where it is entered. */
const idle = asm`
        .set noreorder
stay:   b       stay
        nop
`;

function boot(endian: 'little' | 'big', program = idle, options: Parameters<typeof malta>[0] = {}): Machine {
  const machine = createMachine(malta({ endian, ram: 64 * MB, ...options }));
  const { bytes } = program.flat({ origin: ENTRY, endian });
  machine.boot({ kernel: executable(bytes, { endian, base: ENTRY }), append: 'console=ttyS0' });
  return machine;
}

const word = (machine: Machine, address: number) => machine.map.peek(address, 4);
const string = (machine: Machine, address: number) =>
  new TextDecoder().decode(machine.read(address, 256)).split('\0')[0];

describe.each(ENDIANS)('a %s-endian Malta', (endian) => {
  it('enters a kernel as its firmware does', () => {
    const machine = boot(endian);
    machine.run(60);
    const { cpu } = machine;
    const gprs = Array.from({ length: 32 }, (_, i) => cpu.gpr(i));
    const expected = new Array(32).fill(0);
    const k0 = endian === 'little' ? 0x5e : 0x5e00_0000;
    Object.assign(expected, { 4: 2, 5: 0x8000_2000, 6: 0x8000_2008, 7: 64 * MB, 25: ENTRY });
    Object.assign(expected, { 26: k0, 27: 0xbbe0_0088, 29: 0x8000_1fc0, 31: 0xbfc0_0644 });
    expect(gprs).toEqual(expected);
    expect([ENTRY, ENTRY + 4]).toContain(cpu.pc);
    expect(cpu.readCp0(12)).toBe(0x0040_0000);
    expect(cpu.readCp0(13)).toBe(0);
  });

  it('passes the environment block of YAMON', () => {
    const machine = boot(endian);
    const pointers = Array.from({ length: 11 }, (_, i) => word(machine, 0x2000 + 4 * i));
    expect(pointers).toEqual([...Array.from({ length: 10 }, (_, i) => 0x8000_2040 + 0x100 * i), 0]);
    expect(pointers.slice(0, 10).map((at) => string(machine, at - 0x8000_0000))).toEqual([
      'kernel',
      'console=ttyS0',
      'memsize',
      `${64 * MB}`,
      'ememsize',
      `${64 * MB}`,
      'modetty0',
      '38400n8r',
      'rngseed',
      '0'.repeat(64),
    ]);
  });

  it('puts an initrd where Linux looks for it', () => {
    const machine = createMachine(malta({ endian, ram: 256 * MB }));
    const kernel = executable(idle.flat({ origin: ENTRY, endian }).bytes, { endian, base: ENTRY });
    machine.boot({ kernel, initrd: new Uint8Array(1_133_358).fill(7), append: 'quiet' });
    expect(string(machine, 0x2140)).toBe('rd_start=0xffffffff8fed0000 rd_size=1133358 quiet');
    expect([...machine.read(0x0fed_0000 + 1_133_357, 2)]).toEqual([7, 0]);
  });

  it('shows RAM above 256 MB and 512 MB where Malta has it', () => {
    const machine = createMachine(malta({ endian, ram: 768 * MB }));
    machine.map.write(0x8000_0000 + 255 * MB, 4, 1);
    machine.map.write(0x8000_0000 + 513 * MB, 4, 2);
    expect(word(machine, 255 * MB)).toBe(1);
    expect(word(machine, 257 * MB)).toBe(0);
    expect(word(machine, 0x2000_0000 + MB)).toBe(2);
  });

  it('reads 0 in empty slots, all ones from empty ports, and its revision', () => {
    const machine = boot(endian);
    // The boot ROM moves the system controller's windows to where firmware has them.
    machine.run(60);
    const values = [0x1000_0000, 0x1bff_fffc, 0x1800_0400, 0x1fc0_0010, 0x1f00_0208, 0x1f00_0908 + 8 * 4];
    expect(values.map((address) => machine.map.read(address, 4))).toEqual([
      0,
      0,
      0xffff_ffff,
      0x0420,
      endian === 'little' ? 0x10 : 0x12,
      0x60,
    ]);
    expect(machine.map.busError).toBe(false);
  });

  it('makes the core wait for ports on the ISA bus, and for no others', () => {
    const ports = { 'the clock chip': 0x71, 'a serial line': 0x3fd, 'a disk on PCI': 0x1f7 };
    for (const [name, port] of Object.entries(ports)) {
      const machine = boot(
        endian,
        asm`
          lui     $t0, 0xb800
          lbu     $t1, ${port}($t0)
stay:     b       stay
          nop
        `,
      );
      while (machine.cpu.pc !== ENTRY + 4) machine.run(1);
      const { now, instructions } = machine;
      machine.run(1);
      expect([machine.cpu.pc, machine.instructions - instructions]).toEqual([ENTRY + 8, 1]);
      expect([name, machine.now - now]).toEqual([name, name === 'a disk on PCI' ? 1 : 1 + 114]);
    }
  });

  it('prints on its serial ports, and starts the kernel again when it is reset', () => {
    const machine = boot(
      endian,
      asm`
        .set noreorder
        lui     $t0, 0xb800
        li      $t1, 'A'
        sb      $t1, 0x3f8($t0)
        lui     $t0, 0xbf00
        li      $t1, 'B'
        sw      $t1, 0x900($t0)
        li      $t1, 0x42
        sw      $t1, 0x500($t0)         # SOFTRES
stay:   b       stay
        nop
      `,
    );
    const printed: Record<string, string> = { uart0: '', uart2: '' };
    for (const name of Object.keys(printed))
      machine.consoles.get(name)!.onOutput((byte) => {
        printed[name] += String.fromCharCode(byte);
      });
    machine.run(150);
    expect(printed).toEqual({ uart0: 'AA', uart2: 'BB' });
  });
});
