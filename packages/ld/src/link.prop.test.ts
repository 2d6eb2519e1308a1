import { EM, ET, SHF, SHT, writeElf } from '@kseg/elf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArchive, writeArchive } from './archive.ts';
import { link } from './link.ts';
import { parseScript } from './script.ts';

const object = writeElf({
  endian: 'little',
  type: ET.REL,
  machine: EM.MIPS,
  flags: 0x70001001,
  sections: [
    {
      name: '.text',
      type: SHT.PROGBITS,
      flags: SHF.ALLOC | SHF.EXECINSTR,
      align: 16,
      bytes: Uint8Array.from({ length: 32 }, (_, i) => i),
      relocations: [
        { offset: 0, type: 5, symbol: 3 },
        { offset: 4, type: 6, symbol: 3 },
        { offset: 8, type: 4, symbol: 2 },
      ],
    },
    {
      name: '.rodata.str1.4',
      type: SHT.PROGBITS,
      flags: SHF.ALLOC | SHF.MERGE | SHF.STRINGS,
      align: 4,
      entrySize: 1,
      bytes: new TextEncoder().encode('hello\0\0\0lo\0'),
    },
    { name: '.bss', type: SHT.NOBITS, flags: SHF.ALLOC | SHF.WRITE, align: 8, size: 40 },
  ],
  symbols: [
    { name: '', value: 0, type: 3, section: 2 },
    { name: '_start', value: 0, binding: 1, section: 1 },
    { name: 'zero', value: 8, binding: 1, section: 3 },
  ],
});

function refusesWithCode(action: () => unknown) {
  try {
    action();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined || !/^KSEG_(LD|ELF)_/.test(code)) throw error;
  }
}

const change = fc.tuple(fc.nat(), fc.nat(255));
const damaged = (bytes: Uint8Array, changes: [number, number][], cut: number) => {
  const copy = bytes.slice();
  for (const [at, value] of changes) copy[at % copy.length] = value;
  return cut % 4 === 0 ? copy.subarray(0, cut % copy.length) : copy;
};

describe('malformed input gives typed errors', () => {
  it('objects', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), fc.nat(), (changes, cut) => {
        refusesWithCode(() =>
          link({ objects: [{ name: 'x.o', bytes: damaged(object, changes, cut) }], entry: '_start' }),
        );
      }),
    );
  });
  it('archives', () => {
    const archive = writeArchive([
      { name: 'a.o', bytes: object },
      { name: 'a-rather-long-name.o', bytes: object.subarray(0, 99) },
    ]);
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat(), (changes, cut) => {
        refusesWithCode(() => readArchive(damaged(archive, changes, cut)));
      }),
    );
  });
  it('linker scripts', () => {
    const words = [
      'SECTIONS',
      '{',
      '}',
      '.text',
      ':',
      '(',
      ')',
      '*',
      '.',
      '=',
      ';',
      '0x100',
      'ALIGN',
      'AT',
      '>',
      'MEMORY',
      'KEEP',
      'SORT',
      '+',
      '?',
      '"',
      'PROVIDE',
      'ASSERT',
      ',',
      'rom',
      'ORIGIN',
      '/*',
      '<<',
      '/DISCARD/',
      'LONG',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 })), { maxLength: 25 }),
        (parts) => {
          refusesWithCode(() => link({ objects: [{ name: 'x.o', bytes: object }], layout: parts.join(' ') }));
        },
      ),
    );
  });
});

it('an archive gives back its members', () => {
  const member = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,30}$/),
    bytes: fc.uint8Array({ maxLength: 50 }),
  });
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), (members) => {
      const plain = (list: readonly { name: string; bytes: Uint8Array }[]) =>
        list.map(({ name, bytes }) => ({ name, bytes: [...bytes] }));
      expect(plain(readArchive(writeArchive(members)).members)).toEqual(plain(members));
    }),
  );
});

it('a script read twice means the same', () => {
  const script = 'MEMORY { rom : ORIGIN = 1M, LENGTH = 4K } SECTIONS { a = 1; .text : { *(.text) b = .; } > rom }';
  expect(parseScript(script)).toEqual(parseScript(script.replaceAll(' ', '\n /* a comment */ ')));
});
