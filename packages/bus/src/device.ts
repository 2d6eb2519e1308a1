/** Width of one bus access in bytes. */
export type Width = 1 | 2 | 4;

/** What a snapshot may hold: plain data, comparable and serialisable. */
export type State =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly State[]
  | { readonly [key: string]: State };

/** One register, as data: documentation, a debugger's view and property tests are made from it. */
export interface RegisterSpec {
  readonly name: string;
  /** Offset of the register in the device's window, in bytes. */
  readonly offset: number;
  readonly width: Width;
  readonly access: 'r' | 'w' | 'rw';
  /** Value after reset; absent where reset leaves it alone. */
  readonly reset?: number;
  readonly description: string;
}

/** What a bus sees: something behind physical addresses. Whatever a guest reads or writes, no method throws. */
export interface Ports {
  /** Returns an unsigned value of `width` bytes. */
  read(offset: number, width: Width): number;
  /** `value` is unsigned and fits `width` bytes. */
  write(offset: number, width: Width, value: number): void;
  /** The value a read would give, without its side effects. */
  peek?(offset: number, width: Width): number;
}

/**
 * A part of a machine. It gets what it needs (IRQ lines, a sink, a scheduler, a DMA port) in its constructor and never sees the CPU, the map
 * or the machine.
 */
export interface Device extends Ports {
  readonly registers?: readonly RegisterSpec[];
  reset(): void;
  save(): State;
  /** Takes what `save` of the same kind and `version` of device returned. */
  load(state: State): void;
  /** Of the form that `save` gives states: to be raised whenever `load` would not understand older ones. Default: 1. */
  readonly version?: number;
  /** What a saved state can only be loaded with, besides the same kind of device: which disks are in it, say. One word. */
  readonly identity?: string;
}

/**
 * A device on a slow bus, for a region of a map: each access makes the core stand still for `ticks` behind its instruction. The
 * device itself answers at once, and a debugger's `peek` waits for nothing.
 */
export const withWaitStates = (device: Ports, timeline: { stall(ticks: number): void }, ticks: number): Ports => ({
  read(offset, width) {
    timeline.stall(ticks);
    return device.read(offset, width);
  },
  write(offset, width, value) {
    timeline.stall(ticks);
    device.write(offset, width, value);
  },
  peek: (offset, width) => device.peek?.(offset, width) ?? 0,
});

/** A Markdown table of registers, for a README or a debugger's help. */
export function registerTable(registers: readonly RegisterSpec[]): string {
  const rows = registers.map(
    ({ name, offset, width, access, reset, description }) =>
      `| 0x${offset.toString(16)} | ${name} | ${width * 8} | ${access} | ${reset === undefined ? '–' : `0x${reset.toString(16)}`} | ${description} |`,
  );
  return [
    '| offset | register | bits | access | reset | what it does |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
