typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

/* The benchmark: returns a checksum that must not depend on the machine. */
u32 bench(void);

void *memcpy(void *to, const void *from, u32 n);
void *memset(void *to, int byte, u32 n);
