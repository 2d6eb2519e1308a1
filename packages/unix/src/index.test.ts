import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EM, readElf, SHT } from '@kseg/elf';
import { findBlob, Xv6Fs } from '@kseg/xv6';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type UnixKernelOptions, unixFiles, unixFs, unixKernel } from './index.ts';

const PROGRAMS = 'cat df echo forktest grep halt init kill ln ls mkdir rm selftest sh stressfs wc zombie'.split(' ');

describe.each(['little', 'big'] as const)('%s-endian', (endian) => {
  it('has every program, as an executable for this byte order', () => {
    const { README, ...programs } = unixFiles({ endian });
    expect(new TextDecoder().decode(README)).toMatch(/^kseg unix/);
    expect(Object.keys(programs).sort()).toEqual(PROGRAMS);
    for (const bytes of Object.values(programs))
      expect(readElf(bytes).header).toMatchObject({ endian, machine: EM.MIPS });
  });

  it('puts them on a sound file system', () => {
    const fs = Xv6Fs.open(unixFs({ endian }));
    expect(fs.check()).toEqual([]);
    for (const [name, bytes] of Object.entries(unixFiles({ endian })))
      expect(Buffer.compare(fs.read(name), bytes)).toBe(0);
  });

  it('links kernels that need nothing else', () => {
    for (const disk of ['ata', 'memide'] as const) {
      const elf = readElf(unixKernel({ endian, disk }));
      expect(elf.header.endian).toBe(endian);
      expect(elf.header.entry).toBe(0x8010_0000);
      expect(elf.sections.filter(({ type }) => type === SHT.REL)).toEqual([]);
    }
    const { bytes } = findBlob(unixKernel({ endian, disk: 'memide' }));
    expect(Buffer.compare(bytes, unixFs({ endian }))).toBe(0);
  });
});

it.each<[options: object | undefined, says: string]>([
  [{ disk: 'scsi' }, 'disk is "scsi": give "ata" or "memide"'],
  [{}, 'disk is undefined: give "ata" or "memide"'],
  [undefined, 'disk is undefined'],
  [{ disk: 'ata', endian: 'middle' }, 'endian is "middle": give "little" or "big"'],
  [{ disk: 'memide', fs: 'fs.img' }, 'fs is no file system'],
])('refuses to link with %o', (options, says) => {
  expect(() => unixKernel(options as UnixKernelOptions)).toThrow(
    expect.objectContaining({ code: 'KSEG_UNIX_OPTION', message: expect.stringContaining(says) }),
  );
});

it('has files and file systems for no other byte order', () => {
  for (const make of [unixFiles, unixFs])
    expect(() => make({ endian: 'middle' as 'big' })).toThrow(expect.objectContaining({ code: 'KSEG_UNIX_OPTION' }));
});

it('embeds the file system it is given', () => {
  const fs = Xv6Fs.make({ size: 2048 });
  fs.write('/only', new Uint8Array([1, 2, 3]));
  const { bytes } = findBlob(unixKernel({ disk: 'memide', fs: fs.bytes() }));
  expect([...Xv6Fs.open(bytes.slice()).read('/only')]).toEqual([1, 2, 3]);
});

it('stays below 400 KB', () => {
  const folder = join(import.meta.dirname, 'prebuilt');
  const text = ['little.ts', 'big.ts', 'readme.ts'].map((name) => readFileSync(join(folder, name), 'utf8')).join('');
  expect(text.length).toBeLessThan(400_000);
});

describe('README', () => {
  afterEach(() => vi.restoreAllMocks());

  it('shows code that runs', async () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const example = readFileSync(join(import.meta.dirname, '../test/readme.ts'), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await import('../test/readme.ts');
    expect(log.mock.calls[0]![0]).toContain('$ ls | wc\r\n21 105 341\r\n$ halt\r\npower off');
  });
});
