// What a session debugs. `machineTarget` makes one of a machine; anything else that has registers of 32 bits can be another.

/** Ends what it was given for. */
export interface Disposable {
  dispose(): void;
}

/** Why a target stands. */
export type Stop =
  /** A signal as GDB numbers them: 2 after an interrupt, 5 at a breakpoint or behind a step, 11 when nothing can go on. */
  | { readonly kind: 'signal'; readonly signal: number }
  /** In front of an instruction that would touch watched memory at `address`. */
  | { readonly kind: 'watch'; readonly access: 'load' | 'store'; readonly address: number }
  /** The machine is switched off. */
  | { readonly kind: 'ended' };

/** What `monitor NAME` does. */
export interface MonitorCommand {
  /** A line for `monitor help`. */
  readonly help: string;
  /** Gets what stands behind the name, and returns what the user is shown. */
  run(rest: string): string;
}

/** Words and addresses are unsigned 32-bit numbers. No method throws for what a debugger asks. */
export interface Target {
  /** What the one thread is called. */
  readonly name: string;
  readonly endian: 'little' | 'big';
  /** The target description, in XML: architecture and registers with their numbers. */
  readonly description: string;
  /** Registers 0 to this less 1 go together in one packet. */
  readonly generalRegisters: number;
  readonly monitor: ReadonlyMap<string, MonitorCommand>;
  /** `undefined` where there is no such register. */
  readRegister(number: number): number | undefined;
  /** False where there is none, or none that can be written. */
  writeRegister(number: number, value: number): boolean;
  /** Fills `bytes` from virtual address `address` on; returns how many can be read. */
  readMemory(address: number, bytes: Uint8Array): number;
  /** Returns how many could be written. */
  writeMemory(address: number, bytes: Uint8Array): number;
  addBreakpoint(address: number): Disposable;
  addWatchpoint(address: number, size: number, access: 'load' | 'store' | 'both'): Disposable;
  /** Stops the target, and calls `onStop` whenever it stops after it was let go. Disposing ends the calls and leaves the target as it is. */
  attach(onStop: (stop: Stop) => void): Disposable;
  /** Lets the target go: for one instruction, or until something stops it. */
  resume(how: 'step' | 'continue'): void;
  /** Stops it, if it runs. */
  interrupt(): void;
  /** Ends it. */
  kill(): void;
}
