/* What programs are written with: system calls, and a small library. */
#ifndef UNIX_H
#define UNIX_H
#include "../../include/abi.h"
#include "../../include/disk_format.h"
#include "../../lib/text.h"

int fork(void);
void exit(void) __attribute__((noreturn));
int wait(void);
int pipe(int ends[2]);
int read(int fd, void *to, u32 n);
int kill(int pid);
int exec(const char *path, const char *const *arguments);
int fstat(int fd, struct stat *);
int chdir(const char *path);
int dup(int fd);
int getpid(void);
char *sbrk(int change); /* (char *)-1 when it cannot */
int sleep(int ticks);
int uptime(void);
int open(const char *path, int mode);
int write(int fd, const void *from, u32 n);
int mknod(const char *path, int major, int minor);
int unlink(const char *path);
int link(const char *old, const char *new);
int mkdir(const char *path);
int close(int fd);
int system_call(u32 a0, u32 a1, u32 a2, u32 a3, u32 number);

#define NO_MEMORY ((char *)-1)

/* library.c */
void say(const char *template, ...);      /* on descriptor 1 */
void complain(const char *template, ...); /* on descriptor 2 */
void fail(const char *template, ...) __attribute__((noreturn)); /* complain, exit */
bool same(const char *a, const char *b);
u32 number(const char *digits);
int read_line(int fd, char *to, u32 room); /* without the newline; -1 at the end */
int status(const char *path, struct stat *);

#endif
