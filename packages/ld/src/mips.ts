// The records with which MIPS objects describe themselves: e_flags, .reginfo, .MIPS.abiflags, .gnu.attributes.
// The linker writes one of each that suits all inputs.
import { type Endian, SHT } from '@kseg/elf';
import type { LinkProblem } from './errors.ts';
import type { InputSection, LinkObject } from './object.ts';
import type { OutputSection } from './output.ts';

/** e_flags bits (MIPS supplement "ELF Header"). */
const EF = { NOREORDER: 1, PIC: 2, CPIC: 4, ABI2: 0x20, ABI: 0xf000, MACH: 0x00ff_0000, ARCH: 0xf000_0000 } as const;

/** For each EF_MIPS_ARCH value (bits 31:28) the architectures it can run. */
const RUNS: readonly (readonly number[])[] = [
  [0],
  [0, 1],
  [0, 1, 2],
  [0, 1, 2, 3],
  [0, 1, 2, 3, 4],
  [0, 1, 5],
  [0, 1, 2, 3, 4, 5, 6],
  [0, 1, 5, 7],
  [0, 1, 2, 3, 4, 5, 6, 7, 8],
  [9],
  [9, 10],
];

const ARCH_NAMES = [
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
];

/** One e_flags for all objects; differences that cannot work together go to `problems`. */
export function mergeFlags(objects: readonly LinkObject[], problems: LinkProblem[]): number {
  let merged: number | undefined;
  let first: LinkObject | undefined;
  for (const object of objects) {
    const flags = object.flags;
    if (flags === undefined || !hasContent(object)) continue;
    if (merged === undefined || first === undefined) {
      merged = flags;
      first = object;
      continue;
    }
    const clash = (what: string) =>
      problems.push({
        code: 'KSEG_LD_INCOMPATIBLE',
        message: `${object.name}: ${what}, ${first!.name} is not`,
        file: object.name,
      });
    const ours = merged >>> 28;
    const theirs = flags >>> 28;
    const arch: number = RUNS[theirs]?.includes(ours) ? theirs : ours;
    if (!RUNS[arch]?.includes(theirs)) clash(`for ${ARCH_NAMES[theirs] ?? `architecture ${theirs}`}`);
    if (((merged ^ flags) & EF.ABI) !== 0) clash('of another ABI');
    // Code that is not position independent makes the whole so.
    const pic = merged & flags & (EF.PIC | EF.CPIC);
    const rest = (merged | flags) & ~(EF.ARCH | EF.PIC | EF.CPIC | EF.MACH);
    const machine = arch === theirs && arch !== ours ? flags & EF.MACH : merged & EF.MACH;
    merged = ((arch << 28) | machine | rest | pic) >>> 0;
  }
  return merged ?? 0;
}

/** Objects without code or data say nothing about the machine. */
function hasContent(object: LinkObject): boolean {
  return object.sections.some(({ type, size, flags }) => size > 0 && (flags & 2) !== 0 && type < 0x6000_0000);
}

/** Replaces the inputs of the records by one merged record. */
export function mergeRecords(sections: readonly OutputSection[], endian: Endian): void {
  for (const section of sections) {
    const merge = section.type === SHT.GNU_ATTRIBUTES ? mergeAttributes : RECORDS.get(section.name);
    if (merge === undefined || section.inputs.length === 0) continue;
    const inputs = section.inputs.filter(({ bytes }) => bytes.length >= 16);
    const first = inputs[0];
    if (first === undefined) continue;
    section.content = merge(inputs, endian === 'little');
    for (const input of section.inputs) input.size = 0;
    first.size = section.content.length;
  }
}

const RECORDS = new Map<string, (inputs: readonly InputSection[], little: boolean) => Uint8Array>([
  ['.reginfo', mergeRegisterInfo],
  ['.MIPS.abiflags', mergeAbiFlags],
]);

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The first object's register masks (ld takes the section as link-once, so that those of the others do not count);
 * the gp value is the output's, which is known later ({@link setGp}).
 */
function mergeRegisterInfo(inputs: readonly InputSection[]): Uint8Array {
  const out = new Uint8Array(24);
  out.set(inputs[0]!.bytes.subarray(0, 20));
  return out;
}

/** Writes ri_gp_value. */
export function setGp(sections: readonly OutputSection[], gp: number, little: boolean): void {
  const info = sections.find(({ name, content }) => name === '.reginfo' && content !== undefined);
  if (info?.content !== undefined) viewOf(info.content).setUint32(20, gp, little);
}

/** Elf_Internal_ABIFlags_v0: version, isa level, rev, register sizes, fp abi, extension, ases, flags. */
function mergeAbiFlags(inputs: readonly InputSection[], little: boolean): Uint8Array {
  const out = new Uint8Array(inputs[0]!.bytes.subarray(0, 24));
  const view = viewOf(out);
  for (const { bytes } of inputs.slice(1)) {
    const from = viewOf(bytes);
    if (bytes.length < 24) continue;
    if (bytes[2]! * 256 + bytes[3]! > out[2]! * 256 + out[3]!) {
      out[2] = bytes[2]!;
      out[3] = bytes[3]!;
    }
    for (const size of [4, 5, 6]) out[size] = Math.max(out[size]!, bytes[size]!);
    out[7] = mergeFpAbi(out[7]!, bytes[7]!);
    for (const at of [12, 16])
      view.setUint32(at, (view.getUint32(at, little) | from.getUint32(at, little)) >>> 0, little);
  }
  return out;
}

/** Any (0) gives way; "any FPU mode" (5) fits double (1) and 64-bit (6, 7) code. */
function mergeFpAbi(ours: number, theirs: number): number {
  if (ours === 0 || ours === 5) return theirs === 0 ? ours : theirs;
  return ours;
}

/**
 * The GNU attributes of the output: the floating-point ABI, the one tag compilers write for MIPS.
 * Format: 'A', then a length, a vendor name and subsections of tag/value pairs in ULEB128.
 */
function mergeAttributes(inputs: readonly InputSection[], little: boolean): Uint8Array {
  const fp = inputs.map(({ bytes }) => fpAttribute(bytes)).reduce(mergeFpAbi, 0);
  if (fp === 0) return new Uint8Array(0);
  const out = new Uint8Array(16);
  const view = viewOf(out);
  out[0] = 0x41;
  view.setUint32(1, 15, little);
  out.set([0x67, 0x6e, 0x75, 0, 1], 5);
  view.setUint32(10, 7, little);
  out.set([TAG_MIPS_ABI_FP, fp], 14);
  return out;
}

const TAG_MIPS_ABI_FP = 4;

function fpAttribute(bytes: Uint8Array): number {
  return bytes[9] === 1 && bytes[14] === TAG_MIPS_ABI_FP ? (bytes[15] ?? 0) : 0;
}
