#include "bench.h"

static inline u32 system_add(u32 a, u32 b) {
  register u32 a0 __asm__("$4") = a;
  register u32 a1 __asm__("$5") = b;
  register u32 v0 __asm__("$2");
  __asm__ volatile("syscall" : "=r"(v0) : "r"(a0), "r"(a1) : "$26", "$27", "memory");
  return v0;
}

u32 bench(void) {
  u32 sum = 0;
  for (u32 i = 0; i < TURNS(8000000); i++) sum = system_add(sum, i);
  return sum;
}
