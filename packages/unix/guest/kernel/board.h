/* The board: ISA devices behind a window at physical 0x14000000. */
#ifndef BOARD_H
#define BOARD_H
#include "../include/types.h"

#define ISA_WINDOW 0xb4000000
#define IRQ_CASCADE 2
#define IRQ_UART 4
#define IRQ_DISK 14

/* Writing 42 to the second word of this block turns the board off. */
#define POWER_BLOCK 0xbfbf0000

/* Left by the boot loader in RAM; the block ends at 16 MB. */
#define BOOT_PARAMETERS 0x80fffef8
#define BOOT_MAGIC 0x12345678
struct boot_parameters {
  u32 ram_bytes, magic;
  char command_line[256];
};

static inline u8 in8(u32 port) { return *(volatile u8 *)(ISA_WINDOW + port); }
static inline void out8(u32 port, u8 v) { *(volatile u8 *)(ISA_WINDOW + port) = v; }
static inline u16 in16(u32 port) { return *(volatile u16 *)(ISA_WINDOW + port); }
static inline void out16(u32 port, u16 v) { *(volatile u16 *)(ISA_WINDOW + port) = v; }
#endif
