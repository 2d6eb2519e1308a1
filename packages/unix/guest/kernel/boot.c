/* From entry.S to the first process. */
#include "board.h"
#include "kernel.h"

_Static_assert(sizeof(struct frame) == FRAME_SIZE && offsetof(struct frame, status) == FRAME_STATUS, "entry.S");

/* Without a loader's word, as much as holds the parameter block itself. */
#define LEAST_RAM (16u << 20)

static u32 ram_bytes(void) {
  const struct boot_parameters *given = (void *)BOOT_PARAMETERS;
  return given->magic == BOOT_MAGIC ? MIN(given->ram_bytes, (u32)USER_LIMIT) : LEAST_RAM;
}

void boot(void) {
  u32 ram = ram_bytes();
  traps_init();
  uart_init();
  pages_init(ram);
  spaces_init();
  interrupts_init();
  interrupt_enable(IRQ_UART);
  disk_init();
  print("kseg unix: %u MB, %s of %u blocks\n", ram >> 20, disk_name, disk_blocks());
  processes_init();
  clock_init();
  cp0_write(12, 0, STATUS_KERNEL);
  idle();
}
