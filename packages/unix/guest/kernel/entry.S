/* Reset of the kernel's world, the two exception vectors, and the few other
 * things that C cannot say. */
#include "mips.h"

        .set    noat

/* --- start ------------------------------------------------------------- */

        .text                           /* first in the image: pages.c relies on it */
        .globl  _start
_start:
        .set    noreorder
        lui     $t0, %hi(KSEG0)
        mtc0    $t0, $15, 1             /* EBase, while BEV is still set (PRA §9.36) */
        ehb
        mtc0    $zero, $12              /* Status: kernel mode, no interrupts, BEV off */
        mtc0    $zero, $13              /* Cause: IV off, one vector for all but refill */
        mtc0    $zero, $5               /* PageMask: 4 KB */
        mtc0    $zero, $6               /* Wired */
        lui     $t0, %hi(CONTEXT_BASE)
        mtc0    $t0, $4
        mtc0    $zero, $10              /* EntryHi */
        ehb
        lui     $sp, %hi(boot_stack_top)
        addiu   $sp, $sp, %lo(boot_stack_top) - 16
        jal     boot
        nop

        .section .bss
        .balign 16
boot_stack:
        .space  4096
boot_stack_top:

        .section .data
        .balign 4
        .globl  kernel_sp, active_table
kernel_sp:      .word 0
active_table:   .word 0

/* --- vectors, copied to 0x80000000 and 0x80000180 ------------------------ */

        .text
/* TLB refill. Context holds half of the work done; the table is read through
 * kseg2, and where that misses in turn the general vector maps a table. */
        .globl  vector_refill, vector_refill_end
vector_refill:
        mfc0    $k1, $4
        sra     $k1, $k1, 1
        lw      $k0, 0($k1)
        lw      $k1, 4($k1)
        mtc0    $k0, $2
        mtc0    $k1, $3
        ehb
        tlbwr
        eret
vector_refill_end:

/* A load that misses in the window of page tables: the refill above. EXL was
 * set, so EPC still points to the user's instruction; map the pair of tables
 * and go back there. It will miss once more and then find its table. */
        .globl  vector_general, vector_general_end
vector_general:
        mfc0    $k1, $13
        andi    $k1, $k1, 0x7c
        xori    $k1, $k1, EXC_TLB_LOAD << 2
        bnez    $k1, 1f
        mfc0    $k0, $8
        srl     $k1, $k0, 18            /* 64 tables: 256 KB of window */
        xori    $k1, $k1, TABLE_WINDOW >> 18
        bnez    $k1, 1f
        srl     $k0, $k0, 10
        andi    $k0, $k0, (USER_TABLES - 2) << 2
        lui     $k1, %hi(active_table)
        lw      $k1, %lo(active_table)($k1)
        addu    $k1, $k1, $k0
        lw      $k0, 0($k1)
        lw      $k1, 4($k1)
        mtc0    $k0, $2
        mtc0    $k1, $3
        ehb
        tlbwr
        eret
1:      j       exception
        nop
vector_general_end:

/* --- everything else ----------------------------------------------------- */

exception:
        mfc0    $k0, $12
        andi    $k0, $k0, STATUS_USER
        beqz    $k0, 1f
        move    $k1, $sp
        lui     $k0, %hi(kernel_sp)
        lw      $sp, %lo(kernel_sp)($k0)
1:      addiu   $sp, $sp, -FRAME_SIZE
        sw      $at, 4*1($sp)
        sw      $v0, 4*2($sp)
        sw      $v1, 4*3($sp)
        sw      $a0, 4*4($sp)
        sw      $a1, 4*5($sp)
        sw      $a2, 4*6($sp)
        sw      $a3, 4*7($sp)
        sw      $t0, 4*8($sp)
        sw      $t1, 4*9($sp)
        sw      $t2, 4*10($sp)
        sw      $t3, 4*11($sp)
        sw      $t4, 4*12($sp)
        sw      $t5, 4*13($sp)
        sw      $t6, 4*14($sp)
        sw      $t7, 4*15($sp)
        sw      $s0, 4*16($sp)
        sw      $s1, 4*17($sp)
        sw      $s2, 4*18($sp)
        sw      $s3, 4*19($sp)
        sw      $s4, 4*20($sp)
        sw      $s5, 4*21($sp)
        sw      $s6, 4*22($sp)
        sw      $s7, 4*23($sp)
        sw      $t8, 4*24($sp)
        sw      $t9, 4*25($sp)
        sw      $gp, 4*28($sp)
        sw      $k1, 4*29($sp)
        sw      $fp, 4*30($sp)
        sw      $ra, 4*31($sp)
        mfhi    $t0
        mflo    $t1
        mfc0    $t2, $12
        mfc0    $t3, $13
        mfc0    $t4, $14
        mfc0    $t5, $8
        sw      $t0, FRAME_HI($sp)
        sw      $t1, FRAME_LO($sp)
        sw      $t2, FRAME_STATUS($sp)
        sw      $t3, FRAME_CAUSE($sp)
        sw      $t4, FRAME_EPC($sp)
        sw      $t5, FRAME_BADVADDR($sp)
        ins     $t2, $zero, 0, 5        /* kernel mode, interrupts off, EXL clear */
        mtc0    $t2, $12
        ehb
        move    $a0, $sp
        jal     trap
        addiu   $sp, $sp, -16           /* o32: room for four arguments */
        addiu   $sp, $sp, 16

/* $sp = the frame; interrupts are off. */
        .globl  return_to_user
return_to_user:
        lw      $t0, FRAME_STATUS($sp)  /* EXL is set in it */
        lw      $t1, FRAME_EPC($sp)
        lw      $t2, FRAME_HI($sp)
        lw      $t3, FRAME_LO($sp)
        mtc0    $t0, $12
        ehb
        mtc0    $t1, $14
        mthi    $t2
        mtlo    $t3
        lw      $at, 4*1($sp)
        lw      $v0, 4*2($sp)
        lw      $v1, 4*3($sp)
        lw      $a0, 4*4($sp)
        lw      $a1, 4*5($sp)
        lw      $a2, 4*6($sp)
        lw      $a3, 4*7($sp)
        lw      $t0, 4*8($sp)
        lw      $t1, 4*9($sp)
        lw      $t2, 4*10($sp)
        lw      $t3, 4*11($sp)
        lw      $t4, 4*12($sp)
        lw      $t5, 4*13($sp)
        lw      $t6, 4*14($sp)
        lw      $t7, 4*15($sp)
        lw      $s0, 4*16($sp)
        lw      $s1, 4*17($sp)
        lw      $s2, 4*18($sp)
        lw      $s3, 4*19($sp)
        lw      $s4, 4*20($sp)
        lw      $s5, 4*21($sp)
        lw      $s6, 4*22($sp)
        lw      $s7, 4*23($sp)
        lw      $t8, 4*24($sp)
        lw      $t9, 4*25($sp)
        lw      $gp, 4*28($sp)
        lw      $fp, 4*30($sp)
        lw      $ra, 4*31($sp)
        lw      $sp, 4*29($sp)
        ehb
        eret

/* void switch_stack(u32 *save_sp, u32 new_sp) */
        .globl  switch_stack
switch_stack:
        addiu   $sp, $sp, -40
        sw      $s0, 0($sp)
        sw      $s1, 4($sp)
        sw      $s2, 8($sp)
        sw      $s3, 12($sp)
        sw      $s4, 16($sp)
        sw      $s5, 20($sp)
        sw      $s6, 24($sp)
        sw      $s7, 28($sp)
        sw      $fp, 32($sp)
        sw      $ra, 36($sp)
        sw      $sp, 0($a0)
        move    $sp, $a1
        lw      $s0, 0($sp)
        lw      $s1, 4($sp)
        lw      $s2, 8($sp)
        lw      $s3, 12($sp)
        lw      $s4, 16($sp)
        lw      $s5, 20($sp)
        lw      $s6, 24($sp)
        lw      $s7, 28($sp)
        lw      $fp, 32($sp)
        lw      $ra, 36($sp)
        jr      $ra
        addiu   $sp, $sp, 40

/*
 * void wait_for_interrupt(const void *until_nonzero)
 * Interrupts are on. Between the test and WAIT an interrupt could fill the
 * word and we would sleep on it; so whenever an interrupt finds EPC inside
 * this window, trap() moves it to idle_out.
 */
        .globl  wait_for_interrupt, idle_window, idle_window_end, idle_out
wait_for_interrupt:
idle_window:
        lw      $t0, 0($a0)
        bnez    $t0, idle_out
        nop
        wait
idle_window_end:
idle_out:
        jr      $ra
        nop
