import { EM, ET, readElf, SHF, SHT, writeElf } from '@kseg/elf';
import { describe, expect, it } from 'vitest';
import { bootBlock, diskImage } from './disk.ts';
import { Xv6Fs } from './fs.ts';
import { gaiaKernelMemfs } from './gaia.ts';
import { findBlob, kernelMemfs, replaceBlob } from './kernel.ts';
import { assemblyListing, symbolFile } from './listing.ts';

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
};

const words = (...values: number[]) => {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, i) => {
    new DataView(bytes.buffer).setUint32(i * 4, value, true);
  });
  return bytes;
};

/** A kernel that points at its disk: lui/addiu of `_binary_fs_img_start`, and the size as a word. */
const memide = writeElf({
  endian: 'little',
  type: ET.REL,
  machine: EM.MIPS,
  sections: [
    {
      name: '.text',
      type: SHT.PROGBITS,
      flags: SHF.ALLOC | SHF.EXECINSTR,
      align: 16,
      bytes: words(0x3c020000, 0x24420000, 0x03e00008, 0),
      relocations: [
        { offset: 0, type: 5, symbol: 2 },
        { offset: 4, type: 6, symbol: 2 },
      ],
    },
    {
      name: '.data',
      type: SHT.PROGBITS,
      flags: SHF.ALLOC | SHF.WRITE,
      align: 4,
      bytes: words(0),
      relocations: [{ offset: 0, type: 2, symbol: 3 }],
    },
  ],
  symbols: [
    { name: '_start', value: 0, size: 16, binding: 1, type: 2, section: 1 },
    { name: '_binary_fs_img_start', value: 0, binding: 1, section: 0 },
    { name: '_binary_fs_img_size', value: 0, binding: 1, section: 0 },
  ],
});

describe('kernelMemfs', () => {
  const fs = Xv6Fs.make();
  const { bytes, symbols, entry, sections } = kernelMemfs({
    objects: [{ name: 'memide.o', bytes: memide }],
    initcode: new Uint8Array(64).fill(7),
    fs,
  });
  const elf = readElf(bytes, { expect: { machine: 'mips', endian: 'little', type: ET.EXEC } });

  it('is linked at 1 MB of kseg0 and loaded at 1 MB, with both blobs', () => {
    expect(entry).toBe(0x80100000);
    const load = elf.segments.find(({ type }) => type === 1)!;
    expect([load.vaddr, load.paddr]).toEqual([0x80100000, 0x100000]);
    expect(symbols.get('_binary_initcode_size')).toBe(64);
    const start = symbols.get('_binary_fs_img_start')!;
    expect(symbols.get('_binary_fs_img_end')).toBe(start + 524288);
    const text = new DataView(load.bytes.buffer, load.bytes.byteOffset);
    const loaded = ((text.getUint32(0, true) << 16) + ((text.getUint32(4, true) << 16) >> 16)) >>> 0;
    expect(loaded).toBe(start);
    expect(text.getUint32(sections.find(({ name }) => name === '.data')!.address - 0x80100000, true)).toBe(524288);
  });

  it('gives its file system back, and takes another of the same size', () => {
    expect(Buffer.compare(findBlob(bytes).bytes, fs.bytes())).toBe(0);
    const other = Xv6Fs.make({ entries: [{ path: 'x', type: 'file', bytes: new Uint8Array(3) }] });
    const file = Buffer.from(bytes);
    const replaced = replaceBlob(file, other.bytes());
    expect(Buffer.compare(file, bytes)).toBe(0);
    expect(Xv6Fs.open(findBlob(replaced).bytes).stat('x').size).toBe(3);
    expect(codeOf(() => replaceBlob(bytes, new Uint8Array(3)))).toBe('KSEG_XV6_TOO_LONG');
    expect(codeOf(() => findBlob(bytes, 'disk.img'))).toBe('KSEG_XV6_SYMBOL');
  });

  it('has the symbol file and the listing of xv6’s Makefile', () => {
    expect(symbolFile(elf)).toContain('80100000 _start\n');
    const listing = assemblyListing(elf, (word) => (word === 0x03e00008 ? 'jr ra' : 'other'));
    expect(listing).toContain('80100000 <_start>:\n80100000:\t3c028010 \tother\n');
    expect(listing).toContain('80100008:\t03e00008 \tjr ra\n');
  });

  it('says all that is undefined', () => {
    const broken = () => kernelMemfs({ objects: [], initcode: new Uint8Array(4), fs, endian: 'little' });
    expect(codeOf(broken)).toBe('KSEG_LD_UNDEFINED');
  });
});

it('a GAIA kernel is assembled twice and gets its blobs and boot header', () => {
  const seen: number[] = [];
  const image = gaiaKernelMemfs({
    assemble: (symbols) => {
      seen.push(symbols['_binary_fs_img_start']!);
      return words(symbols['_binary_fs_img_start']!, symbols['_binary__min_rt_size']!, symbols['end']!);
    },
    blobs: {
      initcode: new Uint8Array(68).fill(1),
      '_min-rt': new Uint8Array(8).fill(2),
      'fs.img': new Uint8Array(512).fill(3),
    },
  });
  expect(seen).toEqual([0x80002000 + 76, 0x80002000 + 88]);
  const view = new DataView(image.buffer);
  expect(view.getUint32(0, true)).toBe(image.length - 4);
  expect(image.length - 4).toBe(12 + 68 + 8 + 512);
  expect([4, 8, 12].map((at) => view.getUint32(at, true))).toEqual([0x80002058, 8, 0x80002258]);
  expect([image[16], image[84], image[92]]).toEqual([1, 2, 3]);
});

describe('disk images', () => {
  it('the boot block is 512 bytes and ends in 55 AA', () => {
    const block = bootBlock(new Uint8Array(510).fill(9));
    expect([block.length, block[509], block[510], block[511]]).toEqual([512, 9, 0x55, 0xaa]);
    expect(codeOf(() => bootBlock(new Uint8Array(511)))).toBe('KSEG_XV6_TOO_LONG');
  });
  it('xv6.img has the kernel at sector 1', () => {
    const image = diskImage({ kernel: memide, boot: new Uint8Array([1, 2]) });
    expect(image.length).toBe(5_120_000);
    expect([image[0], image[511], image[512]]).toEqual([1, 0xaa, 0x7f]);
    expect(codeOf(() => diskImage({ kernel: memide, sectors: 2 }))).toBe('KSEG_XV6_TOO_LONG');
  });
});
