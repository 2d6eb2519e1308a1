// Operands into words and back.
import { type OperandName, operandKinds } from './operands.ts';
import type { Row } from './row.ts';

/** A value that does not fit its field; `data` says which operand of which row. */
export class OperandError extends Error {
  override readonly name = 'OperandError';
  readonly code = 'KSEG_ISA_OPERAND';
  readonly data: { readonly mnemonic: string; readonly operand: string; readonly value: number };
  constructor(mnemonic: string, operand: string, value: number, problem: string) {
    super(`${mnemonic}: operand ${operand} is ${value}: ${problem}`);
    this.data = { mnemonic, operand, value };
  }
}

interface OperandRange {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** Worked out when first asked for: assemblers and generators ask for little else. */
const ranges = new Map<OperandName, OperandRange>();

/** The least and the greatest value of an operand, and the step between values. */
export function operandRange(operand: OperandName): OperandRange {
  let range = ranges.get(operand);
  if (range === undefined) {
    const { width, signed, scale = 0, bias = 0 } = operandKinds[operand];
    const step = 2 ** scale;
    const low = signed ? -(2 ** (width - 1)) : 0;
    range = { min: low * step + bias, max: (low + 2 ** width - 1) * step + bias, step };
    ranges.set(operand, range);
  }
  return range;
}

/**
 * The word of `row` with these operand values, unsigned. Values come in the
 * order of `row.operands`; a branch takes its displacement from the delay slot
 * in bytes and a jump the address within its 256 MB region, as `operandsOf` gives them.
 *
 * @throws OperandError when there are too many or too few operands or one does not fit.
 */
export function encode(row: Row, operands: readonly number[]): number {
  if (operands.length !== row.operands.length)
    throw new OperandError(
      row.mnemonic,
      row.operands.join(','),
      operands.length,
      `takes ${row.operands.length} operands`,
    );
  let word = row.match;
  let position = 0;
  row.operands.forEach((operand, index) => {
    const value = operands[index]!;
    const { shift, width, bias = 0, copy, above } = operandKinds[operand];
    const { min, max, step } = operandRange(operand);
    const relative = above ? value + position : value;
    if (!Number.isInteger(value) || relative < min || relative > max || (above !== undefined && value < bias))
      throw new OperandError(row.mnemonic, operand, value, `must be ${min} to ${above ? max - position : max}`);
    if ((relative - bias) % step !== 0)
      throw new OperandError(row.mnemonic, operand, value, `must be a multiple of ${step}`);
    const field = ((relative - bias) / step) & (2 ** width - 1);
    word |= field << shift;
    if (copy !== undefined) word |= field << copy;
    if (operand === 'pos') position = value;
  });
  return word >>> 0;
}

/** The operand values in `word`, which is a word of `row`: `encode` inverted. */
export function operandsOf(row: Row, word: number): number[] {
  let position = 0;
  return row.operands.map((operand) => {
    const { shift, width, signed, scale = 0, bias = 0, above } = operandKinds[operand];
    const field = signed ? (word << (32 - shift - width)) >> (32 - width) : (word >>> shift) & (2 ** width - 1);
    const value = field * 2 ** scale + bias;
    if (operand === 'pos') position = value;
    return above ? value - position : value;
  });
}
