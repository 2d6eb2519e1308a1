// The boot ROM that stands for Malta's firmware when a kernel is loaded without one: written here as instruction words, because this floor
// has no assembler.
import type { Endian } from '@kseg/bus';

/** Offset in the ROM of the board's revision word. */
export const REVISION_AT = 0x10;

const START = 0x580;
const CALL = 0x63c;

// Instructions, registers by number.
const [A0, T9, K0, K1, SP] = [4, 25, 26, 27, 29];
const lui = (rt: number, high: number) => (0x3c00_0000 | (rt << 16) | high) >>> 0;
const ori = (rt: number, rs: number, low: number) => (0x3400_0000 | (rs << 21) | (rt << 16) | low) >>> 0;
const sw = (rt: number, base: number) => (0xac00_0000 | (base << 21) | (rt << 16)) >>> 0;
const jalr = (rs: number) => (0x0000_f809 | (rs << 21)) >>> 0;
const j = (target: number) => 0x0800_0000 | ((target >>> 2) & 0x3ff_ffff);
const li = (rt: number, value: number) => [lui(rt, value >>> 16), ori(rt, rt, value & 0xffff)];

/**
 * GT-64120 registers and what they get; its registers are little-endian. They move to 0x1be00000 (values are address >> 21), then PCI I/O
 * opens at 0x18000000 and the two memory windows at 0x10000000 and 0x18200000.
 */
const GALILEO: readonly (readonly [address: number, value: number])[] = [
  [0xb400_0068, 0xdf],
  [0xbbe0_0048, 0xc0],
  [0xbbe0_0050, 0x40],
  [0xbbe0_0058, 0x80],
  [0xbbe0_0060, 0x3f],
  [0xbbe0_0080, 0xc1],
  [0xbbe0_0088, 0x5e],
];

/** The ROM's words from its start to the call of `entry.pc` with `entry.sp` and up to four arguments. */
export function bootRom(
  endian: Endian,
  revision: number,
  entry: { readonly pc: number; readonly sp: number; readonly arguments: readonly number[] },
): number[] {
  const rom = new Array<number>(CALL / 4 + 2).fill(0);
  rom[0] = j(0xbfc0_0000 + START);
  rom[REVISION_AT / 4] = revision;
  const code = [
    ...GALILEO.flatMap(([address, value]) => [
      ...li(K1, address),
      ...li(K0, endian === 'little' ? value : value * 0x100_0000),
      sw(K0, K1),
    ]),
    ...li(SP, entry.sp),
    ...entry.arguments.flatMap((value, i) => li(A0 + i, value)),
    ...li(T9, entry.pc),
  ];
  rom.splice(START / 4, code.length, ...code);
  rom[CALL / 4] = jalr(T9);
  return rom;
}
