// DSPControl, and what the ASE's instructions do to it: overflow flags, the fields that RDDSP, WRDSP, INSV and BPOSGE32 use.

import { rd, rs, rt } from '@kseg/isa';
import { DSP_CONTROL } from '../state.ts';

/** The fields (vol. IV-e §3.6): pos 5:0, scount 12:7, c 13, EFI 14, ouflag 23:16, ccond 27:24; in the order of RDDSP's and WRDSP's mask bits. */
const FIELDS = [0x3f, 0x1f80, 0x2000, 0x00ff_0000, 0x0f00_0000, 0x4000] as const;
export const POS = 0x3f;
export const CARRY = 1 << 13;
export const EFI = 1 << 14;
export const CCOND_SHIFT = 24;
/** Bits of ouflag: the accumulators' (16 to 19), and those of additions, products, left shifts and reductions, extractions. */
export const OVERFLOW_AC0 = 16;
export const OVERFLOW_ADD = 20;
export const OVERFLOW_MULTIPLY = 21;
export const OVERFLOW_SHIFT = 22;
export const OVERFLOW_EXTRACT = 23;

export type State = Int32Array;
export type Operation = (s: State, word: number) => void;

export interface Range {
  readonly min: number;
  readonly max: number;
}
export const U8: Range = { min: 0, max: 0xff };
export const U16: Range = { min: 0, max: 0xffff };
export const S8: Range = { min: -0x80, max: 0x7f };
export const S16: Range = { min: -0x8000, max: 0x7fff };
export const S32: Range = { min: -0x8000_0000, max: 0x7fff_ffff };

export function setFlag(s: State, bit: number): void {
  s[DSP_CONTROL]! |= 1 << bit;
}

/** `value`, or the end of the range it lies beyond, which sets an overflow flag. */
export function clamp(value: number, { min, max }: Range, s: State, bit: number): number {
  if (value >= min && value <= max) return value;
  setFlag(s, bit);
  return value < min ? min : max;
}

/** All bits that DSPControl has. */
export const DSP_CONTROL_BITS = FIELDS.reduce((bits, field) => bits | field, 0);

/** The bits of the fields that a mask of RDDSP or WRDSP names. */
function fieldsOf(mask: number): number {
  let bits = 0;
  for (let i = 0; i < FIELDS.length; i++) if (((mask >>> i) & 1) !== 0) bits |= FIELDS[i]!;
  return bits;
}

export const readControl: Operation = (s, word) => put(s, rd(word), s[DSP_CONTROL]! & fieldsOf(word >>> 16));
export const writeControl: Operation = (s, word) => {
  const bits = fieldsOf(word >>> 11);
  s[DSP_CONTROL] = (s[DSP_CONTROL]! & ~bits) | (s[rs(word)]! & bits);
};

/**
 * INSV: scount bits of rs to bit pos of rt. UNPREDICTABLE cases: of a pos beyond the register the low five bits count; no bits, or a
 * field that ends beyond bit 32, is nothing.
 */
export const insert: Operation = (s, word) => {
  const pos = s[DSP_CONTROL]! & 31;
  const size = (s[DSP_CONTROL]! >>> 7) & 63;
  if (size === 0 || pos + size > 33) return;
  const mask = (size >= 32 ? -1 : (1 << size) - 1) << pos;
  put(s, rt(word), (s[rt(word)]! & ~mask) | ((s[rs(word)]! << pos) & mask));
};

/** BPOSGE32's condition: DSPControl.pos is 32 or more. */
export const posReaches32 = (s: State): boolean => (s[DSP_CONTROL]! & 32) !== 0;

/** Writes a general register; $0 is left alone. */
export function put(s: State, register: number, value: number): void {
  if (register !== 0) s[register] = value;
}
