// A machine with a MIPS core as a target, and the target as a machine: who runs it instead of the machine lets a debugger stop it.
import { GdbError } from './errors.ts';
import { describe, GENERAL_REGISTERS, type MipsRegisters, type Register, registersOf } from './mips-registers.ts';
import type { Disposable, MonitorCommand, Stop, Target } from './target.ts';

/** What is debugged of a core: `Cpu` of `@kseg/cpu` has it. */
export interface DebuggedCpu extends MipsRegisters {
  readonly endian: 'little' | 'big';
  peekBytes(va: number, bytes: Uint8Array): number;
  pokeBytes(va: number, bytes: Uint8Array): number;
  addBreakpoint(va: number): Disposable;
  addWatchpoint(va: number, size: number, access: 'load' | 'store' | 'both'): Disposable;
}

/** Why a machine's `run` came back. */
export interface MachineStop {
  readonly kind: string;
  /** Of `breakpoint` and `watchpoint`. */
  readonly address?: number;
  readonly access?: 'load' | 'store';
  /** Of `waiting`: when the next event comes. */
  readonly deadline?: number;
}

/** What is debugged of a machine: `Machine` of `@kseg/machine` has it. */
export interface DebuggedMachine<S extends MachineStop = MachineStop> {
  readonly cpu: DebuggedCpu;
  readonly now: number;
  readonly instructions: number;
  readonly idle: number;
  readonly timeline: { readonly hz: number };
  run(budget: number, idle?: 'skip' | 'stop'): S;
  skip(ticks: number): void;
  reset(): void;
}

const SIGINT = 2;
const SIGTRAP = 5;
const SIGSEGV = 11;

/** The machine stands for the debugger, as for a device that holds virtual time. */
const HELD = { kind: 'held' } as const;

/**
 * A machine that debuggers can be put on. Run this instead of the machine, by a `Runner` of `@kseg/machine` or a loop of your own: while it
 * stands, `run` executes nothing, lets no time pass and says `held`. What the guest computes does not depend on it.
 */
export class MachineTarget<S extends MachineStop = MachineStop> implements Target {
  readonly description: string;
  readonly generalRegisters = GENERAL_REGISTERS;
  readonly monitor: Map<string, MonitorCommand>;
  readonly #registers: ReadonlyMap<number, Register>;
  #mode: 'run' | 'step' | 'stand' | 'killed' = 'run';
  #onStop: ((stop: Stop) => void) | undefined;

  constructor(readonly machine: DebuggedMachine<S>) {
    const registers = registersOf(machine.cpu.model);
    this.#registers = new Map(registers.map((register) => [register.number, register]));
    this.description = describe(machine.cpu.model, registers);
    this.monitor = new Map<string, MonitorCommand>([
      ['reset', { help: 'the machine’s reset button', run: () => this.#reset() }],
      ['time', { help: 'instructions retired and virtual time', run: () => this.#time() }],
    ]);
  }

  // ---- as a machine

  get now(): number {
    return this.machine.now;
  }

  get instructions(): number {
    return this.machine.instructions;
  }

  get idle(): number {
    return this.machine.idle;
  }

  get timeline(): { readonly hz: number } {
    return this.machine.timeline;
  }

  run(budget: number, idle: 'skip' | 'stop' = 'skip'): S | { readonly kind: 'held' | 'stopped' } {
    const { machine } = this;
    switch (this.#mode) {
      case 'killed':
        return { kind: 'stopped' };
      case 'stand': {
        // Nothing is executed, but what the host asks of the machine is heard.
        const stop = machine.run(0, idle);
        return stop.kind === 'budget' ? HELD : stop;
      }
      case 'step':
        return this.#judge(this.#step(Math.min(budget, 1), idle));
      case 'run':
        return this.#judge(machine.run(budget, idle));
    }
  }

  skip(ticks: number): void {
    if (this.#mode !== 'stand') this.machine.skip(ticks);
  }

  /** Off a breakpoint on the instruction itself, too. */
  #step(budget: number, idle: 'skip' | 'stop'): S {
    const { machine } = this;
    const { pc } = machine.cpu;
    const stop = machine.run(budget, idle);
    return stop.kind === 'breakpoint' && stop.address === pc ? machine.run(budget, idle) : stop;
  }

  /** What is the debugger's to know is kept from who runs the machine. */
  #judge(stop: S): S | typeof HELD {
    if (this.#onStop === undefined) return stop;
    switch (stop.kind) {
      case 'budget':
        return this.#mode === 'step' ? this.#stand({ kind: 'signal', signal: SIGTRAP }) : stop;
      case 'breakpoint':
        return this.#stand({ kind: 'signal', signal: SIGTRAP });
      case 'watchpoint':
        return this.#stand({ kind: 'watch', address: stop.address!, access: stop.access! });
      case 'stuck':
        return this.#stand({ kind: 'signal', signal: SIGSEGV });
      case 'waiting':
        // Nothing will ever come, but for the debugger.
        return stop.deadline === Number.POSITIVE_INFINITY ? HELD : stop;
      case 'powerOff':
        this.#stand({ kind: 'ended' });
        return stop;
      default:
        return stop;
    }
  }

  #stand(stop: Stop): typeof HELD {
    this.#mode = 'stand';
    this.#onStop?.(stop);
    return HELD;
  }

  #reset(): string {
    this.machine.reset();
    return 'reset; "maintenance flush register-cache" shows the registers\n';
  }

  #time(): string {
    const { instructions, now, timeline } = this.machine;
    return `${instructions} instructions, ${now} ticks of ${timeline.hz} a second\n`;
  }

  // ---- as a target

  get name(): string {
    return this.machine.cpu.model.name;
  }

  get endian(): 'little' | 'big' {
    return this.machine.cpu.endian;
  }

  readRegister(number: number): number | undefined {
    return this.#registers.get(number)?.read(this.machine.cpu);
  }

  /** A register that has the value already is left alone: writing PC would leave a delay slot. */
  writeRegister(number: number, value: number): boolean {
    const { cpu } = this.machine;
    const register = this.#registers.get(number);
    if (register === undefined) return false;
    if (register.read(cpu) === value) return true;
    register.write?.(cpu, value);
    return register.write !== undefined;
  }

  readMemory(address: number, bytes: Uint8Array): number {
    return this.machine.cpu.peekBytes(address, bytes);
  }

  writeMemory(address: number, bytes: Uint8Array): number {
    return this.machine.cpu.pokeBytes(address, bytes);
  }

  addBreakpoint(address: number): Disposable {
    return this.machine.cpu.addBreakpoint(address);
  }

  addWatchpoint(address: number, size: number, access: 'load' | 'store' | 'both'): Disposable {
    return this.machine.cpu.addWatchpoint(address, size, access);
  }

  attach(onStop: (stop: Stop) => void): Disposable {
    this.interrupt();
    this.#onStop = onStop;
    return {
      dispose: () => {
        if (this.#onStop === onStop) this.#onStop = undefined;
      },
    };
  }

  resume(how: 'step' | 'continue'): void {
    if (this.#mode !== 'killed') this.#mode = how === 'step' ? 'step' : 'run';
  }

  interrupt(): void {
    if (this.#mode === 'run' || this.#mode === 'step') this.#stand({ kind: 'signal', signal: SIGINT });
  }

  kill(): void {
    this.#mode = 'killed';
  }
}

/**
 * Makes a machine ready for debuggers.
 * @throws KSEG_GDB_CORE for one whose core is no MIPS core
 */
export function machineTarget<S extends MachineStop>(machine: DebuggedMachine<S>): MachineTarget<S> {
  const { cpu } = machine as { readonly cpu: Partial<DebuggedCpu> };
  if (typeof cpu.readCp0 !== 'function' || typeof cpu.peekBytes !== 'function')
    throw new GdbError(
      'KSEG_GDB_CORE',
      'this machine has no MIPS core, and a debugger can be put on no other: run it without one',
    );
  return new MachineTarget(machine);
}
