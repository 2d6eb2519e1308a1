import { hex } from '@kseg/bus';
import type { Board, Part } from './board.ts';

/** One line of a board's memory map. */
interface Row {
  readonly base: number;
  readonly size: number;
  readonly name: string;
  readonly kind: string;
  readonly irq: string;
}

function rows(part: Part): Row[] {
  if (part.part !== 'device') return [{ ...part, kind: part.part, irq: '' }];
  const irq = Object.values(part.irqs ?? {})
    .filter((target) => target !== null)
    .join(', ');
  return part.windows.map(({ base, size }, i) => ({
    base,
    size,
    name: part.name,
    kind: 'device',
    irq: i === 0 ? irq : '',
  }));
}

/** The board's memory map as a Markdown table, lowest address first: range, size, part, kind, where its interrupts go. */
export function memoryMap(board: Board): string {
  const lines = board.parts
    .flatMap(rows)
    .sort((a, b) => a.base - b.base || b.size - a.size)
    .map(({ base, size, name, kind, irq }) => [`${hex(base)}–${hex(base + size - 1)}`, bytes(size), name, kind, irq]);
  const table = [['physical', 'size', 'part', 'kind', 'interrupt'], ...lines];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  const print = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [
    print(table[0]!),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...table.slice(1).map(print),
  ].join('\n');
}

function bytes(size: number): string {
  if (size % 2 ** 20 === 0) return `${size / 2 ** 20} MB`;
  if (size % 2 ** 10 === 0) return `${size / 2 ** 10} KB`;
  return `${size} B`;
}
