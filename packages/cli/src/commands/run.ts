import { writeFileSync } from 'node:fs';
import { rehearse } from '@kseg/cpu';
import {
  type Board,
  boards,
  type Core,
  coreName,
  createMachine,
  decodeSnapshot,
  encodeSnapshot,
  type Machine,
  type RunResult,
} from '@kseg/machine';
import { capture, userNetwork } from '@kseg/machine/node';
import { type Command, Option } from 'commander';
import { compose } from '../compose.ts';
import { awaitDebugger, debuggable } from '../debugger.ts';
import { Display } from '../display.ts';
import { status, UsageError } from '../errors.ts';
import { blaming, checkWritable, read } from '../files.ts';
import { blamingBoard } from '../find-board.ts';
import { tell } from '../messages.ts';
import type { RunArguments } from '../run-arguments.ts';
import { Session } from '../session.ts';
import { suggest } from '../suggest.ts';
import { system } from '../systems.ts';
import { count, disk, gdbAddress, raw, Script, seconds, size, timerPeriod, timerPeriods } from '../values.ts';

/** `kseg run`: composes a board, boots a kernel on it and joins it to the terminal. */
export function runCommand(program: Command): Command {
  const script = new Script();
  return program
    .command('run')
    .description('boot a board; with no kernel, the Unix that comes with kseg')
    .option(
      '--board <name>',
      `${boards.map(({ name }) => name).join(', ')}, or a module FILE.mjs whose default export is a board`,
      'r4k',
    )
    .option('--kernel <file>', 'ELF executable to boot; for gaia3, an image with its boot header')
    .option('--fast', 'load the image at once instead of over the serial line (gaia3)')
    .addOption(
      new Option('--fpu <unit>', 'rtl: results of the silicon, bit for bit; ieee: of the C simulators (gaia3)').choices(
        ['rtl', 'ieee'],
      ),
    )
    .addOption(
      new Option(
        '--mmu <mode>',
        'hardware checks nothing; strict ends the run at what the C simulators refuse; vivt has the caches that keep old translations (gaia3)',
      ).choices(['hardware', 'strict', 'vivt']),
    )
    .addOption(
      new Option(
        '--decode <address>',
        'by which address registers are found; physical in the simulators (gaia3)',
      ).choices(['virtual', 'physical']),
    )
    .option(
      '--timer <ticks>',
      `instructions between timer interrupts: a number, or ${Object.keys(timerPeriods).join(', ')} (gaia3)`,
      timerPeriod,
    )
    .option('--initrd <file>', 'initial RAM disk')
    .option('--append <text>', 'kernel command line')
    .option(
      '--raw <file@address>',
      'bytes to put into memory at a physical address beside the kernel, such as a guest of it (repeatable)',
      raw,
      [],
    )
    .option('--bios <file>', 'firmware for the board’s flash (malta)')
    .option(
      '--flash <file>',
      'what the board’s flash chip holds, kept in this file; begun with the firmware if there is none yet (malta, r4k)',
    )
    .option('--cdrom <file>', 'disc in the board’s CD-ROM drive (malta), as hdc')
    .option(
      '--disk <[hdX=]file[,how]>',
      'disk image; changes are dropped at the end, with ",write" go into it, with ",overlay=CHANGES" into a file beside it, with ",ro" fail (repeatable)',
      disk,
      [],
    )
    .addOption(
      new Option(
        '--net <how>',
        'the guest reaches the network of this process, loopback as 10.0.2.2 included (default: a cable to nothing)',
      ).choices(['user']),
    )
    .option('--capture <file>', 'write every frame on the cable to a pcap file')
    .option('--ram <size>', `main memory (default: ${defaults(ramOf)})`, size)
    .option('--cpu <model>', `CPU model (default: ${defaults((board) => coreName(board))})`)
    .addOption(
      new Option(
        '--endian <order>',
        `byte order (default: the kernel’s, or ${defaults(({ endian }) => endian)})`,
      ).choices(['little', 'big']),
    )
    .option(
      '--expect <text>',
      'wait for this text in the output; the run ends when the last one has come (repeatable)',
      (text) => script.expect(text),
    )
    .option(
      '--send <text>',
      'send this once the text of the --expect before it has come; after the last --expect the run goes on (repeatable)',
      (text) => script.send(text),
    )
    .option('--timeout <seconds>', 'end the run after so many seconds', seconds)
    .option('--max-instructions <n>', 'end the run after so many instructions', count)
    .addOption(
      new Option(
        '--pacing <how>',
        'virtual time against the wall clock (default: realtime; max with --expect)',
      ).choices(['realtime', 'locked', 'max']),
    )
    .addOption(
      new Option(
        '--engine <name>',
        'what executes instructions; the machine is the same, bit for bit (default: auto, the translator where there can be one)',
      ).choices(['auto', 'translator', 'interpreter']),
    )
    .option('--save <file>', 'write a snapshot of the machine at the end')
    .option('--load <file>', 'start from a snapshot, which brings its kernel along')
    .option(
      '--gdb <[host:]port>',
      'wait for GDB on this port before the first instruction; 0 for any free one, and for this host alone unless one is named',
      gdbAddress,
    )
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
      process.exitCode = await blamingBoard(args.board, () => run(args, script));
    });
}

/** What the ready boards have where nothing is asked for, as `a; b on BOARD`. */
function defaults(of: (board: Board<Core>) => string): string {
  const [first, ...others] = boards.map(({ name, create }) => ({ name, value: of(create()) }));
  const different = others.filter(({ value }) => value !== first!.value);
  return [first!.value, ...different.map(({ name, value }) => `${value} on ${name}`)].join('; ');
}

const ramOf = ({ parts }: Board<Core>): string => {
  const main = parts.find((part) => part.part === 'ram' && part.base === 0);
  return main === undefined || !('size' in main) ? 'none' : `${main.size / 2 ** 20}M`;
};

async function run(args: RunArguments, script: Script): Promise<number> {
  if (args.load !== undefined) {
    const beside = (['kernel', 'initrd', 'append'] as const).find((option) => args[option] !== undefined);
    if (beside !== undefined) throw new UsageError(`--load brings its kernel along: leave --${beside} away`);
    if (args.raw.length > 0) throw new UsageError('--load brings its memory along: leave --raw away');
  }
  if (args.save !== undefined) checkWritable(args.save);
  const kernel = args.kernel === undefined ? undefined : read(args.kernel);
  const interactive = process.stdin.isTTY === true && script.steps.length === 0;
  const display = new Display(args.board, interactive);
  const { board, overlays, hub, locks } = await compose(args, kernel, interactive, display.show);
  const machine = assembled(board, args);
  // Worth it for a kernel that runs for seconds; what comes with the command is sooner at its prompt without.
  if (kernel !== undefined && board.core === undefined && machine.engine === 'interpreter') rehearse();
  if (args.engine !== undefined && machine.engineNotice !== undefined)
    tell(`the interpreter serves: ${machine.engineNotice}`);
  if (args.load === undefined) {
    boot(machine, args, kernel);
    for (const { file, address } of args.raw) blaming(file, () => machine.write(address, read(file)));
  } else {
    const file = args.load;
    blaming(file, () => machine.load(decodeSnapshot(read(file))));
  }
  if (script.steps.length > 0 && machine.console === undefined)
    throw new UsageError(`board "${board.name}" has no serial line for --expect and --send`);

  const target = args.gdb === undefined ? undefined : debuggable(machine);
  const session = new Session(machine, args, script, interactive, display, target);
  const outside = [
    ...(hub !== undefined && args.net === 'user' ? [userNetwork(machine, hub, { wake: () => session.wake() })] : []),
    ...(hub !== undefined && args.capture !== undefined ? [capture(hub, args.capture)] : []),
  ];
  const gdb = target && (await awaitDebugger(target, args.gdb!, () => session.wake()));
  const result = await session.run();
  gdb?.close();
  for (const end of [...outside, locks]) end.dispose();

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
  for (const note of notes) tell(note);
  const awaited = machine.console?.awaited;
  const limited = result.kind !== 'powerOff' && result.kind !== 'stopped';
  if (interactive || limited)
    tell(
      `${endingOf(result)}${limited && awaited !== undefined ? `; still waiting for ${JSON.stringify(awaited)}` : ''}`,
    );
  // Last, so that `tail -1` finds it.
  if (args.stats) process.stderr.write(`${JSON.stringify(session.stats(result))}\n`);
  // Everything is said and saved: now the signal may do what it does.
  if (session.signal !== undefined) process.kill(process.pid, session.signal);
  return limited ? status.limit : status.ok;
}

function endingOf(result: RunResult): string {
  const details =
    result.kind === 'problem'
      ? `: ${result.problems.join(', ')} at 0x${result.address.toString(16).padStart(8, '0')}`
      : '';
  return endings[result.kind] + details;
}

const endings: Record<RunResult['kind'], string> = {
  powerOff: 'the guest powered off',
  stopped: 'stopped',
  timeout: 'the time is up',
  maxInstructions: 'the instructions are used up',
  stuck: 'the guest can only wait for ever',
  breakpoint: 'a breakpoint was met',
  watchpoint: 'a watchpoint was met',
  problem: 'the guest relies on what the hardware does not check',
};

/** The board's machine; a CPU model that nearly exists is answered with the one that does. */
function assembled(board: Board<Core>, { engine }: RunArguments): Machine<Core> {
  try {
    return createMachine(board, { engine });
  } catch (error) {
    const { data } = error as { data?: { model?: string; models?: readonly string[] } };
    if (error instanceof Error && data?.models !== undefined)
      throw new UsageError(error.message + suggest(coreName(board), data.models), { cause: error });
    throw error;
  }
}

/** Puts the kernel in place; a board without a boot protocol starts at its ROM and needs none. */
function boot(machine: Machine<Core>, args: RunArguments, kernel: Uint8Array | undefined): void {
  const { board } = machine;
  if (kernel === undefined && board.boot === undefined) return;
  const images = {
    kernel: kernel ?? system(board),
    initrd: args.initrd === undefined ? undefined : read(args.initrd),
    append: args.append,
  };
  if (args.kernel === undefined) machine.boot(images);
  else blaming(args.kernel, () => machine.boot(images));
}
