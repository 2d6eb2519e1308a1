// From a board's parts to a map, wires, devices and a core.
import {
  Arena,
  checkBytes,
  type Device,
  type DeviceRegion,
  dmaPort,
  hex,
  type IrqLine,
  Memory,
  PhysicalMap,
  Timeline,
  unconnected,
  Wire,
  withWaitStates,
} from '@kseg/bus';
import { MovableWindows } from '@kseg/devices';
import type {
  Board,
  Bridge,
  Controller,
  Cover,
  DeviceKit,
  DevicePart,
  DeviceWindow,
  Part,
  RamPart,
  RomPart,
  Stateful,
} from './board.ts';
import type { Core, CoreKind } from './core.ts';
import { MachineError, telling } from './errors.ts';
import { SerialLine } from './serial-line.ts';

/** What a board's parts come to: everything that a machine is made of, by name and connected. */
export class Composition<C extends Core> {
  readonly arena: Arena;
  readonly map: PhysicalMap;
  readonly timeline: Timeline;
  readonly cpu: C;
  readonly memories = new Map<string, Memory>();
  readonly devices = new Map<string, Device>();
  readonly wires = new Map<string, Wire>();
  /** In the board's order. */
  readonly consoles = new Map<string, SerialLine>();
  /** What devices keep in snapshots beside themselves. */
  readonly kept = new Map<string, Stateful>();
  /** What each wire leads to. */
  readonly #ends = new Map<string, IrqLine>();
  readonly #board: Board<C>;
  readonly #core: CoreKind<C>;
  readonly #control: DeviceKit['control'];

  /** @throws as `createMachine` */
  constructor(board: Board<C>, core: CoreKind<C>, control: DeviceKit['control']) {
    this.#board = board;
    this.#core = core;
    this.#control = control;
    const { endian, clock, parts } = board;
    this.#checkNames();
    const memories = parts.filter(
      (part): part is RamPart | RomPart => part.part === 'rom' || (part.part === 'ram' && part.aliasOf === undefined),
    );
    const main = memories.find(({ base }) => base === 0)?.size ?? 0;
    const ofCore = <T>(work: () => T): T =>
      telling('KSEG_MACHINE_BOARD', `the core of board "${board.name}"`, { name: board.name }, work);
    this.arena = new Arena([
      ...ofCore(() => core.regions(main)),
      ...memories.map(({ name, size }) => ({ name, bytes: size })),
    ]);
    this.timeline = new Timeline(clock);
    this.map = new PhysicalMap(endian);
    for (const part of parts) this.#place(part);
    for (const part of parts) if (part.part === 'device') this.#build(part);
    this.cpu = ofCore(() =>
      core.create({
        arena: this.arena,
        endian,
        map: this.map,
        timeline: this.timeline,
        device: <T extends Device>(name: string) => this.device<T>(name),
      }),
    );
    this.#connectWires();
    this.#checkResetVector();
  }

  /** @throws KSEG_MACHINE_UNKNOWN_PART */
  device<T extends Device>(name: string): T {
    return this.#known(this.devices, name, 'device') as T;
  }

  /** @throws KSEG_MACHINE_UNKNOWN_PART */
  memory(name: string): Memory {
    return this.#known(this.memories, name, 'memory');
  }

  /** Memories and empty ranges, which lie in the map before any device is made. */
  #place(part: Part): void {
    if (part.part === 'device') return;
    const { name, base, size } = part;
    if (part.part === 'open') this.map.add({ kind: 'open', name, base, size, value: part.value });
    else if (part.part === 'ram' && part.aliasOf !== undefined) {
      const memory = this.memories.get(part.aliasOf.name);
      if (memory === undefined)
        throw new MachineError(
          'KSEG_MACHINE_ALIAS',
          `"${name}" shows "${part.aliasOf.name}", which is no memory listed before it`,
          { name, of: part.aliasOf.name },
        );
      this.map.add({ kind: 'ram', name, base, size, memory, offset: part.aliasOf.offset });
    } else {
      const memory = new Memory(this.arena, name, this.#board.endian);
      this.memories.set(name, memory);
      this.map.add({ kind: part.part, name, base, size, memory });
      if (part.bytes === undefined) return;
      checkBytes(part.bytes, `the bytes of "${name}"`);
      memory.writeBytes(0, part.bytes);
    }
  }

  #build(part: DevicePart): void {
    const { name, windows } = part;
    const outputs = new Set(Object.keys(part.irqs ?? {}));
    const device = telling('KSEG_MACHINE_BOARD', `create of "${name}"`, { name }, () =>
      part.create(this.#kit(part, outputs)),
    );
    if ([device?.reset, device?.save, device?.load].some((method) => typeof method !== 'function'))
      throw new MachineError(
        'KSEG_MACHINE_BOARD',
        `create of "${name}" returned no device: it needs reset, save and load`,
        {
          name,
        },
      );
    for (const output of outputs)
      throw new MachineError(
        'KSEG_MACHINE_IRQ_UNDRIVEN',
        `the board says where interrupt output "${output}" of "${name}" goes, but the device was made without it: hand it kit.irq(${output === 'irq' ? '' : `'${output}'`}), or leave the wire away`,
        { device: name, output },
      );
    this.devices.set(name, device);
    for (const [i, window] of windows.entries()) {
      const { within, wait, ...place } = window;
      const ticks = Math.round(((wait ?? 0) * this.#board.clock) / 1e9);
      const region = {
        kind: 'device',
        name: windows.length === 1 ? name : `${name}.${i}`,
        device: ticks === 0 ? device : withWaitStates(device, this.timeline, ticks),
        ...place,
      } as const;
      if (within === undefined) this.map.add(region);
      else this.#within(within, window, region);
    }
  }

  /** A device's ends of the board's wires; takes the interrupt outputs that it asks for out of `outputs`. */
  #kit({ name, irqs = {} }: DevicePart, outputs: Set<string>): DeviceKit {
    const { timeline } = this;
    const windows = new MovableWindows(this.map);
    return {
      name,
      endian: this.#board.endian,
      scheduler: timeline.port(name),
      dma: dmaPort(this.map),
      device: <T extends Device>(other: string) => this.device<T>(other),
      memory: (other) => this.memory(other),
      place: (regions) => windows.set(regions),
      cover: (memory, device) => this.#cover(memory, device),
      timer: (suffix) => timeline.port(`${name}.${suffix}`),
      keep: (suffix, stateful) => {
        this.kept.set(`${name}.${suffix}`, stateful);
      },
      irq: (output = 'irq') => {
        const target = irqs[output];
        if (target === undefined) throw this.#unconnected(name, output, 'the board does not say where it goes');
        outputs.delete(output);
        return target === null ? unconnected : this.#wire(target).connect(name);
      },
      serial: (make) => {
        const console = new SerialLine(name, timeline.port(`${name}.console`));
        const device = make(console.sink);
        console.attach(device);
        this.consoles.set(name, console);
        return device;
      },
      control: this.#control,
    };
  }

  /** Adds a region to a bridge's I/O space instead of the physical map. */
  #within(bridge: string, { base }: DeviceWindow, region: DeviceRegion): void {
    const part = this.#board.parts.find((other) => other.name === bridge);
    const space = this.devices.get(bridge) as Bridge | undefined;
    if (part?.part !== 'device' || part.ioBase === undefined || space?.io === undefined)
      throw new MachineError(
        'KSEG_MACHINE_BRIDGE',
        `"${region.name}" lies within "${bridge}", which is no bridge listed before it`,
        { name: region.name, bridge },
      );
    space.io.add({ ...region, base: base - part.ioBase });
  }

  #cover(name: string, device: Device): Cover {
    const memory = this.memory(name);
    const find = () => this.map.regions.find((region) => region.name === name)!;
    const show = (shown: boolean) => {
      const { base, size } = find();
      this.map.remove(find());
      this.map.add(
        shown
          ? { kind: 'device', name, base, size, device }
          : { kind: 'rom', name, base, size, memory, writes: device },
      );
    };
    show(false);
    return { show };
  }

  #wire(target: string): Wire {
    const known = this.wires.get(target);
    if (known !== undefined) return known;
    const wire = new Wire(target, (level) => this.#ends.get(target)?.set(level), {
      wiredOr: this.#board.wiredOr?.includes(target) ?? false,
    });
    this.wires.set(target, wire);
    return wire;
  }

  /** The input that `'pic.4'` or `'cpu.2'` names. */
  #input(target: string): IrqLine | undefined {
    const [, owner = '', line = ''] = /^(.*)\.(\d+)$/.exec(target) ?? [];
    if (owner === 'cpu') return this.#core.interrupts.includes(Number(line)) ? this.cpu.irq?.(Number(line)) : undefined;
    return (this.devices.get(owner) as Partial<Controller> | undefined)?.inputs?.[Number(line)];
  }

  /** Leads every wire to its input, which learns of the levels that devices have set while they were built. */
  #connectWires(): void {
    for (const part of this.#board.parts)
      if (part.part === 'device')
        for (const [output, target] of Object.entries(part.irqs ?? {})) {
          if (target === null) continue;
          const end = this.#input(target);
          if (end === undefined)
            throw this.#unconnected(part.name, output, `"${target}" is no interrupt input of this board`);
          this.#ends.set(target, end);
        }
    for (const [target, wire] of this.wires) if (wire.level) this.#ends.get(target)!.set(true);
  }

  #unconnected(name: string, output: string, why: string): MachineError {
    return new MachineError(
      'KSEG_MACHINE_IRQ_UNCONNECTED',
      `interrupt output "${output}" of "${name}" is not connected: ${why}. Wire it to ${this.#core.interrupts.map((n) => `'cpu.${n}'`).join(', ')} or to a controller's input, or to null to leave it open`,
      { device: name, output },
    );
  }

  #checkNames(): void {
    const seen = new Set<string>(['cpu']);
    for (const { name } of this.#board.parts) {
      if (seen.has(name))
        throw new MachineError(
          'KSEG_MACHINE_DUPLICATE_NAME',
          `two parts of board "${this.#board.name}" are called "${name}": give each its own name`,
          { name },
        );
      seen.add(name);
    }
  }

  #checkResetVector(): void {
    if (this.#board.boot !== undefined) return;
    const vector = this.#core.resetVector;
    const region = this.map.find(vector);
    if (region === undefined || region.kind === 'open')
      throw new MachineError(
        'KSEG_MACHINE_RESET_VECTOR',
        `the CPU starts at physical ${hex(vector)}, where board "${this.#board.name}" has nothing: put a ROM there, or give the board a boot protocol\n${this.map.describe()}`,
        { address: vector },
      );
  }

  #known<T>(parts: Map<string, T>, name: string, kind: string): T {
    const part = parts.get(name);
    if (part === undefined)
      throw new MachineError(
        'KSEG_MACHINE_UNKNOWN_PART',
        `board "${this.#board.name}" has no ${kind} "${name}"; it has ${[...parts.keys()].join(', ')}`,
        { name },
      );
    return part;
  }
}
