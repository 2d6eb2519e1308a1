/* The pair of 8259 interrupt controllers. The CPU has no acknowledge cycle for
 * them, so the number of a request is read by the poll command (OCW3 = 0x0c). */
#include "../board.h"
#include "../kernel.h"

#define MASTER 0x20
#define SLAVE 0xa0
#define POLL 0x0c
#define REQUESTED 0x80
#define END_OF 0x60 /* specific end of interrupt */

static u16 masked = 0xffff & ~(1 << IRQ_CASCADE);

static void write_masks(void) {
  out8(MASTER + 1, masked);
  out8(SLAVE + 1, masked >> 8);
}

static void start(u32 chip, u8 vector, u8 cascade) {
  out8(chip, 0x11); /* ICW1: edge-triggered, cascaded, ICW4 follows */
  out8(chip + 1, vector);
  out8(chip + 1, cascade);
  out8(chip + 1, 0x01); /* ICW4: 8086 mode, explicit end of interrupt */
}

void interrupts_init(void) {
  start(MASTER, 0x20, 1 << IRQ_CASCADE);
  start(SLAVE, 0x28, IRQ_CASCADE);
  write_masks();
}

void interrupt_enable(u32 irq) {
  masked &= ~(1 << irq);
  write_masks();
}

/* -1 when the request has gone away. */
static int poll(u32 chip) {
  out8(chip, POLL);
  u8 answer = in8(chip);
  return answer & REQUESTED ? answer & 7 : -1;
}

void interrupts_dispatch(void) {
  int irq = poll(MASTER);
  if (irq == IRQ_CASCADE) {
    int line = poll(SLAVE);
    if (line >= 0) {
      irq = 8 + line;
      out8(SLAVE, END_OF | line);
    }
    out8(MASTER, END_OF | IRQ_CASCADE);
  } else if (irq >= 0) {
    out8(MASTER, END_OF | irq);
  }
  if (irq == IRQ_UART) console_input();
  if (irq == IRQ_DISK) disk_interrupt();
}
