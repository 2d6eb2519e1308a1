/* What mknod() can name. */
#include "../board.h"
#include "../fs/fs.h"

int power_write(const u8 *from, u32 n) {
  print("power off\n");
  ((volatile u32 *)POWER_BLOCK)[1] = 42;
  stop_for_good(); /* a board without the switch */
}

int status_read(u8 *to, u32 n) {
  char text[160];
  fs_enter();
  u32 length = format_text(text, sizeof text, "pages %u of %u\ninodes %u of %u\nblocks %u of %u\n", pages_free(),
                           pages_total(), inodes_free(), fs_super.inodes - 1, blocks_free(), fs_super.data_blocks);
  fs_leave();
  length = MIN(length, n);
  memcpy(to, text, length);
  return length;
}

const struct device *device_find(u32 major) {
  static const struct device devices[] = {
      [DEVICE_CONSOLE] = {.read = console_read, .write = console_write},
      [DEVICE_POWER] = {.write = power_write},
      [DEVICE_STATUS] = {.read = status_read},
  };
  return major < COUNT(devices) ? &devices[major] : NULL;
}
