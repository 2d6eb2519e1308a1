import { describe, expect, it } from 'vitest';
import { EM, ET, PF, PT, SHF, SHN, SHT, STB, STT } from './constants.ts';
import { ElfError } from './errors.ts';
import { loadableSegments } from './load.ts';
import { readElf } from './read.ts';
import { SymbolIndex } from './symbols.ts';
import type { Endian } from './types.ts';
import { writeElf } from './write.ts';

const code = new Uint8Array([0x3c, 0x08, 0x80, 0x00, 0x08, 0, 0, 0, 1, 2, 3, 4]);

function object(endian: Endian) {
  return writeElf({
    endian,
    type: ET.REL,
    machine: EM.MIPS,
    flags: 0x70001001,
    sections: [
      {
        name: '.text',
        type: SHT.PROGBITS,
        flags: SHF.ALLOC | SHF.EXECINSTR,
        align: 16,
        bytes: code,
        relocations: [
          { offset: 0, type: 5, symbol: 2 },
          { offset: 4, type: 4, symbol: 3 },
        ],
      },
      { name: '.bss', type: SHT.NOBITS, flags: SHF.ALLOC | SHF.WRITE, align: 8, size: 100 },
    ],
    symbols: [
      { name: '', value: 0, type: STT.SECTION, section: 1 },
      { name: 'buffer', value: 4, size: 8, type: STT.OBJECT, section: 2 },
      { name: 'main', value: 0, size: 12, binding: STB.GLOBAL, type: STT.FUNC, section: 1 },
      { name: 'common', value: 4, size: 16, binding: STB.GLOBAL, type: STT.OBJECT, section: SHN.COMMON },
    ],
  });
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ElfError) return error.code;
    throw error;
  }
  return 'no error';
}

describe.each(['little', 'big'] as const)('readElf, %s-endian', (endian) => {
  it('reads back what writeElf wrote', () => {
    const elf = readElf(object(endian), { expect: { machine: 'mips', endian, type: ET.REL } });
    expect(elf.header).toMatchObject({ endian, type: ET.REL, machine: EM.MIPS, flags: 0x70001001, entry: 0 });
    const names = elf.sections.map(({ name }) => name);
    expect(names).toEqual(['', '.text', '.rel.text', '.bss', '.symtab', '.strtab', '.shstrtab']);
    expect([...elf.sections[1]!.bytes]).toEqual([...code]);
    expect(elf.sections[3]).toMatchObject({ size: 100, align: 8 });
    expect(elf.sections[3]!.bytes.length).toBe(0);
    expect(elf.relocations).toEqual([
      {
        section: 2,
        target: 1,
        entries: [
          { offset: 0, type: 5, symbol: 2 },
          { offset: 4, type: 4, symbol: 3 },
        ],
      },
    ]);
    expect(elf.symbols.map(({ name, section }) => [name, section])).toEqual([
      ['', 0],
      ['', 1],
      ['buffer', 3],
      ['main', 1],
      ['common', SHN.COMMON],
    ]);
    expect(elf.sections[4]).toMatchObject({ link: 5, info: 3 });
  });

  it('gives the loadable segments of an executable', () => {
    const offset = 52 + 32;
    const segment = { type: PT.LOAD, flags: PF.R | PF.X, offset, vaddr: 0x80100000, paddr: 0x100000, align: 4 };
    const image = writeElf({
      endian,
      type: ET.EXEC,
      machine: EM.MIPS,
      entry: 0x80100004,
      sections: [{ name: '.text', type: SHT.PROGBITS, address: 0x80100000, offset, bytes: code }],
      segments: [{ ...segment, fileSize: code.length, memSize: 64 }],
    });
    const elf = readElf(image);
    expect(elf.header.entry).toBe(0x80100004);
    expect(loadableSegments(elf)).toEqual([{ vaddr: 0x80100000, paddr: 0x100000, bytes: code, memSize: 64 }]);
    expect(elf.symbols).toEqual([]);
  });

  it('refuses every truncation with KSEG_ELF_TRUNCATED or KSEG_ELF_NOT_ELF', () => {
    const whole = object(endian);
    for (let length = 0; length < whole.length; length++) {
      const expected = length < 4 ? 'KSEG_ELF_NOT_ELF' : 'KSEG_ELF_TRUNCATED';
      expect(codeOf(() => readElf(whole.subarray(0, length)))).toBe(expected);
    }
  });
});

describe('readElf refuses', () => {
  it.each([
    ['a text file', () => readElf(new TextEncoder().encode('#!/bin/sh\nexit 0\n')), 'KSEG_ELF_NOT_ELF'],
    ['a 64-bit file', () => readElf(object('little').fill(2, 4, 5)), 'KSEG_ELF_CLASS'],
    ['no byte order', () => readElf(object('little').fill(9, 5, 6)), 'KSEG_ELF_MALFORMED'],
    ['another byte order', () => readElf(object('little'), { expect: { endian: 'big' } }), 'KSEG_ELF_ENDIAN'],
    [
      'another machine',
      () => readElf(object('little').fill(3, 18, 19), { expect: { machine: 'mips' } }),
      'KSEG_ELF_MACHINE',
    ],
    ['another type', () => readElf(object('little'), { expect: { type: ET.EXEC } }), 'KSEG_ELF_TYPE'],
  ])('%s', (_what, action, expected) => {
    expect(codeOf(action)).toBe(expected);
  });

  it('names the file, what it is and what is needed', () => {
    const action = () => readElf(object('big'), { name: 'vmlinux', expect: { endian: 'little' } });
    expect(action).toThrow('vmlinux: a big-endian ELF file, little-endian is needed');
  });
});

describe('writeElf refuses', () => {
  const base = { endian: 'little', type: ET.REL, machine: EM.MIPS } as const;
  it('references to what is not there', () => {
    const symbols = [{ name: 'x', value: 0, section: 3 }];
    expect(codeOf(() => writeElf({ ...base, sections: [], symbols }))).toBe('KSEG_ELF_RANGE');
    const relocations = [{ offset: 0, type: 2, symbol: 1 }];
    const sections = [{ name: '.data', type: SHT.PROGBITS, bytes: code, relocations }];
    expect(codeOf(() => writeElf({ ...base, sections, symbols: [] }))).toBe('KSEG_ELF_RANGE');
  });
  it('a local symbol behind a global one', () => {
    const symbols = [
      { name: 'g', value: 0, binding: STB.GLOBAL, section: SHN.ABS },
      { name: 'l', value: 0, section: SHN.ABS },
    ];
    expect(codeOf(() => writeElf({ ...base, sections: [], symbols }))).toBe('KSEG_ELF_RANGE');
  });
});

describe('SymbolIndex', () => {
  const symbol = (name: string, value: number, size: number, binding: number = STB.GLOBAL) => ({
    index: value,
    name,
    value,
    size,
    binding,
    type: STT.FUNC,
    other: 0,
    section: 1,
  });
  const index = new SymbolIndex([
    symbol('start', 0x80100000, 0),
    symbol('main', 0x80100010, 0x20),
    symbol('helper', 0x80100040, 0x10, STB.LOCAL),
    symbol('helper', 0x80200000, 0x10),
  ]);
  it('finds by name, global before local', () => {
    expect(index.find('main')?.value).toBe(0x80100010);
    expect(index.find('helper')?.value).toBe(0x80200000);
    expect(index.find('absent')).toBeUndefined();
  });
  it('finds by address', () => {
    const at = (address: number) => {
      const hit = index.at(address);
      return hit && `${hit.symbol.name}+${hit.offset}`;
    };
    expect(at(0x8010000c)).toBe('start+12');
    expect(at(0x8010002f)).toBe('main+31');
    expect(at(0x80100030)).toBeUndefined();
    expect(at(0x800fffff)).toBeUndefined();
    expect(at(0x8010004f)).toBe('helper+15');
    expect(at(0xffffffff)).toBeUndefined();
  });
});
