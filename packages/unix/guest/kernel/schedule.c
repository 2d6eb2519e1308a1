/* Who runs: a queue of processes that could, and events for those that wait. */
#include "kernel.h"

struct process *current;
volatile u32 ticks;
bool reschedule; /* a tick has passed in user mode: let others run */

static u32 sleepers; /* processes in sleep_ticks() */

/* What the CPU does when nobody is ready; it has boot()'s stack. */
static struct process idler = {.name = "idle"};

static struct {
  struct process *volatile first, *last;
} queue;

void ready(struct process *p) {
  p->state = PROCESS_READY;
  p->next = NULL;
  if (queue.first)
    queue.last->next = p;
  else
    queue.first = p;
  queue.last = p;
}

/* Interrupts are off. The caller has set the current process's state. */
static void run_next(void) {
  struct process *old = current, *new = queue.first;
  if (new)
    queue.first = new->next;
  else
    new = &idler;
  new->state = PROCESS_RUNNING;
  if (new == old) return;
  if (old->stack && *old->stack != (u32)old) panic("kernel stack of %s overflowed", old->name);
  current = new;
  if (new == &idler) {
    space_park();
  } else {
    space_activate(&new->space);
    kernel_sp = (u32)new->stack + PAGE_SIZE;
  }
  switch_stack(&old->saved_sp, new->saved_sp);
}

void yield(void) {
  u32 was_on = irq_off();
  reschedule = false;
  ready(current);
  run_next();
  irq_restore(was_on);
}

void block(const void *event) {
  u32 was_on = irq_off();
  current->waits_for = event;
  current->state = PROCESS_BLOCKED;
  run_next();
  irq_restore(was_on);
}

bool block_killable(const void *event) {
  u32 was_on = irq_off();
  if (!current->killed) {
    current->killable = true;
    block(event);
    current->killable = false;
  }
  irq_restore(was_on);
  return !current->killed;
}

void wake(const void *event) {
  u32 was_on = irq_off();
  for (struct process *p = process; p < &process[PROCESSES]; p++)
    if (p->state == PROCESS_BLOCKED && p->waits_for == event) ready(p);
  irq_restore(was_on);
}

void tick(void) {
  ticks++;
  reschedule = true;
  for (struct process *p = process; p < &process[PROCESSES]; p++)
    if (p->state == PROCESS_BLOCKED && p->waits_for == &ticks && (s32)(ticks - p->alarm) >= 0) ready(p);
}

bool sleep_ticks(u32 n) {
  bool alive = true;
  u32 was_on = irq_off();
  current->alarm = ticks + n;
  sleepers++;
  while (alive && (s32)(ticks - current->alarm) < 0) alive = block_killable((const void *)&ticks);
  sleepers--;
  irq_restore(was_on);
  return alive;
}

void leave(void) {
  run_next();
  panic("%s came back from the dead", current->name);
}

void idle(void) {
  current = &idler;
  for (;;) {
    irq_off();
    if (queue.first) {
      clock_resume();
      run_next();
      if (!sleepers) clock_pause();
    }
    irq_on();
    wait_for_interrupt((const void *)&queue.first);
  }
}

void lock(struct lock *l) {
  while (l->holder) block(l);
  l->holder = current;
}

void unlock(struct lock *l) {
  l->holder = NULL;
  wake(l);
}
