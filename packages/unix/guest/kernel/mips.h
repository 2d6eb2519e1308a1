/* The processor: MIPS32 Release 2, "PRA" below is its Privileged Resource
 * Architecture manual (volume III). Assembly sources include this file too. */
#ifndef MIPS_H
#define MIPS_H

#define STATUS_IE 0x01
#define STATUS_EXL 0x02
#define STATUS_USER 0x10 /* KSU = 2 */
#define STATUS_MODE 0x1f /* IE, EXL, ERL, KSU */
#define STATUS_IM2 0x0400
#define STATUS_IM7 0x8000
#define STATUS_KERNEL (STATUS_IM2 | STATUS_IM7)

#define CAUSE_IP2 0x0400
#define CAUSE_IP7 0x8000
#define CAUSE_DC 0x08000000 /* stops Count */

#define EXC_INTERRUPT 0
#define EXC_MODIFIED 1
#define EXC_TLB_LOAD 2
#define EXC_TLB_STORE 3
#define EXC_ADDRESS_LOAD 4
#define EXC_ADDRESS_STORE 5
#define EXC_SYSCALL 8

#define PAGE_SIZE 4096
#define KSEG0 0x80000000
#define KSEG1 0xa0000000

/*
 * Page tables appear in kseg2, in one line: the entry pair of page pair n is
 * at TABLE_WINDOW + 8n. The Context register computes that address, but for
 * 16-byte pairs; one arithmetic shift right makes it ours: (0x80000000 | 16n)
 * >> 1 = 0xc0000000 | 8n.
 */
#define CONTEXT_BASE 0x80000000
#define TABLE_WINDOW 0xc0000000
#define TABLE_SPAN 0x400000 /* user memory that one page of table describes */
#define USER_TABLES 64      /* tables of a process: 256 MB, all the RAM there is */
#define USER_LIMIT (USER_TABLES * TABLE_SPAN)

/* EntryLo, PRA §9.6: frame number, cacheable, dirty = may be written, valid. */
#define ENTRY_CACHED (3 << 3)
#define ENTRY_WRITABLE 4
#define ENTRY_VALID 2

/* struct frame, as entry.S fills it. */
#define FRAME_STATUS 128
#define FRAME_CAUSE 132
#define FRAME_EPC 136
#define FRAME_BADVADDR 140
#define FRAME_HI 144
#define FRAME_LO 148
#define FRAME_SIZE 152

#ifndef __ASSEMBLER__
#include "../include/types.h"

#define cp0_read(reg, sel) \
  ({ \
    u32 v_; \
    asm volatile("mfc0 %0, $" #reg ", " #sel : "=r"(v_)); \
    v_; \
  })
#define cp0_write(reg, sel, v) asm volatile("mtc0 %z0, $" #reg ", " #sel "; ehb" ::"Jr"((u32)(v)) : "memory")

#define tlb_write_indexed() asm volatile("tlbwi; ehb" ::: "memory")

/* Turns interrupts off; returns whether they were on. */
static inline u32 irq_off(void) {
  u32 status;
  asm volatile("di %0; ehb" : "=r"(status)::"memory");
  return status & STATUS_IE;
}
static inline void irq_on(void) { asm volatile("ei; ehb" ::: "memory"); }
static inline void irq_restore(u32 was_on) {
  if (was_on) irq_on();
}

/* What an exception or interrupt found: general[n] is register n. */
struct frame {
  u32 general[32];
  u32 status, cause, epc, badvaddr, hi, lo;
};
enum { V0 = 2, A0 = 4, A1, A2, A3, SP = 29 };
#endif
#endif
