#include "bench.h"

/* Eight processes in address spaces of their own, who share their code and have 32 KB of data each. They run in user mode; after about
   2,000 instructions each gives way to the next, by a system call that saves and restores what C keeps across calls. The TLB, with pages of
   16 KB, holds them all, so that what is measured is the switch. */

#define PROCESSES 8
#define DATA 0x00400000

static u32 memory[PROCESSES][8192] __attribute__((aligned(32768)));

/* s0–s7, gp, sp, fp, ra, EPC. */
struct context {
  u32 saved[13];
} contexts[PROCESSES], kernel_context;

struct {
  u32 current, switches_left;
} scheduler;

void run_processes(void);
extern const u32 switch_vector[], switch_vector_end[];

__asm__(
    "	.set	push\n"
    "	.set	noreorder\n"
    "	.macro	each operation base\n"
    "	\\operation	$16, 0(\\base)\n"
    "	\\operation	$17, 4(\\base)\n"
    "	\\operation	$18, 8(\\base)\n"
    "	\\operation	$19, 12(\\base)\n"
    "	\\operation	$20, 16(\\base)\n"
    "	\\operation	$21, 20(\\base)\n"
    "	\\operation	$22, 24(\\base)\n"
    "	\\operation	$23, 28(\\base)\n"
    "	\\operation	$28, 32(\\base)\n"
    "	\\operation	$29, 36(\\base)\n"
    "	\\operation	$30, 40(\\base)\n"
    "	\\operation	$31, 44(\\base)\n"
    "	.endm\n"
    /* void run_processes(void): the first process; comes back when no switches are left. */
    "	.globl	run_processes\n"
    "run_processes:\n"
    "	la	$26, kernel_context\n"
    "	each	sw, $26\n"
    "	la	$26, contexts\n"
    "	lw	$27, 48($26)\n"
    "	mtc0	$27, $14\n"
    "	lui	$27, 0x2000\n"
    "	ori	$27, $27, 0x12\n" /* user mode behind EXL */
    "	mtc0	$27, $12\n"
    "	mtc0	$0, $10\n"
    "	ehb\n"
    "	eret\n"
    "	.globl	switch_vector\n"
    "switch_vector:\n"
    "	la	$26, scheduler\n"
    "	lw	$8, 0($26)\n"
    "	sll	$9, $8, 6\n"
    "	sll	$10, $8, 2\n"
    "	sll	$11, $8, 3\n"
    "	subu	$9, $9, $11\n"
    "	subu	$9, $9, $10\n" /* 52 * current */
    "	la	$27, contexts\n"
    "	addu	$27, $27, $9\n"
    "	each	sw, $27\n"
    "	mfc0	$9, $14\n"
    "	addiu	$9, $9, 4\n"
    "	sw	$9, 48($27)\n"
    "	lw	$9, 4($26)\n"
    "	addiu	$9, $9, -1\n"
    "	beqz	$9, 1f\n"
    "	sw	$9, 4($26)\n"
    "	addiu	$8, $8, 1\n"
    "	andi	$8, $8, 7\n"
    "	sw	$8, 0($26)\n"
    "	mtc0	$8, $10\n" /* EntryHi.ASID */
    "	sll	$9, $8, 6\n"
    "	sll	$10, $8, 2\n"
    "	sll	$11, $8, 3\n"
    "	subu	$9, $9, $11\n"
    "	subu	$9, $9, $10\n"
    "	la	$27, contexts\n"
    "	addu	$27, $27, $9\n"
    "	each	lw, $27\n"
    "	lw	$9, 48($27)\n"
    "	mtc0	$9, $14\n"
    "	ehb\n"
    "	eret\n"
    "1:	la	$26, kernel_context\n"
    "	each	lw, $26\n"
    "	lui	$27, 0x2000\n"
    "	mtc0	$27, $12\n" /* kernel mode again, no EXL */
    "	ehb\n"
    "	jr	$31\n"
    "	nop\n"
    "	.globl	switch_vector_end\n"
    "switch_vector_end:\n"
    "	.set	pop\n");

/* What each process runs, in user mode at the address that is its physical one: no stack, no kernel data. */
__attribute__((aligned(256), noinline)) static void process(void) {
  volatile u32 *data = (volatile u32 *)DATA;
  u32 sum = 1;
  for (;;) {
    for (u32 i = 0; i < 195; i++) {
      u32 at = (i * 331) & 8191;
      sum = sum * 5 + data[at];
      data[at] = sum;
    }
    __asm__ volatile("syscall" ::: "$8", "$9", "$10", "$11", "$26", "$27", "memory");
  }
}

/* Two pages of 16 KB at `va` and `pa`. */
static void map(u32 index, u32 va, u32 pa, u32 flags) {
  u32 lo = (pa >> 6) | flags;
  __asm__ volatile("mtc0 %0, $0; mtc0 %1, $10; mtc0 %2, $2; mtc0 %3, $3; mtc0 %4, $5; ehb; tlbwi; mtc0 $0, $5; ehb" ::"r"(index),
                   "r"(va), "r"(lo), "r"(lo + 256), "r"(0x6000));
}

u32 bench(void) {
  u32 *vector = (u32 *)0x80000180;
  for (const u32 *from = switch_vector; from < switch_vector_end;) *vector++ = *from++;
  u32 code = (u32)process & 0x1fffffff;
  map(0, code & ~0x7fffu, code & ~0x7fffu, 3 << 3 | 7);
  for (u32 i = 0; i < PROCESSES; i++) {
    map(1 + i, DATA | i, (u32)memory[i] & 0x1fffffff, 3 << 3 | 6);
    contexts[i].saved[12] = code;
  }
  scheduler.switches_left = TURNS(400000);
  run_processes();
  u32 sum = 0;
  for (u32 i = 0; i < PROCESSES; i++)
    for (u32 at = 0; at < 8192; at++) sum = sum * 31 + memory[i][at];
  return sum;
}
