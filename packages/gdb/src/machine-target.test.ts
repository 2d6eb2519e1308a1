import { asm } from '@kseg/asm';
import { createMachine, gaia3, type Machine, Runner } from '@kseg/machine';
import { nodeClock } from '@kseg/machine/node';
import { describe, expect, it } from 'vitest';
import { Client, ENDIANS, hex, machineWith, summing } from '../test/rig.ts';
import { machineTarget } from './machine-target.ts';

/** Runs `target` for a budget that only what is executed counts against. */
function drive(target: ReturnType<typeof machineTarget>, budget: number, onStop: () => void): void {
  const end = target.instructions + budget;
  while (target.instructions < end) if (target.run(end - target.instructions).kind === 'held') onStop();
}

/** Counts timer interrupts in k1 and waits for them in between, while it writes to memory, for ever. */
const busy = asm`
        .set noreorder
        .globl start, handler, wait
start:  b     begin
        nop
        .org  0x180
handler: mfc0 $k0, $11
        addiu $k0, $k0, 50
        mtc0  $k0, $11
        addiu $k1, $k1, 1
        eret
begin:  lui   $t0, 0x8000
        ori   $t0, $t0, 0x1000
        mtc0  $t0, $15, 1
        mtc0  $zero, $9
        li    $t0, 60
        mtc0  $t0, $11
        li    $t0, 0x8001
        mtc0  $t0, $12
again:  addiu $s0, $s0, 1
        andi  $s1, $s0, 0xfff
        addu  $s1, $s1, $s2
        lui   $s2, 0x8000
        sb    $s0, 0x4000($s1)
        andi  $t1, $s0, 63
        bnez  $t1, again
        addiu $s3, $s3, 3
wait:   wait
        b     again
        nop
`;

describe.each(ENDIANS)('what a guest computes, %s-endian', (endian) => {
  const whole = (program: typeof busy, cpu: '24Kf' | 'R3000A', budget: number): Machine => {
    const { machine } = machineWith(program, { cpu, endian, engine: 'interpreter' });
    machine.run(budget);
    return machine;
  };

  it.each([
    ['24Kf', 'interpreter', busy, 20_000],
    ['24Kf', 'translator', busy, 20_000],
    ['R3000A', 'interpreter', summing, 500],
  ] as const)('does not depend on a debugger (%s, %s)', (cpu, engine, program, budget) => {
    const { machine, symbols } = machineWith(program, { cpu, endian, engine });
    const target = machineTarget(machine);
    let client = new Client(target);
    const [first, second] = program === busy ? ['handler', 'wait'] : ['loop', 'done'];
    for (const at of [first!, second!]) client.ask(`Z0,${hex(symbols[at]!)},4`);
    client.ask('Z2,80004123,1');
    client.ask('c');
    let stops = 0;
    drive(target, budget, () => {
      expect(target.run(1000)).toEqual({ kind: 'held' });
      stops++;
      // It looks at everything, writes what is there already, steps, goes and comes again.
      const g = client.ask('g')!;
      client.packets.length = 0;
      for (let n = 0; n < 90; n++) client.ask(`p${n.toString(16)}`);
      client.ask(`G${g}`);
      const memory = client.ask('m80001000,300')!;
      if (memory !== '') client.ask(`M80001000,300:${memory}`);
      if (stops === 50) {
        client.ask('D');
        client = new Client(target);
        client.ask(`Z0,${hex(symbols[second!]!)},4`);
      }
      client.ask(stops % 3 === 0 ? 's' : 'c');
    });
    expect(stops).toBeGreaterThan(60);
    expect(machine.hash()).toBe(whole(program, cpu, budget).hash());
  });
});

describe('a machine with a debugger', () => {
  it('runs on by itself as the machine does, until there is one', () => {
    const { machine } = machineWith();
    const target = machineTarget(machine);
    expect(target.run(100)).toEqual({ kind: 'budget' });
    expect([target.now, target.instructions, target.idle, target.timeline.hz]).toEqual([
      machine.now,
      100,
      machine.idle,
      100_000_000,
    ]);
    machine.cpu.addBreakpoint(machine.cpu.pc);
    expect(target.run(100)).toEqual({ kind: 'breakpoint', address: machine.cpu.pc });
    target.interrupt();
    expect(target.run(100)).toEqual({ kind: 'held' });
  });

  it('hears while it stands what the host asks of the machine', () => {
    const { machine } = machineWith();
    const target = machineTarget(machine);
    const client = new Client(target);
    machine.stop();
    expect(target.run(100)).toEqual({ kind: 'stopped' });
    machine.cpu.halt();
    expect(target.run(100)).toEqual({ kind: 'powerOff' });
    client.ask('c');
    expect(target.run(100)).toEqual({ kind: 'powerOff' });
    expect(client.packets).toEqual(['W00']);
    expect(client.ask('?')).toBe('W00');
  });

  it('waits for the debugger when nothing else will come', () => {
    const { machine } = machineWith(asm`.set noreorder
1:      wait
        b     1b
        nop`);
    const target = machineTarget(machine);
    const client = new Client(target);
    client.ask('c');
    expect([target.run(100), target.run(100)]).toEqual([{ kind: 'held' }, { kind: 'held' }]);
    client.send('\x03');
    expect(client.packets).toEqual(['T02thread:1;']);
    client.ask('D');
    expect(target.run(100).kind).toBe('waiting');
  });

  it('stops with a fault where nothing can go on', () => {
    const { machine } = machineWith(asm`.word 0xffffffff`);
    // The handler’s page has nothing but what is reserved.
    machine.cpu.pokeBytes(0x8000_0180, new Uint8Array(64).fill(0xff));
    const target = machineTarget(machine);
    const client = new Client(target);
    client.ask('c');
    expect(target.run(100)).toEqual({ kind: 'held' });
    expect(client.packets).toEqual(['T0bthread:1;']);
  });

  it('is run by a Runner: a step over WAIT takes the time that it takes', async () => {
    const { machine, symbols } = machineWith(busy);
    const target = machineTarget(machine);
    const client = new Client(target);
    const runner = new Runner(target, { clock: nodeClock, pacing: 'realtime' });
    const end = runner.run();
    const packet = async () => {
      while (client.packets.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return client.packets.shift();
    };
    client.ask(`Z0,${hex(symbols['wait']!)},4`);
    client.ask('c');
    expect(await packet()).toBe('T05thread:1;');
    client.ask('s');
    expect(await packet()).toBe('T05thread:1;');
    expect(machine.cpu.pc).toBe(symbols['wait']! + 4);
    const { now } = machine;
    client.ask('s');
    expect(await packet()).toBe('T05thread:1;');
    expect([machine.cpu.pc, machine.now > now + 1]).toEqual([symbols['handler']! + 4, true]);
    client.ask('k');
    expect(await end).toEqual({ kind: 'stopped' });
  });

  it('has a MIPS core', () => {
    expect(() => machineTarget(createMachine(gaia3()) as unknown as Machine)).toThrow(
      expect.objectContaining({ name: 'GdbError', code: 'KSEG_GDB_CORE' }),
    );
  });
});
