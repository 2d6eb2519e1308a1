// The fields of an instruction word, as plain functions that an engine inlines.

export const opcode = (word: number): number => word >>> 26;
export const rs = (word: number): number => (word >>> 21) & 31;
export const rt = (word: number): number => (word >>> 16) & 31;
export const rd = (word: number): number => (word >>> 11) & 31;
/** The shift amount; also EXT's and INS's position. */
export const sa = (word: number): number => (word >>> 6) & 31;
export const funct = (word: number): number => word & 63;
/** FPU names of the same places. */
export const fr = (word: number): number => (word >>> 21) & 31;
export const ft = (word: number): number => (word >>> 16) & 31;
export const fs = (word: number): number => (word >>> 11) & 31;
export const fd = (word: number): number => (word >>> 6) & 31;
/** The select of a CP0 register. */
export const sel = (word: number): number => word & 7;
/** The immediate, sign-extended: -32768 … 32767. */
export const imm16s = (word: number): number => (word << 16) >> 16;
/** The immediate, zero-extended. */
export const imm16u = (word: number): number => word & 0xffff;
/** A branch's displacement from its delay slot, in bytes. */
export const branchOffset = (word: number): number => (word << 16) >> 14;
/** Where a branch at `pc` goes, unsigned. */
export const branchTarget = (word: number, pc: number): number => (pc + 4 + ((word << 16) >> 14)) >>> 0;
/** Where J or JAL at `pc` goes, unsigned: in the 256 MB region of the delay slot. */
export const jumpTarget = (word: number, pc: number): number => (((pc + 4) & 0xf000_0000) | ((word << 6) >>> 4)) >>> 0;
