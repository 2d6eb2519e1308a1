/*
 * The kernel's own interfaces, by source file.
 *
 * One CPU, and kernel code is never pre-empted: it gives the CPU away only in
 * block(). Interrupts may come at any moment, though, so what interrupt
 * handlers touch as well (the run queue, the console's line, the disk's
 * request) is used with interrupts off. Kernel code that must stay whole
 * across a block() holds a lock.
 */
#ifndef KERNEL_H
#define KERNEL_H
#include "../include/abi.h"
#include "../lib/text.h"
#include "mips.h"
#include "../include/types.h"

/* print.c */
void print(const char *template, ...);
void panic(const char *template, ...) __attribute__((noreturn));
void stop_for_good(void) __attribute__((noreturn)); /* WAIT, with nothing that could end it */

/* pages.c */
void pages_init(u32 ram_bytes);
void *page_alloc(void); /* zeroed; NULL when there is none */
void page_free(void *page);
u32 pages_free(void), pages_total(void);

/* space.c */
struct space {
  u32 table[USER_TABLES]; /* as EntryLo values, which is what the refill needs */
  u32 top;                /* first byte after the last mapped page or heap byte */
  u32 heap;               /* where the heap starts: top never goes below */
  u32 tag;                /* ASID and its generation */
};
void spaces_init(void);
void space_init(struct space *);
bool space_grow(struct space *, u32 new_top, bool writable);
bool space_skip_page(struct space *); /* leaves a hole, which guards */
void space_shrink(struct space *, u32 new_top);
bool space_copy(struct space *to, const struct space *from);
void space_release(struct space *);
void *space_page(const struct space *, u32 address); /* kernel's view of a user page, or NULL */
void space_activate(struct space *);
void space_park(void); /* no user memory at all */
bool user_may_read(u32 address, u32 n);
bool user_may_write(u32 address, u32 n);
int user_text(char *to, u32 address, u32 room); /* length without the NUL, or -1 */

/* process.c, schedule.c */
enum process_state { PROCESS_FREE, PROCESS_READY, PROCESS_RUNNING, PROCESS_BLOCKED, PROCESS_ZOMBIE };
struct process {
  enum process_state state;
  u32 pid;
  struct process *parent;
  struct process *next;  /* in the run queue */
  const void *waits_for; /* while blocked */
  u32 alarm;             /* tick at which a sleep ends */
  bool killable;         /* blocked in a way that kill() may end */
  bool killed;
  u32 *stack; /* a page; the lowest word is the canary */
  u32 saved_sp;
  struct frame *frame; /* user registers, on that page */
  struct space space;
  struct file *file[MAX_DESCRIPTORS];
  struct inode *directory;
  char name[16];
};
#define PROCESSES 64
extern struct process process[PROCESSES];
extern struct process *current;
extern volatile u32 ticks;
extern bool reschedule;

void processes_init(void);
int process_fork(void);
void process_exit(void) __attribute__((noreturn));
int process_wait(void);
int process_kill(u32 pid);
void process_interrupt_jobs(void);

void ready(struct process *);
void block(const void *event);
bool block_killable(const void *event); /* false: the process is to die */
void wake(const void *event);
void yield(void);
void leave(void) __attribute__((noreturn)); /* for ever; the state is set */
void idle(void) __attribute__((noreturn));
void tick(void);
bool sleep_ticks(u32 n);

struct lock {
  struct process *holder;
};
void lock(struct lock *);
void unlock(struct lock *);

/* exec.c */
int exec(const char *path, const char *packed, u32 packed_size, u32 count);

/* entry.S */
extern u32 kernel_sp;     /* where an exception from user mode finds its stack */
extern u32 *active_table; /* the running space's table[] */
extern char vector_refill[], vector_refill_end[], vector_general[], vector_general_end[];
extern char idle_window[], idle_window_end[], idle_out[];
void switch_stack(u32 *save_sp, u32 new_sp);
void return_to_user(void);
void wait_for_interrupt(const void *until_nonzero);

/* trap.c, syscall.c */
void traps_init(void);
void trap(struct frame *);
void system_call(struct frame *);

/* pipe.c */
struct pipe;
struct pipe *pipe_open(void);
void pipe_close(struct pipe *, bool writing_end);
int pipe_read(struct pipe *, u8 *to, u32 n);
int pipe_write(struct pipe *, const u8 *from, u32 n);

/* file.c */
struct file {
  u32 references;
  bool readable, writable, append;
  struct pipe *pipe; /* or */
  struct inode *inode;
  u32 offset;
};
#define FILES 128
struct file *file_alloc(void);
struct file *file_share(struct file *);
void file_close(struct file *);
int file_read(struct file *, u8 *to, u32 n);
int file_write(struct file *, const u8 *from, u32 n);
int file_status(struct file *, struct stat *);

/* dev/ */
struct device {
  int (*read)(u8 *to, u32 n);
  int (*write)(const u8 *from, u32 n);
};
const struct device *device_find(u32 major);
void uart_init(void);
void uart_listen(bool); /* whether input interrupts */
void uart_put(u8);
int uart_get(void);
void console_input(void);
int console_read(u8 *to, u32 n);
int console_write(const u8 *from, u32 n);
void interrupts_init(void);
void interrupt_enable(u32 irq);
void interrupts_dispatch(void);
void clock_init(void);
void clock_interrupt(void);
void clock_pause(void), clock_resume(void); /* interrupts are off */
int power_write(const u8 *from, u32 n);
int status_read(u8 *to, u32 n);

/* dev/ata.c or dev/memide.c, whichever is linked */
extern const char disk_name[];
void disk_init(void);
u32 disk_blocks(void);
void disk_read(u32 block, void *to);
void disk_write(u32 block, const void *from);
void disk_interrupt(void);

#endif
