import { checkBytes, type Endian, hex } from '@kseg/bus';
import type { Cpu } from '@kseg/cpu';
import { type ElfFile, ET, loadableSegments, readElf } from '@kseg/elf';
import type { Core } from './core.ts';
import { MachineError } from './errors.ts';
import type { SerialConsole } from './serial.ts';

/** What the user wants to run. */
export interface Images {
  /** What the board's boot protocol takes: an ELF executable for its byte order, or for gaia3 an image with a boot header. */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array | undefined;
  readonly append?: string | undefined;
}

/** Looks again at what the type promises. @throws KSEG_MACHINE_IMAGES, KSEG_BUS_BYTES */
export function checkImages(given: unknown): asserts given is Images {
  const fault = (what: string) =>
    new MachineError('KSEG_MACHINE_IMAGES', `${what}: give { kernel } and, if need be, initrd and append`);
  if (given === null || typeof given !== 'object' || !('kernel' in given))
    throw fault(
      ArrayBuffer.isView(given) ? 'bytes alone do not say what they are' : 'there is no kernel in the images',
    );
  const { kernel, initrd, append } = given as Partial<Record<keyof Images, unknown>>;
  checkBytes(kernel, 'kernel');
  if (initrd !== undefined) checkBytes(initrd, 'initrd');
  if (append !== undefined && typeof append !== 'string') throw fault('append, the command line, is no text');
}

/** What a boot protocol may touch: physical memory, the core's registers, the far end of the first serial line. */
export interface BootTarget<C extends Core = Cpu> {
  readonly board: string;
  readonly endian: Endian;
  /** Bytes of the board's main memory, which starts at physical 0. */
  readonly ramSize: number;
  /** Stores bytes in the guest's order. */
  write(address: number, bytes: Uint8Array): void;
  /** The core, just reset; its registers are the entry state. */
  readonly cpu: C;
  /** For firmware that takes its program from there. */
  readonly console: SerialConsole | undefined;
}

/** Physical address behind a kseg0 or kseg1 address; any other, which an MMU would have to map, is taken as physical. */
export const physicalOf = (address: number): number => (address >>> 30 === 2 ? address & 0x1fff_ffff : address >>> 0);

/** Reads a kernel for this board. @throws KSEG_ELF_… of `@kseg/elf`; KSEG_MACHINE_KERNEL for one that cannot run from where it would be put */
export function readKernel(target: BootTarget, kernel: Uint8Array): ElfFile {
  const file = readElf(kernel, { name: 'kernel', expect: { machine: 'mips', endian: target.endian, type: ET.EXEC } });
  const fault = (why: string) =>
    new MachineError('KSEG_MACHINE_KERNEL', `kernel: ${why}`, { entry: file.header.entry });
  const segments = loadableSegments(file);
  if (segments.length === 0) throw fault('it has no loadable segments, so there is nothing to run');
  const { entry } = file.header;
  if ((entry & 3) !== 0) throw fault(`its entry point ${hex(entry)} is not on a word boundary`);
  if (!segments.some(({ vaddr, memSize }) => entry >= vaddr && entry - vaddr < memSize))
    throw fault(`its entry point ${hex(entry)} lies outside its segments`);
  for (const [i, a] of segments.entries())
    for (const b of segments.slice(i + 1))
      if (a.vaddr < b.vaddr + b.memSize && b.vaddr < a.vaddr + a.memSize)
        throw fault(`its segments at ${hex(a.vaddr)} and ${hex(b.vaddr)} overlap`);
  return file;
}

/**
 * Copies the loadable segments to the physical address that `place` gives for each and returns the first address above them.
 * @throws KSEG_MACHINE_KERNEL_OUTSIDE_RAM
 */
export function loadSegments(
  target: BootTarget,
  file: ElfFile,
  place: (segment: { vaddr: number; paddr: number }) => number = ({ vaddr }) => physicalOf(vaddr),
): number {
  let end = 0;
  const segments = loadableSegments(file);
  for (const segment of segments) {
    const base = place(segment);
    checkFits(target, `the kernel's segment at ${hex(segment.vaddr)}`, base, segment.memSize);
    end = Math.max(end, base + segment.memSize);
  }
  for (const segment of segments) {
    const { bytes, memSize } = segment;
    const base = place(segment);
    target.write(base, bytes);
    // Zeros behind what the file has: .bss.
    if (memSize > bytes.length) target.write(base + bytes.length, new Uint8Array(memSize - bytes.length));
  }
  return end;
}

/** @throws KSEG_MACHINE_KERNEL_OUTSIDE_RAM when the span does not lie in the board's main memory */
export function checkFits(target: BootTarget, what: string, base: number, size: number): void {
  if (base + size <= target.ramSize) return;
  throw new MachineError(
    'KSEG_MACHINE_KERNEL_OUTSIDE_RAM',
    `${what} needs ${size} bytes at physical ${hex(base)}, but board ${target.board} has RAM up to ${hex(target.ramSize - 1)}: give it more RAM or link the kernel lower`,
    { base, size, ramSize: target.ramSize },
  );
}

/** Bytes of `values` as 32-bit words in the guest's order. */
export function bootWords(endian: Endian, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value, endian === 'little');
  return bytes;
}

/** A NUL-terminated string in a field of `size` bytes. @throws KSEG_MACHINE_COMMAND_LINE when it does not fit */
export function bootString(value: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const encoded = new TextEncoder().encode(value);
  if (encoded.length >= size)
    throw new MachineError(
      'KSEG_MACHINE_COMMAND_LINE',
      `the kernel's command line has ${encoded.length} bytes; this board takes ${size - 1}`,
      {
        length: encoded.length,
        limit: size - 1,
      },
    );
  bytes.set(encoded);
  return bytes;
}
