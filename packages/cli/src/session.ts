import { writeFileSync } from 'node:fs';
import {
  type Core,
  coreName,
  encodeSnapshot,
  type Machine,
  type Runnable,
  Runner,
  type RunResult,
} from '@kseg/machine';
import { nodeClock } from '@kseg/machine/node';
import type { Display } from './display.ts';
import { explain } from './errors.ts';
import { tell } from './messages.ts';
import type { RunArguments } from './run-arguments.ts';
import { Escapes, rawTerminal, terminalHelp } from './terminal.ts';
import type { Script } from './values.ts';

/** Bytes waiting for the guest above which standard input is left alone. */
const ENOUGH_INPUT = 1 << 16;
/** Milliseconds between two looks at whether the guest has taken enough of them. */
const LOOK_AGAIN = 5;
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** One run joined to the host's terminal or pipes. */
export class Session {
  readonly #runner: Runner;
  readonly #started = performance.now();
  readonly #instructions: number;
  #signal: NodeJS.Signals | undefined;

  constructor(
    readonly machine: Machine<Core>,
    private readonly args: RunArguments,
    private readonly script: Script,
    private readonly interactive: boolean,
    private readonly display: Display,
    /** What is run: the machine, or what stands between it and a debugger. */
    runnable: Runnable = machine,
  ) {
    this.#instructions = machine.instructions;
    this.#runner = new Runner(runnable, {
      clock: nodeClock,
      pacing: args.pacing ?? (script.steps.length > 0 ? 'max' : 'realtime'),
      maxInstructions: args.maxInstructions,
      timeout: args.timeout,
      // With a script, the script is the input: nobody types.
      interactive: () => script.steps.length === 0 && !process.stdin.readableEnded && !process.stdin.destroyed,
    });
  }

  /** Cuts a sleep short: something has come from outside. */
  wake(): void {
    this.#runner.wake();
  }

  /** The signal that ended the run, if one did. */
  get signal(): NodeJS.Signals | undefined {
    return this.#signal;
  }

  async run(): Promise<RunResult> {
    const { machine, script, interactive } = this;
    const { console } = machine;
    const output: number[] = [];
    const flush = () => {
      if (output.length > 0) process.stdout.write(Uint8Array.from(output.splice(0)));
    };
    console?.onOutput((byte) => {
      if (output.length === 0) setImmediate(flush);
      output.push(byte);
    });
    if (script.steps.length > 0) console?.script(script.steps, () => machine.stop());
    const terminal = interactive ? rawTerminal(process.stdin) : undefined;
    if (interactive) this.#greet();
    const input = this.#input();
    process.stdin.on('data', input);
    process.stdin.on('error', this.#inputLost);
    // A signal ends the run as quitting does: snapshots are saved and notes are told first.
    const onSignal = (signal: NodeJS.Signals) => {
      this.#signal = signal;
      this.#quit();
    };
    for (const signal of SIGNALS) process.once(signal, onSignal);
    try {
      return await this.#runner.run();
    } finally {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      process.stdin.off('data', input);
      process.stdin.unref?.();
      process.stdin.pause();
      flush();
      terminal?.dispose();
      if (interactive && this.#signal === undefined) process.stdout.write('\n');
    }
  }

  /** One line of JSON for `--stats`. */
  stats(result: RunResult): object {
    const instructions = this.machine.instructions - this.#instructions;
    const { statistics } = this.machine.cpu as Partial<Pick<Machine['cpu'], 'statistics'>>;
    const elapsed = (performance.now() - this.#started) / 1000;
    return {
      end: result.kind,
      instructions,
      seconds: Number(elapsed.toFixed(3)),
      mips: Number((instructions / elapsed / 1e6).toFixed(1)),
      ticks: this.machine.now,
      engine: this.machine.engine,
      ...(this.machine.translation === undefined ? {} : { translation: this.machine.translation }),
      ...(this.display.text === undefined ? {} : { display: this.display.text }),
      ...(statistics === undefined ? {} : { exceptions: statistics.exceptions, tlbRefills: statistics.tlbRefills }),
    };
  }

  #greet(): void {
    const { board } = this.machine;
    const ram = (this.machine.map.memoryAt(0)?.memory.size ?? 0) / 2 ** 20;
    tell(
      `board ${board.name}, CPU ${coreName(board)} (${board.endian}-endian), ${ram} MB RAM. Ctrl-A x quits, Ctrl-A h help`,
    );
  }

  #input(): (bytes: Uint8Array) => void {
    const send = (bytes: Uint8Array) => {
      this.machine.console?.send(bytes);
      this.#runner.wake();
      if (!this.interactive) this.#holdBack();
    };
    if (!this.interactive) return send;
    const escapes = new Escapes(send, (command) => {
      if (command === 'help') process.stderr.write(`\r\n${terminalHelp}\r\n`);
      else if (command === 'save') this.#save();
      else this.#quit();
    });
    return (bytes) => escapes.feed(bytes);
  }

  /** Leaves the rest of a big file or an endless pipe where it is until the guest has taken what it has. Typed keys, Ctrl-A x among them, are always read. */
  #holdBack(): void {
    const full = () => (this.machine.console?.pending ?? 0) > ENOUGH_INPUT;
    if (!full()) return;
    process.stdin.pause();
    const timer = setInterval(() => {
      if (full()) return;
      clearInterval(timer);
      process.stdin.resume();
    }, LOOK_AGAIN).unref();
  }

  /** The terminal has gone away, or standard input is nothing that can be read. */
  readonly #inputLost = (error: Error): void => {
    tell(explain(Object.assign(error, { path: 'standard input' })).text);
    if (this.interactive) this.#quit();
  };

  #quit(): void {
    this.machine.stop();
    this.#runner.wake();
  }

  #save(): void {
    const { save } = this.args;
    if (save === undefined) process.stderr.write('\r\nkseg: start with --save FILE to have a place for snapshots\r\n');
    else process.stderr.write(`\r\nkseg: ${this.#saved(save)}\r\n`);
  }

  /** Saves in the middle of a run, which goes on whatever happens. */
  #saved(file: string): string {
    try {
      writeFileSync(file, encodeSnapshot(this.machine.save()));
      return `saved to ${file}`;
    } catch (error) {
      return explain(error).text;
    }
  }
}
