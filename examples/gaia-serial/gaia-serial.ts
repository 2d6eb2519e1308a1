import { asm } from '@kseg/asm';
import { GaiaRegisters } from '@kseg/devices';
import { createMachine, defineBoard, device, ram, rom } from '@kseg/machine';

// A MIPS core with the serial registers of another architecture's board. They are words, so one source serves both byte orders: SERIAL reads
// as -1 while nothing has come, and SERIALWE as 0 while the send FIFO is full.
const program = asm`
        .equ    SERIAL, 0
        .equ    SERIALWE, 4
        .set    noreorder
start:  lui     $s0, 0xb000             # the registers, through kseg1
        la      $s1, question
next:   lbu     $a0, 0($s1)
        beqz    $a0, echo
        addiu   $s1, $s1, 1
        bal     put
        nop
        b       next
        nop
echo:   lw      $a0, SERIAL($s0)
        bltz    $a0, echo               # nothing has come
        nop
        bal     put
        li      $s2, 10                 # the line's end
        bne     $a0, $s2, echo
        nop
done:   b       done                    # no WAIT: the last bytes are still on their way
        nop
put:    lw      $t0, SERIALWE($s0)      # sends $a0
        beqz    $t0, put
        nop
        jr      $ra
        sw      $a0, SERIAL($s0)        # in the delay slot
question: .asciiz "What do you say? "
`;

/** Boots the ROM, types `line` and returns what came back over the line. */
export function converse(endian: 'little' | 'big', line: string): string {
  const board = defineBoard({
    name: 'gaia-serial',
    cpu: '24Kc',
    endian,
    clock: 100_000_000,
    parts: [
      ram('ram', 0, 0x1_0000),
      rom('boot', 0x1fc0_0000, 0x1000, program.flat({ origin: 0xbfc0_0000, endian }).bytes),
      device(
        'serial',
        { base: 0x1000_0000, size: 0x1000 },
        (kit) =>
          kit.serial((sink) => new GaiaRegisters({ scheduler: kit.scheduler, irq: kit.irq(), sink, transmit: 'baud' })),
        { irq: 'cpu.2' },
      ),
    ],
  });
  const machine = createMachine(board);
  let output = '';
  machine.console?.onOutput((byte) => {
    output += String.fromCharCode(byte);
  });
  machine.console?.send(line);
  machine.run(5_000_000);
  return output;
}
