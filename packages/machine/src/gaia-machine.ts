import { Arena, hex, Memory, PhysicalMap, type State, Timeline } from '@kseg/bus';
import { GaiaRegisters } from '@kseg/devices';
import { GaiaCpu, type GaiaStop } from '@kseg/gaia';
import type { GaiaBoard } from './boards/gaia3.ts';
import { Console } from './console.ts';
import { MachineError } from './errors.ts';
import { gaiaPayload, LOAD_ADDRESS } from './gaia-image.ts';
import { hashSnapshot, packPages, type Snapshot, unpackPages } from './snapshot.ts';

/**
 * Why a run ended. `powerOff` is how a GAIA program ends: it has gone back to the boot ROM, which xv6 does to halt, or it has executed
 * `halt` with interrupts disabled.
 */
export type GaiaMachineStop =
  | Exclude<GaiaStop, { readonly kind: 'halted' }>
  | { readonly kind: 'powerOff' }
  | { readonly kind: 'stopped' };

export interface GaiaBootOptions {
  /** Puts the program in place at once instead of sending it through the boot ROM's serial protocol. */
  readonly fast?: boolean;
}

const SRAM = 4 << 20;
const ROM = 0x8000_0000;
const REGISTERS = 0x8000_1000;
const STACK = 0x40_0000;

/** Composes a machine from a GAIA board. @throws KSEG_ROM_SIZE */
export const createGaiaMachine = (board: GaiaBoard): GaiaMachine => new GaiaMachine(board);

/** A composed GAIA system. What drives a `Machine` can drive this: the two look the same from outside, but for `cpu`. */
export class GaiaMachine {
  readonly arena: Arena;
  readonly map = new PhysicalMap('little');
  readonly timeline: Timeline;
  readonly cpu: GaiaCpu;
  readonly registers: GaiaRegisters;
  /** Serial lines by name: there is one, `serial`. */
  readonly consoles: ReadonlyMap<string, Console>;
  readonly console: Console;
  readonly #sram: Memory;
  #boot: (() => void) | undefined;
  #instructions = 0;
  #stop = false;

  constructor(readonly board: GaiaBoard) {
    const { rom, clock, timerPeriod, transmit, fpu, mmu, decode } = board;
    if (rom.length > 4096)
      throw new MachineError('KSEG_ROM_SIZE', `the boot ROM has 4096 bytes; ${rom.length} were given`, {
        size: rom.length,
      });
    this.arena = new Arena([...GaiaCpu.regions(), { name: 'sram', bytes: SRAM }, { name: 'rom', bytes: 4096 }]);
    this.timeline = new Timeline(clock);
    this.#sram = new Memory(this.arena, 'sram', 'little');
    const romMemory = new Memory(this.arena, 'rom', 'little');
    romMemory.writeBytes(0, rom);
    this.console = new Console('serial', this.timeline.port('serial.console'));
    this.consoles = new Map([['serial', this.console]]);
    this.registers = new GaiaRegisters({
      scheduler: this.timeline.port('serial'),
      sink: this.console.sink,
      ...(timerPeriod === undefined ? {} : { timerPeriod }),
      ...(transmit === undefined ? {} : { transmit }),
    });
    this.console.attach(this.registers);
    this.map.add({ kind: 'ram', name: 'sram', base: 0, size: SRAM, memory: this.#sram });
    this.map.add({ kind: 'rom', name: 'rom', base: ROM, size: 4096, memory: romMemory });
    this.map.add({ kind: 'device', name: 'registers', base: REGISTERS, size: 4096, device: this.registers });
    this.cpu = new GaiaCpu({
      arena: this.arena,
      map: this.map,
      timeline: this.timeline,
      control: this.registers,
      ...(fpu === undefined ? {} : { fpu }),
      ...(mmu === undefined ? {} : { mmu }),
      ...(decode === undefined ? {} : { decode }),
    });
  }

  /** Instructions retired plus ticks skipped while waiting. */
  get now(): number {
    return this.timeline.now;
  }

  /** Instructions retired in runs of this machine object. */
  get instructions(): number {
    return this.#instructions;
  }

  /**
   * Gives the boot ROM an image with boot header, now and after every reset: over the serial line, as the hardware gets it, or with `fast`
   * straight into the SRAM, with the core at 0x2000 as the ROM leaves it.
   *
   * @throws KSEG_GAIA_IMAGE before the ROM would hang on it
   */
  boot(image: Uint8Array, { fast = false }: GaiaBootOptions = {}): void {
    const payload = gaiaPayload(image);
    this.#boot = () => {
      if (!fast) {
        this.console.send(image);
        return;
      }
      this.#sram.writeBytes(LOAD_ADDRESS, payload);
      this.cpu.pc = LOAD_ADDRESS;
      for (const [register, value] of [
        [3, LOAD_ADDRESS],
        [30, STACK],
        [31, STACK],
      ] as const)
        this.cpu.setGpr(register, value);
    };
    this.#boot();
  }

  /**
   * Runs at most `budget` ticks. Ends earlier when the guest halts, somebody calls `stop`, or, in strict mode, the guest relies on what the
   * hardware does not check. While the guest waits in a branch to itself, `idle` says whether time is skipped to the next event or the run
   * ends so that the caller can let it pass.
   */
  run(budget: number, idle: 'skip' | 'stop' = 'skip'): GaiaMachineStop {
    const end = this.timeline.now + budget;
    for (;;) {
      const { now } = this.timeline;
      const stop = this.cpu.run(end - now);
      this.#instructions += this.timeline.now - now;
      if (stop.kind === 'requested' && this.#stop) {
        this.#stop = false;
        return { kind: 'stopped' };
      }
      if (stop.kind === 'halted') return { kind: 'powerOff' };
      if (stop.kind !== 'waiting' || idle === 'stop') return stop;
      this.skip(Math.min(this.idle, end - this.timeline.now));
    }
  }

  /** Ticks until the next event. */
  get idle(): number {
    return Math.max(0, this.timeline.deadline - this.timeline.now);
  }

  /** Lets `ticks` of virtual time pass without an instruction; for a guest that waits. Never goes past the next event to come. */
  skip(ticks: number): void {
    const end = this.timeline.now + ticks;
    if (this.idle === 0) this.cpu.skipTo(this.timeline.now);
    this.cpu.skipTo(Math.min(end, this.timeline.now + this.idle));
  }

  /** Ends the present `run` after the current instruction; from within a listener. */
  stop(): void {
    this.#stop = true;
    this.cpu.requestStop();
  }

  /** As a push on the reset button: what was booted is put in place again, memory keeps the rest, time goes on. */
  reset(): void {
    this.registers.reset();
    this.cpu.reset();
    this.#boot?.();
  }

  /** Physical memory as a debugger reads it: no side effects. */
  read(address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => this.map.peek((address + i) >>> 0, 1));
  }

  /** Stores bytes into SRAM or ROM, and drops code decoded from there. @throws KSEG_NOT_MEMORY */
  write(address: number, bytes: Uint8Array): void {
    const target = this.map.memoryAt(address);
    if (target === undefined || target.offset + bytes.length > target.memory.size)
      throw new MachineError(
        'KSEG_NOT_MEMORY',
        `there is no memory for ${bytes.length} bytes at physical ${hex(address)} on board "${this.board.name}"\n${this.map.describe()}`,
        { address, length: bytes.length },
      );
    target.memory.writeBytes(target.offset, bytes);
  }

  save(): Snapshot {
    return {
      format: 'kseg-snapshot',
      version: 1,
      board: this.#identity(),
      state: {
        timeline: this.timeline.save(),
        cpu: this.cpu.save(),
        registers: this.registers.save(),
        console: this.console.save(),
        sram: packPages(this.#bytes()),
      },
    };
  }

  /** @throws KSEG_SNAPSHOT_BOARD when the snapshot was taken on a board that differs from this one */
  load(snapshot: Snapshot): void {
    if (snapshot.board !== this.#identity())
      throw new MachineError(
        'KSEG_SNAPSHOT_BOARD',
        `the snapshot was taken on another board: it is of ${snapshot.board}, this machine is ${this.#identity()}`,
        { snapshot: snapshot.board, machine: this.#identity() },
      );
    const state = snapshot.state as Record<string, State>;
    unpackPages(state['sram']!, this.#bytes());
    this.#sram.changed();
    this.timeline.load(state['timeline']!);
    this.registers.load(state['registers']!);
    this.console.load(state['console']!);
    this.cpu.load(state['cpu']!);
  }

  /** 32 hexadecimal digits over the whole architectural state: equal runs give equal digits. */
  hash(): string {
    return hashSnapshot(this.save());
  }

  #bytes(): Uint8Array {
    const { words } = this.#sram;
    return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  }

  /** What a snapshot must agree on to be loaded here. */
  #identity(): string {
    const { name, clock, fpu = 'rtl', mmu = 'hardware', decode = 'virtual', timerPeriod = 'hardware' } = this.board;
    return `${name} ${clock} Hz fpu ${fpu} mmu ${mmu} decode ${decode} timer ${timerPeriod}`;
  }
}
