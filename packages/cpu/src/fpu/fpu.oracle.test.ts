// Every instruction of the FPU against QEMU's 24Kf, value and FCSR, on random and corner operands, in all rounding
// modes, with and without FS and traps.
import { describe, expect, test } from 'vitest';
import { DOWNWARD, ENABLES_SHIFT, Fpu, FS, NEAREST, RM, SoftFpu, TOWARD_ZERO, UPWARD } from './index.ts';
import { doubleOperand, doublePair, longOperand, singleOperand, singlePair, wordSource } from './operands.ts';
import { askQemu, type Case, compare, cop1, cop1x, oracleMissing, SENTINEL } from './qemu-rig.ts';

const CASES = Number(process.env['KSEG_ORACLE_CASES'] ?? 2000);
const SEED = Number(process.env['KSEG_PROP_SEED'] ?? 1);

type Kind = 's' | 'd' | 'l';
interface Instruction {
  readonly name: string;
  readonly word: number;
  readonly kind: Kind;
  /** Runs it with fs, ft, fr and fd in words 0, 2, 4 and 6. */
  readonly run: (fpu: SoftFpu) => unknown;
}

const instructions: Instruction[] = [];
const add = (name: string, word: number, kind: Kind, run: (fpu: SoftFpu) => unknown) =>
  instructions.push({ name, word, kind, run });

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

const operands = (kind: Kind, random: () => number): [[number, number], [number, number]] => {
  if (kind === 'd') return doublePair(random);
  if (kind === 'l') return [longOperand(random), longOperand(random)];
  const [a, b] = singlePair(random);
  return [
    [a, random()],
    [b, random()],
  ];
};

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');

if (oracleMissing !== undefined) console.info(`FPU oracle skipped: ${oracleMissing}`);

describe.skipIf(oracleMissing !== undefined)('QEMU 24Kf', () => {
  test(`${instructions.length} instructions, ${CASES} cases each`, () => {
    const random = wordSource(SEED);
    const groups = instructions.map(({ word, kind }) => ({
      word,
      cases: Array.from({ length: CASES }, (): Case => {
        const [fs, ft] = operands(kind, random);
        const fr: [number, number] = kind === 'd' ? doubleOperand(random) : [singleOperand(random), 0];
        // RM, FS, Enables and the rest are each set in some of the cases.
        let fcsr = random() & (0xfe80_0000 | 0x0001_f07c);
        if ((random() & 0x300) !== 0) fcsr |= random() & RM;
        if ((random() & 0x700) === 0) fcsr |= FS;
        if ((random() & 0x3000) === 0) fcsr |= random() & (0x1f << ENABLES_SHIFT);
        return { fs, ft, fr, fcsr };
      }),
    }));
    const answers = askQemu(groups);
    const differences: string[] = [];
    for (const [i, { name, run }] of instructions.entries()) {
      for (const fpu of [new SoftFpu(), new Fpu()]) {
        for (const [j, { fs, ft, fr, fcsr }] of groups[i]!.cases.entries()) {
          fpu.words.set([...fs, ...ft, ...fr, SENTINEL, SENTINEL]);
          fpu.fcsr = fcsr;
          run(fpu);
          const ours = `${hex(fpu.words[7]!)} ${hex(fpu.words[6]!)} fcsr ${hex(fpu.fcsr)}`;
          const answer = answers[i]![j]!;
          const theirs = `${hex(answer.fd[1])} ${hex(answer.fd[0])} fcsr ${hex(answer.fcsr)}`;
          if (ours !== theirs) {
            const [a, b, c] = [fs, ft, fr].map(([lo, hi]) => `${hex(hi)}${hex(lo)}`);
            differences.push(
              `${fpu.constructor.name} ${name} fs ${a} ft ${b} fr ${c} fcsr ${hex(fcsr)}: ${ours}, QEMU ${theirs}`,
            );
          }
        }
      }
    }
    expect(differences.slice(0, 20)).toEqual([]);
  });
});
