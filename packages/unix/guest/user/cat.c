#include "lib/unix.h"

static void copy(int fd, const char *name) {
  static char buffer[BLOCK_SIZE];
  int n;
  while ((n = read(fd, buffer, sizeof buffer)) > 0)
    if (write(1, buffer, n) != n) fail("cat: cannot write\n");
  if (n < 0) fail("cat: cannot read %s\n", name);
}

int main(int count, char **path) {
  if (count < 2) copy(0, "input");
  for (int i = 1; i < count; i++) {
    int fd = open(path[i], OPEN_READ);
    if (fd < 0) fail("cat: cannot open %s\n", path[i]);
    copy(fd, path[i]);
    close(fd);
  }
  return 0;
}
