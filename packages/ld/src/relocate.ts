import { type ElfRelocation, SHF, STB, STT } from '@kseg/elf';
import type { LinkProblem } from './errors.ts';
import type { InputSection, LinkObject } from './object.ts';
import { inputAddress, symbolAddress } from './place.ts';
import type { GlobalSymbol } from './resolve.ts';

/** Relocation types of the MIPS supplement that static o32 code uses. */
const R_MIPS = {
  NONE: 0,
  16: 1,
  32: 2,
  REL32: 3,
  26: 4,
  HI16: 5,
  LO16: 6,
  GPREL16: 7,
  LITERAL: 8,
  GOT16: 9,
  PC16: 10,
  CALL16: 11,
  GPREL32: 12,
  JALR: 37,
  PC32: 248,
} as const;

/** Types that need what a static kernel does not have, by name so that the message helps. */
const REFUSED: Readonly<Record<number, string>> = {
  3: 'R_MIPS_REL32',
  9: 'R_MIPS_GOT16',
  11: 'R_MIPS_CALL16',
  18: 'R_MIPS_64',
  19: 'R_MIPS_GOT_DISP',
  20: 'R_MIPS_GOT_PAGE',
  21: 'R_MIPS_GOT_OFST',
  22: 'R_MIPS_GOT_HI16',
  23: 'R_MIPS_GOT_LO16',
  28: 'R_MIPS_HIGHER',
  29: 'R_MIPS_HIGHEST',
  30: 'R_MIPS_CALL_HI16',
  31: 'R_MIPS_CALL_LO16',
  38: 'R_MIPS_TLS_DTPMOD32',
  39: 'R_MIPS_TLS_DTPREL32',
  42: 'R_MIPS_TLS_GD',
  43: 'R_MIPS_TLS_LDM',
  46: 'R_MIPS_TLS_GOTTPREL',
  60: 'R_MIPS_PC21_S2',
  61: 'R_MIPS_PC26_S2',
  62: 'R_MIPS_PC18_S3',
  63: 'R_MIPS_PC19_S2',
  64: 'R_MIPS_PCHI16',
  65: 'R_MIPS_PCLO16',
};

const NEEDS_GOT = new Set([9, 11, 19, 20, 21, 22, 23, 30, 31]);

/** What relocating needs to know of the whole link. */
export interface RelocationContext {
  readonly symbols: ReadonlyMap<string, GlobalSymbol>;
  /** Value of `_gp`, undefined when nothing defines it. */
  readonly gp: number | undefined;
  readonly problems: LinkProblem[];
  readonly warnings: string[];
}

interface Target {
  readonly address: number;
  readonly local: boolean;
  readonly weakUndefined: boolean;
  readonly gpDisplacement: boolean;
  /** Depends on the relocation's addend too. */
  readonly byAddend: boolean;
}

/** The gp value an object was assembled for (`ri_gp_value` of its .reginfo, MIPS supplement "Register Information"). */
function objectGp(object: LinkObject): number {
  const info = object.sections.find(({ name }) => name === '.reginfo');
  if (info === undefined || info.bytes.length < 24) return 0;
  return new DataView(info.bytes.buffer, info.bytes.byteOffset).getUint32(20, object.endian === 'little');
}

/**
 * Applies the relocations of one input section to its copy in the output (MIPS supplement ch. 4 "Relocation"; addends
 * are in the section's bytes, as o32 has it). What cannot be done is noted in `problems`.
 *
 * @param bytes the section's bytes in the output
 * @param address where its first byte will be
 */
export function relocate(section: InputSection, bytes: Uint8Array, address: number, context: RelocationContext): void {
  const { object, relocations } = section;
  const little = object.endian === 'little';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const gp0 = objectGp(object);
  /** What each symbol stands for, found once per section. */
  const targets: (Target | undefined)[] = new Array(object.symbols.length);

  for (let i = 0; i < relocations.length; i++) {
    const { offset, type, symbol, addend: explicit } = relocations[i]!;
    if (type === R_MIPS.NONE || type === R_MIPS.JALR) continue;
    if (offset + 4 > bytes.length) {
      problem('KSEG_LD_RELOCATION', offset, `relocation outside the section, which is ${bytes.length} bytes`);
      continue;
    }
    const target = targets[symbol] ?? resolveTarget(symbol, offset);
    if (target === undefined) continue;
    if (!target.byAddend) targets[symbol] = target;
    const word = view.getUint32(offset, little);
    const place = (address + offset) >>> 0;
    const s = target.address;

    switch (type) {
      case 1: {
        const value = ((explicit ?? (word << 16) >> 16) + s) | 0;
        checkRange(value, -0x8000, 0xffff, offset, symbol, 'R_MIPS_16');
        setLow(offset, word, value);
        break;
      }
      case 2:
        view.setUint32(offset, (word * Number(explicit === undefined) + (explicit ?? 0) + s) >>> 0, little);
        break;
      case 4: {
        const value = ((explicit ?? (word << 6) >> 4) + s) >>> 0;
        if (((value ^ (place + 4)) & 0xf000_0000) !== 0 && !target.weakUndefined)
          problem('KSEG_LD_OVERFLOW', offset, `jump to ${nameOf(symbol)} at ${hex(value)} is out of reach`, symbol);
        if ((value & 3) !== 0) problem('KSEG_LD_RELOCATION', offset, `jump to ${hex(value)}, not a word`, symbol);
        view.setUint32(offset, ((word & 0xfc00_0000) | ((value >>> 2) & 0x03ff_ffff)) >>> 0, little);
        break;
      }
      case 5: {
        const ahl = explicit ?? (word << 16) + lowAddend(i, symbol, offset);
        const value = target.gpDisplacement ? ahl + gpValue(offset) - place : ahl + s;
        setLow(offset, word, (value + 0x8000) >>> 16);
        break;
      }
      case 6: {
        const low = explicit ?? (word << 16) >> 16;
        setLow(offset, word, target.gpDisplacement ? low + gpValue(offset) - place + 4 : low + s);
        break;
      }
      case 7:
      case 8: {
        const value = ((explicit ?? (word << 16) >> 16) + s + (target.local ? gp0 : 0) - gpValue(offset)) | 0;
        const name = type === 7 ? 'R_MIPS_GPREL16' : 'R_MIPS_LITERAL';
        checkRange(value, -0x8000, 0x7fff, offset, symbol, name);
        setLow(offset, word, value);
        break;
      }
      case 10: {
        const value = ((explicit ?? (word << 16) >> 14) + s - place) | 0;
        if ((value & 3) !== 0) problem('KSEG_LD_RELOCATION', offset, 'branch to an address that is not a word', symbol);
        checkRange(value, -0x2_0000, 0x1_ffff, offset, symbol, 'R_MIPS_PC16');
        setLow(offset, word, value >> 2);
        break;
      }
      case 12:
        view.setUint32(offset, ((explicit ?? word) + s + gp0 - gpValue(offset)) >>> 0, little);
        break;
      case 248:
        view.setUint32(offset, ((explicit ?? word) + s - place) >>> 0, little);
        break;
      default:
        refuse(type, offset, symbol);
    }
  }

  /** The signed low half that belongs to a HI16: that of the next LO16 against the same symbol. */
  function lowAddend(index: number, symbol: number, offset: number): number {
    for (let i = index + 1; i < relocations.length; i++) {
      const other = relocations[i]!;
      if (other.type !== R_MIPS.LO16 || other.symbol !== symbol) continue;
      return other.offset + 4 <= section.bytes.length ? (original(other) << 16) >> 16 : 0;
    }
    context.warnings.push(`${object.name}(${section.name}+${hex(offset)}): R_MIPS_HI16 without a R_MIPS_LO16`);
    return 0;
  }

  /** The instruction as the object has it: an earlier relocation may have changed the copy. */
  function original({ offset }: ElfRelocation): number {
    const source = section.bytes;
    const at = little ? offset : offset + 2;
    const [low, high] = little ? [source[at]!, source[at + 1]!] : [source[at + 1]!, source[at]!];
    return low | (high << 8);
  }

  function setLow(offset: number, word: number, value: number) {
    view.setUint32(offset, ((word & 0xffff_0000) | (value & 0xffff)) >>> 0, little);
  }

  function gpValue(offset: number): number {
    if (context.gp === undefined) {
      problem('KSEG_LD_RELOCATION', offset, 'gp-relative, but nothing defines _gp; compile with -G0 or define it');
      return 0;
    }
    return context.gp;
  }

  function resolveTarget(index: number, offset: number): Target | undefined {
    const symbol = object.symbols[index]!;
    const plain = { local: true, weakUndefined: false, gpDisplacement: false, byAddend: false };
    if (index === 0) return { ...plain, address: 0 };
    if (symbol.binding === STB.LOCAL) {
      if (symbol.place === 'absolute') return { ...plain, address: symbol.value };
      if (typeof symbol.place === 'string') return { ...plain, address: 0 };
      // A section symbol of merged strings names the place only together with the addend, which stays in the bytes.
      const byAddend = symbol.type === STT.SECTION && symbol.place.merged !== undefined;
      const found = byAddend ? mergedTarget(symbol.place, index, offset) : inputAddress(symbol.place, symbol.value);
      if (found === undefined) return discarded(symbol.place.name, offset);
      return { ...plain, address: found, byAddend };
    }
    const global = context.symbols.get(symbol.name)!;
    if (symbol.name === '_gp_disp') return { ...plain, address: 0, local: false, gpDisplacement: true };
    const target = { ...plain, local: false, weakUndefined: global.state === 'weak-undefined' };
    if (target.weakUndefined) return { ...target, address: 0 };
    if (global.state === 'undefined') {
      undefinedSymbol(symbol.name);
      return undefined;
    }
    const found = symbolAddress(global);
    if (found === undefined) return discarded(symbol.name, offset);
    return { ...target, address: found };
  }

  /** Where section + addend went, less the addend that will be added again. */
  function mergedTarget(place: InputSection, index: number, offset: number): number | undefined {
    const at = relocations.findIndex((one) => one.offset === offset && one.symbol === index);
    const relocation = relocations[at]!;
    const view32 = new DataView(section.bytes.buffer, section.bytes.byteOffset, section.bytes.byteLength);
    const word = view32.getUint32(offset, little);
    const addend =
      relocation.addend ??
      (relocation.type === R_MIPS.HI16
        ? (word << 16) + lowAddend(at, index, offset)
        : relocation.type === R_MIPS.LO16
          ? loAddend(at, index, word)
          : word | 0);
    const found = inputAddress(place, addend);
    return found === undefined ? undefined : (found - addend) >>> 0;
  }

  /** A LO16's whole addend needs the high half of the HI16 before it. */
  function loAddend(index: number, symbol: number, word: number): number {
    const low = (word << 16) >> 16;
    for (let i = index - 1; i >= 0; i--) {
      const other = relocations[i]!;
      if (other.type === R_MIPS.HI16 && other.symbol === symbol) return (original(other) << 16) + low;
    }
    return low;
  }

  function discarded(name: string, offset: number): Target | undefined {
    // Debug sections may speak of dropped code; what is loaded may not.
    if ((section.flags & SHF.ALLOC) !== 0)
      problem('KSEG_LD_RELOCATION', offset, `refers to ${name}, which the layout discards`);
    return undefined;
  }

  function undefinedSymbol(symbol: string) {
    const known = context.problems.some(
      (one) => one.code === 'KSEG_LD_UNDEFINED' && one.symbol === symbol && one.file === object.name,
    );
    if (known) return;
    context.problems.push({
      code: 'KSEG_LD_UNDEFINED',
      message: `${object.name}(${section.name}): undefined symbol ${symbol}`,
      file: object.name,
      symbol,
    });
  }

  function refuse(type: number, offset: number, symbol: number) {
    const name = REFUSED[type] ?? `relocation type ${type}`;
    const advice = NEEDS_GOT.has(type) ? '; compile with -mno-abicalls -fno-pic' : '';
    problem('KSEG_LD_RELOCATION', offset, `${name} is not for static code${advice}`, symbol);
  }

  function checkRange(value: number, low: number, high: number, offset: number, symbol: number, type: string) {
    if (value >= low && value <= high) return;
    problem('KSEG_LD_OVERFLOW', offset, `${type} against ${nameOf(symbol)}: ${value} does not fit`, symbol);
  }

  function nameOf(symbol: number): string {
    const { name, place } = object.symbols[symbol]!;
    return name !== '' || typeof place === 'string' ? name : place.name;
  }

  function problem(code: LinkProblem['code'], offset: number, what: string, symbol?: number) {
    const at = `${object.name}(${section.name}+${hex(offset)})`;
    const named = symbol === undefined ? {} : { symbol: nameOf(symbol) };
    context.problems.push({ code, message: `${at}: ${what}`, file: object.name, ...named });
  }
}

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;
