// Text from rows: what objdump prints.
import type { DisassembleOptions } from './decoder.ts';
import { operandsOf } from './encode.ts';
import { operandKinds } from './operands.ts';
import { gprNames } from './registers.ts';
import type { Row } from './row.ts';

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;

export function disassembler(rows: readonly Row[], decode: (word: number) => number) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const aliasesOf = new Map<number, Row[]>();
  for (const row of rows)
    if (row.aliasOf !== undefined) aliasesOf.set(row.aliasOf, [...(aliasesOf.get(row.aliasOf) ?? []), row]);

  return function disassemble(word: number, pc: number, { aliases = true, symbol }: DisassembleOptions = {}): string {
    const base = byId.get(decode(word));
    if (!base) return `.word\t${hex(word)}`;
    const row =
      aliasesOf
        .get(base.id)
        ?.find(
          ({ mask, match, mnemonic }) => (word & mask) >>> 0 === match && (aliases || mnemonic === base.mnemonic),
        ) ?? base;
    const address = (target: number) => {
      const name = symbol?.(target);
      return name === undefined ? hex(target) : `${target.toString(16)} <${name}>`;
    };
    let text = '';
    operandsOf(row, word).forEach((value, index) => {
      const kind = operandKinds[row.operands[index]!];
      if (kind.format === 'base') {
        text += `(${gprNames[value]})`;
        return;
      }
      text += index === 0 ? '' : ',';
      switch (kind.format) {
        case 'gpr':
          text += gprNames[value];
          break;
        case 'relative':
          text += address((pc + 4 + value) >>> 0);
          break;
        case 'region':
          text += address((((pc + 4) & 0xf000_0000) | value) >>> 0);
          break;
        case 'hex':
          text += hex(value);
          break;
        case 'decimal':
          text += value;
          break;
        default:
          text += `$${value}`;
      }
    });
    return text === '' ? row.mnemonic : `${row.mnemonic}\t${text}`;
  };
}
