/* A line for each entry: kind, inode, links, bytes, name. */
#include "lib/unix.h"

static void line(const struct stat *s, const char *name) {
  say("%s %u %u %u %s\n", s->type == TYPE_DIRECTORY ? "d" : s->type == TYPE_DEVICE ? "c" : "-", s->inode, s->links,
      s->size, name);
}

static void list(const char *path) {
  struct stat s;
  int fd = open(path, OPEN_READ);
  if (fd < 0 || fstat(fd, &s) < 0) fail("ls: cannot open %s\n", path);
  if (s.type != TYPE_DIRECTORY) {
    line(&s, path);
  } else {
    struct disk_entry e;
    char inside[MAX_PATH], name[NAME_LENGTH + 1] = {0};
    while (read(fd, &e, sizeof e) == sizeof e) {
      if (!e.inode) continue;
      memcpy(name, e.name, NAME_LENGTH);
      format_text(inside, sizeof inside, "%s/%s", path, name);
      if (status(inside, &s) < 0)
        complain("ls: cannot open %s\n", inside);
      else
        line(&s, name);
    }
  }
  close(fd);
}

int main(int count, char **path) {
  if (count < 2) list(".");
  for (int i = 1; i < count; i++) list(path[i]);
  return 0;
}
