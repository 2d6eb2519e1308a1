/* Turns the board off. Every write that has returned is on the disk already. */
#include "lib/unix.h"

int main(void) {
  int fd = open("/dev/power", OPEN_WRITE);
  if (fd < 0 || write(fd, "off", 3) < 0) fail("halt: no power switch\n");
  return 0;
}
