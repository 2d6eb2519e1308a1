// GAIA's words into rows and operands, and back.
import { OperandError } from './encode.ts';
import { gaiaOperandKinds } from './gaia-operands.ts';
import { type GaiaRow, gaiaRows } from './gaia-rows.ts';

/** Rows by operation, tag and (for the FPU) sign: the bits 31:28 and 6:0 that tell all rows apart. */
const byBits = new Map<number, GaiaRow>();
const keyOf = (word: number): number => {
  const op = word >>> 28;
  return op === 0 ? word & 31 : op === 1 ? 128 | (word & 127) : 256 + op;
};
for (const row of gaiaRows) if (row.aliasOf === undefined) byBits.set(keyOf(row.match), row);

/** The row of an instruction word; `undefined` for tags and operations that are not assigned. */
export const gaiaDecode = (word: number): GaiaRow | undefined => byBits.get(keyOf(word));

/**
 * The word of `row` with these operand values, unsigned, with what the assembler writes in bits that the hardware ignores. Displacements
 * and targets are in bytes; a target counts from the next instruction.
 *
 * @throws OperandError when there are too many or too few operands or one does not fit
 */
export function gaiaEncode(row: GaiaRow, operands: readonly number[]): number {
  const { mnemonic } = row;
  if (operands.length !== row.operands.length)
    throw new OperandError(mnemonic, row.operands.join(','), operands.length, `takes ${row.operands.length} operands`);
  let word = row.match | row.filler;
  row.operands.forEach((operand, index) => {
    const value = operands[index]!;
    const { shift, width, signed, scale } = gaiaOperandKinds[operand];
    const step = 2 ** scale;
    const low = signed ? -(2 ** (width - 1)) : 0;
    const [min, max] = [low * step, (low + 2 ** width - 1) * step];
    if (!(value >= min && value <= max)) throw new OperandError(mnemonic, operand, value, `must be ${min} to ${max}`);
    if (value % step !== 0) throw new OperandError(mnemonic, operand, value, `must be a multiple of ${step}`);
    word |= ((value / step) & (2 ** width - 1)) << shift;
  });
  return word >>> 0;
}

/** The operand values in `word`, which is a word of `row`. */
export const gaiaOperandsOf = (row: GaiaRow, word: number): number[] =>
  row.operands.map((operand) => {
    const { shift, width, signed, scale } = gaiaOperandKinds[operand];
    const field = signed ? (word << (32 - shift - width)) >> (32 - width) : (word >>> shift) & (2 ** width - 1);
    return field * 2 ** scale;
  });
