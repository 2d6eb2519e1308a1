// For tests only: every instruction of the FPU, as its encoding and as a call, and operands to try it on.
import {
  DOWNWARD,
  FCCR,
  FCSR,
  FENR,
  FEXR,
  FIR,
  NEAREST,
  type SoftFpu,
  TOWARD_ZERO,
  UPWARD,
} from '../../src/fpu/index.ts';
import { doublePair, longOperand, singlePair } from './operands.ts';

const FORMATS = { s: 16, d: 17, w: 20, l: 21 } as const;
type Format = keyof typeof FORMATS;

/** The COP1 word `func.fmt $f6, $f0, $f2` (one-operand functions have ft = 0). */
const cop1 = (func: number, fmt: Format, ft: 0 | 2 = 2): number =>
  (0x4400_0000 | (FORMATS[fmt] << 21) | (ft << 16) | (6 << 6) | func) >>> 0;

/** The word `c.cond.fmt cc, $f0, $f2`. */
const compare = (cond: number, fmt: Format, cc: number): number =>
  (0x4400_0000 | (FORMATS[fmt] << 21) | (2 << 16) | (cc << 8) | 0x30 | cond) >>> 0;

/** The COP1X word `func $f6, $f4, $f0, $f2`. */
const cop1x = (func: number): number => (0x4c00_0000 | (4 << 21) | (2 << 16) | (6 << 6) | func) >>> 0;

/** Words that move $f0 to control register `n`. */
const writeControlWords = (n: number): number[] => [0x440a_0000, 0x44ca_0000 | (n << 11)]; // mfc1, ctc1 $10

/** Words that move control register `n` to $f6. */
const readControlWords = (n: number): number[] => [0x444a_0000 | (n << 11), 0x448a_3000]; // cfc1 $10, mtc1

export type Kind = 's' | 'd' | 'l' | 'c';
export interface Instruction {
  readonly name: string;
  /** The words to execute: operands in $f0 and $f2 (and fr in $f4), result in $f6. */
  readonly code: readonly number[];
  readonly kind: Kind;
  /** Runs it with fs, ft, fr and fd in words 0, 2, 4 and 6. */
  readonly run: (fpu: SoftFpu) => unknown;
}

export const instructions: Instruction[] = [];
const add = (name: string, code: number | number[], kind: Kind, run: (fpu: SoftFpu) => unknown) =>
  instructions.push({ name, code: [code].flat(), kind, run });

add('add.s', cop1(0, 's'), 's', (fpu) => fpu.addS(6, 0, 2));
add('add.d', cop1(0, 'd'), 'd', (fpu) => fpu.addD(6, 0, 2));
add('sub.s', cop1(1, 's'), 's', (fpu) => fpu.subS(6, 0, 2));
add('sub.d', cop1(1, 'd'), 'd', (fpu) => fpu.subD(6, 0, 2));
add('mul.s', cop1(2, 's'), 's', (fpu) => fpu.mulS(6, 0, 2));
add('mul.d', cop1(2, 'd'), 'd', (fpu) => fpu.mulD(6, 0, 2));
add('div.s', cop1(3, 's'), 's', (fpu) => fpu.divS(6, 0, 2));
add('div.d', cop1(3, 'd'), 'd', (fpu) => fpu.divD(6, 0, 2));
add('sqrt.s', cop1(4, 's', 0), 's', (fpu) => fpu.sqrtS(6, 0));
add('sqrt.d', cop1(4, 'd', 0), 'd', (fpu) => fpu.sqrtD(6, 0));
add('abs.s', cop1(5, 's', 0), 's', (fpu) => fpu.absS(6, 0));
add('abs.d', cop1(5, 'd', 0), 'd', (fpu) => fpu.absD(6, 0));
add('mov.s', cop1(6, 's', 0), 's', (fpu) => fpu.movS(6, 0));
add('mov.d', cop1(6, 'd', 0), 'd', (fpu) => fpu.movD(6, 0));
add('neg.s', cop1(7, 's', 0), 's', (fpu) => fpu.negS(6, 0));
add('neg.d', cop1(7, 'd', 0), 'd', (fpu) => fpu.negD(6, 0));
add('recip.s', cop1(0x15, 's', 0), 's', (fpu) => fpu.recipS(6, 0));
add('recip.d', cop1(0x15, 'd', 0), 'd', (fpu) => fpu.recipD(6, 0));
add('rsqrt.s', cop1(0x16, 's', 0), 's', (fpu) => fpu.rsqrtS(6, 0));
add('rsqrt.d', cop1(0x16, 'd', 0), 'd', (fpu) => fpu.rsqrtD(6, 0));
add('cvt.s.d', cop1(0x20, 'd', 0), 'd', (fpu) => fpu.cvtSD(6, 0));
add('cvt.s.w', cop1(0x20, 'w', 0), 'l', (fpu) => fpu.cvtSW(6, 0));
add('cvt.s.l', cop1(0x20, 'l', 0), 'l', (fpu) => fpu.cvtSL(6, 0));
add('cvt.d.s', cop1(0x21, 's', 0), 's', (fpu) => fpu.cvtDS(6, 0));
add('cvt.d.w', cop1(0x21, 'w', 0), 'l', (fpu) => fpu.cvtDW(6, 0));
add('cvt.d.l', cop1(0x21, 'l', 0), 'l', (fpu) => fpu.cvtDL(6, 0));
for (const [mode, func, rm] of [
  ['round', 0, NEAREST],
  ['trunc', 1, TOWARD_ZERO],
  ['ceil', 2, UPWARD],
  ['floor', 3, DOWNWARD],
  ['cvt', 0x1c, undefined],
] as const) {
  // CVT.W is function 0x24, CVT.L 0x25; the others come as L = 8 + mode, W = 12 + mode.
  const [w, l] = mode === 'cvt' ? [0x24, 0x25] : [12 + func, 8 + func];
  add(`${mode}.w.s`, cop1(w, 's', 0), 's', (fpu) => fpu.cvtWS(6, 0, rm));
  add(`${mode}.w.d`, cop1(w, 'd', 0), 'd', (fpu) => fpu.cvtWD(6, 0, rm));
  add(`${mode}.l.s`, cop1(l, 's', 0), 's', (fpu) => fpu.cvtLS(6, 0, rm));
  add(`${mode}.l.d`, cop1(l, 'd', 0), 'd', (fpu) => fpu.cvtLD(6, 0, rm));
}
add('madd.s', cop1x(0x20), 's', (fpu) => fpu.maddS(6, 4, 0, 2));
add('madd.d', cop1x(0x21), 'd', (fpu) => fpu.maddD(6, 4, 0, 2));
add('msub.s', cop1x(0x28), 's', (fpu) => fpu.msubS(6, 4, 0, 2));
add('msub.d', cop1x(0x29), 'd', (fpu) => fpu.msubD(6, 4, 0, 2));
add('nmadd.s', cop1x(0x30), 's', (fpu) => fpu.nmaddS(6, 4, 0, 2));
add('nmadd.d', cop1x(0x31), 'd', (fpu) => fpu.nmaddD(6, 4, 0, 2));
add('nmsub.s', cop1x(0x38), 's', (fpu) => fpu.nmsubS(6, 4, 0, 2));
add('nmsub.d', cop1x(0x39), 'd', (fpu) => fpu.nmsubD(6, 4, 0, 2));
for (let cond = 0; cond < 16; cond++) {
  const cc = cond & 7;
  add(`c.${cond}.s ${cc}`, compare(cond, 's', cc), 's', (fpu) => fpu.compareS(cond, cc, 0, 2));
  add(`c.${cond}.d ${cc}`, compare(cond, 'd', cc), 'd', (fpu) => fpu.compareD(cond, cc, 0, 2));
}
for (const n of [FIR, FCCR, FEXR, FENR, FCSR]) {
  add(`ctc1 $${n}`, writeControlWords(n), 'c', (fpu) => fpu.writeControl(n, fpu.words[0]!));
  add(`cfc1 $${n}`, readControlWords(n), 'c', (fpu) => {
    fpu.words[6] = fpu.readControl(n);
  });
}

/** fs and ft, each low word, high word. */
export const operands = (kind: Kind, random: () => number): [[number, number], [number, number]] => {
  if (kind === 'd') return doublePair(random);
  if (kind === 'l') return [longOperand(random), longOperand(random)];
  if (kind === 'c') {
    // Mostly within some view of FCSR, else the write is dropped.
    const masks = [0xff, 0x0003_f07c, 0x0f87, -1];
    return [
      [random() & masks[(random() >>> 9) & 3]!, 0],
      [0, 0],
    ];
  }
  const [a, b] = singlePair(random);
  return [
    [a, random()],
    [b, random()],
  ];
};
