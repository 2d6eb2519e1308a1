/**
 * One numeric behaviour of GAIA's FPU, on the bit patterns of singles as signed 32-bit numbers. Results are those before the sign stage,
 * which every FPU instruction ends with.
 */
export interface GaiaFpu {
  add(a: number, b: number): number;
  sub(a: number, b: number): number;
  mul(a: number, b: number): number;
  inv(a: number): number;
  sqrt(a: number): number;
  ftoi(a: number): number;
  itof(a: number): number;
  floor(a: number): number;
  /** FCMPLT and FCMPLE. */
  less(a: number, b: number): boolean;
  lessOrEqual(a: number, b: number): boolean;
}

/** The last stage of every FPU instruction: bit 1 of `sign` clears the sign, bit 0 then flips it, and -0 becomes +0. */
export function signStage(bits: number, sign: number): number {
  if (sign & 2) bits &= 0x7fff_ffff;
  if (sign & 1) bits ^= 0x8000_0000;
  return bits === -0x8000_0000 ? 0 : bits;
}
