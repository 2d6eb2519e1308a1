#include "lib/unix.h"

int main(int count, char **pid) {
  if (count < 2) fail("usage: kill PID ...\n");
  for (int i = 1; i < count; i++)
    if (kill(number(pid[i])) < 0) fail("kill: no process %s\n", pid[i]);
  return 0;
}
