// The sections that tell linkers and debuggers about the code: .reginfo, .MIPS.abiflags, .pdr, .gnu.attributes; and e_flags.
import { SHF, SHT } from '@kseg/elf';
import type { Assembler } from '../assembler.ts';
import { ofSymbol } from '../expression.ts';
import type { Options } from '../options.ts';
import type { Section } from '../section.ts';
import { R } from './relocations.ts';
import type { Mips } from './target.ts';

const EF_NOREORDER = 1;
const EF_PIC = 2;
const EF_CPIC = 4;
const EF_32BITMODE = 0x100;
const EF_FP64 = 0x200;
const EF_NAN2008 = 0x400;
const EF_ABI_O32 = 0x1000;
const EF_ARCH: Readonly<Record<string, number>> = {
  mips1: 0,
  mips2: 0x1000_0000,
  mips3: 0x2000_0000,
  mips4: 0x3000_0000,
  mips32: 0x5000_0000,
  mips32r2: 0x7000_0000,
};
const ISA: Readonly<Record<string, readonly [level: number, revision: number]>> = {
  mips1: [1, 0],
  mips2: [2, 0],
  mips3: [3, 0],
  mips4: [4, 0],
  mips32: [32, 1],
  mips32r2: [32, 2],
};
/** Val_GNU_MIPS_ABI_FP_*. */
const FP_ABI: Readonly<Record<Options['fp'], number>> = { fp32: 1, soft: 3, fpxx: 5, fp64: 6 };
const ODD_SINGLES = 1;
const TAG_FP_ABI = 4;

/** Made before anything else, so that they come right behind .text, .data and .bss. */
export function createMetadata(asm: Assembler): void {
  const make = (name: string, type: number, flags: number, align: number, entrySize: number): Section => {
    const section = asm.section(name, { type, flags, entrySize });
    section.align = align;
    section.subsection(0);
    return section;
  };
  make('.reginfo', SHT.MIPS_REGINFO, SHF.ALLOC, 2, 24);
  make('.MIPS.abiflags', SHT.MIPS_ABIFLAGS, SHF.ALLOC, 3, 24);
  make('.pdr', SHT.PROGBITS, 0, 2, 0);
}

export function fileFlags(m: Mips): number {
  const { file } = m;
  let flags = EF_ARCH[file.level]! | EF_ABI_O32;
  if (m.emitter.anyNoreorder) flags |= EF_NOREORDER;
  if (m.pic) flags |= EF_PIC | EF_CPIC;
  if (file.abicalls) flags |= EF_CPIC;
  // A 64-bit processor that runs 32-bit code.
  if (file.level === 'mips3' || file.level === 'mips4') flags |= EF_32BITMODE;
  if (file.nan2008) flags |= EF_NAN2008;
  if (file.fp === 'fp64') flags |= EF_FP64;
  return flags >>> 0;
}

/** Fills them in when all code has been read. */
export function fillMetadata(m: Mips): void {
  const { asm, file } = m;
  const reginfo = asm.findSection('.reginfo')!.subsection(0);
  for (const word of [m.emitter.gprMask, 0, m.emitter.fprMask, 0, 0, 0]) reginfo.put32(word);

  const abiflags = asm.findSection('.MIPS.abiflags')!.subsection(0);
  const { fp } = file;
  const oddSingles = file.oddSingles ?? (fp !== 'fpxx' && ISA[file.level]![0] >= 32);
  const [level, revision] = ISA[file.level]!;
  abiflags.put16(0);
  abiflags.put8(level);
  abiflags.put8(revision);
  abiflags.put8(1);
  abiflags.put8(fp === 'soft' ? 0 : fp === 'fp64' ? 2 : 1);
  abiflags.put8(0);
  abiflags.put8(FP_ABI[fp]);
  abiflags.put32(0);
  abiflags.put32(0);
  abiflags.put32(oddSingles ? ODD_SINGLES : 0);
  abiflags.put32(0);

  const pdr = asm.findSection('.pdr')!.subsection(0);
  for (const p of m.procedures) {
    asm.fixup(pdr.reserve(4), R.R32, 4, ofSymbol(p.symbol), { at: pdr });
    for (const word of [p.mask, p.maskOffset, p.fmask, p.fmaskOffset, p.frameOffset, p.frameRegister, p.returnRegister])
      pdr.put32(word);
  }

  const tags = new Map(file.attributes);
  if (!tags.has(TAG_FP_ABI)) tags.set(TAG_FP_ABI, FP_ABI[fp]);
  const body = [...tags].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b);
  const length = body.length * 2;
  const shape = { type: SHT.GNU_ATTRIBUTES, flags: 0, entrySize: 0 };
  const attributes = asm.section('.gnu.attributes', shape).subsection(0);
  attributes.put8(65);
  attributes.put32(13 + length);
  attributes.putString('gnu\0');
  attributes.put8(1);
  attributes.put32(5 + length);
  for (const byte of body.flat()) attributes.put8(byte);
}
