#include "bench.h"

/* A pointer chase through 1 MB of mapped memory: far more pages than a TLB has entries. */

#define PAGES 256
u32 page_table[2 * PAGES];
static u8 memory[PAGES * 4096] __attribute__((aligned(4096)));

u32 bench(void) {
  for (u32 i = 0; i < PAGES; i++) page_table[i] = ((((u32)memory & 0x1fffffff) + i * 4096) >> 6) | 7 | (3 << 3);
  u32 sum = 0;
  u32 at = 0;
  for (u32 i = 0; i < TURNS(11000000); i++) {
    volatile u32 *p = (volatile u32 *)(at * 4096 + ((i * 4) & 0xffc));
    *p += i;
    sum = sum * 3 + *p;
    at = (at * 5 + 1) & (PAGES - 1);
  }
  return sum;
}
