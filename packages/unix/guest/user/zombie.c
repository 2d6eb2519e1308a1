/* Leaves a child that ends before its parent does, and does not wait for it. */
#include "lib/unix.h"

int main(void) {
  if (fork() > 0) sleep(5);
  return 0;
}
