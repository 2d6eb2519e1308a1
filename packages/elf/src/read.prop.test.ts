import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EM, ET, SHF, SHN, SHT } from './constants.ts';
import { readLineTable } from './dwarf-line.ts';
import { loadableSegments } from './load.ts';
import { readMipsAbiFlags, readMipsRegisterInfo } from './mips.ts';
import { readElf } from './read.ts';
import { indexSymbols } from './symbols.ts';
import { writeElf } from './write.ts';

const name = fc.stringMatching(/^[.a-z_$][a-z0-9_.]{0,12}$/);
const content = fc.uint8Array({ maxLength: 40 });
const word = fc.nat(0xffff_ffff);
const endian = fc.constantFrom('little' as const, 'big' as const);

/** Any object file: sections with bytes, symbols in them, relocations against the symbols. */
const object = fc
  .record({
    endian,
    flags: word,
    sections: fc.array(fc.record({ name, bytes: content, align: fc.constantFrom(1, 4, 16), flags: fc.nat(7) }), {
      minLength: 1,
      maxLength: 5,
    }),
    symbols: fc.array(fc.record({ name, value: word, size: word, section: fc.nat(4), type: fc.nat(2) }), {
      maxLength: 6,
    }),
    relocations: fc.array(fc.record({ offset: word, type: fc.nat(255), symbol: fc.nat(6) }), { maxLength: 5 }),
  })
  .map(({ endian: order, flags, sections, symbols, relocations }) => ({
    endian: order,
    type: ET.REL,
    machine: EM.MIPS,
    flags,
    sections: sections.map((section, i) => ({
      ...section,
      type: SHT.PROGBITS,
      flags: section.flags | SHF.ALLOC,
      ...(i === 0 ? { relocations: relocations.filter(({ symbol }) => symbol <= symbols.length) } : {}),
    })),
    symbols: symbols.map((symbol) => ({
      ...symbol,
      binding: 1,
      section: symbol.section <= sections.length ? symbol.section : SHN.ABS,
    })),
  }));

it('readElf gives back what writeElf was given', () => {
  fc.assert(
    fc.property(object, (spec) => {
      const elf = readElf(writeElf(spec));
      expect(elf.header).toMatchObject({ endian: spec.endian, type: spec.type, flags: spec.flags });
      const sections = elf.sections.filter(({ type }) => type === SHT.PROGBITS);
      expect(sections.map(({ name: is, align, flags, bytes }) => ({ is, align, flags, bytes: [...bytes] }))).toEqual(
        spec.sections.map(({ name: is, align, flags, bytes }) => ({ is, align, flags, bytes: [...bytes] })),
      );
      expect(elf.symbols.slice(1).map(({ name: is, value, size, type }) => ({ is, value, size, type }))).toEqual(
        spec.symbols.map(({ name: is, value, size, type }) => ({ is, value, size, type })),
      );
      expect(elf.relocations[0]?.entries ?? []).toEqual(spec.sections[0]!.relocations);
    }),
  );
});

/** Reads everything there is to read; what is wrong has a code. */
function readAll(bytes: Uint8Array): string {
  try {
    const elf = readElf(bytes);
    loadableSegments(elf);
    indexSymbols(elf).at(0x8010_0000);
    readMipsAbiFlags(elf);
    readMipsRegisterInfo(elf);
    readLineTable(elf);
    return 'read';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined || !/^KSEG_ELF_/.test(code)) throw error;
    return code;
  }
}

describe('a malformed file gives a typed error', () => {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  it('after any bytes were changed or cut off', () => {
    const line = Uint8Array.from([0, 0, 0, 40, 0, 3, 0, 0, 0, 20, 4, 1, 251, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1]);
    fc.assert(
      fc.property(object, fc.array(change, { maxLength: 6 }), fc.nat(), (spec, changes, cut) => {
        const debug = { name: '.debug_line', type: SHT.PROGBITS, flags: 0, align: 1, bytes: line };
        const bytes = writeElf({ ...spec, sections: [...spec.sections, debug] });
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        readAll(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
      }),
    );
  });
  it('when the line table is noise', () => {
    fc.assert(
      fc.property(endian, fc.uint8Array({ maxLength: 80 }), fc.constantFrom(2, 3, 4, 5), (order, noise, version) => {
        const head = Uint8Array.from([0, 0, 0, 0, 0, version, ...noise]);
        const view = new DataView(head.buffer);
        view.setUint32(0, head.length - 4, order === 'little');
        view.setUint16(4, version, order === 'little');
        const sections = [{ name: '.debug_line', type: SHT.PROGBITS, bytes: head }];
        readAll(writeElf({ endian: order, type: ET.EXEC, machine: EM.MIPS, sections }));
      }),
    );
  });
});
