typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

/* Turns of a loop that takes nearly all of a program's time; -DSHORT=8 makes it an eighth. */
#ifndef SHORT
#define SHORT 1
#endif
#define TURNS(n) ((n) / SHORT)

/* The benchmark: returns a checksum that must not depend on the machine. */
u32 bench(void);

void *memcpy(void *to, const void *from, u32 n);
void *memset(void *to, int byte, u32 n);
