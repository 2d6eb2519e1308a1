/* The tick, from the CPU's own timer (PRA §9.9, §9.13). */
#include "../kernel.h"

/* Count runs at 100 MHz on the board; elsewhere ticks are as much shorter as it runs faster. */
#define COUNT_HZ 100000000
#define INTERVAL (COUNT_HZ / TICKS_PER_SECOND)

/* If Count gets there before we have said so, the match would come a whole turn of Count later. */
static void next_tick_at(u32 when) {
  for (;; when = cp0_read(9, 0) + INTERVAL) {
    cp0_write(11, 0, when); /* this also takes the request away */
    if ((s32)(when - cp0_read(9, 0)) > 0) return;
  }
}

void clock_init(void) { next_tick_at(cp0_read(9, 0) + INTERVAL); }

void clock_interrupt(void) {
  next_tick_at(cp0_read(11, 0) + INTERVAL);
  tick();
}
