/* Processes: their birth, their death, and who mourns them. */
#include "fs/fs.h"
#include "kernel.h"

struct process process[PROCESSES];
static struct process *first;
static u32 last_pid;

static struct process *process_alloc(void) {
  for (struct process *p = process; p < &process[PROCESSES]; p++) {
    if (p->state != PROCESS_FREE) continue;
    p->stack = page_alloc();
    if (!p->stack) return NULL;
    *p->stack = (u32)p; /* the canary */
    p->frame = (struct frame *)((u32)p->stack + PAGE_SIZE) - 1;
    p->pid = ++last_pid;
    p->killed = p->killable = false;
    space_init(&p->space);
    return p;
  }
  return NULL;
}

static void process_discard(struct process *p) {
  page_free(p->stack);
  p->stack = NULL;
  p->state = PROCESS_FREE;
}

/* Makes switch_stack() go to `start` with an otherwise empty stack below the frame. */
static void start_at(struct process *p, void (*start)(void)) {
  u32 *saved = (u32 *)p->frame - 10;
  saved[9] = (u32)start;
  p->saved_sp = (u32)saved;
}

/* The first process begins in the kernel: it mounts the disk, which may block,
 * and becomes /init. */
static void first_steps(void) {
  irq_on();
  fs_mount();
  fs_enter();
  current->directory = inode_get(ROOT_INODE);
  fs_leave();
  if (exec("/init", "init", sizeof "init", 1) < 0) panic("no /init on %s", disk_name);
  irq_off();
  /* The frame is complete; drop to it as if a system call had ended. */
  asm volatile("move $sp, %0; j return_to_user" ::"r"(current->frame));
  __builtin_unreachable();
}

void processes_init(void) {
  first = process_alloc();
  start_at(first, first_steps);
  text_copy(first->name, "init", sizeof first->name);
  ready(first);
}

int process_fork(void) {
  struct process *child = process_alloc();
  if (!child) return -1;
  if (!space_copy(&child->space, &current->space)) {
    process_discard(child);
    return -1;
  }
  child->parent = current;
  *child->frame = *current->frame;
  child->frame->general[V0] = 0;
  start_at(child, return_to_user);
  for (u32 i = 0; i < MAX_DESCRIPTORS; i++) child->file[i] = current->file[i] ? file_share(current->file[i]) : NULL;
  child->directory = inode_share(current->directory);
  memcpy(child->name, current->name, sizeof child->name);
  u32 pid = child->pid;
  u32 was_on = irq_off();
  ready(child);
  irq_restore(was_on);
  return pid;
}

void process_exit(void) {
  if (current == first) panic("init is gone");
  for (u32 i = 0; i < MAX_DESCRIPTORS; i++) {
    if (current->file[i]) file_close(current->file[i]);
    current->file[i] = NULL;
  }
  fs_enter();
  inode_put(current->directory);
  fs_leave();
  space_park();
  space_release(&current->space);
  for (struct process *p = process; p < &process[PROCESSES]; p++) {
    if (p->state == PROCESS_FREE || p->parent != current) continue;
    p->parent = first;
    if (p->state == PROCESS_ZOMBIE) wake(first);
  }
  irq_off();
  wake(current->parent);
  current->state = PROCESS_ZOMBIE;
  leave();
}

int process_wait(void) {
  for (;;) {
    bool any = false;
    for (struct process *p = process; p < &process[PROCESSES]; p++) {
      if (p->state == PROCESS_FREE || p->parent != current) continue;
      any = true;
      if (p->state != PROCESS_ZOMBIE) continue;
      u32 pid = p->pid;
      process_discard(p);
      return pid;
    }
    if (!any || !block_killable(current)) return -1;
  }
}

static void doom(struct process *p) {
  u32 was_on = irq_off();
  p->killed = true;
  if (p->state == PROCESS_BLOCKED && p->killable) ready(p);
  irq_restore(was_on);
}

int process_kill(u32 pid) {
  for (struct process *p = process; p < &process[PROCESSES]; p++) {
    if (p->state == PROCESS_FREE || p->state == PROCESS_ZOMBIE || p->pid != pid) continue;
    doom(p);
    return 0;
  }
  return -1;
}

/* Ctrl-C: what the children of init (shells, and jobs left behind) have started. */
void process_interrupt_jobs(void) {
  for (struct process *p = process; p < &process[PROCESSES]; p++)
    if (p->state != PROCESS_FREE && p->parent && p->parent != first) doom(p);
}
