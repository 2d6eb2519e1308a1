import {
  Arena,
  type Device,
  type DeviceRegion,
  dmaPort,
  hex,
  type IrqLine,
  Memory,
  PhysicalMap,
  type State,
  Timeline,
  Wire,
  withWaitStates,
} from '@kseg/bus';
import type { Cpu, CpuModel, ModelName } from '@kseg/cpu';
import { MovableWindows } from '@kseg/devices';
import { Translator, type TranslatorStatistics } from '@kseg/jit';
import {
  type Board,
  type Bridge,
  type Controller,
  type Cover,
  coreName,
  type DeviceKit,
  type DevicePart,
  type RamPart,
  type RomPart,
  type Stateful,
  type Window,
} from './board.ts';
import type { Images } from './boot.ts';
import { checkBoard } from './check-board.ts';
import { Console } from './console.ts';
import type { Core, CoreKind, CoreStop } from './core.ts';
import { MachineError } from './errors.ts';
import { coreOf } from './mips-core.ts';
import { hashSnapshot, packPages, type Snapshot, unpackPages } from './snapshot.ts';

/** Why a run ended. `powerOff` is also the end of a core that has halted for good. */
export type StopReason =
  | Exclude<CoreStop, { readonly kind: 'halted' }>
  | { readonly kind: 'powerOff' }
  | { readonly kind: 'stopped' };

/** What executes instructions. */
export type EngineName = 'translator' | 'interpreter';

export interface MachineOptions {
  /**
   * `interpreter`, the default. `translator`: hot code is translated to WebAssembly. `auto`: the translator where the host has WebAssembly
   * and the board's core can be translated. The machine is the same, bit for bit.
   */
  readonly engine?: EngineName | 'auto';
}

const ENGINES: readonly string[] = ['interpreter', 'translator', 'auto'];

/** Events in a row that did not wake a waiting guest, after which a run gives its caller a look at them. */
const FRUITLESS_SKIPS = 1000;

/**
 * Composes a machine from a board.
 * @throws KSEG_OVERLAP, KSEG_REGION, KSEG_IRQ_DRIVEN_TWICE, KSEG_IRQ_UNCONNECTED, KSEG_DUPLICATE_NAME, KSEG_RESET_VECTOR, KSEG_ALIAS, KSEG_BRIDGE,
 * KSEG_ENGINE when the translator is asked for where there can be none
 */
export const createMachine = <C extends Core = Cpu>(board: Board<C>, options?: MachineOptions): Machine<C> =>
  new Machine(board, options);

/** A composed system: a core, a physical map, devices, and the host's ends of their lines. */
export class Machine<C extends Core = Cpu> {
  readonly arena: Arena;
  readonly map: PhysicalMap;
  readonly timeline: Timeline;
  readonly cpu: C;
  /** Serial lines by device name, in the board's order. */
  readonly consoles = new Map<string, Console>();
  readonly #memories = new Map<string, Memory>();
  readonly #devices = new Map<string, Device>();
  readonly #wires = new Map<string, Wire>();
  /** What each wire leads to. */
  readonly #ends = new Map<string, IrqLine>();
  readonly #kept = new Map<string, Stateful>();
  #images: Images | undefined;
  #instructions = 0;
  #request: 'reset' | 'powerOff' | 'stopped' | undefined;

  /** What executes this machine's instructions. */
  readonly engine: EngineName;
  /** Why that is the interpreter although `auto` was asked for. */
  readonly engineNotice: string | undefined;
  readonly #translator: Translator | undefined;
  readonly #core: CoreKind<C>;

  constructor(
    readonly board: Board<C>,
    { engine = 'interpreter' }: MachineOptions = {},
  ) {
    checkBoard(board);
    if (!ENGINES.includes(engine))
      throw new MachineError(
        'KSEG_ENGINE',
        `there is no engine "${engine}"; give ${ENGINES.map((name) => `"${name}"`).join(' or ')}`,
        { engine },
      );
    const { endian, clock, parts } = board;
    const memories = parts.filter(
      (part) => part.part === 'rom' || (part.part === 'ram' && part.aliasOf === undefined),
    ) as (RamPart | RomPart)[];
    this.#checkNames();
    const problem = engine === 'interpreter' ? undefined : translatorProblem(board);
    if (engine === 'translator' && problem !== undefined)
      throw new MachineError('KSEG_ENGINE', `no translator for board "${board.name}": ${problem}`, {
        board: board.name,
      });
    this.engine = engine === 'interpreter' || problem !== undefined ? 'interpreter' : 'translator';
    this.engineNotice = problem;
    this.#translator = this.engine === 'translator' ? new Translator() : undefined;
    this.#core = coreOf(board, this.#translator);
    const main = memories.find(({ base }) => base === 0)?.size ?? 0;
    this.arena = new Arena([...this.#core.regions(main), ...memories.map(({ name, size }) => ({ name, bytes: size }))]);
    this.timeline = new Timeline(clock);
    this.map = new PhysicalMap(endian);
    for (const part of parts) this.#place(part);
    for (const part of parts) if (part.part === 'device') this.#build(part);
    this.cpu = this.#core.create({
      arena: this.arena,
      endian,
      map: this.map,
      timeline: this.timeline,
      device: <T extends Device>(name: string) => this.device(name) as T,
    });
    this.#connectWires();
    this.#checkResetVector();
  }

  /** What the translator has done; `undefined` with the interpreter. */
  get translation(): TranslatorStatistics | undefined {
    return this.#translator?.statistics;
  }

  /** The serial line that a terminal is put on: the board's first. */
  get console(): Console | undefined {
    return this.consoles.values().next().value;
  }

  /** Instructions retired, ticks skipped while waiting, and ticks that slow devices made the core stand still. */
  get now(): number {
    return this.timeline.now;
  }

  /** @throws KSEG_UNKNOWN_DEVICE */
  device(name: string): Device {
    return this.#known(this.#devices, name, 'device');
  }

  /** The RAM or ROM called `name`. @throws KSEG_UNKNOWN_DEVICE */
  memory(name: string): Memory {
    return this.#known(this.#memories, name, 'memory');
  }

  /** Puts a kernel in place by the board's boot protocol, now and after every reset. @throws KSEG_NO_BOOT, and what the protocol throws */
  boot(given: Images): void {
    const { board } = this;
    if (board.boot === undefined)
      throw new MachineError(
        'KSEG_NO_BOOT',
        `board "${board.name}" starts at its reset vector and has no way to load a kernel: put the code in its ROM`,
        {
          board: board.name,
        },
      );
    // The caller's bytes may change or be a Buffer, and a reset needs them again.
    const images = Object.fromEntries(
      Object.entries(given).map(([name, image]) => [name, image instanceof Uint8Array ? new Uint8Array(image) : image]),
    ) as unknown as Images;
    const main = this.map.memoryAt(0);
    board.boot(
      {
        board: board.name,
        endian: board.endian,
        ramSize: main === undefined ? 0 : main.memory.size - main.offset,
        write: (address, bytes) => this.write(address, bytes),
        cpu: this.cpu,
        console: this.console,
      },
      images,
    );
    this.#images = images;
  }

  /**
   * Runs at most `budget` instructions. Ends earlier when the guest powers off, somebody calls `stop`, or the guest waits for an
   * interrupt that nothing will ever raise. While it waits for an event that will come, `idle` says whether time is skipped to it or the
   * run ends so that the caller can let it pass.
   */
  run(budget: number, idle: 'skip' | 'stop' = 'skip'): StopReason {
    let left = budget;
    for (let skips = 0; ; ) {
      const { progress } = this.timeline;
      const stop = this.cpu.run(left);
      const retired = this.timeline.progress - progress;
      left -= retired;
      this.#instructions += retired;
      const request = this.#request;
      if (request !== undefined) {
        this.#request = undefined;
        if (request !== 'reset') return { kind: request };
        this.reset();
      } else if (stop.kind === 'halted') return { kind: 'powerOff' };
      else if (stop.kind !== 'waiting' || idle === 'stop' || stop.deadline === Number.POSITIVE_INFINITY) return stop;
      else {
        // Events that never wake the guest must not keep the host here for ever.
        skips = retired > 0 ? 0 : skips + 1;
        if (skips > FRUITLESS_SKIPS) return stop;
        this.skip(this.idle);
      }
    }
  }

  /** Instructions retired in runs of this machine object. */
  get instructions(): number {
    return this.#instructions;
  }

  /** Ticks until the next event; Infinity when nothing is scheduled. */
  get idle(): number {
    return Math.max(0, this.timeline.deadline - this.timeline.now);
  }

  /** Lets `ticks` of virtual time pass without an instruction; for a guest that waits. Never goes past the next event to come. */
  skip(ticks: number): void {
    const end = this.timeline.now + ticks;
    // What the host has just sent is due at once; it must not eat the time that has passed.
    if (this.idle === 0) this.cpu.skipTo(this.timeline.now);
    this.cpu.skipTo(Math.min(end, this.timeline.now + this.idle));
  }

  /** Ends the present `run` after the current instruction; from within a device or a listener. */
  stop(): void {
    this.#ask('stopped');
  }

  /** As a push on the reset button: CPU and devices start afresh, what was booted is put in place again, memory keeps the rest, time goes on. */
  reset(): void {
    for (const device of this.#devices.values()) device.reset();
    this.cpu.reset();
    if (this.#images !== undefined) this.boot(this.#images);
  }

  /** Physical memory in the guest's byte order, as a debugger reads it: no side effects. */
  read(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.map.peek((address + i) >>> 0, 1);
    return bytes;
  }

  /** Stores bytes in the guest's order into RAM or ROM, and drops code decoded from there. @throws KSEG_NOT_MEMORY */
  write(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const target = this.map.memoryAt(at);
      if (target === undefined)
        throw new MachineError(
          'KSEG_NOT_MEMORY',
          `there is no memory at physical ${hex(at)} on board "${this.board.name}"\n${this.map.describe()}`,
          { address: at },
        );
      const run = Math.min(bytes.length - done, 4096 - (at & 4095));
      target.memory.writeBytes(target.offset, bytes.subarray(done, done + run));
      done += run;
    }
  }

  /** @throws KSEG_HELD while a device holds time still for the host: what it waits for is no state of the machine */
  save(): Snapshot {
    if (this.timeline.holds > 0)
      throw new MachineError(
        'KSEG_HELD',
        'the machine waits for the host’s I/O, which a snapshot cannot take along: let it finish and run on first',
        { holds: this.timeline.holds },
      );
    const each = <T>(parts: Map<string, T>, save: (part: T) => State): State =>
      Object.fromEntries([...parts].map(([name, part]) => [name, save(part)]));
    return {
      format: 'kseg-snapshot',
      version: 1,
      board: this.#identity(),
      state: {
        timeline: this.timeline.save(),
        cpu: this.cpu.save(),
        wires: each(this.#wires, (wire) => wire.save()),
        devices: each(this.#devices, (device) => device.save()),
        consoles: each(this.consoles, (console) => console.save()),
        kept: each(this.#kept, (stateful) => stateful.save()),
        // A guest that resets after it was loaded starts as it would have.
        images: this.#images === undefined ? null : { ...this.#images },
        memories: each(this.#memories, (memory) => packPages(bytesOf(memory))),
      },
    };
  }

  /** @throws KSEG_SNAPSHOT_BOARD when the snapshot was taken on a board, or with disks, that this machine does not have */
  load(snapshot: Snapshot): void {
    if (snapshot.board !== this.#identity())
      throw new MachineError(
        'KSEG_SNAPSHOT_BOARD',
        `the snapshot was taken on another board or with other disks: ${difference(snapshot.board, this.#identity())}`,
        { snapshot: snapshot.board, machine: this.#identity() },
      );
    const state = snapshot.state as Record<string, Record<string, State>>;
    const images = state['images'] as Images | null | undefined;
    this.#images = images ?? undefined;
    for (const [name, memory] of this.#memories) {
      unpackPages(state['memories']![name]!, bytesOf(memory));
      memory.changed();
    }
    this.timeline.load(state['timeline']!);
    for (const [name, wire] of this.#wires) wire.load(state['wires']![name]!);
    for (const [name, device] of this.#devices) device.load(state['devices']![name]!);
    for (const [name, console] of this.consoles) console.load(state['consoles']![name]!);
    for (const [name, stateful] of this.#kept) stateful.load(state['kept']![name]!);
    this.cpu.load(state['cpu']!);
  }

  /** 32 hexadecimal digits over the whole architectural state: equal runs give equal digits, whatever engine ran them. */
  hash(): string {
    return hashSnapshot(this.save());
  }

  #ask(request: 'reset' | 'powerOff' | 'stopped'): void {
    this.#request = request;
    this.cpu.requestStop();
  }

  /** What a snapshot must agree on to be loaded here. */
  #identity(): string {
    const { name, endian, clock, parts, wiredOr = [], variant = [] } = this.board;
    const map = parts.map((part) => {
      const spans = part.part === 'device' ? part.windows : [part];
      const wires = part.part === 'device' ? Object.values(part.irqs ?? {}).join('+') : '';
      const holds = this.#devices.get(part.name)?.identity ?? '';
      const places = spans.map((span) => {
        const wait = 'wait' in span ? `~${span.wait}` : '';
        return `${span.base.toString(16)}+${span.size.toString(16)}${wait}`;
      });
      return `${part.name}@${places.join('&')}${wires && `>${wires}`}${holds && `=${holds}`}`;
    });
    return `${name} ${coreName(this.board)} ${endian} ${clock} Hz ${map.join(',')} ${[wiredOr.join('+'), ...variant].join(' ')}`;
  }

  #place(part: Board['parts'][number]): void {
    if (part.part === 'device') return;
    const { name, base, size } = part;
    if (part.part === 'open') this.map.add({ kind: 'open', name, base, size, value: part.value });
    else if (part.part === 'ram' && part.aliasOf !== undefined) {
      const memory = this.#memories.get(part.aliasOf.name);
      if (memory === undefined)
        throw new MachineError(
          'KSEG_ALIAS',
          `"${name}" shows "${part.aliasOf.name}", which is no memory listed before it`,
          { name, of: part.aliasOf.name },
        );
      this.map.add({ kind: 'ram', name, base, size, memory, offset: part.aliasOf.offset });
    } else {
      const memory = new Memory(this.arena, name, this.board.endian);
      this.#memories.set(name, memory);
      this.map.add({ kind: part.part, name, base, size, memory });
      if (part.bytes !== undefined) memory.writeBytes(0, part.bytes);
    }
  }

  #build(part: DevicePart): void {
    const { name, irqs = {} } = part;
    const windows = new MovableWindows(this.map);
    const kit: DeviceKit = {
      name,
      endian: this.board.endian,
      scheduler: this.timeline.port(name),
      dma: dmaPort(this.map),
      place: (regions) => windows.set(regions),
      cover: (memory, device) => this.#cover(memory, device),
      device: <T extends Device>(other: string) => this.device(other) as T,
      memory: (other) => this.memory(other),
      timer: (suffix) => this.timeline.port(`${name}.${suffix}`),
      keep: (suffix, stateful) => {
        this.#kept.set(`${name}.${suffix}`, stateful);
      },
      irq: (output = 'irq') => {
        const target = irqs[output];
        if (target === undefined) throw this.#unconnected(name, output, 'the board does not say where it goes');
        return target === null ? { set() {} } : this.#wire(target).connect(name);
      },
      serial: (make) => {
        const console = new Console(name, this.timeline.port(`${name}.console`));
        const device = make(console.sink);
        console.attach(device);
        this.consoles.set(name, console);
        return device;
      },
      control: (request) => this.#ask(request),
    };
    const device = part.create(kit);
    this.#devices.set(name, device);
    for (const [i, window] of part.windows.entries()) {
      const { within, wait, ...place } = window;
      const ticks = Math.round(((wait ?? 0) * this.board.clock) / 1e9);
      const region = {
        kind: 'device',
        name: part.windows.length === 1 ? name : `${name}.${i}`,
        device: ticks === 0 ? device : withWaitStates(device, this.timeline, ticks),
        ...place,
      } as const;
      if (within === undefined) this.map.add(region);
      else this.#within(within, window, region);
    }
  }

  /** Adds a region to a bridge's I/O space instead of the physical map. */
  #within(bridge: string, { base }: Window, region: DeviceRegion): void {
    const part = this.board.parts.find((other) => other.name === bridge);
    const space = this.#devices.get(bridge) as Bridge | undefined;
    if (part?.part !== 'device' || part.ioBase === undefined || space?.io === undefined)
      throw new MachineError(
        'KSEG_BRIDGE',
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
    const known = this.#wires.get(target);
    if (known !== undefined) return known;
    const wire = new Wire(target, (level) => this.#ends.get(target)?.set(level), {
      wiredOr: this.board.wiredOr?.includes(target) ?? false,
    });
    this.#wires.set(target, wire);
    return wire;
  }

  #sink(target: string): IrqLine | undefined {
    const [, owner = '', line = ''] = /^(.*)\.(\d+)$/.exec(target) ?? [];
    if (owner === 'cpu') return this.#core.interrupts.includes(Number(line)) ? this.cpu.irq?.(Number(line)) : undefined;
    const device = this.#devices.get(owner);
    return device !== undefined && 'inputs' in device ? (device as Controller).inputs[Number(line)] : undefined;
  }

  #checkNames(): void {
    const seen = new Set<string>(['cpu']);
    for (const { name } of this.board.parts) {
      if (seen.has(name))
        throw new MachineError(
          'KSEG_DUPLICATE_NAME',
          `two parts of board "${this.board.name}" are called "${name}": give each its own name`,
          { name },
        );
      seen.add(name);
    }
  }

  /** Leads every wire to its input, which learns of the levels that devices have set while they were built. */
  #connectWires(): void {
    for (const part of this.board.parts)
      if (part.part === 'device')
        for (const [output, target] of Object.entries(part.irqs ?? {})) {
          if (target === null) continue;
          const end = this.#sink(target);
          if (end === undefined)
            throw this.#unconnected(part.name, output, `"${target}" is no interrupt input of this board`);
          this.#ends.set(target, end);
        }
    for (const [target, wire] of this.#wires) if (wire.level) this.#ends.get(target)!.set(true);
  }

  #unconnected(name: string, output: string, why: string): MachineError {
    return new MachineError(
      'KSEG_IRQ_UNCONNECTED',
      `interrupt output "${output}" of "${name}" is not connected: ${why}. Wire it to ${this.#core.interrupts.map((n) => `'cpu.${n}'`).join(', ')} or to a controller's input, or to null to leave it open`,
      { device: name, output },
    );
  }

  #checkResetVector(): void {
    if (this.board.boot !== undefined) return;
    const vector = this.#core.resetVector;
    const region = this.map.find(vector);
    if (region === undefined || region.kind === 'open')
      throw new MachineError(
        'KSEG_RESET_VECTOR',
        `the CPU starts at physical ${hex(vector)}, where board "${this.board.name}" has nothing: put a ROM there, or give the board a boot protocol\n${this.map.describe()}`,
        { address: vector },
      );
  }

  #known<T>(parts: Map<string, T>, name: string, kind: string): T {
    const part = parts.get(name);
    if (part === undefined)
      throw new MachineError(
        'KSEG_UNKNOWN_DEVICE',
        `board "${this.board.name}" has no ${kind} "${name}"; it has ${[...parts.keys()].join(', ')}`,
        { name },
      );
    return part;
  }
}

/** Why a board's code cannot be translated here. */
const translatorProblem = (board: Board<Core>): string | undefined =>
  board.core === undefined
    ? Translator.obstacle(board.cpu as ModelName | CpuModel)
    : `it translates MIPS, not ${coreName(board)}`;

/** The arena's bytes of a memory, in native word order. */
function bytesOf(memory: Memory): Uint8Array {
  const { buffer, byteOffset, byteLength } = memory.words;
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Where two boards' descriptions part. */
function difference(saved: string, here: string): string {
  const [a, b] = [saved.split(/[ ,]/), here.split(/[ ,]/)];
  const at = a.findIndex((word, i) => word !== b[i]);
  return `it has ${a[at] ?? 'less'} where this machine has ${b[at < 0 ? a.length : at] ?? 'nothing'}`;
}
