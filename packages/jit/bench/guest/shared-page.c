#include "bench.h"

/* Small firmware: code and the data it writes on one page, though not within one 64-byte line. A sieve and a queue of records. */

struct record {
  u32 key, weight;
};

__attribute__((section(".beside"))) static u8 composite[1024] = {1};
__attribute__((section(".beside"))) static struct record queue[32] = {{1, 1}};

static u32 sieve(void) {
  u32 found = 0;
  for (u32 i = 0; i < sizeof composite; i++) composite[i] = 0;
  for (u32 i = 2; i < sizeof composite; i++) {
    if (composite[i]) continue;
    found++;
    for (u32 j = 2 * i; j < sizeof composite; j += i) composite[j] = 1;
  }
  return found;
}

static void insert(u32 key, u32 weight) {
  int i = 31;
  for (; i > 0 && queue[i - 1].key > key; i--) queue[i] = queue[i - 1];
  queue[i].key = key;
  queue[i].weight += weight;
}

u32 bench(void) {
  u32 sum = 0;
  for (u32 round = 0; round < TURNS(1600); round++) {
    sum = sum * 31 + sieve();
    for (u32 i = 0; i < 32; i++) insert(sum >> i, i);
    sum += queue[round & 31].weight;
  }
  return sum;
}
