/* The first program: makes the devices' names and keeps a shell running. */
#include "lib/unix.h"

int main(void) {
  static const char *const shell[] = {"sh", 0};
  mkdir("/dev"); /* all of these may be there already */
  mknod("/dev/console", DEVICE_CONSOLE, 0);
  mknod("/dev/power", DEVICE_POWER, 0);
  mknod("/dev/status", DEVICE_STATUS, 0);
  open("/dev/console", OPEN_BOTH);
  dup(0);
  dup(0);
  for (;;) {
    say("init: starting sh\n");
    int pid = fork();
    if (pid == 0) {
      exec("/sh", shell);
      fail("init: no /sh\n");
    }
    if (pid < 0) say("init: cannot fork\n");
    for (int gone; (gone = wait()) >= 0 && gone != pid;) continue; /* orphans end here too */
  }
}
