#include "bench.h"

#define N 96
static int a[N][N], b[N][N], c[N][N];

u32 bench(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) a[i][j] = i * 3 + j, b[i][j] = i - 2 * j;
  for (int round = 0; round < TURNS(600); round++)
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        int sum = round;
        for (int k = 0; k < N; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
  u32 sum = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) sum = sum * 31 + c[i][j];
  return sum;
}
