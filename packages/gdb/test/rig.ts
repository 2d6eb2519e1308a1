// A small machine with a program, and a debugger's end of a session with it.
import { asm } from '@kseg/asm';
import { createMachine, defineBoard, type MachineOptions, ram } from '@kseg/machine';
import { encodePacket, GdbSession, PacketReader, type Target } from '../src/index.ts';

export const ENDIANS = ['little', 'big'] as const;
type Endian = (typeof ENDIANS)[number];
type CpuName = '24Kf' | '24Kc' | '4Kc' | 'R4000' | 'R3000A';

export const ORIGIN = 0x8000_1000;

/** Adds 1 to 5 up in `counter`, with work in the delay slot; then counts in a1 for ever. */
export const summing = asm`
        .set noreorder
        .globl start, loop, branch, done, counter
        .ent start
start:  la    $s1, counter
        li    $s0, 5
        li    $a0, 0
loop:   addiu $a0, $a0, 1
        lw    $t1, 0($s1)
        addu  $t1, $t1, $a0
        sw    $t1, 0($s1)
branch: bne   $a0, $s0, loop
        addiu $v0, $v0, 2
done:   b     done
        addiu $a1, $a1, 1
        .end start
        .align 4
counter: .word 100
`;

/** A machine with nothing but RAM that is about to execute `program`, and its symbols. */
export function machineWith(
  program = summing,
  { cpu = '24Kf', endian = 'little', ...options }: MachineOptions & { cpu?: CpuName; endian?: Endian } = {},
) {
  const board = defineBoard({
    name: 'rig',
    cpu,
    endian,
    clock: 100_000_000,
    // The reset vector is in an alias of RAM.
    parts: [ram('ram', 0, 1 << 20), ram('boot', 0x1fc0_0000, 0x1000)],
  });
  const machine = createMachine(board, options);
  const { bytes, symbols } = program.flat({ origin: ORIGIN, endian });
  machine.write(ORIGIN & 0x1fff_ffff, bytes);
  machine.cpu.writeCp0(12, 0);
  machine.cpu.pc = ORIGIN;
  return { machine, symbols: symbols as Readonly<Record<string, number>> };
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** The other end of a session that begins here. */
export class Client {
  readonly session: GdbSession;
  /** Texts of the packets that have come and were not taken. */
  readonly packets: string[] = [];
  /** All that has come, as it came. */
  raw = '';
  readonly #reader = new PacketReader((incoming) => {
    if (incoming.kind === 'packet') this.packets.push(incoming.text!);
  });

  constructor(target: Target) {
    this.session = new GdbSession(target, (bytes) => {
      this.raw += String.fromCharCode(...bytes);
      this.#reader.feed(bytes);
    });
  }

  /** Sends bytes as they are. */
  send(text: string): void {
    this.session.receive(bytesOf(text));
  }

  /** Sends a packet and takes the answer to it: `undefined` when there is none yet. */
  ask(text: string): string | undefined {
    this.session.receive(encodePacket(text));
    return this.packets.shift();
  }
}

export const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** A word's digits in a packet. */
export const digits = (word: number, endian: Endian): string =>
  endian === 'big' ? hex(word) : hex(word).match(/../g)!.reverse().join('');
