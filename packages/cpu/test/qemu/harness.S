/*
 * Runs random programs in user mode and reports what became of every register: the same ELF on QEMU's malta and on our core.
 *
 * cases.inc has, for each case, CASE_WORDS words: Status, FCSR, HI, LO, general registers 0-31, floating-point registers (64 words),
 * DSPControl and accumulators 1-3 (7 words), and the program. A program runs at 0x0040_0000 in two read-only pages; data lies at 0x0001_0000 (writable) and 0x0001_1000 (read-only); the
 * pair at 0x0002_0000 is mapped but invalid. Whatever faults is counted, hashed and skipped; the program ends at its word PROGRAM_WORDS.
 */
#define PROGRAM_WORDS 48
#define PAD_WORDS 16
#define DSP_WORDS (4 + 32 + 64)
#define STATE_WORDS (DSP_WORDS + 7)
#define CASE_WORDS (STATE_WORDS + PROGRAM_WORDS)
#define CODE_VA 0x00400000
#define UART 0xb80003f8
#define MOST_FAULTS 200

/* Words of `result`. */
#define R_GPR 0
#define R_HI 128
#define R_LO 132
#define R_FCSR 136
#define R_FAULTS 140
#define R_HASH 144
#define R_MEMORY 148
#define R_FPR 152
#define R_DSP (152 + 256)
#define RESULT_BYTES (R_DSP + 28)

	.set	noreorder
	.set	noat
	.set	hardfloat
	.section .text, "ax"
	.globl	_start
_start:
	mtc0	$zero, $12
	ehb
	/* the same few words at every vector */
	lui	$t0, 0x8000
	la	$t1, vector
	li	$t3, 4
1:	lw	$t2, 0($t1)
	sw	$t2, 0x000($t0)
	sw	$t2, 0x180($t0)
	sw	$t2, 0x200($t0)
	addiu	$t0, $t0, 4
	addiu	$t3, $t3, -1
	bnez	$t3, 1b
	addiu	$t1, $t1, 4
	/* a TLB that matches nothing */
	mfc0	$t0, $16, 1
	ext	$t0, $t0, 25, 6
	lui	$t1, 0x8000
1:	mtc0	$t0, $0
	mtc0	$t1, $10
	mtc0	$zero, $2
	mtc0	$zero, $3
	mtc0	$zero, $5
	ehb
	tlbwi
	addiu	$t1, $t1, 0x2000
	bnez	$t0, 1b
	addiu	$t0, $t0, -1
	/* 0: code, 1: data, 2: invalid */
	li	$t0, 0
	li	$t1, CODE_VA
	la	$t2, code_pages
	jal	map
	li	$t3, 0x1b
	li	$t0, 1
	li	$t1, 0x00010000
	la	$t2, data_pages
	jal	map
	li	$t3, 0x1f
	mtc0	$t0, $0
	ehb
	tlbr
	ehb
	mfc0	$t4, $3
	li	$t5, ~4
	and	$t4, $t4, $t5
	mtc0	$t4, $3
	ehb
	tlbwi
	li	$t0, 2
	li	$t1, 0x00020000
	la	$t2, data_pages
	jal	map
	li	$t3, 0x19
	mtc0	$zero, $10
	la	$t0, cases
	la	$t1, variables
	sw	$t0, 0($t1)

next_case:
	la	$t1, variables
	lw	$t0, 0($t1)
	la	$t2, cases_end
	beq	$t0, $t2, done
	addiu	$t3, $t0, 4 * CASE_WORDS
	sw	$t3, 0($t1)
	sw	$zero, 16($t1)		/* faults */
	sw	$zero, 20($t1)		/* hash */
	/* the program */
	la	$t4, code_pages
	addiu	$t5, $t0, 4 * STATE_WORDS
	li	$t6, PROGRAM_WORDS
1:	lw	$t7, 0($t5)
	sw	$t7, 0($t4)
	addiu	$t5, $t5, 4
	addiu	$t6, $t6, -1
	bnez	$t6, 1b
	addiu	$t4, $t4, 4
	li	$t6, PAD_WORDS
	li	$t7, 0x0000000c		/* SYSCALL */
1:	sw	$t7, 0($t4)
	addiu	$t6, $t6, -1
	bnez	$t6, 1b
	addiu	$t4, $t4, 4
	/* data: a pattern */
	la	$t4, data_pages
	li	$t5, 2048
	li	$t6, 0x3f8ccccd
1:	sw	$t6, 0($t4)
	rotr	$t6, $t6, 3
	addiu	$t6, $t6, 0x1357
	addiu	$t5, $t5, -1
	bnez	$t5, 1b
	addiu	$t4, $t4, 4
	/* registers */
	lw	$t1, 0($t0)
	mtc0	$t1, $12		/* Status: user, EXL, CU1 and FR as it may be */
	ehb
	lw	$t1, 0($t0)
	ext	$t1, $t1, 29, 1
	beqz	$t1, 2f
	nop
	lw	$t1, 4($t0)
	ctc1	$t1, $31
	lw	$t1, 0($t0)
	ext	$t1, $t1, 26, 1
	beqz	$t1, 1f
	nop
	.set	push
	.set	mips32r2
	.set	fp=64
	.set	oddspreg
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	lw	$t1, (36 + 2 * \n) * 4($t0)
	lw	$t2, (37 + 2 * \n) * 4($t0)
	mtc1	$t1, $f\n
	mthc1	$t2, $f\n
	.endr
	b	2f
	nop
1:	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	lw	$t1, (36 + 2 * \n) * 4($t0)
	lw	$t2, (37 + 2 * \n) * 4($t0)
	mtc1	$t1, $f\n
	mthc1	$t2, $f\n
	.endr
	.set	pop
2:	lw	$t1, 0($t0)
	ext	$t1, $t1, 24, 1
	beqz	$t1, 1f
	nop
	.set	push
	.set	dsp
	lw	$t1, DSP_WORDS * 4($t0)
	wrdsp	$t1
	.irp	n, 1, 2, 3
	lw	$t1, (DSP_WORDS - 1 + 2 * \n) * 4($t0)
	lw	$t2, (DSP_WORDS + 2 * \n) * 4($t0)
	mthi	$t1, $ac\n
	mtlo	$t2, $ac\n
	.endr
	.set	pop
1:	lw	$t1, 8($t0)
	mthi	$t1
	lw	$t1, 12($t0)
	mtlo	$t1
	li	$t1, CODE_VA
	mtc0	$t1, $14
	move	$k0, $t0
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29, 30, 31
	lw	$\n, (4 + \n) * 4($k0)
	.endr
	li	$k0, 0
	li	$k1, 0
	ehb
	eret

/* Entry t0 maps the pair at t1 to the two pages at t2, with flags t3. */
map:
	mtc0	$t0, $0
	mtc0	$t1, $10
	ext	$t2, $t2, 0, 29
	srl	$t2, $t2, 6
	or	$t2, $t2, $t3
	mtc0	$t2, $2
	addiu	$t2, $t2, 0x40
	mtc0	$t2, $3
	ehb
	tlbwi
	jr	$ra
	nop

vector:
	lui	$k0, %hi(exception)
	addiu	$k0, $k0, %lo(exception)
	jr	$k0
	nop

exception:
	la	$k1, variables
	sw	$t0, 4($k1)
	sw	$t1, 8($k1)
	mfc0	$k0, $14
	li	$t0, CODE_VA + 4 * PROGRAM_WORDS
	sltu	$t0, $k0, $t0
	beqz	$t0, finish
	lw	$t0, 16($k1)
	addiu	$t0, $t0, 1
	sw	$t0, 16($k1)
	sltiu	$t0, $t0, MOST_FAULTS
	beqz	$t0, finish
	nop
	/* hash = rotr(hash, 7) + (BD, code, and for CpU the unit) + EPC, and BadVAddr's word for those that set it */
	lw	$t0, 20($k1)
	rotr	$t0, $t0, 7
	addu	$t0, $t0, $k0
	mfc0	$k0, $13
	andi	$t1, $k0, 0x7c
	addu	$t0, $t0, $t1
	xori	$t1, $t1, 11 << 2
	bnez	$t1, 1f
	srl	$t1, $k0, 31
	ext	$t1, $k0, 28, 4
1:	addu	$t0, $t0, $t1
	ext	$t1, $k0, 2, 5
	beqz	$t1, 2f
	sltiu	$t1, $t1, 6
	beqz	$t1, 2f
	mfc0	$t1, $8
	srl	$t1, $t1, 2
	addu	$t0, $t0, $t1
2:	sw	$t0, 20($k1)
	/* behind the instruction, or behind the slot */
	mfc0	$t0, $14
	bgez	$k0, 3f
	addiu	$t0, $t0, 4
	addiu	$t0, $t0, 4
3:	mtc0	$t0, $14
	lw	$t0, 4($k1)
	lw	$t1, 8($k1)
	li	$k0, 0
	li	$k1, 0
	ehb
	eret

finish:
	la	$k0, result
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29, 30, 31
	sw	$\n, R_GPR + 4 * \n($k0)
	.endr
	lw	$t0, 4($k1)
	lw	$t1, 8($k1)
	sw	$t0, R_GPR + 32($k0)
	sw	$t1, R_GPR + 36($k0)
	mfhi	$t0
	sw	$t0, R_HI($k0)
	mflo	$t0
	sw	$t0, R_LO($k0)
	lw	$t0, 16($k1)
	sw	$t0, R_FAULTS($k0)
	lw	$t0, 20($k1)
	sw	$t0, R_HASH($k0)
	mfc0	$t0, $12
	ext	$t1, $t0, 29, 1
	beqz	$t1, 2f
	ext	$t1, $t0, 26, 1
	cfc1	$t0, $31
	sw	$t0, R_FCSR($k0)
	.set	push
	.set	mips32r2
	.set	fp=64
	.set	oddspreg
	beqz	$t1, 1f
	ctc1	$zero, $31
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	mfc1	$t0, $f\n
	mfhc1	$t1, $f\n
	sw	$t0, R_FPR + 8 * \n($k0)
	sw	$t1, R_FPR + 8 * \n + 4($k0)
	.endr
	b	2f
	nop
1:	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	mfc1	$t0, $f\n
	mfhc1	$t1, $f\n
	sw	$t0, R_FPR + 8 * \n($k0)
	sw	$t1, R_FPR + 8 * \n + 4($k0)
	.endr
	.set	pop
2:	mfc0	$t0, $12
	ext	$t0, $t0, 24, 1
	beqz	$t0, 1f
	nop
	.set	push
	.set	dsp
	rddsp	$t0
	sw	$t0, R_DSP($k0)
	.irp	n, 1, 2, 3
	mfhi	$t0, $ac\n
	mflo	$t1, $ac\n
	sw	$t0, R_DSP - 4 + 8 * \n($k0)
	sw	$t1, R_DSP + 8 * \n($k0)
	.endr
	.set	pop
1:	/* memory */
	la	$t0, data_pages
	li	$t1, 2048
	li	$t2, 0
1:	lw	$t3, 0($t0)
	rotr	$t2, $t2, 5
	addu	$t2, $t2, $t3
	addiu	$t1, $t1, -1
	bnez	$t1, 1b
	addiu	$t0, $t0, 4
	sw	$t2, R_MEMORY($k0)
	/* out with it, most significant bytes first */
	li	$t1, RESULT_BYTES
	li	$t2, UART
1:	lw	$t0, 0($k0)
	li	$t4, 4
2:	rotr	$t0, $t0, 24
3:	lbu	$t3, 5($t2)
	andi	$t3, $t3, 0x20
	beqz	$t3, 3b
	addiu	$t4, $t4, -1
	bnez	$t4, 2b
	sb	$t0, 0($t2)
	addiu	$t1, $t1, -4
	bnez	$t1, 1b
	addiu	$k0, $k0, 4
	/* FPU and DSP off, kernel mode, EXL clear */
	mtc0	$zero, $12
	ehb
	b	next_case
	nop

done:
	li	$t0, 0xbf000500
	li	$t1, 0x42
	sw	$t1, 0($t0)
1:	b	1b
	nop

	.section .rodata
	.align	2
cases:
	.include "cases.inc"
cases_end:

	.bss
	.align	13
code_pages:
	.space	8192
data_pages:
	.space	8192
variables:
	.space	64
result:
	.space	RESULT_BYTES
