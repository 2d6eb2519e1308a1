import { hex } from '@kseg/bus';
import type { Board, Part } from './board.ts';
import type { Core } from './core.ts';

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

/** Lowest address first, the wider range first where two begin alike. */
const sorted = (board: Board<Core>): Row[] =>
  board.parts.flatMap(rows).sort((a, b) => a.base - b.base || b.size - a.size);

/** The board's memory map as a Markdown table, lowest address first: range, size, part, kind, where its interrupts go. */
export function memoryMap(board: Board<Core>): string {
  const lines = sorted(board).map(({ base, size, name, kind, irq }) => [
    `${hex(base)}–${hex(base + size - 1)}`,
    bytes(size),
    name,
    kind,
    irq,
  ]);
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

/** The board as a C header: base and size of every part, the number of every interrupt, the clock. */
export function cHeader(board: Board<Core>): string {
  const prefix = macro(board.name);
  const define = (name: string, value: string) => `#define ${macro(`${board.name}_${name}`)} ${value}`;
  const parts = board.parts.flatMap((part) => {
    const windows = rows(part);
    const places = windows.flatMap(({ base, size }, i) => {
      const name = windows.length === 1 ? part.name : `${part.name}_${i}`;
      return [define(`${name}_BASE`, `${hex(base)}u`), define(`${name}_SIZE`, `${hex(size)}u`)];
    });
    const irqs = part.part === 'device' ? Object.entries(part.irqs ?? {}) : [];
    return [
      ...places,
      ...irqs.flatMap(([output, target]) => {
        if (target === null) return [];
        const line = target.slice(target.lastIndexOf('.') + 1);
        return [
          `${define(output === 'irq' ? `${part.name}_IRQ` : `${part.name}_${output}_IRQ`, line)} /* of ${target.slice(0, target.lastIndexOf('.'))} */`,
        ];
      }),
    ];
  });
  const guard = `${prefix}_BOARD_H`;
  return [
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    define('CLOCK_HZ', `${board.clock}u`),
    ...parts,
    '',
    `#endif /* ${guard} */`,
    '',
  ].join('\n');
}

/** RAM and ROM as a linker script's MEMORY command, at their physical addresses. */
export function linkerRegions(board: Board<Core>): string {
  const regions = board.parts.filter((part) => part.part === 'ram' || part.part === 'rom');
  const lines = regions.map(
    ({ part, name, base, size }) =>
      `  ${identifier(name)} (${part === 'ram' ? 'rwx' : 'rx'}) : ORIGIN = ${hex(base)}, LENGTH = ${hex(size)}`,
  );
  return ['MEMORY', '{', ...lines, '}', ''].join('\n');
}

/** A name as C and linker scripts take one. */
const identifier = (name: string) => name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
const macro = (name: string) => identifier(name).toUpperCase();

function bytes(size: number): string {
  if (size % 2 ** 20 === 0) return `${size / 2 ** 20} MB`;
  if (size % 2 ** 10 === 0) return `${size / 2 ** 10} KB`;
  return `${size} B`;
}
