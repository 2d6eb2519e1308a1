import { type ElfFile, indexSymbols, SHF, SHN, SHT, STT } from '@kseg/elf';

const hex8 = (value: number) => value.toString(16).padStart(8, '0');

/** `kernel.sym`: one line "address name" per symbol, in the order of the symbol table. */
export function symbolFile(elf: ElfFile): string {
  const lines = elf.symbols.slice(1).map(({ value, name, type, section }) => {
    const shown = type === STT.SECTION ? (elf.sections[section]?.name ?? '') : name;
    return `${hex8(section === SHN.COMMON ? 0 : value)} ${shown}\n`;
  });
  return lines.join('');
}

/**
 * `kernel.asm`: the code of an executable, one line per instruction under the labels of its symbols.
 *
 * @param disassemble text of an instruction word at an address, for instance `@kseg/isa`'s disassembler
 */
export function assemblyListing(elf: ElfFile, disassemble: (word: number, address: number) => string): string {
  const symbols = indexSymbols(elf);
  const lines: string[] = [];
  for (const section of elf.sections) {
    if ((section.flags & SHF.EXECINSTR) === 0 || section.type === SHT.NOBITS) continue;
    lines.push('', `Disassembly of section ${section.name}:`);
    const view = new DataView(section.bytes.buffer, section.bytes.byteOffset, section.bytes.byteLength);
    for (let at = 0; at + 4 <= section.bytes.length; at += 4) {
      const address = (section.address + at) >>> 0;
      const here = symbols.at(address);
      if (here?.offset === 0) lines.push('', `${hex8(address)} <${here.symbol.name}>:`);
      const word = view.getUint32(at, elf.header.endian === 'little');
      lines.push(`${hex8(address)}:\t${hex8(word)} \t${disassemble(word, address)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
