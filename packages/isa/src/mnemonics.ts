// Rows by what a programmer writes.
import type { Row } from './row.ts';

/** All rows of each mnemonic: its operand forms and encodings, in table order. */
export function byMnemonic(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const map = new Map<string, Row[]>();
  for (const row of rows) {
    const group = map.get(row.mnemonic);
    if (group) group.push(row);
    else map.set(row.mnemonic, [row]);
  }
  return map;
}
