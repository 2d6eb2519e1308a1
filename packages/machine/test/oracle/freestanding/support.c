/* What compiled test programs need of a C library, and of libgcc, which Debian has for one architecture level only. */
#include <stdarg.h>
#include <stddef.h>

typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

#define PORT ((volatile unsigned char *)0xb80003f8)

int putchar(int c) {
  while ((PORT[5] & 0x20) == 0);
  PORT[0] = (unsigned char)c;
  return c;
}

void *memset(void *to, int value, size_t n) {
  unsigned char *p = to;
  while (n-- > 0) *p++ = (unsigned char)value;
  return to;
}

void *memcpy(void *to, const void *from, size_t n) {
  unsigned char *p = to;
  const unsigned char *q = from;
  while (n-- > 0) *p++ = *q++;
  return to;
}

void *memmove(void *to, const void *from, size_t n) {
  unsigned char *p = to;
  const unsigned char *q = from;
  if (p <= q) return memcpy(to, from, n);
  while (n-- > 0) p[n] = q[n];
  return to;
}

int memcmp(const void *a, const void *b, size_t n) {
  const unsigned char *p = a, *q = b;
  for (; n > 0; n--, p++, q++)
    if (*p != *q) return *p - *q;
  return 0;
}

int strcmp(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}

static void number(u64 value, unsigned base, int upper) {
  char digits[24];
  int n = 0;
  do {
    unsigned digit = (unsigned)(value % base);
    digits[n++] = (char)(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
    value /= base;
  } while (value != 0);
  while (n > 0) putchar(digits[--n]);
}

int printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  for (; *format != 0; format++) {
    int longs = 0;
    if (*format != '%') {
      putchar(*format);
      continue;
    }
    format++;
    while (*format == 'l') longs++, format++;
    switch (*format) {
      case 'd': {
        s64 value = longs > 1 ? va_arg(arguments, s64) : va_arg(arguments, int);
        if (value < 0) putchar('-');
        number(value < 0 ? -(u64)value : (u64)value, 10, 0);
        break;
      }
      case 'u':
      case 'x':
      case 'X': {
        u64 value = longs > 1 ? va_arg(arguments, u64) : va_arg(arguments, u32);
        number(value, *format == 'u' ? 10 : 16, *format == 'X');
        break;
      }
      case 's':
        for (const char *text = va_arg(arguments, const char *); *text != 0; text++) putchar(*text);
        break;
      default:
        putchar(*format);
    }
  }
  va_end(arguments);
  return 0;
}

/* 64-bit shifts and divisions, word by word and bit by bit. */

typedef union {
  u64 whole;
  struct {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    u32 high, low;
#else
    u32 low, high;
#endif
  } half;
} words;

u64 __ashldi3(u64 value, int by) {
  words w = {value}, r;
  by &= 63;
  if (by == 0) return value;
  r.half.high = by >= 32 ? w.half.low << (by - 32) : (w.half.high << by) | (w.half.low >> (32 - by));
  r.half.low = by >= 32 ? 0 : w.half.low << by;
  return r.whole;
}

u64 __lshrdi3(u64 value, int by) {
  words w = {value}, r;
  by &= 63;
  if (by == 0) return value;
  r.half.low = by >= 32 ? w.half.high >> (by - 32) : (w.half.low >> by) | (w.half.high << (32 - by));
  r.half.high = by >= 32 ? 0 : w.half.high >> by;
  return r.whole;
}

s64 __ashrdi3(s64 value, int by) {
  words w = {(u64)value}, r;
  by &= 63;
  if (by == 0) return value;
  int high = (int)w.half.high;
  r.half.low = by >= 32 ? (u32)(high >> (by - 32)) : (w.half.low >> by) | (w.half.high << (32 - by));
  r.half.high = (u32)(by >= 32 ? high >> 31 : high >> by);
  return (s64)r.whole;
}

static u64 divide(u64 n, u64 d, u64 *rest) {
  u64 q = 0, r = 0;
  for (int i = 63; i >= 0; i--) {
    r = (r << 1) | ((n >> i) & 1);
    if (r >= d) {
      r -= d;
      q |= 1ULL << i;
    }
  }
  *rest = r;
  return q;
}

u64 __udivdi3(u64 n, u64 d) {
  u64 rest;
  return divide(n, d, &rest);
}

u64 __umoddi3(u64 n, u64 d) {
  u64 rest;
  divide(n, d, &rest);
  return rest;
}

static u64 magnitude(s64 value) { return value < 0 ? -(u64)value : (u64)value; }

s64 __divdi3(s64 n, s64 d) {
  u64 rest, q = divide(magnitude(n), magnitude(d), &rest);
  return (n < 0) != (d < 0) ? (s64)-q : (s64)q;
}

s64 __moddi3(s64 n, s64 d) {
  u64 rest;
  divide(magnitude(n), magnitude(d), &rest);
  return n < 0 ? (s64)-rest : (s64)rest;
}

#ifdef __mips_hard_float
/* Between 64-bit integers and floating point. Rounding twice is as good as any: both machines run this. */

double __floatundidf(u64 value) {
  words w = {value};
  return (double)w.half.high * 4294967296.0 + (double)w.half.low;
}

double __floatdidf(s64 value) { return value < 0 ? -__floatundidf(magnitude(value)) : __floatundidf((u64)value); }

float __floatundisf(u64 value) { return (float)__floatundidf(value); }

float __floatdisf(s64 value) { return (float)__floatdidf(value); }

u64 __fixunsdfdi(double value) {
  words w;
  w.half.high = (u32)(value / 4294967296.0);
  w.half.low = (u32)(value - (double)w.half.high * 4294967296.0);
  return w.whole;
}

s64 __fixdfdi(double value) { return value < 0 ? -(s64)__fixunsdfdi(-value) : (s64)__fixunsdfdi(value); }

u64 __fixunssfdi(float value) { return __fixunsdfdi(value); }

s64 __fixsfdi(float value) { return __fixdfdi(value); }
#endif

/* Runs the programs that nobody wants left out. After a reset of the core it goes on behind the program that was running. */
extern int (*const programs[])(int, char **);
extern const int program_count;
static int current = -1;

int main(void) {
  const volatile unsigned char *skip = (const volatile unsigned char *)SKIP_AT;
  while (++current < program_count) {
    if (skip[current] != 0) continue;
    printf("#%d ", current);
    programs[current](0, 0);
  }
  return 0;
}
