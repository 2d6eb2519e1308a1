/* The tick, from the CPU's own timer (PRA §9.9, §9.13). */
#include "../kernel.h"

/* Count runs at 100 MHz on the board; elsewhere ticks are as much shorter as it runs faster. */
#define COUNT_HZ 100000000
#define INTERVAL (COUNT_HZ / TICKS_PER_SECOND)

void clock_init(void) { cp0_write(11, 0, cp0_read(9, 0) + INTERVAL); }

void clock_interrupt(void) {
  u32 next = cp0_read(11, 0) + INTERVAL;
  if ((s32)(next - cp0_read(9, 0)) < INTERVAL / 10) next = cp0_read(9, 0) + INTERVAL; /* we are late */
  cp0_write(11, 0, next); /* this also takes the request away */
  tick();
}
