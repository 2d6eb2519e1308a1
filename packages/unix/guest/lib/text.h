#ifndef TEXT_H
#define TEXT_H
#include "../include/types.h"

void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
u32 text_length(const char *s);
void text_copy(char *to, const char *from, u32 room);

/* %s, %u, %x (eight digits) and %%; returns the length; always ends with NUL. */
u32 format(char *to, u32 room, const char *template, va_list values);
u32 format_text(char *to, u32 room, const char *template, ...);

#endif
