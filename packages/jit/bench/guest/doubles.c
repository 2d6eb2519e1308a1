#include "bench.h"

/* Doubles: planets around a sun, stepped; the checksum is their bits, so every rounding counts. */

struct body {
  double x, y, vx, vy, mass;
};

static struct body bodies[4] = {
    {0, 0, 0, 0, 40}, {5, 0, 0, 2.5, 0.04}, {9, 1, -0.2, 2, 0.01}, {-15, 3, 0.1, -1.5, 0.002},
};

u32 bench(void) {
  for (int step = 0; step < TURNS(800000); step++) {
    for (int i = 0; i < 4; i++)
      for (int j = i + 1; j < 4; j++) {
        struct body *a = &bodies[i], *b = &bodies[j];
        double dx = b->x - a->x, dy = b->y - a->y;
        double d2 = dx * dx + dy * dy;
        double f = 0.001 / (d2 * __builtin_sqrt(d2));
        a->vx += dx * b->mass * f, a->vy += dy * b->mass * f;
        b->vx -= dx * a->mass * f, b->vy -= dy * a->mass * f;
      }
    for (int i = 0; i < 4; i++) bodies[i].x += 0.001 * bodies[i].vx, bodies[i].y += 0.001 * bodies[i].vy;
  }
  u32 sum = 0;
  for (int i = 0; i < 4; i++) {
    union {
      double d;
      u32 w[2];
    } bits = {bodies[i].x + bodies[i].vy};
    sum = sum * 31 + bits.w[0];
    sum = sum * 31 + bits.w[1];
  }
  return sum;
}
