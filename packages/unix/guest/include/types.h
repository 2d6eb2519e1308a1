#ifndef TYPES_H
#define TYPES_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef signed int s32;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROUND_UP(n, unit) (((n) + (unit)-1) & ~((unit)-1))
#define PAGE_UP(n) ROUND_UP((u32)(n), 4096u)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#endif
