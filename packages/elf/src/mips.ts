// What MIPS adds to ELF: e_flags, .reginfo and .MIPS.abiflags, in words (MIPS ABI supplement ch. 4; binutils' mips.h
// keeps the list of the flags that came later).
import type { ElfFile } from './types.ts';

const ARCHITECTURES = [
  'mips1',
  'mips2',
  'mips3',
  'mips4',
  'mips5',
  'mips32',
  'mips64',
  'mips32r2',
  'mips64r2',
  'mips32r6',
  'mips64r6',
];
const ABIS: Readonly<Record<number, string>> = { 4096: 'o32', 8192: 'o64', 12288: 'eabi32', 16384: 'eabi64' };
const FLAG_BITS: readonly (readonly [number, string])[] = [
  [0x1, 'noreorder'],
  [0x2, 'pic'],
  [0x4, 'cpic'],
  [0x8, 'xgot'],
  [0x10, 'ugen_reserved'],
  [0x20, 'abi2'],
  [0x80, 'odk first'],
  [0x100, '32bitmode'],
  [0x400, 'nan2008'],
  [0x200, 'fp64'],
];
const LATE_BITS: readonly (readonly [number, string])[] = [
  [0x0800_0000, 'mdmx'],
  [0x0400_0000, 'mips16'],
  [0x0200_0000, 'micromips'],
];

/** e_flags of a MIPS file in words, for instance `noreorder, o32, mips32r2`. */
export function describeMipsFlags(flags: number): string {
  const set = (bits: typeof FLAG_BITS) => bits.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  const abi = ABIS[flags & 0xf000];
  const architecture = ARCHITECTURES[flags >>> 28] ?? `unknown architecture ${flags >>> 28}`;
  return [...set(FLAG_BITS), ...(abi === undefined ? [] : [abi]), ...set(LATE_BITS), architecture].join(', ');
}

/** `.MIPS.abiflags` (Elf_MIPS_ABIFlags_v0). */
export interface MipsAbiFlags {
  readonly version: number;
  /** Architecture level and revision, as in MIPS32r2. */
  readonly isaLevel: number;
  readonly isaRevision: number;
  /** Register widths in bits, 0 for none. */
  readonly gprBits: number;
  readonly cpr1Bits: number;
  readonly cpr2Bits: number;
  readonly fpAbi: number;
  readonly isaExtension: number;
  readonly ases: number;
  readonly flags1: number;
  readonly flags2: number;
}

/** `.reginfo`: which registers a file uses, and its gp. */
export interface MipsRegisterInfo {
  readonly gprMask: number;
  readonly cprMasks: readonly number[];
  readonly gp: number;
}

const WIDTHS = [0, 32, 64, 128];

function record(elf: ElfFile, name: string): { view: DataView; little: boolean } | undefined {
  const bytes = elf.sections.find((section) => section.name === name)?.bytes;
  if (bytes === undefined || bytes.length < 24) return undefined;
  return { view: new DataView(bytes.buffer, bytes.byteOffset), little: elf.header.endian === 'little' };
}

/** Decodes `.MIPS.abiflags`; undefined for a file without it. */
export function readMipsAbiFlags(elf: ElfFile): MipsAbiFlags | undefined {
  const found = record(elf, '.MIPS.abiflags');
  if (found === undefined) return undefined;
  const { view, little } = found;
  const width = (at: number) => WIDTHS[view.getUint8(at)] ?? 0;
  return {
    version: view.getUint16(0, little),
    isaLevel: view.getUint8(2),
    isaRevision: view.getUint8(3),
    gprBits: width(4),
    cpr1Bits: width(5),
    cpr2Bits: width(6),
    fpAbi: view.getUint8(7),
    isaExtension: view.getUint32(8, little),
    ases: view.getUint32(12, little),
    flags1: view.getUint32(16, little),
    flags2: view.getUint32(20, little),
  };
}

/** Decodes `.reginfo`; undefined for a file without it. */
export function readMipsRegisterInfo(elf: ElfFile): MipsRegisterInfo | undefined {
  const found = record(elf, '.reginfo');
  if (found === undefined) return undefined;
  const word = (at: number) => found.view.getUint32(at, found.little);
  return { gprMask: word(0), cprMasks: [4, 8, 12, 16].map(word), gp: word(20) };
}
