/* Lines, words and bytes. */
#include "lib/unix.h"

static void measure(int fd, const char *name) {
  static char buffer[BLOCK_SIZE];
  u32 lines = 0, words = 0, bytes = 0;
  bool inside = false;
  int n;
  while ((n = read(fd, buffer, sizeof buffer)) > 0) {
    bytes += n;
    for (int i = 0; i < n; i++) {
      bool blank = buffer[i] == ' ' || (buffer[i] >= '\t' && buffer[i] <= '\r');
      lines += buffer[i] == '\n';
      words += !blank && !inside;
      inside = !blank;
    }
  }
  if (n < 0) fail("wc: cannot read %s\n", name);
  say("%u %u %u%s%s\n", lines, words, bytes, *name ? " " : "", name);
}

int main(int count, char **path) {
  if (count < 2) measure(0, "");
  for (int i = 1; i < count; i++) {
    int fd = open(path[i], OPEN_READ);
    if (fd < 0) fail("wc: cannot open %s\n", path[i]);
    measure(fd, path[i]);
    close(fd);
  }
  return 0;
}
