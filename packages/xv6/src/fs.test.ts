import { describe, expect, it } from 'vitest';
import type { Xv6Error } from './errors.ts';
import type { LayoutName } from './format.ts';
import { Xv6Fs } from './fs.ts';
import { sparseStore } from './store.ts';

const text = (value: string) => new TextEncoder().encode(value);
const string = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const LAYOUT_NAMES: LayoutName[] = ['classic', 'x86', 'riscv'];

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
}

it('leaves the bytes of an image opened read-only alone, be they a Buffer', () => {
  const image = Buffer.from(Xv6Fs.make({ entries: [{ path: 'a', type: 'file', bytes: text('one') }] }).bytes());
  const before = new Uint8Array(image);
  const fs = Xv6Fs.open(image, { readOnly: true });
  fs.write('a', text('two'));
  expect(string(fs.read('a'))).toBe('two');
  expect(Buffer.compare(image, before)).toBe(0);
});

describe('the classic layout', () => {
  const fs = Xv6Fs.make({ entries: [{ path: 'README', type: 'file', bytes: text('hello') }] });
  const bytes = fs.bytes();
  const view = new DataView(bytes.buffer);
  const words = (at: number, count: number) =>
    Array.from({ length: count }, (_, i) => view.getUint32(at + i * 4, true));

  it('has 1,024 blocks and the superblock of the MIPS port', () => {
    expect(bytes.length).toBe(524288);
    expect(words(512, 4)).toEqual([1024, 965, 200, 30]);
    expect(fs.geometry).toMatchObject({ inodeStart: 2, bitmapStart: 28, dataStart: 29, logStart: 994, dataEnd: 994 });
  });

  it('has the root in inode 1 and its entries in block 29', () => {
    const root = 1024 + 64;
    expect([0, 2, 4, 6].map((at) => view.getInt16(root + at, true))).toEqual([1, 0, 0, 1]);
    expect(words(root + 8, 2)).toEqual([512, 29]);
    const entry = (i: number) => [
      view.getUint16(29 * 512 + i * 16, true),
      string(bytes.subarray(29 * 512 + i * 16 + 2, 29 * 512 + i * 16 + 16)).replace(/\0+$/, ''),
    ];
    expect([0, 1, 2].map(entry)).toEqual([
      [1, '.'],
      [1, '..'],
      [2, 'README'],
    ]);
  });

  it('marks what mkfs marks: everything up to the last block written', () => {
    expect([...bytes.subarray(28 * 512, 28 * 512 + 5)]).toEqual([0xff, 0xff, 0xff, 0x7f, 0]);
    expect(bytes.subarray(28 * 512 + 5, 29 * 512).every((byte) => byte === 0)).toBe(true);
  });

  it('can keep the log out of the bitmap-driven kernel allocator’s hands', () => {
    const reserved = Xv6Fs.make({ reserveLog: true });
    const bitmap = reserved.bytes().subarray(28 * 512, 29 * 512);
    const used = (block: number) => (bitmap[block >> 3]! >> (block & 7)) & 1;
    expect([993, 994, 1023].map(used)).toEqual([0, 1, 1]);
    expect(reserved.check()).toEqual([]);
  });
});

it.each([
  ['x86', [1000, 941, 200, 30, 2, 32, 58], 512],
  ['riscv', [0x10203040, 1000, 954, 200, 30, 2, 32, 45], 1024],
] as const)('the superblock of the %s layout is its mkfs’s', (layout, words, blockSize) => {
  const bytes = Xv6Fs.make({ layout }).bytes();
  const view = new DataView(bytes.buffer, blockSize);
  expect(words.map((_, i) => view.getUint32(i * 4, true))).toEqual(words);
  expect(bytes.length).toBe(1000 * blockSize);
});

describe.each(LAYOUT_NAMES.flatMap((layout) => (['little', 'big'] as const).map((endian) => ({ layout, endian }))))(
  '$layout layout, $endian-endian',
  ({ layout, endian }) => {
    const make = () => Xv6Fs.make({ layout, endian });

    it('opens again with the same layout and content', () => {
      const fs = make();
      fs.write('/f', text('one'));
      const again = Xv6Fs.open(fs.bytes());
      expect(again.geometry).toEqual(fs.geometry);
      expect(string(again.read('f'))).toBe('one');
      expect(again.check()).toEqual([]);
    });

    it('writes, appends, cuts, extends, links and removes', () => {
      const fs = make();
      const before = fs.free();
      fs.mkdir('/d');
      fs.write('/d/f', text('hello'));
      fs.append('/d/f', text(' world'));
      fs.writeAt('/d/f', 0, text('J'));
      expect(string(fs.read('/d/f'))).toBe('Jello world');
      expect(string(fs.read('/d/f', 6, 3))).toBe('wor');
      fs.truncate('/d/f', 5);
      fs.truncate('/d/f', 8);
      expect(string(fs.read('/d/f'))).toBe('Jello\0\0\0');
      fs.link('/d/f', '/g');
      expect(fs.stat('g').links).toBe(2);
      fs.unlink('/d/f');
      expect(string(fs.read('g'))).toBe('Jello\0\0\0');
      fs.mknod('console', 1, 1);
      expect(fs.stat('console')).toMatchObject({ type: 'device', major: 1, minor: 1, size: 0 });
      expect(fs.list('/').map(({ name }) => name)).toEqual(['.', '..', 'd', 'g', 'console']);
      expect(fs.list('/d/.././d').map(({ name }) => name)).toEqual(['.', '..']);
      expect(fs.check()).toEqual([]);
      for (const path of ['console', 'g', 'd']) fs.unlink(path);
      expect(fs.free()).toEqual(before);
      expect(fs.check()).toEqual([]);
    });

    it('takes the longest file and not a byte more', () => {
      const fs = make();
      const { maxFileBlocks, blockSize } = fs.geometry;
      const most = maxFileBlocks * blockSize;
      const content = Uint8Array.from({ length: most }, (_, i) => i * 7);
      fs.write('big', content);
      expect(fs.read('big')).toEqual(content);
      expect(codeOf(() => fs.append('big', text('x')))).toBe('KSEG_XV6_FILE_TOO_LARGE');
      fs.truncate('big', 13 * blockSize);
      expect(fs.read('big')).toEqual(content.subarray(0, 13 * blockSize));
      expect(fs.check()).toEqual([]);
      fs.truncate('big');
      expect(fs.check()).toEqual([]);
    });

    it('finishes a committed transaction found in the log', () => {
      const fs = make();
      fs.write('f', text('old'));
      const bytes = fs.bytes();
      const { blockSize, logStart } = fs.geometry;
      const target = bytes.findIndex((_, i) => i % blockSize === 0 && string(bytes.subarray(i, i + 3)) === 'old');
      const view = new DataView(bytes.buffer);
      bytes.set(text('new'), (logStart + 1) * blockSize);
      view.setUint32(logStart * blockSize, 1, endian === 'little');
      view.setUint32(logStart * blockSize + 4, target / blockSize, endian === 'little');

      expect(string(Xv6Fs.open(bytes, { readOnly: true }).read('f'))).toBe('new');
      expect(string(bytes.subarray(target, target + 3))).toBe('old');
      const opened = Xv6Fs.open(bytes);
      expect(string(opened.read('f'))).toBe('new');
      expect(string(bytes.subarray(target, target + 3))).toBe('new');
      expect(view.getUint32(logStart * blockSize, true)).toBe(0);
      expect(opened.check()).toEqual([]);
    });
  },
);

describe('errors', () => {
  it.each([
    ['a name of 15 bytes', (fs: Xv6Fs) => fs.write('fifteen-letters', text('')), 'KSEG_XV6_NAME'],
    ['a file in no directory', (fs: Xv6Fs) => fs.write('no/f', text('')), 'KSEG_XV6_NOT_FOUND'],
    ['a file below a file', (fs: Xv6Fs) => fs.write('f/g', text('')), 'KSEG_XV6_NOT_DIRECTORY'],
    ['reading what is not there', (fs: Xv6Fs) => fs.read('nothing'), 'KSEG_XV6_NOT_FOUND'],
    ['reading a directory', (fs: Xv6Fs) => fs.read('d'), 'KSEG_XV6_IS_DIRECTORY'],
    ['listing a file', (fs: Xv6Fs) => fs.list('f'), 'KSEG_XV6_NOT_DIRECTORY'],
    ['mkdir of what exists', (fs: Xv6Fs) => fs.mkdir('d'), 'KSEG_XV6_EXISTS'],
    ['removing a directory in use', (fs: Xv6Fs) => fs.unlink('d'), 'KSEG_XV6_NOT_EMPTY'],
    ['removing the root', (fs: Xv6Fs) => fs.unlink('/'), 'KSEG_XV6_PARAMETER'],
    ['removing .', (fs: Xv6Fs) => fs.unlink('d/.'), 'KSEG_XV6_PARAMETER'],
    ['linking a directory', (fs: Xv6Fs) => fs.link('d', 'e'), 'KSEG_XV6_IS_DIRECTORY'],
  ])('%s', (_what, action, code) => {
    const fs = Xv6Fs.make();
    fs.write('f', text('x'));
    fs.mkdir('d');
    fs.write('d/x', text('x'));
    expect(codeOf(() => action(fs))).toBe(code);
    expect(fs.check()).toEqual([]);
  });

  it('no space and too many files leave a sound image', () => {
    const fs = Xv6Fs.make({ size: 100, inodes: 16, log: 4 });
    expect(codeOf(() => fs.write('big', new Uint8Array(70_000)))).toBe('KSEG_XV6_NO_SPACE');
    expect(fs.check()).toEqual([]);
    fs.unlink('big');
    expect(
      codeOf(() => {
        for (let i = 0; i < 20; i++) fs.write(`f${i}`, text('x'));
      }),
    ).toBe('KSEG_XV6_NO_INODES');
    expect(fs.check()).toEqual([]);
  });

  it.each([[{ size: 40 }], [{ inodes: 0 }], [{ log: 1 }], [{ inodes: 100_000 }], [{ size: 1.5 }]])(
    '%o is no file system',
    (options) => {
      expect(codeOf(() => Xv6Fs.make(options))).toBe('KSEG_XV6_PARAMETER');
    },
  );

  it('an image that is none, or cut short, says so', () => {
    expect(codeOf(() => Xv6Fs.open(new Uint8Array(524288)))).toBe('KSEG_XV6_IMAGE');
    expect(codeOf(() => Xv6Fs.open(new Uint8Array(3)))).toBe('KSEG_XV6_IMAGE');
    expect(() =>
      Xv6Fs.open(
        Xv6Fs.make()
          .bytes()
          .subarray(0, 1000 * 512),
      ),
    ).toThrow('the image ends after 1000');
  });
});

it('says which file of a tree is too big, for the layout or for the image', () => {
  const fault = (options: { size: number; inodes?: number }, size: number) => {
    try {
      Xv6Fs.make({ ...options, entries: [{ path: 'd/big', type: 'file', bytes: new Uint8Array(size) }] });
    } catch (error) {
      const { code, message, data } = error as Xv6Error;
      return [code, message, data['path']];
    }
    throw new Error('it fits');
  };
  expect(fault({ size: 1024 }, 71_681)).toEqual([
    'KSEG_XV6_FILE_TOO_LARGE',
    'd/big: 71681 bytes are too many: a file holds at most 71680 here',
    'd/big',
  ]);
  expect(fault({ size: 80 }, 20_000)).toEqual([
    'KSEG_XV6_NO_SPACE',
    expect.stringMatching(/^d\/big: 20000 bytes do not fit: no space left: all \d+ data blocks are in use$/),
    'd/big',
  ]);
  expect(fault({ size: 80, inodes: 3 }, 1)).toEqual([
    'KSEG_XV6_NO_INODES',
    expect.stringMatching(/^d\/big: too many files/),
    'd/big',
  ]);
  expect(() => Xv6Fs.make({ size: 40 })).toThrow(/40 blocks leave no room for data: .* take 59$/);
});

it('imports and extracts a tree', () => {
  const entries = [
    { path: 'bin/sh', type: 'file', bytes: text('#!') },
    { path: 'dev/console', type: 'device', major: 1, minor: 1 },
    { path: 'empty', type: 'directory' },
    { path: 'a/b/c/deep', type: 'file', bytes: new Uint8Array(3000).fill(7) },
  ] as const;
  const fs = Xv6Fs.make({ layout: 'riscv', entries });
  expect(fs.check()).toEqual([]);
  const copy = Xv6Fs.make({ layout: 'classic', entries: fs.extract() });
  const sorted = (one: Xv6Fs) => [...one.extract()].sort((a, b) => (a.path < b.path ? -1 : 1));
  expect(sorted(copy)).toEqual(sorted(fs));
  expect(sorted(fs).map(({ path }) => path)).toEqual([
    'a',
    'a/b',
    'a/b/c',
    'a/b/c/deep',
    'bin',
    'bin/sh',
    'dev',
    'dev/console',
    'empty',
  ]);
});

it('a gigabyte takes memory for its metadata only', () => {
  const size = 2 ** 21;
  const store = sparseStore(size, 512);
  const fs = Xv6Fs.make({ size, inodes: 1000, store });
  fs.write('f', text('x'));
  expect(fs.free().blocks).toBe(fs.geometry.dataBlocks - 2);
  expect(string(Xv6Fs.open(store).read('f'))).toBe('x');
});

it.each([
  ['no name', ''],
  ['a slash in its name', '../up'],
])('refuses to walk over an entry with %s', (_what, name) => {
  const fs = Xv6Fs.make({ entries: [{ path: 'file', type: 'file', bytes: Uint8Array.of(1) }] });
  const image = fs.bytes();
  const at = Buffer.from(image).indexOf('file');
  image.fill(0, at, at + 14);
  image.set(new TextEncoder().encode(name), at);
  expect(() => [...Xv6Fs.open(image).walk()]).toThrow(expect.objectContaining({ code: 'KSEG_XV6_CORRUPT' }));
});
