#include "bench.h"

/* Prints `<`, runs the benchmark, prints `>` and its checksum: the host takes the time between the two marks. */

#define UART ((volatile u8 *)0xb80003f8)
#define VECTORS 0x80000000

extern const u32 refill_vector[], refill_vector_end[], general_vector[], general_vector_end[];

static void put(char c) {
  while (!(UART[5] & 0x20));
  UART[0] = c;
}

static void copy_code(u32 *to, const u32 *from, const u32 *end) {
  while (from < end) *to++ = *from++;
}

/* Bytes, not words, and no library behind it: the compiler may call these. */
void *memset(void *to, int byte, u32 n) {
  u8 *p = to;
  while (n--) *p++ = byte;
  return to;
}

int main(void) {
  copy_code((u32 *)VECTORS, refill_vector, refill_vector_end);
  copy_code((u32 *)(VECTORS + 0x180), general_vector, general_vector_end);
  put('<');
  u32 sum = bench();
  put('>');
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[(sum >> shift) & 15]);
  put('\n');
  return 0;
}
