#include "lib/unix.h"

int main(int count, char **path) {
  if (count != 3) fail("usage: ln OLD NEW\n");
  if (link(path[1], path[2]) < 0) fail("ln: cannot link %s to %s\n", path[2], path[1]);
  return 0;
}
