import {
  type Device,
  type DeviceRegion,
  type IrqLine,
  PhysicalMap,
  type RegisterSpec,
  type State,
  unconnected,
  type Width,
  Wire,
} from '@kseg/bus';
import { MovableWindows } from './movable-windows.ts';

/** A configuration register: `writable` names the bits a program can change (default: all where `access` is `rw`). */
export interface PciRegister extends RegisterSpec {
  readonly writable?: number;
  /** Bits that a 1 written to them clears. */
  readonly clearable?: number;
}

/** A base address register and what is behind it. */
export interface PciBar {
  /** 0 to 5. */
  readonly index: number;
  readonly space: 'io' | 'memory';
  /** Bytes, a power of two. */
  readonly size: number;
  readonly device: Device;
}

/** A window that a function opens by registers of its own instead of a base address register. */
export interface PciWindow {
  readonly space: 'io' | 'memory';
  readonly base: number;
  readonly size: number;
  readonly device: Device;
  /** Widest access the device understands (default 4). */
  readonly width?: Width;
}

export interface PciFunctionSpec {
  readonly name: string;
  readonly vendor: number;
  readonly device: number;
  readonly revision?: number;
  /** Class, subclass and programming interface, 24 bits. */
  readonly classCode: number;
  /** Other functions share the slot. */
  readonly multifunction?: boolean;
  /** Command and status after reset. */
  readonly command?: number;
  readonly status?: number;
  /** Subsystem vendor and id. */
  readonly subsystem?: readonly [number, number];
  /** 1 to 4 for INTA to INTD; 0 for none. */
  readonly interruptPin?: number;
  readonly bars?: readonly PciBar[];
  /** Registers of the function's own; one at a standard offset replaces the standard one. */
  readonly registers?: readonly PciRegister[];
  /** Windows that do not come from base address registers. */
  readonly windows?: (config: PciConfigSpace) => readonly PciWindow[];
  /** Called after a write or a load. */
  readonly onChange?: (config: PciConfigSpace) => void;
}

const COMMAND = 0x04;
const BAR0 = 0x10;
const IO_ENABLE = 1;
const MEMORY_ENABLE = 2;

function standardRegisters(spec: PciFunctionSpec): PciRegister[] {
  const {
    vendor,
    device,
    revision = 0,
    classCode,
    command = 0,
    status = 0,
    subsystem = [0, 0],
    interruptPin = 0,
  } = spec;
  const fixed = (name: string, offset: number, width: Width, reset: number, description: string): PciRegister => ({
    name,
    offset,
    width,
    access: 'r',
    reset,
    description,
  });
  return [
    fixed('VENDOR', 0x00, 2, vendor, 'vendor'),
    fixed('DEVICE', 0x02, 2, device, 'device'),
    {
      name: 'COMMAND',
      offset: COMMAND,
      width: 2,
      access: 'rw',
      reset: command,
      writable: 0x054f,
      description: '0 I/O, 1 memory, 2 bus master',
    },
    {
      name: 'STATUS',
      offset: 0x06,
      width: 2,
      access: 'rw',
      reset: status,
      writable: 0,
      clearable: 0xf900,
      description: 'errors, cleared by writing 1',
    },
    fixed('REVISION', 0x08, 1, revision, 'revision'),
    fixed('PROG_IF', 0x09, 1, classCode & 0xff, 'programming interface'),
    fixed('CLASS', 0x0a, 2, classCode >>> 8, 'class and subclass'),
    { name: 'CACHE_LINE', offset: 0x0c, width: 1, access: 'rw', reset: 0, description: 'cache line size (storage)' },
    { name: 'LATENCY', offset: 0x0d, width: 1, access: 'rw', reset: 0, description: 'latency timer (storage)' },
    fixed('HEADER', 0x0e, 1, spec.multifunction ? 0x80 : 0, 'header type; 7 several functions'),
    fixed('SUBSYSTEM_VENDOR', 0x2c, 2, subsystem[0], 'subsystem vendor'),
    fixed('SUBSYSTEM', 0x2e, 2, subsystem[1], 'subsystem'),
    { name: 'INTERRUPT_LINE', offset: 0x3c, width: 1, access: 'rw', reset: 0, description: 'storage for software' },
    fixed('INTERRUPT_PIN', 0x3d, 1, interruptPin, 'interrupt pin, 1 = INTA'),
    ...(spec.bars ?? []).map(
      ({ index, space, size }): PciRegister => ({
        name: `BAR${index}`,
        offset: BAR0 + 4 * index,
        width: 4,
        access: 'rw',
        reset: space === 'io' ? 1 : 0,
        writable: -size >>> 0,
        description: `base of ${size} bytes of ${space === 'io' ? 'I/O' : 'memory'}`,
      }),
    ),
  ];
}

/** The 256 bytes of configuration space of one function (PCI 2.1 §6), made from data. */
export class PciConfigSpace implements Device {
  readonly registers: readonly PciRegister[];
  readonly #bytes = new Uint8Array(256);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #reset = new Uint8Array(256);
  readonly #writable = new Uint8Array(256);
  readonly #clearable = new Uint8Array(256);
  /** Set by the bus: windows may have moved. */
  moved: () => void = () => {};

  constructor(readonly spec: PciFunctionSpec) {
    const own = new Set((spec.registers ?? []).map(({ offset }) => offset));
    this.registers = [...standardRegisters(spec).filter(({ offset }) => !own.has(offset)), ...(spec.registers ?? [])];
    for (const { offset, width, access, reset = 0, writable = access === 'rw' ? 0xffff_ffff : 0, clearable = 0 } of this
      .registers)
      for (let i = 0; i < width; i++) {
        this.#reset[offset + i] = reset >>> (8 * i);
        this.#writable[offset + i] = writable >>> (8 * i);
        this.#clearable[offset + i] = clearable >>> (8 * i);
      }
    this.#bytes.set(this.#reset);
  }

  /** `offset` is aligned to `width`. */
  read(offset: number, width: Width): number {
    const at = offset & 0xff & -width;
    return width === 4
      ? this.#view.getUint32(at, true)
      : width === 2
        ? this.#view.getUint16(at, true)
        : this.#bytes[at]!;
  }

  peek(offset: number, width: Width): number {
    return this.read(offset, width);
  }

  write(offset: number, width: Width, value: number): void {
    const at = offset & 0xff & -width;
    for (let i = at; i < at + width; i++, value >>>= 8) {
      const writable = this.#writable[i]!;
      this.#bytes[i] = ((this.#bytes[i]! & ~writable) | (value & writable)) & ~(value & this.#clearable[i]!);
    }
    this.#changed();
  }

  reset(): void {
    this.#bytes.set(this.#reset);
    this.#changed();
  }

  save(): State {
    return this.#bytes.slice();
  }

  load(state: State): void {
    this.#bytes.set(state as Uint8Array);
    this.#changed();
  }

  /** The windows that are open now. */
  windows(): PciWindow[] {
    const command = this.read(COMMAND, 2);
    const open = ({ space }: { space: 'io' | 'memory' }) =>
      (command & (space === 'io' ? IO_ENABLE : MEMORY_ENABLE)) !== 0;
    const bars = (this.spec.bars ?? []).filter(open).map(({ index, space, size, device }): PciWindow => {
      const base = (this.read(BAR0 + 4 * index, 4) & -size) >>> 0;
      return { space, base, size, device };
    });
    // A base of 0 is a register that nobody has set yet.
    return [...bars.filter(({ base }) => base !== 0), ...(this.spec.windows?.(this) ?? [])];
  }

  #changed(): void {
    this.spec.onChange?.(this);
    this.moved();
  }
}

export interface PciBusOptions {
  /** Which of the four interrupt lines (0 to 3) pin 1 to 4 of a slot drives; by default a slot's pins follow each other. */
  readonly route?: ((slot: number, pin: number) => number) | undefined;
}

/**
 * A PCI bus: its I/O and memory spaces, the functions plugged into it, and its four interrupt lines. A host bridge reads and writes
 * configuration space and shows the address spaces to the CPU. ISA devices sit in `io` too.
 */
export class PciBus {
  readonly io = new PhysicalMap('little');
  readonly memory = new PhysicalMap('little');
  readonly #route: (slot: number, pin: number) => number;
  readonly #functions = new Map<number, PciConfigSpace>();
  readonly #windows = { io: new MovableWindows(this.io), memory: new MovableWindows(this.memory) };
  readonly #wires: readonly Wire[];
  #interruptSink: (line: number, level: boolean) => void = () => {};

  constructor({ route = (slot, pin) => (slot + pin - 1) & 3 }: PciBusOptions = {}) {
    this.#route = route;
    this.#wires = [0, 1, 2, 3].map(
      (line) => new Wire(`PCI ${line}`, (level) => this.#interruptSink(line, level), { wiredOr: true }),
    );
    this.io.add({ kind: 'open', name: 'ports', base: 0, size: 0x1_0000, value: 0xffff_ffff });
    this.memory.add({ kind: 'open', name: 'PCI memory', base: 0, size: 0x1_0000_0000, value: 0 });
  }

  /** Plugs a function in; returns the end of its interrupt line. */
  plug(slot: number, fn: number, config: PciConfigSpace): IrqLine {
    this.#functions.set((slot << 3) | fn, config);
    config.moved = () => this.#remap();
    const pin = config.spec.interruptPin ?? 0;
    return pin === 0
      ? unconnected
      : this.#wires[this.#route(slot, pin)]!.connect(`${config.spec.name} (${slot}.${fn})`);
  }

  /** Who listens to the four lines: an interrupt router. */
  onInterrupt(sink: (line: number, level: boolean) => void): void {
    this.#interruptSink = sink;
  }

  /** Level of interrupt line 0 to 3. */
  interrupt(line: number): boolean {
    return this.#wires[line]!.level;
  }

  /** Configuration read on bus 0; all ones where no function answers. `address` is in the format of mechanism 1. */
  readConfig(address: number, width: Width): number {
    const value = this.#at(address)?.read(address & 0xff, width);
    return value ?? (width === 4 ? 0xffff_ffff : width === 2 ? 0xffff : 0xff);
  }

  writeConfig(address: number, width: Width, value: number): void {
    this.#at(address)?.write(address & 0xff, width, value);
  }

  /** The functions by slot and number, for a listing. */
  get functions(): readonly { readonly slot: number; readonly fn: number; readonly config: PciConfigSpace }[] {
    return [...this.#functions]
      .sort(([a], [b]) => a - b)
      .map(([key, config]) => ({ slot: key >>> 3, fn: key & 7, config }));
  }

  save(): State {
    return this.#wires.map((wire) => wire.save());
  }

  load(state: State): void {
    for (const [line, wire] of this.#wires.entries()) wire.load((state as readonly State[])[line]!);
  }

  #at(address: number): PciConfigSpace | undefined {
    return (address >>> 16) & 0xff ? undefined : this.#functions.get((address >>> 8) & 0xff);
  }

  #remap(): void {
    const regions = { io: [] as DeviceRegion[], memory: [] as DeviceRegion[] };
    for (const config of this.#functions.values())
      for (const { space, ...window } of config.windows())
        regions[space].push({ kind: 'device', name: config.spec.name, ...window });
    this.#windows.io.set(regions.io);
    this.#windows.memory.set(regions.memory);
  }
}

/** An address space as a device, to be shown through a bridge's window. What nobody claims reads 0 there. */
export function spaceDevice(map: PhysicalMap): Device {
  return {
    read(offset, width) {
      const value = map.read(offset >>> 0, width);
      map.busError = false;
      return value;
    },
    peek: (offset, width) => map.peek(offset >>> 0, width),
    write(offset, width, value) {
      map.write(offset >>> 0, width, value);
      map.busError = false;
    },
    // The devices inside are saved and reset by their owners.
    reset() {},
    save: () => null,
    load() {},
  };
}
