#include "lib/unix.h"

int main(int count, char **path) {
  if (count < 2) fail("usage: mkdir DIRECTORY ...\n");
  for (int i = 1; i < count; i++)
    if (mkdir(path[i]) < 0) fail("mkdir: cannot make %s\n", path[i]);
  return 0;
}
