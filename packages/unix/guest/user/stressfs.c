/* Several processes write, read back and remove files at the same time. */
#include "lib/unix.h"

#define WRITERS 4
#define ROUNDS 4
#define BLOCKS 20

static bool round_trip(u32 who) {
  static u8 block[BLOCK_SIZE];
  char name[] = "stressfs0";
  name[8] += who;
  int fd = open(name, OPEN_CREATE | OPEN_TRUNCATE | OPEN_WRITE);
  for (u32 i = 0; i < BLOCKS; i++) {
    memset(block, who * BLOCKS + i, sizeof block);
    if (write(fd, block, sizeof block) != sizeof block) return false;
  }
  close(fd);
  fd = open(name, OPEN_READ);
  for (u32 i = 0; i < BLOCKS; i++) {
    if (read(fd, block, sizeof block) != sizeof block) return false;
    for (u32 at = 0; at < sizeof block; at++)
      if (block[at] != (u8)(who * BLOCKS + i)) return false;
  }
  close(fd);
  return unlink(name) == 0;
}

int main(void) {
  int result[2];
  u32 good = 0;
  char ok;
  if (pipe(result) < 0) fail("stressfs: no pipe\n");
  for (u32 who = 0; who < WRITERS; who++) {
    if (fork() != 0) continue;
    for (u32 i = 0; i < ROUNDS; i++)
      if (round_trip(who)) write(result[1], "+", 1);
    exit();
  }
  close(result[1]);
  while (read(result[0], &ok, 1) == 1) good++;
  while (wait() >= 0) continue;
  if (good != WRITERS * ROUNDS) fail("stressfs: %u of %u\n", good, WRITERS * ROUNDS);
  say("stressfs: ok\n");
  return 0;
}
