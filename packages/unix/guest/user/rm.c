/* Files, and directories that are empty. */
#include "lib/unix.h"

int main(int count, char **path) {
  if (count < 2) fail("usage: rm FILE ...\n");
  for (int i = 1; i < count; i++)
    if (unlink(path[i]) < 0) fail("rm: cannot remove %s\n", path[i]);
  return 0;
}
