// Every instruction of the FPU against QEMU's 24Kf, value and FCSR, on random and corner operands, in all rounding
// modes, with and without FS and traps.
import { describe, expect, test } from 'vitest';
import { instructions, operands } from '../../test/fpu/instructions.ts';
import { doubleOperand, singleOperand, wordSource } from '../../test/fpu/operands.ts';
import { askQemu, type Case, oracleMissing, SENTINEL } from '../../test/fpu/qemu-rig.ts';
import { ENABLES_SHIFT, Fpu, FS, RM, SoftFpu } from './index.ts';

const CASES = Number(process.env['KSEG_ORACLE_CASES'] ?? 2000); // for each instruction
const SEED = Number(process.env['KSEG_PROP_SEED'] ?? 1);

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');

if (oracleMissing !== undefined) console.info(`FPU oracle skipped: ${oracleMissing}`);

describe.skipIf(oracleMissing !== undefined)('QEMU 24Kf', () => {
  test(`${instructions.length} instructions, ${CASES} cases each`, () => {
    const random = wordSource(SEED);
    const groups = instructions.map(({ code, kind }) => ({
      code,
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
