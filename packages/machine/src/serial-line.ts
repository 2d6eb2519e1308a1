import { type Disposable, Listeners, type Scheduler, type State } from '@kseg/bus';
import type { ScriptStep, SerialConsole, SerialPort } from './serial.ts';

const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;

/** Bytes fed before the queue is moved up. */
const COMPACT = 1 << 16;

/** A serial line between the host's end and the UART that is attached to it. */
export class SerialLine implements SerialConsole {
  readonly #listeners = new Listeners<[byte: number]>();
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
    for (const listener of this.#listeners.all) listener(byte);
    if (this.#pattern.length === 0) return;
    while (this.#matched > 0 && this.#pattern[this.#matched] !== byte)
      this.#matched = this.#prefixes[this.#matched - 1]!;
    if (this.#pattern[this.#matched] === byte) this.#matched++;
    if (this.#matched === this.#pattern.length) this.#met();
  };

  onOutput(listener: (byte: number) => void): Disposable {
    return this.#listeners.add(listener);
  }

  send(input: string | Uint8Array): void {
    for (const byte of encode(input)) this.#queue.push(byte);
    this.scheduler.at(this.scheduler.now, 'input');
  }

  script(steps: readonly ScriptStep[], finished: () => void = () => {}): void {
    this.#script = steps;
    this.#step = -1;
    this.#finished = finished;
    this.#next();
  }

  get awaited(): string | undefined {
    const step = this.#script[this.#step];
    return step === undefined ? undefined : new TextDecoder().decode(encode(step.expect));
  }

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
