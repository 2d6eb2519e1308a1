import { type ElfSection, readElf, SHT } from '@kseg/elf';
import { type Layout, type LinkInput, type LinkOptions, type LinkResult, link } from '@kseg/ld';
import { Xv6Error } from './errors.ts';
import type { Xv6Fs } from './fs.ts';

export interface KernelMemfsOptions extends Omit<LinkOptions, 'objects'> {
  /** The kernel's objects, with memide in the place of the disk driver. */
  readonly objects: readonly LinkInput[];
  /** The first process's code, a flat binary. */
  readonly initcode: Uint8Array;
  /** The file system to embed. */
  readonly fs: Xv6Fs | Uint8Array;
  /** Further blobs by name, embedded behind `initcode` and in front of the file system. */
  readonly blobs?: Readonly<Record<string, Uint8Array>> | undefined;
}

/** Where xv6's MIPS port puts its kernel: linked at KERNBASE + 1 MB, loaded at 1 MB. */
export const KERNEL_LAYOUT: Layout = {
  entry: '_start',
  statements: [
    { assign: '.', to: 0x8010_0000 },
    { section: '.text', loadAddress: 0x10_0000, contents: [{ sections: ['.text', '.text.*'] }] },
    { assign: 'etext', to: '.', provide: true },
    { section: '.rodata', contents: [{ sections: ['.rodata', '.rodata.*'] }] },
    { assign: '.', to: 'ALIGN(0x1000)' },
    { assign: 'data', to: '.', provide: true },
    { section: '.data', contents: [{ sections: ['.data', '.data.*', '.sdata', '.sdata.*', '.lit4', '.lit8'] }] },
    { assign: 'edata', to: '.', provide: true },
    { section: '.bss', contents: [{ sections: ['.sbss', '.sbss.*', '.scommon', '.bss', '.bss.*', 'COMMON'] }] },
    { assign: 'end', to: '.', provide: true },
    { section: '/DISCARD/', contents: [{ sections: ['.eh_frame', '.note.*', '.comment', '.pdr', '.mdebug.*'] }] },
  ],
};

/**
 * Links an xv6 kernel with its file system inside: objects, then `initcode` and `fs.img` as blobs, which the kernel
 * finds by `_binary_initcode_start`, `_binary_fs_img_start`, `_binary_fs_img_size` and so on.
 *
 * @throws LinkError with everything that is wrong with the link
 */
export function kernelMemfs(options: KernelMemfsOptions): LinkResult {
  const { objects, initcode, fs, blobs = {}, layout = KERNEL_LAYOUT, ...rest } = options;
  const blob = (name: string, bytes: Uint8Array): LinkInput => ({ name, bytes, format: 'binary' });
  return link({
    ...rest,
    layout,
    objects: [
      ...objects,
      blob('initcode', initcode),
      ...Object.entries(blobs).map(([name, bytes]) => blob(name, bytes)),
      blob('fs.img', imageBytes(fs)),
    ],
  });
}

/** An image's bytes, whichever form it comes in. */
export function imageBytes(fs: Xv6Fs | Uint8Array): Uint8Array {
  return fs instanceof Uint8Array ? fs : fs.bytes();
}

/**
 * Puts another file system into a linked kernel that has one: the bytes at `_binary_fs_img_start` are replaced.
 *
 * @param name the blob's file name; its symbols are derived from it
 * @throws Xv6Error `KSEG_XV6_SYMBOL` without those symbols, `KSEG_XV6_TOO_LONG` when the sizes differ
 */
export function replaceBlob(kernel: Uint8Array, blob: Uint8Array, name = 'fs.img'): Uint8Array {
  const { bytes, start } = findBlob(kernel, name);
  if (bytes.length !== blob.length) {
    const message = `the kernel has room for ${bytes.length} bytes of ${name}, not ${blob.length}; link it again`;
    throw new Xv6Error('KSEG_XV6_TOO_LONG', message, { room: bytes.length, size: blob.length });
  }
  const out = new Uint8Array(kernel);
  out.set(blob, start);
  return out;
}

/** The blob embedded in a kernel under this file name, and where in the kernel's file it starts. */
export function findBlob(kernel: Uint8Array, name = 'fs.img'): { bytes: Uint8Array; start: number } {
  const elf = readElf(kernel, { name: 'kernel' });
  const stem = `_binary_${name.replace(/[^A-Za-z0-9]/g, '_')}`;
  const value = (suffix: string) => elf.symbols.find((symbol) => symbol.name === `${stem}_${suffix}`)?.value;
  const from = value('start');
  const to = value('end');
  if (from === undefined || to === undefined || to < from)
    throw new Xv6Error('KSEG_XV6_SYMBOL', `the kernel has no ${stem}_start and ${stem}_end: no ${name} in it`, {
      name,
    });
  const holds = ({ type, address, size }: ElfSection) =>
    type !== SHT.NOBITS && type !== SHT.NULL && from >= address && to <= address + size;
  const section = elf.sections.find((one) => one.address !== 0 && holds(one));
  if (section === undefined)
    throw new Xv6Error('KSEG_XV6_SYMBOL', `${stem}_start does not lie in a section of the kernel`, { name });
  const start = section.offset + from - section.address;
  return { bytes: kernel.subarray(start, start + to - from), start };
}
