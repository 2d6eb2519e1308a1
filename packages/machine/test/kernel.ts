// For tests of boards: a kernel linked at 0x80000000 with its vectors inside the image, as small systems of the lost `mips` board were.
import { asm } from '@kseg/asm';
import { type Board, createMachine, type Machine, malta, r4k } from '@kseg/machine';
import { executableOf } from './executable.ts';

const ORIGIN = 0x8000_0000;
const ENTRY = 0x8000_0400;
const RAM = 0x200_0000;

/** Boards with a PC's devices, and where the ports begin in kseg1. */
export const pcs = (['little', 'big'] as const).flatMap((endian) => [
  { name: `r4k, ${endian}-endian`, create: () => r4k({ endian, ram: RAM }), ports: 0xb400_0000 },
  { name: `malta, ${endian}-endian`, create: () => malta({ endian, ram: RAM }), ports: 0xb800_0000 },
]);
export type Pc = (typeof pcs)[number];

/** Code by what enters it. $s7 holds the base of the ports; $t8 and $t9 belong to the macros. */
export interface Kernel {
  /** At 0x80000000: no TLB entry matches. */
  readonly refill?: string;
  /** At 0x80000180. */
  readonly general?: string;
  /** At 0x80000200: interrupts, with Cause.IV. */
  readonly interrupt?: string;
  /** At 0x80000400, with Status 0 but for CU0: interrupts off, BEV and ERL clear. */
  readonly main: string;
  /** Behind it: what else there is. */
  readonly more?: string;
}

/** CP0 registers by name. */
const registers =
  'Index 0 Random 1 EntryLo0 2 EntryLo1 3 PageMask 5 Wired 6 BadVAddr 8 Count 9 EntryHi 10 Compare 11 Status 12 Cause 13 EPC 14';

/** `say 'c'` prints a character, `put $r` the one in a register, `hex $r` a word; `stop` ends the program; `$Cause` and its like name CP0. */
function assemble({ ports }: Pc, endian: Board['endian'], kernel: Kernel): Uint8Array {
  const unexpected = "say '!'\n stop\n";
  const source = (code = unexpected) =>
    [...registers.matchAll(/(\w+) (\d+)/g)].reduce(
      (text, [, name, number]) => text.replaceAll(new RegExp(`\\$${name}\\b`, 'g'), `$${number}`),
      code,
    );
  return asm`
        .macro  put char
8:      lbu     $t9, 0x3fd($s7)
        andi    $t9, $t9, 0x20
        beqz    $t9, 8b
        nop
        sb      \char, 0x3f8($s7)
        .endm
        .macro  say char
        li      $t8, \char
        put     $t8
        .endm
        .macro  hex word
        move    $a0, \word
        jal     hex_word
        nop
        .endm
        .macro  stop
7:      b       7b
        nop
        .endm

        .set    noreorder
        .set    mips32r2
        ${source(kernel.refill)}
        .org    0x180
        ${source(kernel.general)}
        .org    0x200
        ${source(kernel.interrupt)}
        .org    0x400
        lui     $s7, ${ports >>> 16}
        lui     $t0, 0x1000
        mtc0    $t0, $12
        mtc0    $zero, $13
        ehb
        ${source(kernel.main)}
        ${source(kernel.more ?? '')}

hex_word: li    $t0, 28
1:      srlv    $t1, $a0, $t0
        andi    $t1, $t1, 15
        sltiu   $t2, $t1, 10
        addiu   $t1, $t1, '0'
        bnez    $t2, 2f
        nop
        addiu   $t1, $t1, 'a' - '0' - 10
2:      put     $t1
        addiu   $t0, $t0, -4
        bgez    $t0, 1b
        nop
        jr      $ra
        nop
  `.flat({ origin: ORIGIN, endian }).bytes;
}

export interface Boot {
  readonly machine: Machine;
  /** What it has printed, and when. */
  readonly output: () => string;
  readonly times: readonly number[];
}

/** A machine whose kernel is in place. */
export function boot(pc: Pc, kernel: Kernel): Boot {
  const machine = createMachine(pc.create());
  const { endian } = machine.board;
  const bytes = assemble(pc, endian, kernel);
  machine.boot({ kernel: executableOf(endian, [{ base: ORIGIN, bytes }], ENTRY) });
  let printed = '';
  const times: number[] = [];
  machine.console?.onOutput((byte) => {
    printed += String.fromCharCode(byte);
    times.push(machine.now);
  });
  return { machine, output: () => printed, times };
}

/** Lets so much virtual time pass, whether the guest computes or waits. */
export function pass(machine: Machine, ticks: number): void {
  const end = Math.floor(machine.now + ticks);
  while (machine.now < end)
    if (machine.run(end - machine.now, 'stop').kind === 'waiting') machine.skip(end - machine.now);
}
