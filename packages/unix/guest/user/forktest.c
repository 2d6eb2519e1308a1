/* Forks until it cannot, and sees that every child is waited for once. */
#include "lib/unix.h"

int main(void) {
  int children = 0, pid;
  while ((pid = fork()) > 0) children++;
  if (pid == 0) exit();
  for (int i = 0; i < children; i++)
    if (wait() < 0) fail("forktest: only %u of %u children came back\n", i, children);
  if (wait() >= 0) fail("forktest: a child too many\n");
  say("forktest: ok\n");
  return 0;
}
