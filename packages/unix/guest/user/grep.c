/* Lines that match a pattern: . any character, x* any number of x, ^ and $
 * the line's ends, \x the character x itself. */
#include "lib/unix.h"

static bool one(const char *pattern, char c) {
  if (!c) return false;
  if (*pattern == '\\' && pattern[1]) return pattern[1] == c;
  return *pattern == '.' || *pattern == c;
}

static bool here(const char *pattern, const char *text) {
  if (!*pattern) return true;
  if (same(pattern, "$")) return !*text;
  const char *next = pattern + (*pattern == '\\' && pattern[1] ? 2 : 1);
  if (*next != '*') return one(pattern, *text) && here(next, text + 1);
  for (;; text++) {
    if (here(next + 1, text)) return true;
    if (!one(pattern, *text)) return false;
  }
}

static bool matches(const char *pattern, const char *line) {
  if (*pattern == '^') return here(pattern + 1, line);
  do
    if (here(pattern, line)) return true;
  while (*line++);
  return false;
}

static void filter(const char *pattern, int fd) {
  static char line[1024];
  while (read_line(fd, line, sizeof line) >= 0)
    if (matches(pattern, line)) {
      u32 n = text_length(line);
      line[n] = '\n';
      write(1, line, n + 1);
    }
}

int main(int count, char **word) {
  if (count < 2) fail("usage: grep PATTERN [FILE ...]\n");
  if (count < 3) filter(word[1], 0);
  for (int i = 2; i < count; i++) {
    int fd = open(word[i], OPEN_READ);
    if (fd < 0) fail("grep: cannot open %s\n", word[i]);
    filter(word[1], fd);
    close(fd);
  }
  return 0;
}
