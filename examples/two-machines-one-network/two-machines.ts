import type { Snippet } from '@kseg/asm';
import { EthernetHub } from '@kseg/devices';
import { createMachine, type Machine, r4k } from '@kseg/machine';
import { MACS, receiver, sender } from './guests.ts';

const PROGRAM = 0x1_0000;
/** Seconds of virtual time that nothing here takes. */
const PATIENCE = 30;

/** A board with the program in its RAM and its card on the hub, and what it has printed. */
function start(program: Snippet, endian: 'little' | 'big', hub: EthernetHub, mac: Uint8Array) {
  const machine = createMachine(r4k({ endian, ram: 0x10_0000, hub, mac }));
  const origin = 0x8000_0000 + PROGRAM;
  machine.write(PROGRAM, program.flat({ origin, endian }).bytes);
  machine.cpu.pc = origin;
  const computer = { machine, output: '' };
  machine.console?.onOutput((byte) => {
    computer.output += String.fromCharCode(byte);
  });
  return computer;
}

/** Runs a machine up to an instant; time it waits through is skipped. */
function runUntil(machine: Machine, tick: number): void {
  while (machine.now < tick)
    if (machine.run(tick - machine.now, 'stop').kind === 'waiting') machine.skip(tick - machine.now);
}

/**
 * Two machines on one cable: pings, a flood of them, then a transfer. They run in turns no longer than the cable's latency: what one sends in its turn
 * reaches the other after that turn at the earliest, so the run is the same each time, to the last bit.
 */
export function transfer(frames: number, endian: 'little' | 'big' = 'little') {
  const hub = new EthernetHub();
  const left = start(sender(frames), endian, hub, MACS[0]);
  const right = start(receiver(frames), endian, hub, MACS[1]);
  const { hz } = left.machine.timeline;
  const turn = Math.floor(hub.latency * hz);
  const over = () => /checksum .*\n|not what/.test(left.output);
  for (let tick = turn; !over() && tick < PATIENCE * hz; tick += turn)
    for (const { machine } of [left, right]) runUntil(machine, tick);
  return { sender: left.output, receiver: right.output, hashes: [left.machine.hash(), right.machine.hash()] };
}
