#include "lib/unix.h"
int main(void) { say("selftest: 0 passed, 0 failed\n"); return 0; }
