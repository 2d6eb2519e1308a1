import { writeFileSync } from 'node:fs';
import {
  boards,
  createMachine,
  decodeSnapshot,
  encodeSnapshot,
  type GaiaMachine,
  type Machine,
  type RunResult,
} from '@kseg/machine';
import { capture, userNetwork } from '@kseg/machine/node';
import { unixKernel } from '@kseg/unix';
import type { Command } from 'commander';
import { compose } from '../compose.ts';
import { status, UsageError } from '../errors.ts';
import { read } from '../files.ts';
import { tell } from '../messages.ts';
import type { RunArguments } from '../run-arguments.ts';
import { Session } from '../session.ts';
import { count, disk, Script, seconds, size } from '../values.ts';
import { gaiaMachine } from './gaia.ts';

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
  // Before a snapshot too: a guest that resets then starts as it would have.
  boot(machine, args, kernel);
  if (args.load !== undefined) machine.load(decodeSnapshot(read(args.load)));

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

/** Boards that the Unix which comes with kseg was not written for. */
const NEED_A_SYSTEM = ['malta', 'aor3000'];

/** Puts the kernel in place; a board without a boot protocol starts at its ROM and needs none. */
function boot(machine: Machine, args: RunArguments, kernel: Uint8Array | undefined): void {
  const { board } = machine;
  if (kernel === undefined && board.boot === undefined) return;
  if (kernel === undefined && NEED_A_SYSTEM.includes(args.board)) {
    if (args.load !== undefined) return;
    throw new UsageError(
      `no system comes with kseg for board "${args.board}": give it one with --kernel ELF${args.board === 'malta' ? ' or --bios FILE' : ''}`,
    );
  }
  machine.boot({
    kernel: kernel ?? unixKernel({ disk: 'ata', endian: board.endian }),
    ...(args.initrd === undefined ? {} : { initrd: read(args.initrd) }),
    ...(args.append === undefined ? {} : { append: args.append }),
  });
}
