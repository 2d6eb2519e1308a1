import type {
  Device,
  DeviceRegion,
  Dma,
  Endian,
  IrqLine,
  Memory,
  PhysicalMap,
  Scheduler,
  State,
  Width,
} from '@kseg/bus';
import type { Cpu, CpuModel, ModelName } from '@kseg/cpu';
import type { BootTarget, Images } from './boot.ts';
import type { Core, CoreKind } from './core.ts';
import type { SerialPort } from './serial.ts';

/** What a device's factory is handed: its own ends of the board's wires, and nothing of the machine. */
export interface DeviceKit {
  readonly name: string;
  readonly endian: Endian;
  readonly scheduler: Scheduler;
  readonly dma: Dma;
  /** A device that the board lists earlier. @throws KSEG_MACHINE_UNKNOWN_PART */
  device<T extends Device>(name: string): T;
  /** A RAM or ROM that the board lists earlier. @throws KSEG_MACHINE_UNKNOWN_PART */
  memory(name: string): Memory;
  /**
   * Puts the windows that a bridge has opened where the guest wants them, in place of those before; the earlier of two that clash wins, and
   * a part that the board places there stays as well.
   */
  place(windows: readonly DeviceRegion[]): void;
  /** Stands a device before a RAM or ROM that the board lists earlier, as a flash chip before its content. @throws KSEG_MACHINE_UNKNOWN_PART */
  cover(memory: string, device: Device): Cover;
  /** A second line of events beside `scheduler`, for something that belongs to the device, such as its end of a cable. */
  timer(suffix: string): Scheduler;
  /** Puts something of the device's that is no device into snapshots. */
  keep(suffix: string, stateful: Stateful): void;
  /** The device's interrupt output, as wired by the board; `output` tells several apart. To be asked for while the device is made. */
  irq(output?: string): IrqLine;
  /** Puts a console at the far end of the device's serial line: hands the factory a sink for sent bytes and gives its device back. */
  serial<T extends Device & SerialPort>(make: (sink: (byte: number) => void) => T): T;
  /** Asks the machine to reset, or to power off, after the current instruction. */
  control(request: 'reset' | 'powerOff'): void;
}

/** A device before a memory: a guest's writes are for the device. */
export interface Cover {
  /** Whether the device answers reads, too, in place of the memory; at first it does not. */
  show(device: boolean): void;
}

/** What a snapshot takes along. */
export interface Stateful {
  save(): State;
  load(state: State): void;
  /** As a device's. */
  readonly version?: number;
}

/** A device that takes interrupts in: `'pic.4'` leads to input 4 of device `pic`. */
export interface Controller extends Device {
  readonly inputs: readonly IrqLine[];
}

/** A device with an address space behind it, such as a PCI host bridge: other devices' windows may lie `within`. */
export interface Bridge extends Device {
  readonly io: PhysicalMap;
}

/** Where a device answers. */
export interface DeviceWindow {
  /** Physical address; of a window within a bridge, the one that firmware gives it. */
  readonly base: number;
  /** Bytes. */
  readonly size: number;
  /** Offset in the device of the window's first byte. */
  readonly offset?: number;
  /** Widest access the device understands; wider ones are cut. */
  readonly width?: Width;
  /** Bytes between registers. */
  readonly stride?: number;
  /** Byte order of the device's wider registers where it is not the board's: ISA and PCI ports are little-endian everywhere. */
  readonly endian?: Endian;
  /** Nanoseconds that an access makes the core stand still, on a bus much slower than the core. Default: none. */
  readonly wait?: number;
  /** The bridge, listed earlier, in whose I/O space the window lies; it moves with the bridge's window. */
  readonly within?: string;
}

export interface RamPart {
  readonly part: 'ram';
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** Contents at first, from the first byte on, in the guest's byte order; the rest is 0. */
  readonly bytes?: Uint8Array;
  /** Shows bytes of another RAM or ROM of the board instead of having its own. */
  readonly aliasOf?: { readonly name: string; readonly offset: number };
}

export interface RomPart {
  readonly part: 'rom';
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** Contents from the first byte on, in the guest's byte order; the rest reads 0. */
  readonly bytes?: Uint8Array;
}

export interface OpenPart {
  readonly part: 'open';
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly value: number;
}

export interface DevicePart {
  readonly part: 'device';
  readonly name: string;
  readonly windows: readonly DeviceWindow[];
  create(kit: DeviceKit): Device;
  /**
   * Where each interrupt output goes: `'pic.4'` is input 4 of device `pic`, `'cpu.2'` is the CPU's hardware interrupt line IP2, `null` is
   * left open on purpose.
   */
  readonly irqs?: Readonly<Record<string, string | null>>;
  /** What a device tree calls it, most specific first: `['ns16550a']`. Default: `kseg,` and its name. */
  readonly compatible?: readonly string[];
  /** Of a bridge: the physical address at which its I/O space appears, for the windows within. */
  readonly ioBase?: number;
}

export type Part = RamPart | RomPart | OpenPart | DevicePart;

/** A board as data. `createMachine` makes it run; the exports in `describe.ts` print it. */
export interface Board<C extends Core = Cpu> {
  readonly name: string;
  readonly description?: string;
  /** The core: a model of `@kseg/cpu` by name, or one of your own; a name and no more where the board brings its `core`. */
  readonly cpu: ModelName | CpuModel | (C extends Cpu ? never : string);
  /** Makes the core. Default: the MIPS core that `cpu` names. */
  readonly core?: CoreKind<C>;
  readonly endian: Endian;
  /** Cycles, and thereby instructions while the core neither waits nor stands still, per second of virtual time. */
  readonly clock: number;
  readonly parts: readonly Part[];
  /** Interrupt inputs (`'pic.4'`) that several devices may drive. */
  readonly wiredOr?: readonly string[];
  /** Options that change how the board behaves without showing in its parts: machines take each other's snapshots when these are equal. */
  readonly variant?: readonly string[];
  /** The boot protocol, by which a kernel is put in place; without one, the machine starts at the reset vector. */
  boot?(target: BootTarget<C>, images: Images): void;
}

/** What the board's core is called. */
export const coreName = ({ cpu }: Board<Core>): string => (typeof cpu === 'string' ? cpu : cpu.name);

/** Types a board and gives it back. */
export const defineBoard = <C extends Core = Cpu>(board: Board<C>): Board<C> => board;

export const ram = (name: string, base: number, size: number, bytes?: Uint8Array): RamPart => ({
  part: 'ram',
  name,
  base,
  size,
  ...(bytes === undefined ? {} : { bytes }),
});

/** The bytes of another RAM or ROM, seen at a second address. */
export const alias = (name: string, base: number, size: number, of: string, offset = 0): RamPart => ({
  part: 'ram',
  name,
  base,
  size,
  aliasOf: { name: of, offset },
});

export const rom = (name: string, base: number, size: number, bytes?: Uint8Array): RomPart => ({
  part: 'rom',
  name,
  base,
  size,
  ...(bytes === undefined ? {} : { bytes }),
});

/** A range where nothing answers and nothing complains. Other parts may lie over it. */
export const openRange = (name: string, base: number, size: number, value: number): OpenPart => ({
  part: 'open',
  name,
  base,
  size,
  value,
});

export interface DeviceOptions extends Pick<DevicePart, 'irqs' | 'compatible' | 'ioBase'> {
  /** Where the output called `irq` goes, the only one of most devices: see `irqs`. */
  readonly irq?: string | null | undefined;
}

/** A device at its windows, of which there may be none; `create` makes it from its ends of the board's wires. */
export const device = (
  name: string,
  windows: DeviceWindow | readonly DeviceWindow[],
  create: (kit: DeviceKit) => Device,
  { irq, ...options }: DeviceOptions = {},
): DevicePart => ({
  part: 'device',
  name,
  windows: 'base' in windows ? [windows] : windows,
  create,
  ...options,
  ...(irq === undefined ? {} : { irqs: { ...options.irqs, irq } }),
});
