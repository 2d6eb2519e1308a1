import { assembleGaia } from '@kseg/asm/gaia';
import type { GaiaCpu } from '@kseg/gaia';
import { demoSource } from '@kseg/gaia/demo';
import { describe, expect, it } from 'vitest';
import { createMachine, type Gaia3Options, gaia3, type Machine } from '../index.ts';

const demo = () => assembleGaia([{ name: 'demo.s', text: demoSource }]).bytes;

/** A machine with the demo, and what it prints. */
function machineWith(options: Gaia3Options = {}): { machine: Machine<GaiaCpu>; text: () => string } {
  const machine = createMachine(gaia3({ fast: true, ...options }));
  const bytes: number[] = [];
  machine.console!.onOutput((byte) => bytes.push(byte));
  machine.boot({ kernel: demo() });
  return { machine, text: () => String.fromCharCode(...bytes) };
}

/** Sends `keys` at the next prompt and runs to the prompt behind, or to the end. */
function command(machine: Machine<GaiaCpu>, keys: string): string {
  let text = '';
  const output = machine.console!.onOutput((byte) => {
    text += String.fromCharCode(byte);
    if (text.endsWith('\n> ')) machine.stop();
  });
  machine.console!.send(keys);
  machine.run(50_000_000);
  output.dispose();
  return text;
}

const booted = (options?: Gaia3Options) => {
  const made = machineWith(options);
  command(made.machine, '');
  return made;
};

describe('board gaia3', () => {
  it('boots the demo through the ROM’s serial protocol', () => {
    const { text } = booted({ fast: false });
    expect(text()).toMatch(
      /^\r\nGAIA Architecture\r\n\r\nWaiting for input\.\.\.\r\n\rLoading\.\.\. \[0 KB \/ \d KB\]/,
    );
    expect(text()).toMatch(/Loading completed! {14}\r\n\r\n\r\nkseg: a monitor for GAIA3\r\n> $/);
  });

  it('loads as much as the SRAM holds', () => {
    const machine = createMachine(gaia3());
    const image = new Uint8Array(4 + (4 << 20) - 0x2000).fill(0xff, 4);
    new DataView(image.buffer).setUint32(0, image.length - 4, true);
    machine.boot({ kernel: image });
    expect(machine.run(200_000_000).kind).toBe('powerOff');
    expect(machine.cpu.pc).toBe(0x2000);
    expect(machine.read(0x3f_fffc, 4)).toEqual(image.subarray(-4));
  });

  it('boots it at once with `fast`, and ends when it goes back to the ROM', () => {
    const { machine, text } = booted();
    expect(text()).toBe('\r\nkseg: a monitor for GAIA3\r\n> ');
    machine.console!.send('q');
    expect(machine.run(1_000_000).kind).toBe('powerOff');
    expect(machine.cpu.pc).toBe(0x8000_0000);
  });

  it.each(['hardware', 'strict', 'vivt'] as const)('lets two tasks take turns behind one address (mmu %s)', (mmu) => {
    const { machine } = booted({ mmu });
    const letters = command(machine, 't').replace(/[^AB]/g, '');
    expect(letters).toMatch(/^(A+B+){4,}/);
  });

  it('draws a picture with either FPU', () => {
    for (const fpu of ['rtl', 'ieee'] as const) {
      const picture = command(booted({ fpu }).machine, 'p').split('\r\n').slice(1, 22);
      expect(picture.map((line) => line.length)).toEqual(new Array(21).fill(64));
      expect(picture[10]).toMatch(/^\.+.* {40}.*\.$/);
    }
  });

  it('dumps memory and registers', () => {
    const text = command(booted().machine, 'd 80000000\r');
    expect(text).toContain('\r\n80000000 3f000040 0ff80000 ');
  });

  it.each(['hardware', 'vivt'] as const)(
    'goes on from a snapshot as if nothing had happened, in the middle of the tasks (mmu %s)',
    (mmu) => {
      const { machine } = booted({ mmu });
      machine.console!.send('t');
      machine.run(3_000_000);
      const snapshot = machine.save();
      const other = createMachine(gaia3({ mmu }));
      other.load(snapshot);
      expect(other.hash()).toBe(machine.hash());
      machine.run(2_345_678);
      other.run(1_000_000);
      other.run(1_345_678);
      expect(other.hash()).toBe(machine.hash());
      expect(() => createMachine(gaia3({ mmu, fpu: 'ieee' })).load(snapshot)).toThrow(/another board/);
    },
  );

  it('starts over on reset', () => {
    const { machine, text } = booted();
    machine.reset();
    command(machine, '');
    expect(text()).toBe('\r\nkseg: a monitor for GAIA3\r\n> '.repeat(2));
  });

  it('refuses images that the ROM would hang on', () => {
    const machine = createMachine(gaia3());
    const image = (size: number, length: number) => {
      const bytes = new Uint8Array(4 + length);
      new DataView(bytes.buffer).setUint32(0, size, true);
      return bytes;
    };
    const refusal = (bytes: Uint8Array) => {
      try {
        machine.boot({ kernel: bytes });
      } catch (error) {
        return [(error as { code: string }).code, (error as Error).message];
      }
      return [];
    };
    expect(refusal(new Uint8Array(3))).toEqual(['KSEG_MACHINE_GAIA_IMAGE', expect.stringMatching(/has 3 bytes/)]);
    expect(refusal(image(100, 96))).toEqual([
      'KSEG_MACHINE_GAIA_IMAGE',
      expect.stringMatching(/announces 100 bytes, but 96/),
    ]);
    expect(refusal(image(6, 6))).toEqual([
      'KSEG_MACHINE_GAIA_IMAGE',
      expect.stringMatching(/pad it to a multiple of 4/),
    ]);
    expect(refusal(image(4 << 20, 4 << 20))).toEqual(['KSEG_MACHINE_GAIA_IMAGE', expect.stringMatching(/do not fit/)]);
    expect(refusal(image(0, 0))).toEqual([]);
  });
});
