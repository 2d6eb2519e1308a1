import { checkBytes, type Device, hex, type Memory, type PhysicalMap, type Timeline } from '@kseg/bus';
import type { Cpu } from '@kseg/cpu';
import { Translator, type TranslatorStatistics } from '@kseg/jit';
import type { Board } from './board.ts';
import { checkImages, type Images } from './boot.ts';
import { checkBoard } from './check-board.ts';
import { Composition } from './compose.ts';
import type { Core, CoreStop } from './core.ts';
import { chooseEngine, type EngineName } from './engine.ts';
import { MachineError, telling } from './errors.ts';
import { difference, identityOf, loadState, saveState } from './machine-state.ts';
import { coreOf } from './mips-core.ts';
import type { SerialConsole } from './serial.ts';
import { checkSnapshot, hashSnapshot, type Snapshot } from './snapshot.ts';

/** Why a run ended. `powerOff` is also the end of a core that has halted for good. */
export type StopReason =
  | Exclude<CoreStop, { readonly kind: 'halted' }>
  | { readonly kind: 'powerOff' }
  | { readonly kind: 'stopped' };

export interface MachineOptions {
  /**
   * `translator`: hot code is translated to WebAssembly. `interpreter`: none is. `auto`, the default with a translator: that where the host
   * has WebAssembly and the board's core can be translated. The machine is the same, bit for bit.
   */
  readonly engine?: EngineName | 'auto' | undefined;
  /**
   * Where a translator comes from. `createMachine` gives that of `@kseg/jit`; `new Machine(board)` makes the same machine without one, which
   * a page that only interprets then need not carry.
   */
  readonly translator?: typeof Translator | undefined;
}

/** Events in a row that did not wake a waiting guest, after which a run gives its caller a look at them. */
const FRUITLESS_SKIPS = 1000;

/**
 * Composes a machine from a board.
 * @throws KSEG_BUS_OVERLAP, KSEG_BUS_REGION, KSEG_BUS_IRQ_DRIVEN_TWICE, KSEG_MACHINE_IRQ_UNCONNECTED, KSEG_MACHINE_IRQ_UNDRIVEN, KSEG_MACHINE_DUPLICATE_NAME, KSEG_MACHINE_RESET_VECTOR, KSEG_MACHINE_ALIAS, KSEG_MACHINE_BRIDGE, KSEG_BUS_BYTES,
 * KSEG_MACHINE_ENGINE when the translator is asked for where there can be none; KSEG_MACHINE_BOARD for what is no board, and with a `cause` when
 * code that the board brings throws
 */
export const createMachine = <C extends Core = Cpu>(board: Board<C>, options: MachineOptions = {}): Machine<C> =>
  new Machine(board, { translator: Translator, ...options });

/** A composed system: a core, a physical map, devices, and the host's ends of their lines. */
export class Machine<C extends Core = Cpu> {
  readonly cpu: C;
  /** Physical addresses, as the core sees them. */
  readonly map: PhysicalMap;
  /** Ticks in a second, and lines of events for what the host puts beside the machine. */
  readonly timeline: Pick<Timeline, 'hz' | 'port'>;
  /** Serial lines by device name, in the board's order. */
  readonly consoles: ReadonlyMap<string, SerialConsole>;
  /** What executes this machine's instructions. */
  readonly engine: EngineName;
  /** Why that is the interpreter although it was left to `auto`. */
  readonly engineNotice: string | undefined;
  readonly #translator: Translator | undefined;
  readonly #parts: Composition<C>;
  #images: Images | undefined;
  #instructions = 0;
  #request: 'reset' | 'powerOff' | 'stopped' | undefined;

  constructor(
    readonly board: Board<C>,
    { translator: Kind, engine = Kind === undefined ? 'interpreter' : 'auto' }: MachineOptions = {},
  ) {
    checkBoard(board);
    const { name, notice } = chooseEngine(board, engine, Kind);
    this.engine = name;
    this.engineNotice = notice;
    this.#translator = Kind !== undefined && name === 'translator' ? new Kind() : undefined;
    const core = coreOf(board, this.#translator && { engine: this.#translator.engine, regions: Kind!.regions });
    this.#parts = new Composition(board, core, (request) => this.#ask(request));
    const { cpu, map, timeline, consoles } = this.#parts;
    this.cpu = cpu;
    this.map = map;
    this.timeline = timeline;
    this.consoles = consoles;
  }

  /** What the translator has done; `undefined` with the interpreter. */
  get translation(): TranslatorStatistics | undefined {
    return this.#translator?.statistics;
  }

  /** The serial line that a terminal is put on: the board's first. */
  get console(): SerialConsole | undefined {
    return this.consoles.values().next().value;
  }

  /** Instructions retired, ticks skipped while waiting, and ticks that slow devices made the core stand still. */
  get now(): number {
    return this.#parts.timeline.now;
  }

  /** The device called `name`, which the caller knows to be a `T`. @throws KSEG_MACHINE_UNKNOWN_PART */
  device<T extends Device = Device>(name: string): T {
    return this.#parts.device(name);
  }

  /** The RAM or ROM called `name`. @throws KSEG_MACHINE_UNKNOWN_PART */
  memory(name: string): Memory {
    return this.#parts.memory(name);
  }

  /** Puts a kernel in place by the board's boot protocol, now and after every reset. @throws KSEG_MACHINE_NO_BOOT, KSEG_MACHINE_IMAGES, and what the protocol throws */
  boot(given: Images): void {
    const { board } = this;
    if (board.boot === undefined)
      throw new MachineError(
        'KSEG_MACHINE_NO_BOOT',
        `board "${board.name}" starts at its reset vector and has no way to load a kernel: put the code in its ROM`,
        {
          board: board.name,
        },
      );
    checkImages(given);
    // The caller's bytes may change or be a Buffer, and a reset needs them again.
    const images = Object.fromEntries(
      Object.entries(given)
        .filter(([, image]) => image !== undefined)
        .map(([name, image]) => [name, image instanceof Uint8Array ? new Uint8Array(image) : image]),
    ) as unknown as Images;
    const main = this.map.memoryAt(0);
    const target = {
      board: board.name,
      endian: board.endian,
      ramSize: main === undefined ? 0 : main.memory.size - main.offset,
      write: (address: number, bytes: Uint8Array) => this.write(address, bytes),
      cpu: this.cpu,
      console: this.console,
    };
    telling('KSEG_MACHINE_BOARD', `boot of board "${board.name}"`, { name: board.name }, () =>
      board.boot?.(target, images),
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
      const { progress } = this.#parts.timeline;
      const stop = this.cpu.run(left);
      const retired = this.#parts.timeline.progress - progress;
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
    return Math.max(0, this.#parts.timeline.deadline - this.#parts.timeline.now);
  }

  /**
   * Lets `ticks` of virtual time pass without an instruction; for a guest that waits. Never goes past the next event to come.
   * @throws KSEG_BUS_TIME when `ticks` is NaN, or Infinity with no event to come
   */
  skip(ticks: number): void {
    const end = this.#parts.timeline.now + ticks;
    // What the host has just sent is due at once; it must not eat the time that has passed.
    if (this.idle === 0) this.cpu.skipTo(this.#parts.timeline.now);
    this.cpu.skipTo(Math.min(end, this.#parts.timeline.now + this.idle));
  }

  /** Ends the present `run` after the current instruction; from within a device or a listener. */
  stop(): void {
    this.#ask('stopped');
  }

  /** As a push on the reset button: CPU and devices start afresh, what was booted is put in place again, memory keeps the rest, time goes on. */
  reset(): void {
    for (const device of this.#parts.devices.values()) device.reset();
    this.cpu.reset();
    if (this.#images !== undefined) this.boot(this.#images);
  }

  /** Physical memory in the guest's byte order, as a debugger reads it: no side effects. */
  read(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.map.peek((address + i) >>> 0, 1);
    return bytes;
  }

  /** Stores bytes in the guest's order into RAM or ROM, and drops code decoded from there. @throws KSEG_MACHINE_NOT_MEMORY, KSEG_BUS_BYTES */
  write(address: number, bytes: Uint8Array): void {
    checkBytes(bytes, `what is to be written at ${hex(address)}`);
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const target = this.map.memoryAt(at);
      if (target === undefined)
        throw new MachineError(
          'KSEG_MACHINE_NOT_MEMORY',
          `there is no memory at physical ${hex(at)} on board "${this.board.name}"\n${this.map.describe()}`,
          { address: at },
        );
      const run = Math.min(bytes.length - done, 4096 - (at & 4095));
      target.memory.writeBytes(target.offset, bytes.subarray(done, done + run));
      done += run;
    }
  }

  /** @throws KSEG_MACHINE_HELD while a device holds time still for the host: what it waits for is no state of the machine */
  save(): Snapshot {
    if (this.#parts.timeline.holds > 0)
      throw new MachineError(
        'KSEG_MACHINE_HELD',
        'the machine waits for the host’s I/O, which a snapshot cannot take along: let it finish and run on first',
        { holds: this.#parts.timeline.holds },
      );
    return {
      format: 'kseg-snapshot',
      version: 1,
      board: identityOf(this.board, this.#parts),
      state: saveState(this.#parts, this.#images),
    };
  }

  /**
   * @throws KSEG_MACHINE_SNAPSHOT_BOARD when the snapshot was taken on a board, or with disks, that this machine does not have; KSEG_MACHINE_SNAPSHOT_FORMAT
   * when it is of another version, lacks something, or a part does not take its state; the machine is then as it was
   */
  load(snapshot: Snapshot): void {
    checkSnapshot(snapshot);
    const own = identityOf(this.board, this.#parts);
    if (snapshot.board !== own)
      throw new MachineError(
        'KSEG_MACHINE_SNAPSHOT_BOARD',
        `the snapshot was taken on another board or with other disks: ${difference(snapshot.board, own)}`,
        { snapshot: snapshot.board, machine: own },
      );
    this.#images = loadState(this.#parts, snapshot.state);
  }

  /** 32 hexadecimal digits over the whole architectural state: equal runs give equal digits, whatever engine ran them. */
  hash(): string {
    return hashSnapshot(this.save());
  }

  #ask(request: 'reset' | 'powerOff' | 'stopped'): void {
    this.#request = request;
    this.cpu.requestStop();
  }
}
