/* Exceptions and interrupts, once entry.S has saved the registers. */
#include "kernel.h"

static void install(u32 offset, const char *from, const char *to) {
  u8 *vector = (u8 *)KSEG0 + offset;
  memcpy(vector, from, to - from);
  for (u8 *line = vector; line < vector + (to - from); line += 16) asm volatile("synci 0(%0)" ::"r"(line));
  asm volatile("sync");
}

void traps_init(void) {
  install(0x000, vector_refill, vector_refill_end);
  install(0x180, vector_general, vector_general_end);
}

static const char *const cause_text[32] = {
    [EXC_MODIFIED] = "store to read-only memory",
    [EXC_TLB_LOAD] = "load from unmapped memory",
    [EXC_TLB_STORE] = "store to unmapped memory",
    [EXC_ADDRESS_LOAD] = "load from bad address",
    [EXC_ADDRESS_STORE] = "store to bad address",
    [6] = "bus error on fetch",
    [7] = "bus error",
    [9] = "breakpoint",
    [10] = "reserved instruction",
    [11] = "coprocessor unusable",
    [12] = "arithmetic overflow",
    [13] = "trap",
};

/* A TLB miss in the window of page tables stands for the user address it was to translate. */
static u32 faulting_address(const struct frame *f, u32 code) {
  bool table = code == EXC_TLB_LOAD && f->badvaddr >= TABLE_WINDOW;
  return table ? (f->badvaddr - TABLE_WINDOW) / 4 * PAGE_SIZE : f->badvaddr;
}

static void fault(struct frame *f, u32 code) {
  const char *text = cause_text[code] ? cause_text[code] : "exception";
  if (!(f->status & STATUS_USER))
    panic("%s %u in the kernel: pc %x, address %x", text, code, f->epc, f->badvaddr);
  if (code >= EXC_MODIFIED && code <= EXC_ADDRESS_STORE)
    print("%s: %s: pc %x, address %x\n", current->name, text, f->epc, faulting_address(f, code));
  else
    print("%s: %s: pc %x\n", current->name, text, f->epc);
  current->killed = true;
}

static void interrupt(struct frame *f) {
  u32 pending = f->cause & f->status;
  if (f->epc - (u32)idle_window < (u32)(idle_window_end - idle_window)) f->epc = (u32)idle_out;
  if (pending & CAUSE_IP7) clock_interrupt();
  if (pending & CAUSE_IP2) interrupts_dispatch();
}

void trap(struct frame *f) {
  u32 code = f->cause >> 2 & 31;
  bool user = f->status & STATUS_USER;
  if (code == EXC_INTERRUPT) {
    interrupt(f);
  } else if (code == EXC_SYSCALL && user) {
    irq_on();
    system_call(f);
  } else {
    if (user) irq_on();
    fault(f, code);
  }
  if (user) {
    irq_on();
    if (current->killed) process_exit();
    irq_off();
    if (reschedule) yield();
    if (current->killed) process_exit();
  }
}
