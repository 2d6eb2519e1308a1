import type { Endian } from '@kseg/elf';
import { link } from '@kseg/ld';
import { Xv6Fs } from '@kseg/xv6';
import { checkOption, UnixError } from './errors.ts';
import { fileBytes, objectBytes } from './prebuilt.ts';

export { UnixError, type UnixErrorCode } from './errors.ts';

const ENDIANS: readonly Endian[] = ['little', 'big'];

/** Told by the tag: each realm has a Uint8Array of its own. */
const isBytes = (value: unknown): boolean => Object.prototype.toString.call(value) === '[object Uint8Array]';

export interface UnixOptions {
  /** Byte order of the CPU, `'little'` by default. The disk's format is the same for both, the programs are not. */
  readonly endian?: Endian;
}

export interface UnixKernelOptions extends UnixOptions {
  /**
   * The driver to link: `'ata'` finds its file system on the board's first ATA disk, `'memide'` carries it along in
   * the kernel's own image.
   */
  readonly disk: 'ata' | 'memide';
  /** The file system of a `'memide'` kernel; `unixFs()` by default. */
  readonly fs?: Uint8Array;
}

/** The files of the guest's disk by name: its programs as ELF executables, and README. @throws KSEG_UNIX_OPTION */
export function unixFiles({ endian = 'little' }: UnixOptions = {}): Record<string, Uint8Array> {
  checkOption('endian', endian, ENDIANS);
  return fileBytes(endian);
}

/** An xv6 file system with `unixFiles()` in its root. @throws KSEG_UNIX_OPTION */
export function unixFs(options: UnixOptions = {}): Uint8Array {
  const files = Object.entries(unixFiles(options));
  return Xv6Fs.make({ entries: files.map(([path, bytes]) => ({ path, type: 'file', bytes })) }).bytes();
}

/** The kernel, linked from its prebuilt objects: an ELF executable for the r4k board's `boot`. @throws KSEG_UNIX_OPTION */
export function unixKernel(options: UnixKernelOptions): Uint8Array {
  const { disk, endian = 'little', fs } = options ?? {};
  checkOption('disk', disk, ['ata', 'memide']);
  checkOption('endian', endian, ENDIANS);
  if (fs !== undefined && !isBytes(fs))
    throw new UnixError('KSEG_UNIX_OPTION', 'fs is no file system: give its bytes, as unixFs() and Xv6Fs do', {
      option: 'fs',
    });
  const object = (name: 'kernel' | 'ata' | 'memide') => ({ name: `${name}.o`, bytes: objectBytes(endian, name) });
  const blob = { name: 'fs.img', bytes: fs ?? unixFs({ endian }), format: 'binary' } as const;
  const objects = [object('kernel'), object(disk), ...(disk === 'memide' ? [blob] : [])];
  return link({ objects, entry: '_start' }).bytes;
}
