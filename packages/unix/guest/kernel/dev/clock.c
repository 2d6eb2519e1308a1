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

/* While nobody needs the tick it stays away: Compare is left where it was, behind a masked line. */
void clock_pause(void) { cp0_write(12, 0, cp0_read(12, 0) & ~STATUS_IM7); }

/*
 * Counts the ticks that did not come. The request, masked or not, says that
 * Count has passed Compare, so that all 32 bits of the difference are time
 * (43 s). Turns of Count beyond that are lost, which is the price of a pause
 * that nothing ends: to see them, the tick would have to wake the CPU.
 */
void clock_resume(void) {
  if (cp0_read(13, 0) & CAUSE_IP7) {
    u32 due = cp0_read(11, 0);
    u32 missed = (cp0_read(9, 0) - due) / INTERVAL + 1;
    ticks += missed;
    next_tick_at(due + missed * INTERVAL);
  }
  cp0_write(12, 0, cp0_read(12, 0) | STATUS_IM7);
}

void clock_interrupt(void) {
  next_tick_at(cp0_read(11, 0) + INTERVAL);
  tick();
}
