import type { Scheduler, State } from '@kseg/bus';
import type { SerialPort } from './serial.ts';

/** One step of a script: wait for something in the output, then send something. Texts are UTF-8; bytes are taken as they are. */
export interface ScriptStep {
  /** What to wait for; empty for nothing. */
  readonly expect: string | Uint8Array;
  /** What to send once it has appeared. */
  readonly send?: string | Uint8Array;
}

const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;

/** Bytes fed before the queue is moved up. */
const COMPACT = 1 << 16;

/**
 * The host's end of a serial line. Input waits here and is fed no faster than the receiver has room, so none is lost; it enters at the
 * tick at which it was sent, or, from a script, at the tick of the text it waited for. The same script gives the same machine.
 */
export class Console {
  readonly #listeners: ((byte: number) => void)[] = [];
  /** Bytes to feed, from `#fed` on: a whole kernel may wait here, so bytes are not moved up one by one. */
  #queue: number[] = [];
  #fed = 0;
  #script: readonly ScriptStep[] = [];
  #step = 0;
  /** How many characters of the awaited text have just been seen (a prefix length, as in Knuth-Morris-Pratt). */
  #matched = 0;
  #prefixes: readonly number[] = [];
  #pattern: readonly number[] = [];
  #finished = () => {};

  #port: SerialPort | undefined;

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
  ) {
    scheduler.handle(() => this.#pump());
  }

  /** Where input goes. Called once, when the device at the near end exists. */
  attach(port: SerialPort): void {
    this.#port = port;
    port.onDrain(() => this.#pump());
  }

  /** A byte the guest sent. */
  readonly sink = (byte: number): void => {
    for (const listener of this.#listeners) listener(byte);
    if (this.#pattern.length === 0) return;
    while (this.#matched > 0 && this.#pattern[this.#matched] !== byte)
      this.#matched = this.#prefixes[this.#matched - 1]!;
    if (this.#pattern[this.#matched] === byte) this.#matched++;
    if (this.#matched === this.#pattern.length) this.#met();
  };

  /** Calls back with every byte the guest sends. */
  onOutput(listener: (byte: number) => void): { dispose(): void } {
    this.#listeners.push(listener);
    return {
      dispose: () => {
        const index = this.#listeners.indexOf(listener);
        if (index >= 0) this.#listeners.splice(index, 1);
      },
    };
  }

  /** Queues input, as UTF-8 when it is text; the guest sees its first byte at the next instruction. */
  send(input: string | Uint8Array): void {
    for (const byte of encode(input)) this.#queue.push(byte);
    this.scheduler.at(this.scheduler.now, 'input');
  }

  /**
   * Runs a script from its first step; `finished` is called when what its last step waits for has come, unless that step sends something:
   * then there is more to see. A new script replaces an old one.
   */
  script(steps: readonly ScriptStep[], finished: () => void = () => {}): void {
    this.#script = steps;
    this.#step = -1;
    this.#finished = finished;
    this.#next();
  }

  /** The text the script waits for; `undefined` when it is over. */
  get awaited(): string | undefined {
    const step = this.#script[this.#step];
    return step === undefined ? undefined : new TextDecoder().decode(encode(step.expect));
  }

  /** Bytes that were sent and have not reached the receiver yet. */
  get pending(): number {
    return this.#queue.length - this.#fed;
  }

  save(): State {
    return { queue: this.#queue.slice(this.#fed) };
  }

  load(state: State): void {
    this.#queue = [...(state as { queue: readonly number[] }).queue];
    this.#fed = 0;
  }

  /** The awaited text is there: send its answer and wait for the next. */
  #met(): void {
    const { send } = this.#script[this.#step]!;
    if (send !== undefined) this.send(send);
    this.#next();
  }

  #next(): void {
    this.#step++;
    const step = this.#script[this.#step];
    this.#matched = 0;
    this.#pattern = step === undefined ? [] : [...encode(step.expect)];
    this.#prefixes = prefixLengths(this.#pattern);
    if (step === undefined) {
      const last = this.#script.at(-1);
      if (last !== undefined && last.send === undefined) this.#finished();
    } else if (this.#pattern.length === 0) this.#met();
  }

  #pump(): void {
    const room = Math.min(this.#port?.room ?? 0, this.#queue.length - this.#fed);
    if (room <= 0) return;
    const bytes = Uint8Array.from(this.#queue.slice(this.#fed, this.#fed + room));
    this.#fed += room;
    if (this.#fed === this.#queue.length || this.#fed >= COMPACT) {
      this.#queue = this.#queue.slice(this.#fed);
      this.#fed = 0;
    }
    this.#port?.receive(bytes);
  }
}

/** For each prefix of the pattern, the length of the longest proper prefix that is also its end. */
function prefixLengths(pattern: readonly number[]): number[] {
  const lengths: number[] = [];
  for (let i = 0; i < pattern.length; i++) {
    let k = i === 0 ? 0 : lengths[i - 1]!;
    while (k > 0 && pattern[k] !== pattern[i]) k = lengths[k - 1]!;
    lengths.push(i > 0 && pattern[k] === pattern[i] ? k + 1 : 0);
  }
  return lengths;
}
