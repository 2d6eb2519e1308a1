// Debian's gdb-multiarch against machines of ours.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asm } from '@kseg/asm';
import { Runner } from '@kseg/machine';
import { nodeClock } from '@kseg/machine/node';
import { afterAll, describe, expect, it } from 'vitest';
import { gdb, noGdb } from '../test/gdb.ts';
import { hex, machineWith, ORIGIN, summing } from '../test/rig.ts';
import { machineTarget } from './machine-target.ts';
import { serveGdb } from './node.ts';

if (noGdb !== undefined) console.warn(`gdb-multiarch against kseg: ${noGdb}`);

const folder = mkdtempSync(join(tmpdir(), 'kseg-gdb-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What gdb says to each command, in a session with a machine that stands at the program's start, and how its run ended. */
async function session(
  commands: (symbols: Readonly<Record<string, number>>) => readonly string[],
  {
    program = summing,
    maxInstructions = 10_000_000,
    ...options
  }: Parameters<typeof machineWith>[1] & { program?: typeof summing; maxInstructions?: number } = {},
) {
  const { machine, symbols } = machineWith(program, options);
  const { endian } = machine.board;
  const object = join(folder, `${machine.cpu.model.name}-${endian}.o`);
  writeFileSync(object, program.object({ endian }).object!);
  const target = machineTarget(machine);
  const server = await serveGdb(target, { port: 0, wake: () => runner.wake() });
  const runner = new Runner(target, { clock: nodeClock, pacing: 'max', maxInstructions });
  const end = runner.run();
  // GDB's MIPS addresses are 64 bits wide, extended by their sign.
  const where = `-s .text 0xffffffff${hex(ORIGIN)}`;
  const answers = await gdb([
    `set endian ${endian}`,
    `target remote ${server.host}:${server.port}`,
    `add-symbol-file ${object} ${where}`,
    ...commands(symbols),
  ]);
  const result = await end;
  server.close();
  return { machine, symbols, said: answers.slice(3), result };
}

describe.skipIf(noGdb !== undefined).each(['little', 'big'] as const)('gdb-multiarch, %s-endian', (endian) => {
  it('breaks at symbols, steps over branches with their slots, watches, reads and writes', async () => {
    const steps: [command: string, says: RegExp | undefined][] = [
      ['show architecture', /currently "mips:isa32r2"/],
      ['break loop', /Breakpoint 1 at 0x80001010/],
      ['continue', /Breakpoint 1, 0x80001010 in start \(\)/],
      [
        'x/4i $pc',
        /=> 0x80001010 <start\+16>:\s+addiu\ta0,a0,1\n.*<start\+20>:\s+lw\tt1,0\(s1\)\n.*addu.*\n.*sw\tt1,0\(s1\)/,
      ],
      ['info registers', /R16\s+00000005 80001030 (?:.|\n)*80001010 /],
      ['print $sp', /\$1 = .*0x0/],
      ['delete 1', undefined],
      ['watch *(int*)&counter', /Hardware watchpoint 2/],
      ['continue', /Hardware watchpoint 2(?:.|\n)*Old value = 100\nNew value = 101\n(?:.|\n)*0x80001020 in start/],
      ['continue', /Old value = 101\nNew value = 103/],
      ['delete 2', undefined],
      ['rwatch *(int*)&counter', /read watchpoint 3/],
      ['continue', /read watchpoint 3(?:.|\n)*Value = 103/],
      ['delete 3', undefined],
      ['break *branch', /Breakpoint 4/],
      ['continue', /Breakpoint 4, 0x80001020 in start/],
      // The branch and its slot in one.
      ['stepi', /0x80001010 in start/],
      ['print $v0', /= 6/],
      ['stepi', /0x80001014 in start/],
      ['delete 4', undefined],
      ['set $v0 = 0x12345678', undefined],
      ['set $f12 = 1.5', undefined],
      ['print $f12', /= 1.5/],
      ['set $status = 0x20000000', undefined],
      ['print/x $epc', /= 0x0/],
      ['set *(int*)&counter = 1000', undefined],
      ['x/wx &counter', /<counter>:\s+0x000003e8/],
      ['x/wx 0x1000', /Cannot access memory/],
      ['set var *(short*)(0x80004002) = 0x1234', undefined],
      ['info threads', /1\s+Thread 1 \(24Kf\)\s+0x80001014/],
      ['monitor time', /\d+ instructions, \d+ ticks of 100000000 a second/],
      ['monitor nonsense', /monitor commands:\n {2}reset/],
      ['reverse-stepi', /does not support/],
      ['hbreak done', /Hardware assisted breakpoint 5/],
      ['continue', /Breakpoint 5, 0x80001028 in start/],
      ['print $a0', /= 5/],
      ['p/x *(unsigned short*)0x80004002', /= 0x1234/],
      ['detach', /detached/],
    ];
    const { said, machine, symbols, result } = await session(() => steps.map(([command]) => command), { endian });
    for (const [i, [command, says]] of steps.entries())
      if (says !== undefined) expect(`${command}\n${said[i]}`).toMatch(says);
    // It ran on, without breakpoints, to its limit.
    expect(result).toEqual({ kind: 'maxInstructions' });
    const counter = [...machine.read(symbols['counter']! & 0x1fff_ffff, 4)];
    expect(endian === 'big' ? counter : counter.reverse()).toEqual([0, 0, 3, 0xf1]);
    expect([machine.cpu.fpr(12), machine.cpu.gpr(2)]).toEqual([0x3fc0_0000, 0x1234_5678 + 4]);
  });

  it('calls a function, interrupts a loop and kills', async () => {
    const program = asm`
        .set noreorder
        .globl start, twice, spin
        .ent start
start:  la    $sp, 0x80008000
spin:   b     spin
        addiu $a1, $a1, 1
        .end start
        .ent twice
twice: jr    $ra
        addu  $v0, $a0, $a0
        .end twice
        .align 4
`;
    const { said, result } = await session(
      () => [
        'break *spin',
        'continue',
        'print ((int(*)(int))twice)(21)',
        'delete',
        // gdb interrupts itself after a moment.
        'python import threading, os, signal; threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()',
        'continue',
        // It has counted, perhaps beyond 31 bits.
        'print $a1 != 0',
        'kill',
      ],
      { endian, program, maxInstructions: Number.POSITIVE_INFINITY },
    );
    expect(said[2]).toMatch(/= 42/);
    expect(said[5]).toMatch(/received signal SIGINT/);
    expect(said[6]).toMatch(/= 1/);
    expect(said[7]).toMatch(/killed/);
    expect(result).toEqual({ kind: 'stopped' });
  });

  it('knows an R3000A by what it says of itself', async () => {
    const { said } = await session(
      () => ['show architecture', 'break loop', 'continue', 'print/x $f4', 'info registers', 'detach'],
      { endian, cpu: 'R3000A' },
    );
    expect(said[0]).toMatch(/currently "mips:3000"/);
    expect(said[2]).toMatch(/Breakpoint 1, 0x80001010 in start/);
    expect(said[3]).toMatch(/= 0x0/);
    expect(said[4]).toMatch(/epc\s+index\s+entrylo0\s+context\s+entryhi/);
  });
});
