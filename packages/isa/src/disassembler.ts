// Text from rows: what objdump prints.
import type { DisassembleOptions } from './decoder.ts';
import { operandsOf } from './encode.ts';
import { type OperandFormat, operandKinds } from './operands.ts';
import { cp0Name, fcrName, gprNames, hwrName, msacrName } from './registers.ts';
import type { Row } from './row.ts';

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;

type Plain = Exclude<OperandFormat, 'gpr2' | 'base' | 'element' | 'gprElement' | 'cp0' | 'relative' | 'region'>;

/** How a value is written where neither the rest of the word nor its place matters. */
const write: Readonly<Record<Plain, (value: number) => string>> = {
  gpr: (value) => gprNames[value]!,
  fpr: (value) => `$f${value}`,
  fcc: (value) => `$fcc${value}`,
  fcr: fcrName,
  hwr: hwrName,
  cop2: (value) => `$${value}`,
  cc: (value) => `$cc${value}`,
  acc: (value) => `$ac${value}`,
  vector: (value) => `$w${value}`,
  msacr: msacrName,
  decimal: String,
  hex,
};

export function disassembler(rows: readonly Row[], decode: (word: number) => number) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const aliasesOf = new Map<number, Row[]>();
  for (const row of rows) {
    if (row.aliasOf === undefined || row.shown === 'never') continue;
    aliasesOf.set(row.aliasOf, [...(aliasesOf.get(row.aliasOf) ?? []), row]);
  }

  return function disassemble(word: number, pc: number, { aliases = true, symbol }: DisassembleOptions = {}): string {
    const base = byId.get(decode(word));
    if (!base) return `.word\t${hex(word)}`;
    const fits = (row: Row) => (word & row.mask) >>> 0 === row.match && (aliases || row.shown === 'always');
    const row = aliasesOf.get(base.id)?.find(fits) ?? base;
    const address = (target: number) => {
      const name = symbol?.(target);
      return name === undefined ? hex(target) : `${target.toString(16)} <${name}>`;
    };
    const operands = operandsOf(row, word);
    const texts: string[] = [];
    for (let index = 0; index < operands.length; index++) {
      const value = operands[index]!;
      const { format, copy } = operandKinds[row.operands[index]!];
      switch (format) {
        case 'base':
          texts.push(`${texts.pop() ?? ''}(${gprNames[value]})`);
          break;
        case 'element':
          texts.push(`${texts.pop()}[${value}]`);
          break;
        case 'gprElement':
          texts.push(`${texts.pop()}[${gprNames[value]}]`);
          break;
        case 'cp0':
          texts.push(cp0Name(value, row.operands[index + 1] === 'sel' ? operands[++index]! : 0));
          break;
        case 'gpr2': {
          // objdump names both when neither is register 0: which one is written depends on the core.
          const other = (word >>> copy!) & 31;
          texts.push(
            [...new Set([value, other])]
              .filter((register) => register !== 0)
              .map(write.gpr)
              .join(' or ') || 'zero',
          );
          break;
        }
        case 'relative':
          texts.push(address((pc + 4 + value) >>> 0));
          break;
        case 'region':
          texts.push(address((((pc + 4) & 0xf000_0000) | value) >>> 0));
          break;
        default:
          texts.push(write[format](value));
      }
    }
    return texts.length === 0 ? row.mnemonic : `${row.mnemonic}\t${texts.join(',')}`;
  };
}
