// Malta's firmware: how a file of it becomes the flash, and what stands for it when a kernel is loaded without one.
import type { Endian } from '@kseg/bus';
import {
  type BootTarget,
  bootString,
  bootWords,
  checkFits,
  type Images,
  loadSegments,
  physicalOf,
  readKernel,
} from '../boot.ts';
import { bootRom, REVISION_AT } from './malta-rom.ts';

const MB = 0x10_0000;
/** RAM from physical 0 on, at most. */
export const LOW_RAM = 256 * MB;
export const FLASH_SIZE = 4 * MB;
/** Where the CPU starts. */
export const ROM = 0x1fc0_0000;

/** What the reset vector's window shows: the flash as it is at power-on, with the board's revision word over it. */
export function withRevision(flash: Uint8Array, endian: Endian): Uint8Array {
  const bytes = new Uint8Array(flash);
  bytes.set(bootWords(endian, [REVISION]), REVISION_AT);
  return bytes;
}

/** The firmware in a file, in the guest's byte order. */
export function nativeOrder(file: Uint8Array, endian: Endian): Uint8Array {
  if (endian === 'big' || startsCode(file)) return file;
  const bytes = new Uint8Array(Math.ceil(Math.min(file.length, FLASH_SIZE) / 4) * 4).fill(0xff);
  bytes.set(file.subarray(0, bytes.length));
  for (let at = 0; at < Math.min(bytes.length, SWAPPED); at += 4) bytes.subarray(at, at + 4).reverse();
  return bytes;
}

/** How much of the flash a little-endian board shows with its words swapped. */
const SWAPPED = 0x3e_0000;

/** Whether the first word, read as a little-endian core fetches it, is a branch or a jump: how every reset vector begins. */
function startsCode(file: Uint8Array): boolean {
  const opcode = (file[3] ?? 0) >>> 2;
  return opcode === 2 || opcode === 4;
}

/** A CoreLV card (bits 15:10) with a GT-64120 (bits 31:24). */
const REVISION = 0x0000_0420;

/** The environment block: 16 pointers, then as many strings of 256 bytes. */
const ENVIRONMENT = 0x2000;
const POINTERS = 16;
const STRING = 256;

/**
 * What YAMON leaves behind, as QEMU's `-kernel` does it: segments at their physical address (which may be given as the one in kseg0), an
 * initrd high in low RAM, the environment block at 0x2000, and a boot ROM that opens the GT-64120's windows and calls the entry point with
 * argc, argv, envp and the size of low RAM.
 */
export function bootMalta(target: BootTarget, { kernel, initrd, append = '' }: Images): void {
  const low = { ...target, ramSize: Math.min(target.ramSize, LOW_RAM) };
  const file = readKernel(low, kernel);
  loadSegments(low, file, ({ paddr }) => physicalOf(paddr));
  let commandLine = append;
  if (initrd !== undefined) {
    const base = Math.ceil((low.ramSize - initrd.length - 0x2_0000) / 0x1_0000) * 0x1_0000;
    checkFits(low, 'the initrd', base < 0 ? low.ramSize : base, initrd.length);
    low.write(base, initrd);
    commandLine = `rd_start=0xffffffff${(0x8000_0000 + base).toString(16)} rd_size=${initrd.length} ${append}`;
  }
  environment(low, [
    'kernel',
    commandLine,
    ...['memsize', `${low.ramSize}`],
    ...['ememsize', `${target.ramSize}`],
    ...['modetty0', '38400n8r'],
    // Constant, so that equal inputs give equal machines.
    ...['rngseed', '0'.repeat(64)],
  ]);
  const { write, endian } = target;
  const entry = { pc: file.header.entry, sp: 0x8000_1fc0, arguments: [2, 0x8000_2000, 0x8000_2008, low.ramSize] };
  write(ROM, bootWords(endian, bootRom(endian, REVISION, entry)));
  target.cpu.pc = 0xbfc0_0000;
  // The loader clears ERL, BEV stays.
  target.cpu.writeCp0(12, 0x0040_0000);
}

function environment({ write, endian }: BootTarget, strings: readonly string[]): void {
  const place = (i: number) => ENVIRONMENT + 4 * POINTERS + STRING * i;
  write(
    ENVIRONMENT,
    bootWords(
      endian,
      Array.from({ length: POINTERS }, (_, i) => (i < strings.length ? 0x8000_0000 + place(i) : 0)),
    ),
  );
  for (const [i, string] of strings.entries()) write(place(i), bootString(string, STRING));
}
