// An ELF file in readelf's words and columns, so that the two can be compared line by line.
import { EM, ET, nameOf, PT, SHN, SHT, STB, STT, STV } from './constants.ts';
import { describeMipsFlags } from './mips.ts';
import type { ElfFile, ElfSection, ElfSymbol } from './types.ts';

const hex = (value: number, width: number) => value.toString(16).padStart(width, '0');

const TYPES: Readonly<Record<number, string>> = {
  [ET.REL]: 'REL (Relocatable file)',
  [ET.EXEC]: 'EXEC (Executable file)',
  [ET.DYN]: 'DYN (Shared object file)',
};

/** R_MIPS names by number, for those that static code and kernels show. */
const RELOCATIONS: Readonly<Record<number, string>> = {
  0: 'R_MIPS_NONE',
  1: 'R_MIPS_16',
  2: 'R_MIPS_32',
  3: 'R_MIPS_REL32',
  4: 'R_MIPS_26',
  5: 'R_MIPS_HI16',
  6: 'R_MIPS_LO16',
  7: 'R_MIPS_GPREL16',
  8: 'R_MIPS_LITERAL',
  9: 'R_MIPS_GOT16',
  10: 'R_MIPS_PC16',
  11: 'R_MIPS_CALL16',
  12: 'R_MIPS_GPREL32',
  37: 'R_MIPS_JALR',
  248: 'R_MIPS_PC32',
};

const RENAMED: Readonly<Record<number, string>> = { [PT.MIPS_REGINFO]: 'REGINFO', [PT.MIPS_ABIFLAGS]: 'ABIFLAGS' };

/** `readelf -h`: the header. */
export function describeHeader({ header, bytes, sections, segments }: ElfFile): string {
  const row = (name: string, value: string | number) => `  ${`${name}:`.padEnd(34)} ${value}`;
  const magic = [...bytes.subarray(0, 16)].map((byte) => hex(byte, 2)).join(' ');
  const flags =
    header.machine === EM.MIPS
      ? `0x${header.flags.toString(16)}, ${describeMipsFlags(header.flags)}`
      : `0x${header.flags.toString(16)}`;
  return [
    'ELF Header:',
    `  Magic:   ${magic} `,
    row('Class', 'ELF32'),
    row('Data', `2's complement, ${header.endian} endian`),
    row('Version', '1 (current)'),
    row('OS/ABI', header.osAbi === 0 ? 'UNIX - System V' : header.osAbi),
    row('ABI Version', header.abiVersion),
    row('Type', TYPES[header.type] ?? header.type),
    row('Machine', header.machine === EM.MIPS ? 'MIPS R3000' : (nameOf(EM, header.machine) ?? header.machine)),
    row('Version', `0x${header.version.toString(16)}`),
    row('Entry point address', `0x${header.entry.toString(16)}`),
    row('Start of program headers', `${header.programHeaderOffset} (bytes into file)`),
    row('Start of section headers', `${header.sectionHeaderOffset} (bytes into file)`),
    row('Flags', flags),
    row('Size of this header', '52 (bytes)'),
    row('Size of program headers', `${segments.length > 0 ? 32 : 0} (bytes)`),
    row('Number of program headers', segments.length),
    row('Size of section headers', '40 (bytes)'),
    row('Number of section headers', sections.length),
    row('Section header string table index', header.sectionNameIndex),
  ].join('\n');
}

const SECTION_FLAGS: readonly (readonly [number, string])[] = [
  [0x1, 'W'],
  [0x2, 'A'],
  [0x4, 'X'],
  [0x10, 'M'],
  [0x20, 'S'],
  [0x40, 'I'],
  [0x80, 'L'],
  [0x100, 'O'],
  [0x200, 'G'],
  [0x400, 'T'],
];

function sectionFlags(flags: number): string {
  const known = SECTION_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  return known.join('') + ((flags & 0xf000_0000) !== 0 ? 'p' : '');
}

/** `readelf -SW`: a line per section. */
export function describeSections({ sections }: ElfFile): string {
  const line = ({ index, name, type, address, offset, size, entrySize, flags, link, info, align }: ElfSection) => {
    const kind = nameOf(SHT, type) ?? hex(type, 8);
    const start = `  [${String(index).padStart(2)}] ${name.padEnd(17)} ${kind.padEnd(15)} ${hex(address, 8)}`;
    const place = `${hex(offset, 6)} ${hex(size, 6)} ${hex(entrySize, 2)} ${sectionFlags(flags).padStart(3)}`;
    return `${start} ${place} ${String(link).padStart(2)} ${String(info).padStart(3)} ${String(align).padStart(2)}`;
  };
  const title = '  [Nr] Name              Type            Addr     Off    Size   ES Flg Lk Inf Al';
  return [title, ...sections.map(line)].join('\n');
}

/** `readelf -lW`: a line per program header. */
export function describeSegments({ segments }: ElfFile): string {
  const title = '  Type           Offset   VirtAddr   PhysAddr   FileSiz MemSiz  Flg Align';
  const lines = segments.map(({ type, offset, vaddr, paddr, bytes, memSize, flags, align }) => {
    const name = RENAMED[type] ?? nameOf(PT, type) ?? `0x${hex(type, 8)}`;
    const rights = `${flags & 4 ? 'R' : ' '}${flags & 2 ? 'W' : ' '}${flags & 1 ? 'E' : ' '}`;
    const addresses = `0x${hex(offset, 6)} 0x${hex(vaddr, 8)} 0x${hex(paddr, 8)}`;
    return `  ${name.padEnd(14)} ${addresses} 0x${hex(bytes.length, 5)} 0x${hex(memSize, 5)} ${rights} 0x${align.toString(16)}`;
  });
  return [title, ...lines].join('\n');
}

function sectionOf(section: number): string {
  if (section === SHN.ABS) return 'ABS';
  if (section === SHN.COMMON) return 'COM';
  if (section === SHN.MIPS_SCOMMON) return 'SCOM';
  return section === SHN.UNDEF ? 'UND' : String(section);
}

/** The name shown for a symbol: a section symbol has its section's. */
function symbolName({ name, type, section }: ElfSymbol, sections: readonly ElfSection[]): string {
  return type === STT.SECTION ? (sections[section]?.name ?? name) : name;
}

/** `readelf -sW`: a line per symbol. */
export function describeSymbols({ symbols, sections }: ElfFile): string {
  const title = '   Num:    Value  Size Type    Bind   Vis      Ndx Name';
  const lines = symbols.map((symbol) => {
    const { index, value, size, type, binding, other, section } = symbol;
    const kind = (nameOf(STT, type) ?? String(type)).padEnd(7);
    const bind = (nameOf(STB, binding) ?? String(binding)).padEnd(6);
    const visibility = (nameOf(STV, other & 3) ?? '').padEnd(8);
    const place = `${String(index).padStart(6)}: ${hex(value, 8)} ${String(size).padStart(5)}`;
    return `${place} ${kind} ${bind} ${visibility} ${sectionOf(section).padStart(3)} ${symbolName(symbol, sections)}`;
  });
  return [title, ...lines].join('\n');
}

/** `readelf -rW`: a line per relocation of every table. */
export function describeRelocations({ relocations, symbols, sections }: ElfFile): string {
  return relocations
    .map(({ section, entries }) => {
      const { name, offset } = sections[section]!;
      const count = entries.length === 1 ? '1 entry' : `${entries.length} entries`;
      const lines = entries.map(({ offset: at, type, symbol }) => {
        const target = symbols[symbol]!;
        const info = hex(((symbol << 8) | type) >>> 0, 8);
        const kind = (RELOCATIONS[type] ?? `unrecognized: ${type.toString(16)}`).padEnd(22);
        const against = symbol === 0 ? '' : `${hex(target.value, 8)}   ${symbolName(target, sections)}`;
        return `${hex(at, 8)}  ${info} ${kind} ${against}`.trimEnd();
      });
      return [`Relocation section '${name}' at offset 0x${offset.toString(16)} contains ${count}:`, ...lines].join(
        '\n',
      );
    })
    .join('\n\n');
}

/** All of the above, as `readelf -h -S -l -s -r` shows it. */
export function describeElf(elf: ElfFile): string {
  const parts = [describeHeader(elf), describeSections(elf)];
  if (elf.segments.length > 0) parts.push(describeSegments(elf));
  if (elf.relocations.length > 0) parts.push(describeRelocations(elf));
  if (elf.symbols.length > 0) parts.push(describeSymbols(elf));
  return `${parts.join('\n\n')}\n`;
}
