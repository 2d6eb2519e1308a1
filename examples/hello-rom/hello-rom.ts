import { asm } from '@kseg/asm';
import { Uart16550 } from '@kseg/devices';
import { createMachine, defineBoard, device, ram, rom } from '@kseg/machine';

// A MIPS core starts at 0xBFC0_0000: uncached kseg1, so neither caches nor TLB are needed. The UART's registers are bytes, so the same
// source serves both byte orders.
const program = asm`
        .equ    THR, 0                  # transmit holding register
        .equ    LSR, 5                  # line status register
        .set    noreorder
start:  lui     $t0, 0xb000             # the UART, through kseg1
        la      $t1, message
next:   lbu     $t2, 0($t1)
        beqz    $t2, done
        addiu   $t1, $t1, 1
busy:   lbu     $t3, LSR($t0)
        andi    $t3, $t3, 0x20          # transmitter empty?
        beqz    $t3, busy
        nop
        b       next
        sb      $t2, THR($t0)           # in the delay slot
done:   wait                            # for an interrupt that never comes
        b       done
        nop
message: .asciiz "Hello from the reset vector!\n"
`;

/** Boots the ROM and returns what the UART sent. */
export function hello(endian: 'little' | 'big'): string {
  const board = defineBoard({
    name: 'hello',
    cpu: '24Kc',
    endian,
    clock: 100_000_000,
    parts: [
      ram('ram', 0, 0x1_0000),
      rom('boot', 0x1fc0_0000, 0x1000, program.flat({ origin: 0xbfc0_0000, endian }).bytes),
      device('uart', { base: 0x1000_0000, size: 8, width: 1 }, (kit) =>
        kit.serial((sink) => new Uart16550({ scheduler: kit.scheduler, sink })),
      ),
    ],
  });
  const machine = createMachine(board);
  let output = '';
  machine.console?.onOutput((byte) => {
    output += String.fromCharCode(byte);
  });
  machine.run(10_000);
  return output;
}
