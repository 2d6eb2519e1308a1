import { asm } from '@kseg/asm';

// A user program at 0x0040_0000. Its stack and heap are pages that exist once they are touched. System calls: 1 prints the character in
// $a0, 2 gives a typed one or -1, 3 gives the ticks since the start.
const program = asm`
        .set    noreorder
        lui     $sp, 0x1010
        la      $a0, greeting
        bal     puts
        nop
shell:  la      $a0, prompt
        bal     puts
        nop
        bal     getline
        nop
        lb      $t0, 0($a0)
        li      $t1, 'u'
        beq     $t0, $t1, uptime
        li      $t1, 'f'
        beq     $t0, $t1, fill
        li      $t1, 'o'
        beq     $t0, $t1, oops
        nop
        beqz    $t0, shell
        nop
        la      $a0, help
        bal     puts
        nop
        b       shell
        nop

uptime: li      $v0, 3
        syscall
        bal     number
        move    $a0, $v0
        b       shell
        nop

# Squares on 100 pages: more than the TLB has entries.
fill:   lui     $t0, 0x1020
        li      $t1, 100
1:      mult    $t1, $t1
        mflo    $t2
        sw      $t2, 0($t0)
        addiu   $t1, $t1, -1
        bnez    $t1, 1b
        addiu   $t0, $t0, 4096
        lui     $t0, 0x1020
        li      $t1, 100
        li      $a0, 0
2:      lw      $t2, 0($t0)
        addiu   $t1, $t1, -1
        addu    $a0, $a0, $t2
        bnez    $t1, 2b
        addiu   $t0, $t0, 4096
        bal     number
        nop
        b       shell
        nop

# The kernel's memory is not ours to read.
oops:   lui     $t0, 0x8000
        lw      $t0, 0($t0)
        b       shell
        nop

puts:   move    $s0, $a0
1:      lbu     $a0, 0($s0)
        addiu   $s0, $s0, 1
        beqz    $a0, 2f
        li      $v0, 1
        syscall
        b       1b
        nop
2:      jr      $ra
        nop

# A typed line, echoed, without its end; its address in $a0.
getline: addiu  $s1, $sp, -256
1:      li      $v0, 2
        syscall
        bltz    $v0, 1b
        li      $t0, '\r'
        bne     $v0, $t0, 2f
        move    $a0, $v0
        li      $a0, '\n'
2:      sb      $a0, 0($s1)
        li      $v0, 1
        syscall
        li      $t0, '\n'
        bne     $a0, $t0, 1b
        addiu   $s1, $s1, 1
        sb      $zero, -1($s1)
        jr      $ra
        addiu   $a0, $sp, -256

# Prints $a0 in decimal and ends the line.
number: move    $s2, $ra
        addiu   $s1, $sp, -256
        sb      $zero, 0($s1)
        li      $t0, '\n'
        sb      $t0, -1($s1)
        addiu   $s1, $s1, -1
        li      $t0, 10
1:      divu    $zero, $a0, $t0
        mfhi    $t1
        mflo    $a0
        addiu   $t1, $t1, '0'
        addiu   $s1, $s1, -1
        bnez    $a0, 1b
        sb      $t1, 0($s1)
        bal     puts
        move    $a0, $s1
        jr      $s2
        nop

greeting: .asciiz "user mode\n"
prompt: .asciiz "$ "
help:   .asciiz "uptime, fill, oops\n"
        .align  2
`;

// Registers of coprocessor 0.
const INDEX = '$0';
const ENTRY_LO = '$2';
const CONTEXT = '$4';
const BAD_VADDR = '$8';
const ENTRY_HI = '$10';
const STATUS = '$12';
const CAUSE = '$13';
const EPC = '$14';

// The kernel, from physical 0 on. Three things are an R3000A's own: the vector of user TLB misses at 0x8000_0000, the stack of modes in
// Status that RFE pops, and loads that arrive one instruction late: hence a NOP, or something useful, behind each.
const kernel = asm`
        .equ    VALID, 0x200            # EntryLo
        .equ    DIRTY, 0x400
        .equ    PAGE_TABLE, 0x80200000  # one word for each page of kuseg: 2 MB
        .equ    FIRST_FREE, 0x00400000  # physical memory above the page table

        .equ    DEVICES, 0xc0000000     # devices lie just below, in kseg1
        .equ    JTAG_DATA, -16
        .equ    JTAG_CONTROL, -12
        .equ    TIMER, -8
        .equ    EARLY, -1

        .equ    TICKS, 48               # in the frame, behind the registers
        .equ    HEAD, 52
        .equ    TAIL, 56
        .equ    FREE, 60
        .equ    RING, 64

        .set    noreorder
        .set    noat

# 0x80000000: no entry of the TLB matches a user address. Context points at its word of the page table.
        mfc0    $k0, ${CONTEXT}
        nop
        lw      $k0, 0($k0)
        mfc0    $k1, ${EPC}
        mtc0    $k0, ${ENTRY_LO}
        nop
        tlbwr
        jr      $k1
        rfe

        .org    0x80
# 0x80000080: everything else. $k0 holds the frame, $k1 where to go back to.
        la      $k0, frame
        sw      $at, 0($k0)
        sw      $t0, 4($k0)
        sw      $t1, 8($k0)
        sw      $t2, 12($k0)
        sw      $t3, 16($k0)
        sw      $t4, 20($k0)
        sw      $t5, 24($k0)
        mfc0    $k1, ${EPC}
        mfc0    $t0, ${CAUSE}
        lui     $t1, DEVICES >> 16
        andi    $t2, $t0, 0x7c
        beqz    $t2, interrupt
        addiu   $t3, $t2, -(8 << 2)
        beqz    $t3, system_call
        addiu   $t3, $t2, -(2 << 2)     # TLBL
        beqz    $t3, page_fault
        addiu   $t3, $t2, -(3 << 2)     # TLBS
        beqz    $t3, page_fault
        nop
        b       kill
        nop

leave:  lw      $at, 0($k0)
        lw      $t0, 4($k0)
        lw      $t1, 8($k0)
        lw      $t2, 12($k0)
        lw      $t3, 16($k0)
        lw      $t4, 20($k0)
        lw      $t5, 24($k0)
        jr      $k1
        rfe

interrupt:
        andi    $t2, $t0, 0x400         # IP2: the timer
        beqz    $t2, 1f
        andi    $t2, $t0, 0x800         # IP3: the JTAG UART
        sw      $zero, TIMER($t1)
        lw      $t3, TICKS($k0)
        nop
        addiu   $t3, $t3, 1
        sw      $t3, TICKS($k0)
1:      beqz    $t2, leave
        nop
2:      lw      $t2, JTAG_DATA($t1)
        lw      $t4, HEAD($k0)
        andi    $t3, $t2, 0x8000        # is there a character?
        beqz    $t3, leave
        andi    $t5, $t4, 63
        addu    $t5, $t5, $k0
        sb      $t2, RING($t5)
        addiu   $t4, $t4, 1
        b       2b
        sw      $t4, HEAD($k0)

system_call:
        addiu   $k1, $k1, 4
        addiu   $t2, $v0, -1
        beqz    $t2, print
        addiu   $t2, $v0, -2
        beqz    $t2, typed
        addiu   $t2, $v0, -3
        bnez    $t2, kill
        nop
        b       leave
        lw      $v0, TICKS($k0)

print:  lw      $t2, JTAG_CONTROL($t1)
        nop
        srl     $t2, $t2, 16            # free places
        beqz    $t2, print
        nop
        b       leave
        sw      $a0, JTAG_DATA($t1)

typed:  lw      $t2, HEAD($k0)
        lw      $t3, TAIL($k0)
        li      $v0, -1
        beq     $t2, $t3, leave
        andi    $t4, $t3, 63
        addu    $t4, $t4, $k0
        lbu     $v0, RING($t4)
        addiu   $t3, $t3, 1
        b       leave
        sw      $t3, TAIL($k0)

# A page of 0x1000_0000 to 0x1fff_ffff gets its memory when it is first touched.
page_fault:
        mfc0    $t2, ${BAD_VADDR}
        lw      $t3, FREE($k0)
        srl     $t2, $t2, 28
        addiu   $t2, $t2, -1
        bnez    $t2, kill
        mfc0    $t2, ${CONTEXT}
        ori     $t4, $t3, VALID | DIRTY
        sw      $t4, 0($t2)
        addiu   $t3, $t3, 4096
        sw      $t3, FREE($k0)
        tlbp                            # the refill has put the empty entry there
        mtc0    $t4, ${ENTRY_LO}
        nop
        tlbwi
        b       leave
        nop

# Says what the program has done and starts it again.
kill:   srl     $s0, $t0, 2
        andi    $s0, $s0, 0x1f
        la      $a0, trap
        bal     early
        nop
        bal     hex
        move    $a0, $s0
        la      $a0, at
        bal     early
        nop
        bal     hex
        mfc0    $a0, ${EPC}
        la      $a0, end
        bal     early
        nop
        j       user
        nop

early:  lui     $t1, DEVICES >> 16
1:      lbu     $t2, 0($a0)
        addiu   $a0, $a0, 1
        beqz    $t2, 2f
        nop
        b       1b
        sb      $t2, EARLY($t1)
2:      jr      $ra
        nop

hex:    lui     $t1, DEVICES >> 16
        la      $t4, digits
        li      $t2, 28
1:      srlv    $t3, $a0, $t2
        andi    $t3, $t3, 15
        addu    $t3, $t3, $t4
        lbu     $t3, 0($t3)
        addiu   $t2, $t2, -4
        bgez    $t2, 1b
        sb      $t3, EARLY($t1)
        jr      $ra
        nop

        .org    0x400
# 0x80000400: the firmware enters here.
        la      $a0, banner
        bal     early
        nop
# Each entry gets a page of kseg0, which never asks the TLB.
        lui     $t1, 0x8000
        li      $t0, 0
1:      mtc0    $t1, ${ENTRY_HI}
        mtc0    $t0, ${INDEX}
        mtc0    $zero, ${ENTRY_LO}
        addiu   $t1, $t1, 4096
        addiu   $t0, $t0, 0x100
        li      $t2, 64 << 8
        tlbwi
        bne     $t0, $t2, 1b
        nop
        mtc0    $zero, ${ENTRY_HI}        # PID 0
        lui     $t0, PAGE_TABLE >> 16
        mtc0    $t0, ${CONTEXT}
        li      $t1, 0x1000 | VALID     # the program, read-only, at 0x0040_0000
        sw      $t1, 0x1000($t0)
        la      $k0, frame
        li      $t1, FIRST_FREE
        sw      $t1, FREE($k0)
        lui     $t1, DEVICES >> 16
        li      $t2, 1                  # interrupts for what is typed
        sw      $t2, JTAG_CONTROL($t1)
# The previous mode, which RFE makes the current one, is user with interrupts on; IP2 and IP3 are let through.
user:   li      $t0, 0x0c0c
        mtc0    $t0, ${STATUS}
        lui     $k1, 0x0040
        jr      $k1
        rfe

banner: .asciiz "kernel: 64 TLB entries, 100 ticks a second\n"
trap:   .asciiz "trap "
at:     .asciiz " at "
end:    .asciiz "\n"
digits: .ascii  "0123456789abcdef"
        .align  2
frame:  .space  128

        .org    0x1000
        .word   ${program.flat({ origin: 0x0040_0000, endian: 'little', level: 'mips1' }).words.join(', ')}
`;

/** An image of memory from physical 0 on, entered at 0x8000_0400 as the board's firmware does. */
export const image: Uint8Array = kernel.flat({ origin: 0x8000_0000, endian: 'little', level: 'mips1' }).bytes;
