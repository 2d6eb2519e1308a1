/* Bytes and text, for the kernel and for programs. */
#include "text.h"

void *memset(void *to, int byte, size_t n) {
  u8 *p = to;
  if ((((u32)p | n) & 15) == 0) {
    u32 word = (u8)byte * 0x01010101u, *w = to;
    for (; n; n -= 16, w += 4) w[0] = w[1] = w[2] = w[3] = word;
  } else {
    while (n--) *p++ = byte;
  }
  return to;
}

void *memcpy(void *to, const void *from, size_t n) {
  u8 *p = to;
  const u8 *q = from;
  if ((((u32)p | (u32)q) & 3) == 0) {
    u32 *w = to;
    const u32 *v = from;
    for (; n >= 16; n -= 16, w += 4, v += 4) {
      u32 a = v[0], b = v[1], c = v[2], d = v[3];
      w[0] = a, w[1] = b, w[2] = c, w[3] = d;
    }
    for (; n >= 4; n -= 4) *w++ = *v++;
    p = (u8 *)w;
    q = (const u8 *)v;
  }
  while (n--) *p++ = *q++;
  return to;
}

int memcmp(const void *a, const void *b, size_t n) {
  const u8 *p = a, *q = b;
  for (; n; n--, p++, q++)
    if (*p != *q) return *p - *q;
  return 0;
}

u32 text_length(const char *s) {
  u32 n = 0;
  while (s[n]) n++;
  return n;
}

void text_copy(char *to, const char *from, u32 room) {
  while (--room && *from) *to++ = *from++;
  *to = 0;
}

u32 format(char *to, u32 room, const char *template, va_list values) {
  char *at = to, *last = to + room - 1;
  for (; *template; template++) {
    char digits[12], *text = digits;
    if (*template != '%') {
      digits[0] = *template;
      digits[1] = 0;
    } else if (*++template == 's') {
      text = va_arg(values, char *);
    } else if (*template == 'x') {
      u32 v = va_arg(values, u32);
      for (u32 i = 0; i < 8; i++, v <<= 4) digits[i] = "0123456789abcdef"[v >> 28];
      digits[8] = 0;
    } else {
      u32 v = va_arg(values, u32);
      text = &digits[11];
      *text = 0;
      do *--text = '0' + v % 10;
      while (v /= 10);
    }
    while (*text && at < last) *at++ = *text++;
  }
  *at = 0;
  return at - to;
}

u32 format_text(char *to, u32 room, const char *template, ...) {
  va_list values;
  va_start(values, template);
  u32 n = format(to, room, template, values);
  va_end(values);
  return n;
}
