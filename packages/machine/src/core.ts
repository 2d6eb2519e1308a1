// The seam between a machine and its core: a board may bring any core that has this.
import type { Arena, ArenaRequest, Device, Endian, IrqLine, PhysicalMap, State, Timeline } from '@kseg/bus';

/** Why a core's `run` came back. Times are ticks of the timeline. */
export type CoreStop =
  /** The budget is used up; a device holds virtual time for the host; `requestStop` was called. */
  | { readonly kind: 'budget' | 'held' | 'requested' }
  /** Nothing goes on before `deadline`, the next event that could end it: Infinity when none will. */
  | { readonly kind: 'waiting'; readonly deadline: number }
  /** Only a reset goes on. */
  | { readonly kind: 'halted' }
  /** Nothing will ever retire again: each handler of an exception faults itself. */
  | { readonly kind: 'stuck'; readonly address: number }
  /** A debugger's: the instruction that it is about has not been executed. */
  | { readonly kind: 'breakpoint'; readonly address: number }
  | { readonly kind: 'watchpoint'; readonly address: number; readonly access: 'load' | 'store' }
  /** Of a core that checks more than the hardware: what the instruction at `address`, not executed, relies on. */
  | { readonly kind: 'problem'; readonly problems: readonly string[]; readonly address: number };

/** What a machine needs of a core: `Cpu` of `@kseg/cpu` and `GaiaCpu` of `@kseg/gaia` have it. */
export interface Core {
  /** Address of the next instruction. */
  pc: number;
  /** Retires at most `budget` instructions; run(m) and then run(n) is run(m + n). */
  run(budget: number): CoreStop;
  /** Lets time pass while the core waits: to `time`, or to the next event if that is earlier, which then fires. */
  skipTo(time: number): void;
  /** Makes the current or next `run` return `requested` before its next instruction. */
  requestStop(): void;
  reset(): void;
  /** Interrupt input `n`; for cores whose kind lists any. */
  irq?(n: number): IrqLine;
  /** The architectural state, but for memories, devices and virtual time. */
  save(): State;
  /** Takes what `save` returned, after memories, devices and virtual time were loaded. */
  load(state: State): void;
  /** As a device's. */
  readonly version?: number;
}

/** What a core is connected to. Memories and devices are in place when it is made. */
export interface CoreKit {
  /** With the regions that the kind asked for. */
  readonly arena: Arena;
  readonly endian: Endian;
  readonly map: PhysicalMap;
  readonly timeline: Timeline;
  /** A device of the board, for a core that has registers on the bus. @throws KSEG_MACHINE_UNKNOWN_PART */
  device<T extends Device>(name: string): T;
}

/** A core as a part of a board. */
export interface CoreKind<C extends Core = Core> {
  /** What a device tree calls it, most specific first. */
  readonly compatible: readonly string[];
  /** Physical address of the first instruction. */
  readonly resetVector: number;
  /** Interrupt inputs that a board can wire to: 2 is `'cpu.2'`. */
  readonly interrupts: readonly number[];
  /** What it needs in the arena of a machine with so many bytes of main memory. */
  regions(mainMemory: number): readonly ArenaRequest[];
  create(kit: CoreKit): C;
}
