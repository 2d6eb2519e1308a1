#include "bench.h"

/* Strings and structures: tokenise a text, intern the words in a hash table of linked records, sort them, format the counts. */

struct word {
  struct word *next;
  char text[20];
  u16 length;
  u32 count;
};

static struct word pool[256];
static struct word *buckets[64];
static struct word *sorted[256];
static char text[4096];
static char out[64];

static u32 length_of(const char *s) {
  const char *p = s;
  while (*p) p++;
  return p - s;
}

static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

static char *format(char *p, u32 n) {
  char digits[12];
  int i = 0;
  do digits[i++] = '0' + n % 10;
  while (n /= 10);
  while (i) *p++ = digits[--i];
  *p = 0;
  return p;
}

u32 bench(void) {
  u32 seed = 1, sum = 0;
  for (u32 i = 0; i < sizeof text - 1; i++) {
    seed = seed * 1103515245 + 12345;
    u32 r = (seed >> 16) & 15;
    text[i] = r < 3 ? ' ' : 'a' + (r & 3);
  }
  for (int round = 0; round < TURNS(10000); round++) {
    u32 used = 0;
    for (int i = 0; i < 64; i++) buckets[i] = 0;
    for (const char *p = text; *p;) {
      while (*p == ' ') p++;
      char word[20];
      u32 n = 0, hash = 5381;
      while (*p && *p != ' ') {
        if (n < 19) word[n++] = *p, hash = hash * 33 + *p;
        p++;
      }
      word[n] = 0;
      if (!n) break;
      struct word *w = buckets[hash & 63];
      while (w && (w->length != n || compare(w->text, word))) w = w->next;
      if (!w && used < 256) {
        w = &pool[used];
        sorted[used++] = w;
        for (u32 i = 0; i <= n; i++) w->text[i] = word[i];
        w->length = n;
        w->count = 0;
        w->next = buckets[hash & 63];
        buckets[hash & 63] = w;
      }
      if (w) w->count++;
    }
    for (u32 gap = used / 2; gap; gap /= 2)
      for (u32 i = gap; i < used; i++)
        for (u32 j = i; j >= gap && compare(sorted[j - gap]->text, sorted[j]->text) > 0; j -= gap) {
          struct word *t = sorted[j];
          sorted[j] = sorted[j - gap];
          sorted[j - gap] = t;
        }
    for (u32 i = 0; i < used; i++) {
      format(out, sorted[i]->count * 1000 + i);
      sum = sum * 31 + length_of(out) + out[0] + sorted[i]->text[0];
    }
  }
  return sum;
}
