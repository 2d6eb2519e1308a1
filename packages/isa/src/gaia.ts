/**
 * The instructions of GAIA3: table → decode, encode, disassemble. A second architecture, so nothing here is shared with the MIPS tables.
 *
 * @module
 */
export { gaiaDecode, gaiaEncode, gaiaOperandsOf } from './gaia-codec.ts';
export { type GaiaDisassembleOptions, gaiaDisassemble } from './gaia-disassembler.ts';
export { type GaiaOperand, type GaiaOperandKind, gaiaOperandKinds } from './gaia-operands.ts';
export { type GaiaGroup, type GaiaRow, gaiaRows } from './gaia-rows.ts';
