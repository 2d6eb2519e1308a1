import type { Disposable } from '@kseg/bus';

/** One step of a script: wait for something in the output, then send something. Texts are UTF-8; bytes are taken as they are. */
export interface ScriptStep {
  /** What to wait for; empty for nothing. */
  readonly expect: string | Uint8Array;
  /** What to send once it has appeared. */
  readonly send?: string | Uint8Array;
}

/**
 * The host's end of a serial line. Input waits here and is fed no faster than the receiver has room, so none is lost; it enters at the
 * tick at which it was sent, or, from a script, at the tick of the text it waited for. The same script gives the same machine.
 */
export interface SerialConsole {
  /** The device at the other end. */
  readonly name: string;
  /** The text the script waits for; `undefined` when it is over. */
  readonly awaited: string | undefined;
  /** Bytes that were sent and have not reached the receiver yet. */
  readonly pending: number;
  /** Calls back with every byte the guest sends. */
  onOutput(listener: (byte: number) => void): Disposable;
  /** Queues input, as UTF-8 when it is text; the guest sees its first byte at the next instruction. */
  send(input: string | Uint8Array): void;
  /**
   * Runs a script from its first step; `finished` is called when what its last step waits for has come, unless that step sends something:
   * then there is more to see. A new script replaces an old one.
   */
  script(steps: readonly ScriptStep[], finished?: () => void): void;
}

/** The near end: what a device must have for a {@link SerialConsole} to sit at the far end of its line. */
export interface SerialPort {
  /** How many bytes the receiver can take now without loss. */
  readonly room: number;
  /** Takes bytes that arrive at the present tick, at most `room`. */
  receive(bytes: Uint8Array): void;
  /** Calls back when the receiver has room again. */
  onDrain(listener: () => void): { dispose(): void };
}
