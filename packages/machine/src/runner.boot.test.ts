import { asm } from '@kseg/asm';
import { Uart16550 } from '@kseg/devices';
import { describe, expect, it } from 'vitest';
import { defineBoard, device, rom } from './board.ts';
import { createMachine } from './machine.ts';
import { type HostClock, type Pacing, Runner, type RunOptions } from './runner.ts';

/** A guest that prints a dot every 10 ms of Count, for ever, and waits in between; a received byte is echoed by the next tick. */
const ticker = asm`
        .equ    PERIOD, 500000          # Count runs at 50 MHz
        .set    noreorder
        lui     $s0, 0xb000
        li      $t0, 0x10008000         # CU0, IM7; ERL and BEV clear: interrupts stay masked, WAIT still wakes
        mtc0    $t0, $12
        mfc0    $t1, $9
again:  li      $t2, PERIOD
        addu    $t1, $t1, $t2
        mtc0    $t1, $11
        ehb
sleep:  wait
        mfc0    $t3, $13
        srl     $t3, $t3, 30            # Cause.TI
        andi    $t3, $t3, 1
        beqz    $t3, sleep
        nop
        li      $t4, '.'
        sb      $t4, 0($s0)
        lbu     $t4, 5($s0)
        andi    $t4, $t4, 1
        beqz    $t4, again
        nop
        lbu     $t4, 0($s0)
        sb      $t4, 0($s0)
        b       again
        nop
`;

const board = (program = ticker) =>
  defineBoard({
    name: 'ticker',
    cpu: '24Kc',
    endian: 'little',
    clock: 100_000_000,
    parts: [
      rom('boot', 0x1fc0_0000, 0x1000, program.flat({ origin: 0xbfc0_0000, endian: 'little' }).bytes),
      device('uart', { base: 0x1000_0000, size: 8, width: 1 }, (kit) =>
        kit.serial((sink) => new Uart16550({ scheduler: kit.scheduler, sink })),
      ),
    ],
  });

/** A host whose time passes only in sleeps, each `late` milliseconds longer than asked for. */
function host(late = 0) {
  let now = 1000;
  const sleeps: number[] = [];
  let onSleep: (() => number | undefined) | undefined;
  const clock: HostClock = {
    now: () => now,
    sleep(ms) {
      sleeps.push(ms);
      now += onSleep?.() ?? ms + late;
      return { done: Promise.resolve(), wake() {} };
    },
    yield: async () => {},
  };
  return {
    clock,
    sleeps,
    /** Says how long each sleep really lasts; undefined for as asked. */
    interrupt: (how: () => number | undefined) => {
      onSleep = how;
    },
  };
}

function start(clock: HostClock, options: Partial<RunOptions> = {}, program = ticker) {
  const machine = createMachine(board(program));
  let output = '';
  machine.console!.onOutput((byte) => {
    output += String.fromCharCode(byte);
  });
  return { machine, runner: new Runner(machine, { clock, pacing: 'realtime', ...options }), output: () => output };
}

describe('the runner', () => {
  it.each<Pacing>(['realtime', 'locked'])(
    'lets idle time last as long as the board’s clock says: %s',
    async (pacing) => {
      const { clock, sleeps } = host();
      const { runner, output } = start(clock, { pacing, timeout: 1 });
      expect(await runner.run()).toEqual({ kind: 'timeout' });
      expect(output().length).toBeGreaterThanOrEqual(99);
      expect(output().length).toBeLessThanOrEqual(101);
      expect(Math.max(...sleeps)).toBeLessThanOrEqual(10.01);
    },
  );

  it('makes up for sleeps that last too long, so that the guest’s clock does not drift', async () => {
    const { clock } = host(3);
    const { runner, output } = start(clock, { timeout: 1 });
    await runner.run();
    expect(output().length).toBeGreaterThanOrEqual(97);
  });

  it('skips idle time with pacing max, and stops at exactly the instructions it was given', async () => {
    const { clock, sleeps } = host();
    const { runner, machine, output } = start(clock, { pacing: 'max', maxInstructions: 5000 });
    expect(await runner.run()).toEqual({ kind: 'maxInstructions' });
    expect(machine.instructions).toBe(5000);
    expect(sleeps).toEqual([]);
    expect(output().length).toBeGreaterThan(200);
  });

  it('lets only the time pass that it slept when input cuts a sleep short', async () => {
    const { clock, sleeps, interrupt } = host();
    const { runner, machine, output } = start(clock, { timeout: 0.1 });
    interrupt(() => {
      if (sleeps.length !== 3) return undefined;
      machine.console!.send('x');
      return 4;
    });
    await runner.run();
    expect(sleeps[3]).toBeCloseTo(6, 1);
    expect(output()).toMatch(/^\.\.\.x\.+$/);
  });

  it.each<Pacing>(['realtime', 'max'])(
    'gives up a guest that waits with every interrupt masked while a timer ticks on: %s',
    async (pacing) => {
      const masked = asm`
        .set    noreorder
        mtc0    $zero, $12              # every line masked
        li      $t0, 1000
        mtc0    $t0, $11
1:      wait
        b       1b
        nop`;
      expect(await start(host().clock, { pacing, timeout: 5 }, masked).runner.run()).toEqual({ kind: 'stuck' });
    },
  );

  it('gives up a guest whose exception handler faults on itself', async () => {
    const lost = asm`
        .set    noreorder
        li      $t0, 0x80000180
        jr      $t0                     # where there is no memory: a bus error, whose vector has none either
        mtc0    $zero, $12`;
    expect(await start(host().clock, { timeout: 5 }, lost).runner.run()).toEqual({ kind: 'stuck' });
  });

  it('hands a debugger’s stop to its caller', async () => {
    const { machine, runner } = start(host().clock, { timeout: 5 });
    machine.cpu.addBreakpoint(0xbfc0_0004);
    expect(await runner.run()).toMatchObject({ kind: 'breakpoint', address: 0xbfc0_0004 });
  });

  it('gives up a guest that can only wait for ever, unless somebody may type', async () => {
    const forever = asm`1: wait
      b 1b
      nop`;
    const { clock, sleeps } = host();
    expect(await start(clock, { timeout: 5 }, forever).runner.run()).toEqual({ kind: 'stuck' });
    expect(await start(clock, { timeout: 5, interactive: () => true }, forever).runner.run()).toEqual({
      kind: 'timeout',
    });
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(1000);
  });
});
