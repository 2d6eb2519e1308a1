import { writeFileSync } from 'node:fs';
import { encodeSnapshot, type GaiaMachine, type Machine, Runner, type RunResult } from '@kseg/machine';
import { nodeClock } from '@kseg/machine/node';
import { tell } from './messages.ts';
import type { RunArguments } from './run-arguments.ts';
import { Escapes, rawTerminal, terminalHelp } from './terminal.ts';
import type { Script } from './values.ts';

/** One run joined to the host's terminal or pipes. */
export class Session {
  readonly #runner: Runner;
  readonly #started = performance.now();
  readonly #instructions: number;

  constructor(
    readonly machine: Machine | GaiaMachine,
    private readonly args: RunArguments,
    private readonly script: Script,
    private readonly interactive: boolean,
  ) {
    this.#instructions = machine.instructions;
    this.#runner = new Runner(machine, {
      clock: nodeClock,
      pacing: args.pacing ?? (script.steps.length > 0 ? 'max' : 'realtime'),
      ...(args.maxInstructions === undefined ? {} : { maxInstructions: args.maxInstructions }),
      ...(args.timeout === undefined ? {} : { timeout: args.timeout }),
      interactive: () => interactive || !process.stdin.readableEnded,
    });
  }

  /** Cuts a sleep short: something has come from outside. */
  wake(): void {
    this.#runner.wake();
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
    try {
      return await this.#runner.run();
    } finally {
      process.stdin.off('data', input);
      process.stdin.unref?.();
      process.stdin.pause();
      flush();
      terminal?.dispose();
      if (interactive) process.stdout.write('\n');
    }
  }

  /** One line of JSON for `--stats`. */
  stats(result: RunResult): object {
    const instructions = this.machine.instructions - this.#instructions;
    const { cpu } = this.machine;
    const elapsed = (performance.now() - this.#started) / 1000;
    return {
      end: result.kind,
      instructions,
      seconds: Number(elapsed.toFixed(3)),
      mips: Number((instructions / elapsed / 1e6).toFixed(1)),
      ticks: this.machine.now,
      ...('statistics' in cpu ? { exceptions: cpu.statistics.exceptions, tlbRefills: cpu.statistics.tlbRefills } : {}),
    };
  }

  #greet(): void {
    const { board } = this.machine;
    const ram = (this.machine.map.memoryAt(0)?.memory.size ?? 0) / 2 ** 20;
    tell(
      `board ${board.name}, CPU ${board.cpu} (${board.endian}-endian), ${ram} MB RAM. Ctrl-A x quits, Ctrl-A h help`,
    );
  }

  #input(): (bytes: Uint8Array) => void {
    const send = (bytes: Uint8Array) => {
      this.machine.console?.send(bytes);
      this.#runner.wake();
    };
    if (!this.interactive) return send;
    const escapes = new Escapes(send, (command) => {
      if (command === 'help') process.stderr.write(`\r\n${terminalHelp}\r\n`);
      else if (command === 'save') this.#save();
      else {
        this.machine.stop();
        this.#runner.wake();
      }
    });
    return (bytes) => escapes.feed(bytes);
  }

  #save(): void {
    const { save } = this.args;
    if (save === undefined) process.stderr.write('\r\nkseg: start with --save FILE to have a place for snapshots\r\n');
    else {
      writeFileSync(save, encodeSnapshot(this.machine.save()));
      process.stderr.write(`\r\nkseg: saved to ${save}\r\n`);
    }
  }
}
