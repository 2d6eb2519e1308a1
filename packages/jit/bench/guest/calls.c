#include "bench.h"

static __attribute__((noinline)) u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static u32 add(u32 a, u32 b) { return a + b; }
static u32 sub(u32 a, u32 b) { return a - b; }
static u32 mix(u32 a, u32 b) { return (a << 5) ^ b; }
static u32 (*volatile const operations[4])(u32, u32) = {add, sub, mix, add};

u32 bench(void) {
  u32 sum = 0;
  for (u32 i = 0; i < TURNS(200); i++) sum += fib(25 + (i & 3));
  for (u32 i = 0; i < TURNS(75000000); i++) sum = operations[i & 3](sum, i);
  return sum;
}
