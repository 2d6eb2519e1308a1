/* Entry, exception vectors and the way out of a benchmark: bare metal on a Malta's RAM and UART, big- or little-endian. */
	.set	noreorder
	.section .text.start, "ax"
	.globl	_start
_start:
	la	$sp, stack_top
	lui	$t0, 0x2000		/* Status: CU1; leave BEV, ERL and EXL */
	mtc0	$t0, $12
	ehb
	ctc1	$zero, $31
	/* A TLB that matches nothing: a zeroed one matches address 0, invalidly. */
	li	$t0, 16
	lui	$t1, 0x8000
1:	addiu	$t0, $t0, -1
	mtc0	$t0, $0
	mtc0	$t1, $10
	addiu	$t1, $t1, 0x2000
	ehb
	tlbwi
	bnez	$t0, 1b
	nop
	mtc0	$zero, $10
	jal	main
	nop
	/* reset: QEMU with -no-reboot ends, kseg's bench stops */
	li	$t0, 0xbf000500
	li	$t1, 0x42
	sw	$t1, 0($t0)
2:	b	2b
	nop

/* Refill (for the programs that have a page_table): a linear page table at page_table, pairs of EntryLo, indexed by the pair number of kuseg addresses. */
	.weak	page_table
	.globl	refill_vector
refill_vector:
	mfc0	$k0, $8			/* BadVAddr */
	la	$k1, page_table
	srl	$k0, $k0, 13
	sll	$k0, $k0, 3
	addu	$k1, $k1, $k0
	lw	$k0, 0($k1)
	lw	$k1, 4($k1)
	mtc0	$k0, $2
	mtc0	$k1, $3
	ehb
	tlbwr
	eret
	.globl	refill_vector_end
refill_vector_end:

/* General: a system call adds a0 and a1. */
	.globl	general_vector
general_vector:
	mfc0	$k0, $14
	addiu	$k0, $k0, 4
	mtc0	$k0, $14
	addu	$v0, $a0, $a1
	ehb
	eret
	.globl	general_vector_end
general_vector_end:

	.bss
	.align	4
	.space	16384
stack_top:
