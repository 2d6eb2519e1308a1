/* Pipes: a page with a ring in it. */
#include "kernel.h"

#define PIPE_ROOM 2048

struct pipe {
  u32 put, taken; /* bytes since the beginning */
  bool reader, writer;
  u8 ring[PIPE_ROOM];
};

struct pipe *pipe_open(void) {
  struct pipe *p = page_alloc();
  if (p) p->reader = p->writer = true;
  return p;
}

void pipe_close(struct pipe *p, bool writing_end) {
  if (writing_end)
    p->writer = false;
  else
    p->reader = false;
  wake(p);
  if (!p->reader && !p->writer) page_free(p);
}

int pipe_read(struct pipe *p, u8 *to, u32 n) {
  while (p->put == p->taken && p->writer)
    if (!block_killable(p)) return -1;
  u32 i = 0;
  for (; i < n && p->taken != p->put; i++) to[i] = p->ring[p->taken++ % PIPE_ROOM];
  wake(p);
  return i;
}

int pipe_write(struct pipe *p, const u8 *from, u32 n) {
  for (u32 i = 0; i < n; i++) {
    while (p->reader && p->put - p->taken == PIPE_ROOM) {
      wake(p);
      if (!block_killable(p)) return -1;
    }
    if (!p->reader) return -1;
    p->ring[p->put++ % PIPE_ROOM] = from[i];
  }
  wake(p);
  return n;
}
