import { EM, ET, loadableSegments, PT, readElf, SHF, SHN, SHT, type SymbolSpec, writeElf } from '@kseg/elf';
import { describe, expect, it } from 'vitest';
import { writeArchive } from './archive.ts';
import { LinkError } from './errors.ts';
import { type LinkOptions, link } from './link.ts';

type Endian = 'little' | 'big';
type Relocation = { offset: number; type: number; symbol: number };

const SCRIPT =
  'SECTIONS { . = 0x80100000; .text : { *(.text) } .data : { *(.data) } .bss : { *(.bss .scommon COMMON) } }';

function object(endian: Endian, code: number[], relocations: Relocation[], symbols: SymbolSpec[], flags = 0x70001001) {
  const bytes = new Uint8Array(code.length * 4);
  code.forEach((word, i) => {
    new DataView(bytes.buffer).setUint32(i * 4, word, endian === 'little');
  });
  const text = { name: '.text', type: SHT.PROGBITS, flags: SHF.ALLOC | SHF.EXECINSTR, align: 4, bytes, relocations };
  return writeElf({ endian, type: ET.REL, machine: EM.MIPS, flags, sections: [text], symbols });
}

const defined = (name: string, value = 0, binding = 1): SymbolSpec => ({ name, value, binding, section: 1 });
const wanted = (name: string, binding = 1): SymbolSpec => ({ name, value: 0, binding, section: 0 });

function problemsOf(options: LinkOptions) {
  try {
    link(options);
  } catch (error) {
    if (error instanceof LinkError) return error.data.problems.map(({ code, file, symbol }) => [code, file, symbol]);
    throw error;
  }
  return [];
}

describe.each<Endian>(['little', 'big'])('link, %s-endian', (endian) => {
  const words = (options: Partial<LinkOptions> & Pick<LinkOptions, 'objects'>) => {
    const { bytes } = link({ layout: SCRIPT, entry: 0x80100000, ...options });
    const [segment] = loadableSegments(readElf(bytes));
    const view = new DataView(segment!.bytes.buffer, segment!.bytes.byteOffset, segment!.bytes.length);
    return Array.from({ length: view.byteLength >> 2 }, (_, i) =>
      view.getUint32(i * 4, endian === 'little').toString(16),
    );
  };
  const make = (code: number[], relocations: Relocation[], symbols: SymbolSpec[]) => ({
    name: 'a.o',
    bytes: object(endian, code, relocations, symbols),
  });

  it('pairs HI16 with its LO16: the carry of a negative low half', () => {
    const relocations = [
      { offset: 0, type: 5, symbol: 1 },
      { offset: 4, type: 6, symbol: 1 },
    ];
    const a = make([0x3c020000, 0x24420010], relocations, [wanted('far')]);
    expect(words({ objects: [a], defsym: { far: 0x8012_9000 } })).toEqual(['3c028013', '24429010']);
  });

  it.each([
    ['R_MIPS_32', 2, 0x4, '80200004'],
    ['R_MIPS_26', 4, 0x0c000001, 'c080001'],
    ['R_MIPS_LO16', 6, 0x24420004, '24420004'],
    ['R_MIPS_GPREL16', 7, 0x8f820004, '8f828014'],
    ['R_MIPS_GPREL32', 12, 0x4, 'ffff8014'],
    ['R_MIPS_PC32', 248, 0, '100000'],
  ])('%s', (_name, type, word, result) => {
    const a = make([word], [{ offset: 0, type, symbol: 1 }], [wanted('x')]);
    expect(words({ objects: [a], defsym: { x: 0x8020_0000, _gp: 0x8020_7ff0 } })).toEqual([result]);
  });

  it('R_MIPS_PC16 counts words from the branch', () => {
    const a = make([0x1000ffff, 0, 0, 0], [{ offset: 0, type: 10, symbol: 1 }], [defined('x', 12)]);
    expect(words({ objects: [a] })[0]).toBe('10000002');
  });

  it('takes from an archive what is undefined, and nothing else', () => {
    const a = make([0], [{ offset: 0, type: 2, symbol: 1 }], [wanted('one'), wanted('weak', 2)]);
    const one = { name: 'one.o', bytes: object(endian, [1], [], [defined('one')]) };
    const other = { name: 'a-long-member-name.o', bytes: object(endian, [2], [], [defined('weak')]) };
    const archive = { name: 'lib.a', bytes: writeArchive([other, one]) };
    expect(words({ objects: [a, archive] })).toEqual(['80100004', '1']);
  });

  it('lets a strong definition win over a weak one, and common symbols share their place', () => {
    const weak = make(
      [1],
      [],
      [defined('f', 0, 2), { name: 'c', value: 4, size: 16, binding: 1, section: SHN.COMMON }],
    );
    const strong = object(
      endian,
      [2],
      [],
      [defined('f'), { name: 'c', value: 8, size: 40, binding: 1, section: SHN.COMMON }],
    );
    const { symbols, sections } = link({ objects: [weak, { name: 'b.o', bytes: strong }], layout: SCRIPT, entry: 'f' });
    expect(symbols.get('f')).toBe(0x80100004);
    expect(symbols.get('c')! % 8).toBe(0);
    expect(sections.find(({ name }) => name === '.bss')!.size).toBe(40);
  });
});

describe('what goes into the file', () => {
  const words = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
  const section = (name: string, value: number, relocations: Relocation[] = []) => ({
    ...{ name, type: SHT.PROGBITS, flags: SHF.ALLOC | SHF.EXECINSTR, align: 4, bytes: words(value), relocations },
  });
  /** Three functions: the entry jumps to the second, nothing leads to the third. */
  const functions = {
    name: 'a.o',
    bytes: writeElf({
      endian: 'little',
      type: ET.REL,
      machine: EM.MIPS,
      sections: [
        section('.text._start', 0x0c00_0000, [{ offset: 0, type: 4, symbol: 2 }]),
        section('.text.used', 2),
        section('.text.unused', 3),
      ],
      symbols: ['_start', 'used', 'unused'].map((name, i) => ({ name, value: 0, binding: 1, section: i + 1 })),
    }),
  };
  const blob = { name: 'b', bytes: words(4), format: 'binary' } as const;
  const script = (keep: string) =>
    `ENTRY(_start) SECTIONS { . = 0x80000000; .text : { *(.text._start .text.used) ${keep} } .data : { *(.data) } }`;
  const sizes = (layout: string, gcSections: boolean) => {
    const { sections, symbols } = link({ objects: [functions, blob], layout, gcSections });
    return [sections.map(({ name, size }) => `${name} ${size}`).join(), symbols.has('unused')];
  };

  it('with gcSections: what the entry or a KEEP leads to, and blobs', () => {
    expect(sizes(script('*(.text*)'), false)).toEqual(['.text 12,.data 4', true]);
    expect(sizes(script('*(.text*)'), true)).toEqual(['.text 8,.data 4', false]);
    expect(sizes(script('KEEP(*(.text*))'), true)).toEqual(['.text 12,.data 4', true]);
  });

  it('sections as they are, whatever JavaScript knows by their names', () => {
    const sections = ['constructor', 'toString', '__proto__'].map((name, i) => ({
      ...section(name, i),
      bytes: new Uint8Array(16).fill(i + 1),
    }));
    const bytes = writeElf({ endian: 'little', type: ET.REL, machine: EM.MIPS, sections });
    const linked = readElf(link({ objects: [{ name: 'a.o', bytes }], layout: 'SECTIONS {}', entry: 0 }).bytes);
    for (const { name, bytes } of sections)
      expect(linked.sections.find((other) => other.name === name)?.bytes).toEqual(bytes);
  });

  it('with PHDRS: the program headers it asks for, each section in the last one named', () => {
    const layout = `PHDRS { code PT_LOAD FLAGS(5); data PT_LOAD; mark PT_NOTE FLAGS(4); }
      SECTIONS { .text 0x1000 : { *(.text.*) } :code :mark .data 0x2000 : { *(.data) } :data .more 0x3000 : { LONG(1) } }`;
    const { segments } = readElf(link({ objects: [functions, blob], layout, entry: '_start' }).bytes);
    expect(segments.map(({ type, flags, vaddr, memSize }) => [type, flags, vaddr, memSize])).toEqual([
      [PT.LOAD, 5, 0x1000, 12],
      [PT.LOAD, 6, 0x2000, 0x1004],
      [PT.NOTE, 4, 0x1000, 12],
    ]);
    expect(segments[2]!.offset).toBe(segments[0]!.offset);
    for (const wrong of [
      'PHDRS { code PT_FOO; } SECTIONS { }',
      'PHDRS { code PT_LOAD FILEHDR; } SECTIONS { }',
      'PHDRS { code PT_LOAD FLAGS(9); } SECTIONS { }',
      'PHDRS { code PT_LOAD; } SECTIONS { .text : { *(.text) } :kode }',
    ])
      expect(() => link({ objects: [functions], layout: wrong, entry: 0 })).toThrow(
        expect.objectContaining({ code: 'KSEG_LD_SCRIPT' }),
      );
  });

  it('sections without contents: those whose layout moves the location counter', () => {
    const kept = (contents: string) => {
      const layout = `SECTIONS { .text 0x1000 : { *(.text*) } .foo 0x2000 : { ${contents} } }`;
      const { sections } = readElf(link({ objects: [functions], layout, entry: 0x1000 }).bytes);
      return sections
        .filter(({ name }) => name === '.foo')
        .map(({ type, flags, address, size }) => [type, flags, address, size]);
    };
    expect(kept('. = .;')).toEqual([[SHT.PROGBITS, SHF.WRITE, 0x2000, 0]]);
    expect(kept('. = ALIGN(16); *(.foo)')).toEqual([[SHT.PROGBITS, SHF.WRITE, 0x2000, 0]]);
    expect(kept('. = . + 8;')).toEqual([[SHT.NOBITS, SHF.WRITE | SHF.ALLOC, 0x2000, 8]]);
    expect(['. = 0;', '. = . + 0;', 'x = .;', '*(.foo)'].map(kept)).toEqual([[], [], [], []]);
  });

  it('symbols in the order of ld’s table, which a layout’s enter first; hidden ones of a layout are local', () => {
    // These three share a bucket of that table, where the latest comes first.
    const bytes = object('little', [0, 0], [], [{ ...defined('n19'), other: 2 }, defined('start')]);
    const layout = 'SECTIONS { .text 0x1000 : { n6q = .; n2d = .; HIDDEN(mine = .); *(.text) } }';
    const { symbols } = readElf(link({ objects: [{ name: 'a.o', bytes }], layout, entry: 0x1000 }).bytes);
    const shown = symbols
      .filter(({ name }) => /^n|mine/.test(name))
      .map((each) => [each.name, each.binding, each.other]);
    expect(shown).toEqual([
      ['mine', 0, 0],
      ['n19', 1, 2],
      ['n2d', 1, 0],
      ['n6q', 1, 0],
    ]);
  });

  it('without symbols when stripped; offsets of pages unless told otherwise', () => {
    const parse = (options: Partial<LinkOptions>) =>
      readElf(link({ objects: [functions], layout: script(''), ...options }).bytes);
    expect(parse({}).symbols.length).toBeGreaterThan(1);
    expect(parse({ strip: true }).symbols).toEqual([]);
    expect(parse({}).segments[0]!.offset).toBe(0x10000);
    expect(parse({ paged: false }).segments[0]).toMatchObject({ offset: 0x54, align: 4 });
  });
});

describe('what cannot be linked', () => {
  const one = (name: string, relocations: Relocation[], symbols: SymbolSpec[]) => ({
    name,
    bytes: object('little', [0x0c000000, 0x0c000000], relocations, symbols),
  });

  it('is listed whole: every undefined and every duplicate symbol, with its file', () => {
    const a = one(
      'a.o',
      [
        { offset: 0, type: 4, symbol: 2 },
        { offset: 4, type: 4, symbol: 3 },
      ],
      [defined('main'), wanted('foo'), wanted('bar')],
    );
    const b = one('b.o', [{ offset: 0, type: 4, symbol: 2 }], [defined('main'), wanted('foo')]);
    expect(problemsOf({ objects: [a, b], layout: SCRIPT, entry: 'main' })).toEqual([
      ['KSEG_LD_DUPLICATE', 'b.o', 'main'],
      ['KSEG_LD_UNDEFINED', 'a.o', 'foo'],
      ['KSEG_LD_UNDEFINED', 'a.o', 'bar'],
      ['KSEG_LD_UNDEFINED', 'b.o', 'foo'],
    ]);
  });

  it.each([
    [9, 'R_MIPS_GOT16'],
    [11, 'R_MIPS_CALL16'],
    [42, 'R_MIPS_TLS_GD'],
  ])('relocation %i is refused as %s', (type, name) => {
    const a = one('a.o', [{ offset: 0, type, symbol: 1 }], [defined('main')]);
    expect(() => link({ objects: [a], layout: SCRIPT, entry: 'main' })).toThrow(`a.o(.text+0x0): ${name} is not for`);
  });

  it.each([
    ['a jump out of its 256 MB', 4, { far: 0x9000_0000 }, 'KSEG_LD_OVERFLOW'],
    ['a branch out of reach', 10, { far: 0x8020_0000 }, 'KSEG_LD_OVERFLOW'],
    ['gp-relative data without a gp', 7, { far: 0x8010_0000 }, 'KSEG_LD_RELOCATION'],
    ['gp-relative data out of reach', 7, { far: 0x8010_0000, _gp: 0x8000_0000 }, 'KSEG_LD_OVERFLOW'],
  ])('%s', (_what, type, defsym, code) => {
    const a = one('a.o', [{ offset: 0, type, symbol: 2 }], [defined('main'), wanted('far')]);
    expect(problemsOf({ objects: [a], layout: SCRIPT, entry: 'main', defsym })[0]![0]).toBe(code);
  });

  it('byte orders, machines and sections that do not go together', () => {
    const little = one('a.o', [], [defined('main')]);
    const big = { name: 'b.o', bytes: object('big', [0], [], []) };
    expect(problemsOf({ objects: [little, big], layout: SCRIPT, entry: 'main' })).toContainEqual([
      'KSEG_LD_INCOMPATIBLE',
      'b.o',
      undefined,
    ]);
    const overlap = 'SECTIONS { .text 0x80000000 : { *(.text) } .data 0x80000004 : { LONG(1) } }';
    expect(problemsOf({ objects: [little], layout: overlap, entry: 'main' }).map(([code]) => code)).toContain(
      'KSEG_LD_OVERLAP',
    );
    const small = 'MEMORY { rom : ORIGIN = 0, LENGTH = 4 } SECTIONS { .text : { *(.text) } > rom }';
    expect(problemsOf({ objects: [little], layout: small, entry: 'main' }).map(([code]) => code)).toEqual([
      'KSEG_LD_REGION',
    ]);
    const assertion = 'SECTIONS { .text : { *(.text) } ASSERT(SIZEOF(.text) < 4, "too big") }';
    expect(problemsOf({ objects: [little], layout: assertion, entry: 'main' }).map(([code]) => code)).toEqual([
      'KSEG_LD_ASSERT',
    ]);
  });

  it('a script’s fault is named with its line', () => {
    expect(() => link({ objects: [], endian: 'little', layout: 'SECTIONS {\n .text : { *(.text }\n}' })).toThrow(
      'linker script:3',
    );
  });
});
