#include "unix.h"

static void put(int fd, const char *template, va_list values) {
  char text[512];
  write(fd, text, format(text, sizeof text, template, values));
}

void say(const char *template, ...) {
  va_list values;
  va_start(values, template);
  put(1, template, values);
  va_end(values);
}

void complain(const char *template, ...) {
  va_list values;
  va_start(values, template);
  put(2, template, values);
  va_end(values);
}

void fail(const char *template, ...) {
  va_list values;
  va_start(values, template);
  put(2, template, values);
  va_end(values);
  exit();
}

bool same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

u32 number(const char *digits) {
  u32 n = 0;
  while (*digits >= '0' && *digits <= '9') n = n * 10 + (*digits++ - '0');
  return n;
}

int read_line(int fd, char *to, u32 room) {
  u32 n = 0;
  char c;
  int got;
  while ((got = read(fd, &c, 1)) == 1 && c != '\n')
    if (n + 1 < room) to[n++] = c;
  to[n] = 0;
  return got == 1 || n ? (int)n : -1;
}

int status(const char *path, struct stat *s) {
  int fd = open(path, OPEN_READ);
  if (fd < 0) return -1;
  int result = fstat(fd, s);
  close(fd);
  return result;
}
