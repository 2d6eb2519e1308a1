import { asm } from '@kseg/asm';

/** Where frames that come in are put. */
export const RECEIVED = 0x8000_2000;

// A program's start and its library, for the board r4k: a console, a polled NE2000 that wakes a waiting core, and nothing else. $s0 is the
// card throughout, $s7 the I/O ports. Everything is accessed by bytes, but for the data port, which takes words in either byte order.
export const driver = asm`
        .equ    UART, 0x3f8
        .equ    PIC, 0x20
        .equ    SLAVE, 0xa0

        .equ    COMMAND, 0              # registers of the NE2000
        .equ    PSTART, 1
        .equ    PSTOP, 2
        .equ    BOUNDARY, 3
        .equ    TRANSMIT_PAGE, 4
        .equ    TRANSMIT_COUNT, 5
        .equ    INTERRUPTS, 7           # in page 1: CURRENT
        .equ    REMOTE_ADDRESS, 8
        .equ    REMOTE_COUNT, 10
        .equ    RECEIVE_CONFIG, 12
        .equ    DATA_CONFIG, 14
        .equ    MASK, 15
        .equ    DATA, 16

        .equ    TX, 0x40                # pages of its memory: one frame to send,
        .equ    FIRST, 0x46             # and a ring of received ones
        .equ    LAST, 0xc0

        .set    noreorder
reset:  lui     $s7, 0xb400
        addiu   $s0, $s7, 0x300
        li      $t0, 0x10000400         # only IP2 wakes WAIT; interrupts are never taken
        mtc0    $t0, $12
        li      $sp, 0x80008000

        li      $t0, 0x11               # both 8259s, with automatic end of interrupt
        sb      $t0, PIC($s7)
        sb      $t0, SLAVE($s7)
        li      $t0, 0x20
        sb      $t0, PIC+1($s7)
        li      $t0, 0x28
        sb      $t0, SLAVE+1($s7)
        li      $t0, 4
        sb      $t0, PIC+1($s7)
        li      $t0, 2
        sb      $t0, SLAVE+1($s7)
        li      $t0, 3
        sb      $t0, PIC+1($s7)
        sb      $t0, SLAVE+1($s7)
        li      $t0, 0xfb               # the slave's line, and on it IRQ 9
        sb      $t0, PIC+1($s7)
        li      $t0, 0xfd
        sb      $t0, SLAVE+1($s7)

        li      $t0, 0x21               # the card: stop, set up, start
        sb      $t0, COMMAND($s0)
        li      $t0, 0x48
        sb      $t0, DATA_CONFIG($s0)
        sb      $zero, RECEIVE_CONFIG($s0)
        li      $t0, FIRST
        sb      $t0, PSTART($s0)
        sb      $t0, BOUNDARY($s0)
        li      $t0, LAST
        sb      $t0, PSTOP($s0)
        li      $t0, 1                  # a frame has come
        sb      $t0, MASK($s0)
        li      $t0, 0x61
        sb      $t0, COMMAND($s0)
        li      $t0, FIRST + 1
        sb      $t0, INTERRUPTS($s0)
        li      $t0, 0x22
        sb      $t0, COMMAND($s0)
        b       main
        nop

# Sends $a1 bytes at $a0.
send:   sb      $zero, REMOTE_ADDRESS($s0)
        li      $t0, TX
        sb      $t0, REMOTE_ADDRESS+1($s0)
        addiu   $t1, $a1, 3             # whole words
        srl     $t1, $t1, 2
        sll     $t1, $t1, 2
        sb      $t1, REMOTE_COUNT($s0)
        srl     $t2, $t1, 8
        sb      $t2, REMOTE_COUNT+1($s0)
        li      $t2, 0x12               # remote write
        sb      $t2, COMMAND($s0)
        addu    $t1, $a0, $t1
1:      lw      $t2, 0($a0)
        addiu   $a0, $a0, 4
        bne     $a0, $t1, 1b
        sw      $t2, DATA($s0)
        sb      $t0, TRANSMIT_PAGE($s0)
        sb      $a1, TRANSMIT_COUNT($s0)
        srl     $t2, $a1, 8
        sb      $t2, TRANSMIT_COUNT+1($s0)
        li      $t2, 0x26               # transmit
        sb      $t2, COMMAND($s0)
2:      lbu     $t2, INTERRUPTS($s0)
        andi    $t2, $t2, 2
        beqz    $t2, 2b
        li      $t2, 0x42               # it is sent, and the remote write is done
        jr      $ra
        sb      $t2, INTERRUPTS($s0)

# Waits for a frame, puts it at RECEIVED and its length in $v0.
receive: li     $t0, 1                  # first take the interrupt back, then look: nothing slips through between
        sb      $t0, INTERRUPTS($s0)
        li      $t0, 0x0c               # acknowledge it at both 8259s by polling them
        sb      $t0, PIC($s7)
        lbu     $t1, PIC($s7)
        sb      $t0, SLAVE($s7)
        lbu     $t1, SLAVE($s7)
        li      $t0, 0x62
        sb      $t0, COMMAND($s0)
        lbu     $t1, INTERRUPTS($s0)    # CURRENT: where the next frame goes
        li      $t0, 0x22
        sb      $t0, COMMAND($s0)
        lbu     $t2, BOUNDARY($s0)
        li      $t0, LAST
        addiu   $t2, $t2, 1
        bne     $t2, $t0, 1f
        nop
        li      $t2, FIRST
1:      bne     $t1, $t2, 2f
        nop
        wait
        b       receive
        nop
2:      sb      $zero, REMOTE_ADDRESS($s0)
        sb      $t2, REMOTE_ADDRESS+1($s0)
        li      $t0, 4
        sb      $t0, REMOTE_COUNT($s0)
        sb      $zero, REMOTE_COUNT+1($s0)
        li      $t1, 0x0a               # remote read
        sb      $t1, COMMAND($s0)
        lbu     $t3, DATA($s0)          # the frame's header: status, next page, length with the header
        lbu     $t3, DATA($s0)
        lbu     $v0, DATA($s0)
        lbu     $t4, DATA($s0)
        sll     $t4, $t4, 8
        addu    $v0, $v0, $t4
        addiu   $v0, $v0, -4
        sb      $t0, REMOTE_ADDRESS($s0)
        sb      $t2, REMOTE_ADDRESS+1($s0)
        addiu   $t4, $v0, 3
        srl     $t4, $t4, 2
        sll     $t4, $t4, 2
        sb      $t4, REMOTE_COUNT($s0)
        srl     $t5, $t4, 8
        sb      $t5, REMOTE_COUNT+1($s0)
        sb      $t1, COMMAND($s0)
        li      $t5, ${RECEIVED}
        addu    $t4, $t4, $t5
3:      lw      $t0, DATA($s0)
        addiu   $t5, $t5, 4
        bne     $t5, $t4, 3b
        sw      $t0, -4($t5)
        addiu   $t3, $t3, -1            # BOUNDARY is the page before the next to read
        li      $t0, FIRST
        bge     $t3, $t0, 4f
        nop
        li      $t3, LAST - 1
4:      jr      $ra
        sb      $t3, BOUNDARY($s0)

# Prints the text at $a0.
puts:   lbu     $t0, UART+5($s7)
        andi    $t0, $t0, 0x20
        beqz    $t0, puts
        lbu     $t0, 0($a0)
        beqz    $t0, 1f
        addiu   $a0, $a0, 1
        b       puts
        sb      $t0, UART($s7)
1:      jr      $ra
        nop

# Prints $a0 in base $a1.
number: addiu   $t1, $sp, -1
        sb      $zero, 0($t1)
        la      $t4, digits
1:      divu    $zero, $a0, $a1
        mfhi    $t2
        mflo    $a0
        addu    $t2, $t2, $t4
        lbu     $t2, 0($t2)
        addiu   $t1, $t1, -1
        bnez    $a0, 1b
        sb      $t2, 0($t1)
        b       puts
        move    $a0, $t1

digits: .ascii  "0123456789abcdef"
        .align  2
`;
