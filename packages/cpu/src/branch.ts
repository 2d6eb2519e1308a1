// Branches outside the hot loop, from the instruction word.
import { branchTarget, jumpTarget, rd, rs, rt } from '@kseg/isa';
import { posReaches32 } from './dsp/index.ts';
import { conditionBit } from './fpu/index.ts';
import { FCSR } from './state.ts';

export interface Outcome {
  readonly taken: boolean;
  readonly target: number;
  /** Not taken, it nullifies its slot. */
  readonly likely: boolean;
}

/** BPOSGE32, which is a branch of the DSP ASE. */
export const isBposge32 = (word: number): boolean => word >>> 16 === 0x041c;

/** Evaluates the branch or jump `word` at `pc` over the registers in `state`, and writes its link register. */
export function evaluateBranch(state: Int32Array, word: number, pc: number): Outcome {
  const a = state[rs(word)]!;
  const b = state[rt(word)]!;
  const link = (register: number) => {
    if (register !== 0) state[register] = pc + 8;
  };
  const opcode = word >>> 26;
  const relative = (taken: boolean, likely: boolean): Outcome => ({ taken, target: branchTarget(word, pc), likely });
  switch (opcode) {
    case 0x00: // SPECIAL: JR, JALR
      if ((word & 1) !== 0) link(rd(word));
      return { taken: true, target: a, likely: false };
    case 0x01: {
      if (isBposge32(word)) return relative(posReaches32(state), false);
      // REGIMM: bit 16 chooses BGEZ, bit 17 likely, bit 20 the link
      if ((word & (1 << 20)) !== 0) link(31);
      return relative(((word >>> 16) & 1) !== 0 ? a >= 0 : a < 0, ((word >>> 17) & 1) !== 0);
    }
    case 0x02: // J
    case 0x03: // JAL
      if (opcode === 3) link(31);
      return { taken: true, target: jumpTarget(word, pc), likely: false };
    case 0x11: {
      // COP1: BC1F, BC1T and their likely forms
      const condition = (state[FCSR]! & conditionBit((word >>> 18) & 7)) !== 0;
      return relative(condition === (((word >>> 16) & 1) !== 0), ((word >>> 17) & 1) !== 0);
    }
    default: {
      const likely = opcode >= 0x14;
      const taken = (opcode & 3) === 0 ? a === b : (opcode & 3) === 1 ? a !== b : (opcode & 3) === 2 ? a <= 0 : a > 0;
      return relative(taken, likely);
    }
  }
}
