import { asm, type Snippet } from '@kseg/asm';
import { driver, RECEIVED } from './driver.ts';

export const MACS = [Uint8Array.of(2, 0, 0, 0, 0, 1), Uint8Array.of(2, 0, 0, 0, 0, 2)] as const;
const PINGS = 3;
/** A flood of pings comes in bursts that the receive ring holds. */
const BURSTS = 10;
const BURST = 100;
/** An EtherType for experiments (IEEE 802). A frame: its number as a word at 16, then data. */
const EXPERIMENT = 0x88b5;
/** Bytes of data in a frame. */
export const PAYLOAD = 1280;

/** An ICMP echo request from 10.0.0.1 to 10.0.0.2, with 56 bytes of data as ping sends them. */
function echoRequest(sequence: number): Uint8Array {
  const frame = new Uint8Array(98);
  const view = new DataView(frame.buffer);
  const sum = (from: number, to: number) => {
    let total = 0;
    for (let at = from; at < to; at += 2) total += view.getUint16(at);
    return ~((total & 0xffff) + (total >>> 16)) & 0xffff;
  };
  frame.set(MACS[1]);
  frame.set(MACS[0], 6);
  frame.set([0x08, 0x00, 0x45, 0, 0, 84, 0, 0, 0x40, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 8], 12);
  view.setUint16(24, sum(14, 34));
  view.setUint16(40, sequence);
  for (let i = 42; i < 98; i++) frame[i] = i - 42;
  view.setUint16(36, sum(34, 98));
  return frame;
}

/** Pings the other machine, floods it with pings, then sends it `frames` frames of random words, each when the one before is acknowledged. */
export const sender = (frames: number): Snippet => asm`
${driver}
main:   li      $s1, 0
        la      $s2, pings
ping:   mfc0    $s3, $9                 # Count: every other tick
        move    $a0, $s2
        jal     send
        li      $a1, 98
        jal     receive
        addiu   $s1, $s1, 1
        mfc0    $s4, $9
        li      $t0, ${RECEIVED}
        lbu     $t1, 34($t0)            # an echo reply,
        bnez    $t1, wrong
        lbu     $t1, 41($t0)            # to this request,
        bne     $t1, $s1, wrong
        li      $t2, 42
1:      addu    $t3, $t0, $t2           # with the data that was sent?
        lbu     $t3, 0($t3)
        addu    $t4, $s2, $t2
        lbu     $t4, 0($t4)
        addiu   $t2, $t2, 1
        bne     $t3, $t4, wrong
        slti    $t5, $t2, 98
        bnez    $t5, 1b
        nop
        la      $a0, reply
        jal     puts
        nop
        move    $a0, $s1
        jal     number
        li      $a1, 10
        la      $a0, time
        jal     puts
        nop
        subu    $a0, $s4, $s3
        li      $t0, 100                # Count has 100 MHz
        divu    $zero, $a0, $t0
        mflo    $a0
        jal     number
        li      $a1, 10
        la      $a0, unit
        jal     puts
        nop
        li      $t0, ${PINGS}
        bne     $s1, $t0, ping
        addiu   $s2, $s2, 100

        li      $s1, ${BURSTS}          # a flood: requests as fast as the card takes them, then all the replies
flood:  li      $s2, ${BURST}
1:      la      $a0, pings
        jal     send
        li      $a1, 98
        addiu   $s2, $s2, -1
        bnez    $s2, 1b
        nop
        li      $s2, ${BURST}
2:      jal     receive
        addiu   $s2, $s2, -1
        bnez    $s2, 2b
        nop
        addiu   $s1, $s1, -1
        bnez    $s1, flood
        nop
        la      $a0, flooded
        jal     puts
        nop

        li      $s1, 0
        li      $s2, ${frames}
        li      $s5, 1                  # the random words
        li      $s6, 0                  # their checksum
        li      $s3, 1664525
        li      $s4, 1013904223
frame:  la      $a0, header
        sw      $s1, 16($a0)
        li      $t0, ${PAYLOAD}
        addiu   $t1, $a0, 20
        addu    $t2, $t1, $t0
2:      mul     $s5, $s5, $s3
        addu    $s5, $s5, $s4
        rotr    $s6, $s6, 31
        addu    $s6, $s6, $s5
        addiu   $t1, $t1, 4
        bne     $t1, $t2, 2b
        sw      $s5, -4($t1)
        jal     send
        addiu   $a1, $t0, 20
        jal     receive
        nop
        li      $t0, ${RECEIVED}
        lw      $t1, 16($t0)
        bne     $t1, $s1, wrong
        addiu   $s1, $s1, 1
        bne     $s1, $s2, frame
        nop
        la      $a0, sent
        jal     puts
        nop
        move    $a0, $s6
        jal     number
        li      $a1, 16
        la      $a0, unit + 3
        jal     puts
        nop
3:      wait
        b       3b
        nop

wrong:  la      $a0, lost
        jal     puts
        nop
        b       3b
        nop

reply:  .asciiz "reply from 10.0.0.2: sequence "
time:   .asciiz ", time "
unit:   .asciiz " us\n"
flooded: .asciiz "${BURSTS * BURST} replies to a flood\n"
sent:   .asciiz "sent, checksum "
lost:   .asciiz "not what was expected\n"
        .align  2
pings:  .byte   ${[1, 2, 3].flatMap((sequence) => [...echoRequest(sequence), 0, 0]).join(', ')}
        .align  2
header: .byte   ${[...MACS[1], ...MACS[0], EXPERIMENT >>> 8, EXPERIMENT & 0xff, 0, 0].join(', ')}
        .space  ${4 + PAYLOAD}
`;

/** Answers pings, takes in `frames` frames of data, and acknowledges each. */
export const receiver = (frames: number): Snippet => asm`
${driver}
main:   li      $s1, 0
        li      $s2, ${frames}
        li      $s3, ${RECEIVED}
        li      $s6, 0                  # checksum
next:   jal     receive
        nop
        move    $a1, $v0
        li      $t0, 6                  # whatever it is, the answer goes back where it came from
1:      addiu   $t0, $t0, -1
        addu    $t1, $s3, $t0
        lbu     $t2, 0($t1)
        lbu     $t3, 6($t1)
        sb      $t3, 0($t1)
        bnez    $t0, 1b
        sb      $t2, 6($t1)
        lbu     $t0, 12($s3)
        li      $t1, ${EXPERIMENT >>> 8}
        beq     $t0, $t1, data
        lbu     $t0, 34($s3)
        li      $t1, 8                  # an echo request?
        bne     $t0, $t1, next
        sb      $zero, 34($s3)
        lhu     $t0, 26($s3)            # 10.0.0.1 and 10.0.0.2 change places
        lhu     $t1, 28($s3)
        lhu     $t2, 30($s3)
        lhu     $t3, 32($s3)
        sh      $t2, 26($s3)
        sh      $t3, 28($s3)
        sh      $t0, 30($s3)
        sh      $t1, 32($s3)
        lbu     $t0, 36($s3)            # the checksum grows by what the type has shrunk
        lbu     $t1, 37($s3)
        addiu   $t0, $t0, 8
        srl     $t2, $t0, 8
        addu    $t1, $t1, $t2
        srl     $t2, $t1, 8
        addu    $t0, $t0, $t2
        sb      $t0, 36($s3)
        sb      $t1, 37($s3)
answer: jal     send
        move    $a0, $s3
        b       next
        nop

data:   lw      $t0, 16($s3)
        bne     $t0, $s1, next
        addiu   $t0, $s3, 20
        addiu   $t1, $t0, ${PAYLOAD}
2:      lw      $t2, 0($t0)
        addiu   $t0, $t0, 4
        rotr    $s6, $s6, 31
        bne     $t0, $t1, 2b
        addu    $s6, $s6, $t2
        addiu   $s1, $s1, 1
        bne     $s1, $s2, answer
        li      $a1, 60
        la      $a0, received
        jal     puts
        nop
        move    $a0, $s6
        jal     number
        li      $a1, 16
        la      $a0, end
        jal     puts
        nop
        b       answer
        li      $a1, 60

received: .asciiz "received, checksum "
end:    .asciiz "\n"
`;
