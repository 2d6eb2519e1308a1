// A board as a flattened device tree (Devicetree Specification v0.4): text, and the blob that a kernel takes.

import type { Board, DevicePart, Part, RamPart } from './board.ts';
import type { Core } from './core.ts';
import { coreOf } from './mips-core.ts';

/** A property's value: text, texts, cells, a reference to a node by label, a mark without a value. */
type Value = string | readonly string[] | readonly (number | { readonly label: string })[] | true;

interface Node {
  readonly name: string;
  readonly label?: string;
  readonly properties: Readonly<Record<string, Value>>;
  readonly children: readonly Node[];
}

/** The board as a device tree source. */
export const deviceTreeSource = (board: Board<Core>): string => `/dts-v1/;\n\n${text(tree(board), '')}\n`;

/** The board as a device tree blob, version 17. */
export function deviceTreeBlob(board: Board<Core>): Uint8Array {
  const root = tree(board);
  const phandles = new Map<string, number>();
  visit(root, ({ properties }) => {
    for (const value of Object.values(properties))
      if (Array.isArray(value))
        for (const cell of value as readonly unknown[])
          if (typeof cell === 'object' && cell !== null) {
            const { label } = cell as { label: string };
            if (!phandles.has(label)) phandles.set(label, phandles.size + 1);
          }
  });
  const structure: number[] = [];
  const strings: number[] = [];
  const offsets = new Map<string, number>();
  const nameOffset = (name: string) => {
    const known = offsets.get(name);
    if (known !== undefined) return known;
    const offset = strings.length;
    offsets.set(name, offset);
    strings.push(...ascii(name));
    return offset;
  };
  const property = (name: string, bytes: readonly number[]) => {
    structure.push(...cell(3), ...cell(bytes.length), ...cell(nameOffset(name)), ...padded(bytes));
  };
  const encode = (value: Value): number[] => {
    if (value === true) return [];
    if (typeof value === 'string') return ascii(value);
    return value.flatMap((item) =>
      typeof item === 'string' ? ascii(item) : cell(typeof item === 'number' ? item : phandles.get(item.label)!),
    );
  };
  const write = (node: Node) => {
    structure.push(...cell(1), ...padded(ascii(node.name)));
    for (const [name, value] of Object.entries(node.properties)) property(name, encode(value));
    const phandle = node.label === undefined ? undefined : phandles.get(node.label);
    if (phandle !== undefined) property('phandle', cell(phandle));
    for (const child of node.children) write(child);
    structure.push(...cell(2));
  };
  write(root);
  structure.push(...cell(9));

  const HEADER = 40;
  const reservations = Array<number>(16).fill(0);
  const structureAt = HEADER + reservations.length;
  const stringsAt = structureAt + structure.length;
  const total = stringsAt + strings.length;
  const header = [0xd00d_feed, total, structureAt, stringsAt, HEADER, 17, 16, 0, strings.length, structure.length];
  return Uint8Array.from([...header.flatMap(cell), ...reservations, ...structure, ...strings]);
}

const cell = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const ascii = (value: string): number[] => [...new TextEncoder().encode(value), 0];
const padded = (bytes: readonly number[]): number[] => [...bytes, ...Array<number>(-bytes.length & 3).fill(0)];

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const child of node.children) visit(child, see);
}

function text({ name, label, properties, children }: Node, indent: string): string {
  const inner = `${indent}\t`;
  const lines = Object.entries(properties).map(
    ([key, value]) => `${inner}${key}${value === true ? '' : ` = ${print(value)}`};`,
  );
  const nodes = children.map((child) => `\n${text(child, inner)}`);
  return `${indent}${label === undefined ? '' : `${label}: `}${name || '/'} {\n${[...lines, ...nodes].join('\n')}\n${indent}};`;
}

function print(value: Exclude<Value, true>): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value[0] === 'string') return (value as readonly string[]).map((item) => JSON.stringify(item)).join(', ');
  return `<${(value as readonly (number | { label: string })[]).map((item) => (typeof item === 'number' ? `0x${item.toString(16)}` : `&${item.label}`)).join(' ')}>`;
}

const CPU_INTERRUPTS = 'cpuintc';

/** The core's own interrupt inputs. */
const interruptInputs: Node = {
  name: 'interrupt-controller',
  label: CPU_INTERRUPTS,
  properties: {
    compatible: 'mti,cpu-interrupt-controller',
    '#interrupt-cells': [1],
    '#address-cells': [0],
    'interrupt-controller': true,
  },
  children: [],
};

function tree(board: Board<Core>): Node {
  const core = coreOf(board);
  const controllers = new Set(
    board.parts
      .flatMap((part) => (part.part === 'device' ? Object.values(part.irqs ?? {}) : []))
      .map((target) => target?.replace(/\.\d+$/, '')),
  );
  return {
    name: '',
    properties: {
      '#address-cells': [1],
      '#size-cells': [1],
      compatible: `kseg,${board.name}`,
      model: board.description ?? board.name,
    },
    children: [
      {
        name: 'cpus',
        properties: { '#address-cells': [1], '#size-cells': [0] },
        children: [
          {
            name: 'cpu@0',
            properties: {
              device_type: 'cpu',
              compatible: core.compatible,
              reg: [0],
              'clock-frequency': [board.clock],
            },
            children: [],
          },
        ],
      },
      ...(core.interrupts.length === 0 ? [] : [interruptInputs]),
      ...board.parts.flatMap((part) => nodes(part, board, controllers)),
    ],
  };
}

function nodes(part: Part, board: Board<Core>, controllers: ReadonlySet<string | undefined>): Node[] {
  if (part.part === 'open' || (part.part === 'ram' && part.aliasOf !== undefined)) return [];
  if (part.part === 'ram') {
    const reg = addressesOf(part, board);
    return [{ name: `memory@${reg[0]!.toString(16)}`, properties: { device_type: 'memory', reg }, children: [] }];
  }
  if (part.part === 'rom')
    return [
      {
        name: `rom@${part.base.toString(16)}`,
        properties: { compatible: 'mtd-rom', reg: [part.base, part.size], 'bank-width': [4] },
        children: [],
      },
    ];
  return [deviceNode(part, controllers.has(part.name))];
}

/** Where a kernel finds a RAM, with its aliases: pairs of address and size that show each byte once, as low as it can be seen. */
function addressesOf({ name, base, size }: RamPart, { parts }: Board<Core>): number[] {
  const windows = [{ base, size, offset: 0 }];
  for (const part of parts)
    if (part.part === 'ram' && part.aliasOf?.name === name) windows.push({ ...part, offset: part.aliasOf.offset });
  windows.sort((a, b) => a.base - b.base);
  const shown: number[] = [];
  let rest = [{ from: 0, to: size }];
  for (const window of windows)
    rest = rest.flatMap(({ from, to }) => {
      const first = Math.max(from, window.offset);
      const end = Math.min(to, window.offset + window.size);
      if (first >= end) return [{ from, to }];
      shown.push(window.base + first - window.offset, end - first);
      return [
        { from, to: first },
        { from: end, to },
      ].filter((piece) => piece.from < piece.to);
    });
  return shown;
}

function deviceNode(part: DevicePart, isController: boolean): Node {
  const { name, windows, compatible = [`kseg,${name}`] } = part;
  const interrupts = Object.values(part.irqs ?? {}).filter((target) => target !== null);
  const wires = interrupts.map((target) => /^(.*)\.(\d+)$/.exec(target)!);
  const stride = windows[0]?.stride;
  return {
    name:
      windows[0] === undefined
        ? name
        : `${isController ? 'interrupt-controller' : name}@${windows[0].base.toString(16)}`,
    ...(isController ? { label: name } : {}),
    properties: {
      compatible: [...compatible],
      ...(windows.length === 0 ? {} : { reg: windows.flatMap(({ base, size }) => [base, size]) }),
      ...(stride === undefined ? {} : { 'reg-shift': [Math.log2(stride)] }),
      ...(isController ? { 'interrupt-controller': true, '#interrupt-cells': [1], '#address-cells': [0] } : {}),
      ...(wires.length === 0
        ? {}
        : {
            'interrupts-extended': wires.flatMap(([, owner, line]) => [
              { label: owner === 'cpu' ? CPU_INTERRUPTS : owner! },
              Number(line),
            ]),
          }),
    },
    children: [],
  };
}
