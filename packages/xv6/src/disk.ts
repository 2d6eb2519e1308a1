import { Xv6Error } from './errors.ts';

/** Bytes of a disk sector. */
const SECTOR = 512;
/** Where the boot signature stands; code may fill what is before. */
const SIGNATURE = 510;

/**
 * A boot sector: the code, zeros, and the signature 55 AA in the last two bytes.
 *
 * @throws Xv6Error `KSEG_XV6_TOO_LONG` when the code has more than 510 bytes
 */
export function bootBlock(code: Uint8Array): Uint8Array {
  if (code.length > SIGNATURE) {
    const message = `boot block too large: ${code.length} bytes, ${SIGNATURE} fit`;
    throw new Xv6Error('KSEG_XV6_TOO_LONG', message, { size: code.length, limit: SIGNATURE });
  }
  const block = new Uint8Array(SECTOR);
  block.set(code);
  block.set([0x55, 0xaa], SIGNATURE);
  return block;
}

export interface DiskImageOptions {
  /** The kernel's ELF file, put at sector 1. */
  readonly kernel: Uint8Array;
  /** Sector 0, from {@link bootBlock}; without one it stays zero, as in the MIPS port. */
  readonly boot?: Uint8Array | undefined;
  /** Sectors of the image, 10,000 by default. */
  readonly sectors?: number | undefined;
}

/** `xv6.img`: boot block, kernel at sector 1, zeros up to the size asked for. @throws Xv6Error `KSEG_XV6_TOO_LONG` */
export function diskImage({ kernel, boot, sectors = 10_000 }: DiskImageOptions): Uint8Array {
  const size = sectors * SECTOR;
  if (kernel.length + SECTOR > size) {
    const needed = Math.ceil(kernel.length / SECTOR) + 1;
    const message = `the kernel needs ${needed} sectors with the boot block, the image has ${sectors}`;
    throw new Xv6Error('KSEG_XV6_TOO_LONG', message, { needed, sectors });
  }
  const image = new Uint8Array(size);
  if (boot !== undefined) image.set(boot.length === SECTOR ? boot : bootBlock(boot));
  image.set(kernel, SECTOR);
  return image;
}
