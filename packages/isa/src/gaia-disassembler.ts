// GAIA's words as the assembly text that makes them.
import { gaiaDecode, gaiaEncode, gaiaOperandsOf } from './gaia-codec.ts';
import { gaiaOperandKinds } from './gaia-operands.ts';
import { type GaiaRow, gaiaRows } from './gaia-rows.ts';

export interface GaiaDisassembleOptions {
  /** Address of the word: branch targets are then shown behind the text as a comment. */
  readonly address?: number;
  /** Say `nop` and `halt`. Default true. */
  readonly aliases?: boolean;
}

const NOP = 0;
const HALT = 0xffff_ffff;

/**
 * One instruction as text. What is printed assembles to the same word: a word with bits set that the hardware ignores and the assembler
 * cannot write is printed as `.int`, with what the hardware executes behind it as a comment.
 */
export function gaiaDisassemble(word: number, { address, aliases = true }: GaiaDisassembleOptions = {}): string {
  word >>>= 0;
  if (aliases && word === NOP) return 'nop';
  if (aliases && word === HALT) return 'halt';
  const row = gaiaDecode(word);
  if (row === undefined) return data(word);
  const exact = [row, ...gaiaRows.filter(({ aliasOf }) => aliasOf === row.id)].find(
    (candidate) => candidate.assembled && gaiaEncode(candidate, gaiaOperandsOf(candidate, word)) === word,
  );
  if (exact === undefined) return `${data(word)} # ${text(row, word)}`;
  const target = exact.operands.indexOf('target');
  if (target < 0 || address === undefined) return text(exact, word);
  const to = (address + 4 + gaiaOperandsOf(exact, word)[target]!) >>> 0;
  return `${text(exact, word)} # ${hex(to)}`;
}

function text(row: GaiaRow, word: number): string {
  const values = gaiaOperandsOf(row, word);
  const shown = row.operands.map((operand, i) => {
    const value = values[i]!;
    return gaiaOperandKinds[operand].written === 'register' ? registerName(value) : String(value);
  });
  return shown.length === 0 ? row.mnemonic : `${row.mnemonic} ${shown.join(', ')}`;
}

const registerName = (n: number) => (n === 30 ? 'rsp' : n === 31 ? 'rbp' : `r${n}`);
const data = (word: number) => `.int ${hex(word)}`;
const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
