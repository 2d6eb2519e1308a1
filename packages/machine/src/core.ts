// The seam between a machine and its core: a board may bring any core that has this.
import type { Arena, ArenaRequest, Device, Endian, IrqLine, PhysicalMap, State, Timeline } from '@kseg/bus';
import type { StopReason as CpuStop } from '@kseg/cpu';
import type { GaiaStop } from '@kseg/gaia';

/** Why a core's `run` came back. */
export type CoreStop = CpuStop | GaiaStop;

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
