import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as devices from '@kseg/devices';
import { type BlockStore, MemoryBlocks, OverlayBlocks } from '@kseg/devices';
import * as machine from '@kseg/machine';
import {
  type Board,
  boards,
  createMachine,
  decodeSnapshot,
  encodeSnapshot,
  type GaiaMachine,
  type Machine,
  type Pacing,
  type ReadyBoardOptions,
  Runner,
  type RunResult,
} from '@kseg/machine';
import { capture, FileBlocks, nodeClock, userNetwork } from '@kseg/machine/node';
import { unixFs, unixKernel } from '@kseg/unix';
import type { Command } from 'commander';
import { status, UsageError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import { Escapes, rawTerminal, terminalHelp } from '../terminal.ts';
import { count, type DiskArgument, disk, Script, seconds, size } from '../values.ts';
import { gaiaMachine } from './gaia.ts';

interface RunArguments {
  board: string;
  kernel?: string;
  initrd?: string;
  append?: string;
  disk: DiskArgument[];
  bios?: string;
  cdrom?: string;
  net?: string;
  capture?: string;
  ram?: number;
  cpu?: string;
  endian?: 'little' | 'big';
  timeout?: number;
  maxInstructions?: number;
  pacing?: Pacing;
  save?: string;
  load?: string;
  fast?: boolean;
  stats?: boolean;
}

/** `kseg run`: composes a board, boots a kernel on it and joins it to the terminal. */
export function runCommand(program: Command): Command {
  const script = new Script();
  return program
    .command('run')
    .description('boot a board; with no kernel, the Unix that comes with kseg')
    .option(
      '--board <name>',
      `${boards.map(({ name }) => name).join(', ')}, gaia3, or a module FILE.mjs whose default export is a board`,
      'r4k',
    )
    .option('--kernel <file>', 'ELF executable to boot; for gaia3, an image with its boot header')
    .option('--fast', 'load the image at once instead of over the serial line (gaia3)')
    .option('--initrd <file>', 'initial RAM disk')
    .option('--append <text>', 'kernel command line')
    .option('--bios <file>', 'firmware for the board’s flash (malta)')
    .option('--cdrom <file>', 'disc in the board’s CD-ROM drive (malta), as hdc')
    .option(
      '--disk <[hdX=]file[,write]>',
      'disk image; changes are dropped at the end unless ",write" (repeatable)',
      disk,
      [],
    )
    .option(
      '--net <how>',
      '"user": the guest reaches the network of this process, loopback as 10.0.2.2 included (default: a cable to nothing)',
    )
    .option('--capture <file>', 'write every frame on the cable to a pcap file')
    .option('--ram <size>', 'main memory, such as 256M (default: the board’s)', size)
    .option('--cpu <model>', 'CPU model (default: the board’s)')
    .option('--endian <order>', 'little or big (default: the board’s, or the kernel’s)')
    .option(
      '--expect <text>',
      'wait for this text in the output; the run ends when the last one has come (repeatable)',
      (text) => script.expect(text),
    )
    .option('--send <text>', 'send this once the text of the --expect before it has come (repeatable)', (text) =>
      script.send(text),
    )
    .option('--timeout <seconds>', 'end the run after so many seconds', seconds)
    .option('--max-instructions <n>', 'end the run after so many instructions', count)
    .option('--pacing <how>', 'realtime, locked or max (default: realtime; max with --expect)')
    .option('--save <file>', 'write a snapshot of the machine at the end')
    .option('--load <file>', 'start from a snapshot')
    .option('--stats', 'print one line of JSON about the run to standard error')
    .addHelpText(
      'after',
      `
Exit status: 0 when the guest powers off (gaia3: goes back to the boot ROM), the last --expect has come or the user quits; 3 at a limit, or when the guest can only wait
for ever; 2 on bad input; 1 on a fault of kseg's own.

Example:
  kseg run --expect '$ ' --send 'ls | wc\\n' --expect '$ '`,
    )
    .action(async (args: RunArguments) => {
      process.exitCode = await run(args, script);
    });
}

async function run(args: RunArguments, script: Script): Promise<number> {
  const kernel = args.kernel === undefined ? undefined : read(args.kernel);
  const interactive = process.stdin.isTTY === true && script.steps.length === 0;
  if (args.board === 'gaia3') {
    const machine = gaiaMachine(args, kernel);
    if (args.load !== undefined) machine.load(decodeSnapshot(read(args.load)));
    const session = new Session(machine, args, script, interactive);
    return conclude(session, await session.run(), args, interactive);
  }
  const { board, overlays, hub } = await compose(args, kernel, interactive);
  const machine = createMachine(board);
  if (args.load === undefined) boot(machine, args, kernel);
  else machine.load(decodeSnapshot(read(args.load)));

  const session = new Session(machine, args, script, interactive);
  const network = [
    ...(hub !== undefined && args.net === 'user' ? [userNetwork(machine, hub, { wake: () => session.wake() })] : []),
    ...(hub !== undefined && args.capture !== undefined ? [capture(hub, args.capture)] : []),
  ];
  const result = await session.run();
  for (const end of network) end.dispose();

  const dropped = args.save === undefined ? overlays.filter(({ overlay }) => overlay.written.size > 0) : [];
  const notes = dropped.map(
    ({ file }) =>
      `changes to disk ${file ?? '(built in)'} were discarded; ${file === undefined ? 'make an image with "kseg mkfs --unix FILE" and boot it' : 'to keep them, boot'} with --disk ${file ?? 'FILE'},write`,
  );
  return conclude(session, result, args, interactive, notes);
}

/** Saves and tells what the end of a run asks for; gives the exit status. */
function conclude(
  session: Session,
  result: RunResult,
  args: RunArguments,
  interactive: boolean,
  notes: readonly string[] = [],
): number {
  const { machine } = session;
  if (args.save !== undefined) writeFileSync(args.save, encodeSnapshot(machine.save()));
  if (interactive) tell(endings[result.kind]);
  for (const note of notes) tell(note);
  if (args.stats) process.stderr.write(`${JSON.stringify(session.stats(result))}\n`);
  return verdict(result, machine);
}

const endings: Record<RunResult['kind'], string> = {
  powerOff: 'the guest powered off',
  stopped: 'stopped',
  timeout: 'the time is up',
  maxInstructions: 'the instructions are used up',
  halted: 'the CPU halted',
  stuck: 'the guest can only wait for ever',
  breakpoint: 'a breakpoint was met',
  watchpoint: 'a watchpoint was met',
  problem: 'the guest relies on what the hardware does not check',
};

/** The exit status, with a line on standard error when a limit was met. */
function verdict(result: RunResult, machine: Machine | GaiaMachine): number {
  if (result.kind === 'powerOff' || result.kind === 'stopped') return status.ok;
  const awaited = machine.console?.awaited;
  tell(`${endings[result.kind]}${awaited === undefined ? '' : `; still waiting for ${JSON.stringify(awaited)}`}`);
  return status.limit;
}

/** One run joined to the host's terminal or pipes. */
class Session {
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

interface Overlay {
  /** The image's path; `undefined` for the built-in one. */
  readonly file: string | undefined;
  readonly overlay: OverlayBlocks;
}

/** The board asked for, with its disks. */
async function compose(
  args: RunArguments,
  kernel: Uint8Array | undefined,
  interactive: boolean,
): Promise<{ board: Board; overlays: Overlay[]; hub: devices.EthernetHub | undefined }> {
  const overlays: Overlay[] = [];
  const shield = (base: BlockStore, file?: string) => {
    const overlay = new OverlayBlocks(base);
    overlays.push({ file, overlay });
    return overlay;
  };
  const disks = Object.fromEntries(
    args.disk.map(({ drive, file, write }) => {
      const blocks = new FileBlocks(file, { write });
      return [drive, write ? blocks : shield(blocks, file)];
    }),
  );
  if (kernel === undefined && args.disk.length === 0)
    disks['hda'] = shield(new MemoryBlocks(unixFs({ endian: args.endian ?? 'little' })));
  const endian = args.endian ?? (kernel === undefined ? undefined : byteOrder(kernel));
  if (endian !== undefined && endian !== 'little' && endian !== 'big')
    throw new UsageError(`--endian ${endian}: give little or big`);
  if (args.net !== undefined && args.net !== 'user')
    throw new UsageError(`--net ${args.net}: give user, or leave it away`);
  const pacings: readonly string[] = ['realtime', 'locked', 'max'];
  if (args.pacing !== undefined && !pacings.includes(args.pacing))
    throw new UsageError(`--pacing ${args.pacing}: give ${pacings.join(', ')}`);
  const hub = args.net === undefined && args.capture === undefined ? undefined : new devices.EthernetHub();
  const options = {
    ...(args.ram === undefined ? {} : { ram: args.ram }),
    ...(args.cpu === undefined ? {} : { cpu: args.cpu as Board['cpu'] }),
    ...(endian === undefined ? {} : { endian }),
    ...disks,
    ...(hub === undefined ? {} : { hub }),
    ...(args.bios === undefined ? {} : { bios: read(args.bios) }),
    ...(args.cdrom === undefined ? {} : { cdrom: new FileBlocks(args.cdrom) }),
    // A session at a terminal shows the time of day; anything else starts at the same moment each time, so that runs repeat.
    ...(interactive ? { startTime: Math.floor(Date.now() / 1000) } : {}),
  };
  return { board: await findBoard(args.board, options), overlays, hub };
}

/** What a board file may export: the options of the command line, and the packages to build the board with. */
type BoardFactory = (
  options: ReadyBoardOptions,
  packages: { machine: typeof machine; devices: typeof devices },
) => Board;

/** A ready board by name, or the default export of a module: a board, or a function that gives one. */
export async function findBoard(name: string, options: ReadyBoardOptions = {}): Promise<Board> {
  const ready = boards.find((board) => board.name === name || board.aliases.includes(name));
  if (ready !== undefined) return ready.create(options);
  const names = ['gaia3', ...boards.flatMap((board) => [board.name, ...board.aliases])];
  if (!/\.(mjs|js|cjs|ts)$/.test(name))
    throw new UsageError(
      `there is no board "${name}"${suggest(name, names)}; "kseg boards" lists them, and a file name ending in .mjs loads your own`,
    );
  const path = resolve(name);
  read(path);
  const module = (await import(pathToFileURL(path).href).catch((error: Error) => {
    throw new UsageError(`${name} could not be loaded: ${error.message.split('\n')[0]}`);
  })) as { default?: Board | BoardFactory };
  // A board file often stands where no package of ours is installed: it gets them handed.
  const board = typeof module.default === 'function' ? module.default(options, { machine, devices }) : module.default;
  if (board === undefined || !Array.isArray(board.parts))
    throw new UsageError(`${name}: its default export is not a board; export what defineBoard() gives`);
  return board;
}

/** Puts the kernel in place; a board without a boot protocol starts at its ROM and needs none. */
function boot(machine: Machine, args: RunArguments, kernel: Uint8Array | undefined): void {
  const { board } = machine;
  if (kernel === undefined && board.boot === undefined) return;
  machine.boot({
    kernel: kernel ?? unixKernel({ disk: 'ata', endian: board.endian }),
    ...(args.initrd === undefined ? {} : { initrd: read(args.initrd) }),
    ...(args.append === undefined ? {} : { append: args.append }),
  });
}

/** EI_DATA of an ELF file; `undefined` for anything else, which the loader then refuses. */
const byteOrder = (kernel: Uint8Array): 'little' | 'big' | undefined =>
  kernel[5] === 1 ? 'little' : kernel[5] === 2 ? 'big' : undefined;

const read = (path: string): Uint8Array => readFileSync(path);
const tell = (text: string) => process.stderr.write(`kseg: ${text}\n`);
