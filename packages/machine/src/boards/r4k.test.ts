import { asm } from '@kseg/asm';
import { MemoryBlocks } from '@kseg/devices';
import { describe, expect, it } from 'vitest';
import { executable } from '../../test/executable.ts';
import { createMachine, type Machine } from '../machine.ts';
import { type R4kOptions, r4k } from './r4k.ts';

const MB = 0x10_0000;
const ISA = 0x1400_0000;
const PARAMETERS = 0x00ff_fef8;

const idle = asm`
        .set noreorder
stay:   b       stay
        nop
`;

describe.each(['little', 'big'] as const)('a %s-endian r4k', (endian) => {
  const make = (options: R4kOptions = {}): Machine => createMachine(r4k({ endian, ram: 64 * MB, ...options }));
  const kernel = (base: number) => executable(idle.flat({ origin: base, endian }).bytes, { endian, base });
  const string = (machine: Machine, address: number) =>
    new TextDecoder().decode(machine.read(address, 256)).split('\0')[0];

  it('enters a kernel as if the CPU had just been reset, with nothing in its registers', () => {
    const machine = make();
    machine.boot({ kernel: kernel(0x8010_0000) });
    expect(machine.cpu.pc).toBe(0x8010_0000);
    expect(Array.from({ length: 32 }, (_, i) => machine.cpu.gpr(i))).toEqual(new Array(32).fill(0));
    // Status, Cause, PageMask, Wired: guests rely on these.
    expect([12, 13, 5, 6].map((register) => machine.cpu.readCp0(register))).toEqual([0x0040_0004, 0, 0, 0]);
    expect(machine.map.peek(0x10_0000, 4)).toBe(0x1000_ffff);
  });

  it('leaves RAM size, magic number and command line below 16 MB, in its byte order', () => {
    const machine = make();
    machine.boot({ kernel: kernel(0x8000_0000), append: 'console=ttyS0 quiet' });
    const [size, magic] = [0, 4].map((at) => machine.map.peek(PARAMETERS + at, 4));
    expect([size, magic, string(machine, PARAMETERS + 8)]).toEqual([64 * MB, 0x1234_5678, 'console=ttyS0 quiet']);
  });

  it('puts an initrd at the next 64 KB behind the kernel, and tells where', () => {
    const machine = make();
    const initrd = new Uint8Array(70_000).fill(9);
    machine.boot({ kernel: kernel(0x8010_0000), initrd, append: 'quiet' });
    expect(string(machine, PARAMETERS + 8)).toBe('rd_start=0x80110000 rd_size=70000 quiet');
    expect([...machine.read(0x0011_0000 + 69_999, 2)]).toEqual([9, 0]);
  });

  it('has its devices where a PC has them, at plain byte addresses in both byte orders', () => {
    const machine = make({ hda: new MemoryBlocks(16) });
    const port = (at: number) => machine.map.read(ISA + at, 1);
    // Line status of both UARTs, a port where nothing is, ISA memory, the power register.
    expect([0x3fd, 0x2fd, 0x5fd].map(port)).toEqual([0x60, 0x60, 0xff]);
    expect(machine.map.read(0x100a_0000, 4)).toBe(0xffff_ffff);
    expect(machine.map.read(0x1fbf_0000, 4)).toBe(0);
    // The 8042's self test, the clock chip's register D, an ATA drive that is ready, a channel without drives.
    machine.map.write(ISA + 0x64, 1, 0xaa);
    expect([port(0x64) & 1, port(0x60)]).toEqual([1, 0x55]);
    machine.map.write(ISA + 0x70, 1, 0x0d);
    expect([port(0x71), port(0x1f7) & 0xc0, port(0x177)]).toEqual([0x80, 0x40, 0]);
  });

  it('takes the bytes of an image for a disk, and each machine its own copy', () => {
    const image = new Uint8Array(16 * 512).fill(7);
    const board = r4k({ hda: image, ram: MB });
    const early = createMachine(board);
    image.fill(9);
    const sectors = [early, createMachine(board)].map((machine) => {
      // One sector from the drive's first, by its number.
      for (const [i, value] of [1, 0, 0, 0, 0xe0, 0x20].entries()) machine.map.write(ISA + 0x1f2 + i, 1, value);
      machine.skip(machine.idle);
      return machine.map.read(ISA + 0x1f0, 2);
    });
    expect(sectors).toEqual([0x0707, 0x0909]);
  });

  it('has an NE2000 at 0x300 whose address PROM ends in 0x57 0x57', () => {
    const machine = make();
    const out = (at: number, value: number) => machine.map.write(ISA + 0x300 + at, 1, value);
    machine.map.read(ISA + 0x31f, 1);
    // Stop; bytes wide; remote read of 32 bytes from 0.
    for (const [at, value] of [
      [0, 0x21],
      [0xe, 0x48],
      [0xa, 32],
      [0xb, 0],
      [8, 0],
      [9, 0],
      [0, 0x0a],
    ])
      out(at!, value!);
    const prom = Array.from({ length: 32 }, () => machine.map.read(ISA + 0x310, 1));
    expect([prom[0], prom[2], prom[4]]).toEqual([0x52, 0x54, 0x00]);
    expect([prom[28], prom[30]]).toEqual([0x57, 0x57]);
    expect(machine.map.read(ISA + 0x307, 1) & 0x40).toBe(0x40);
  });

  it('is reset and turned off by 42 in its power register, and by nothing else', () => {
    const machine = make();
    machine.boot({ kernel: kernel(0x8010_0000) });
    machine.map.write(0x1fbf_0004, 4, 41);
    expect(machine.run(10).kind).toBe('budget');
    machine.cpu.setGpr(4, 77);
    machine.map.write(0x1fbf_0000, 4, 42);
    expect([machine.run(10).kind, machine.cpu.gpr(4)]).toEqual(['budget', 0]);
    machine.map.write(0x1fbf_0004, 4, 42);
    expect(machine.run(10).kind).toBe('powerOff');
  });

  it('takes no more than 256 MB, and no command line longer than its block', () => {
    expect(() => make({ ram: 512 * MB })).toThrow(expect.objectContaining({ code: 'KSEG_MACHINE_RAM_SIZE' }));
    expect(() => make().boot({ kernel: kernel(0x8010_0000), append: 'x'.repeat(300) })).toThrow(
      /KSEG|command line|256/,
    );
  });
});
