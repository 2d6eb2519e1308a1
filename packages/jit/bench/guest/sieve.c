#include "bench.h"

#define N 100000
static u8 composite[N];

u32 bench(void) {
  u32 found = 0;
  for (int round = 0; round < TURNS(1600); round++) {
    for (u32 i = 0; i < N; i++) composite[i] = 0;
    for (u32 i = 2; i < N; i++) {
      if (composite[i]) continue;
      found++;
      for (u32 j = 2 * i; j < N; j += i) composite[j] = 1;
    }
  }
  return found;
}
