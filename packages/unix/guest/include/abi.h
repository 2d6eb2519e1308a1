/* What the kernel and user programs agree on. */
#ifndef ABI_H
#define ABI_H

#define SYS_fork 1
#define SYS_exit 2
#define SYS_wait 3
#define SYS_pipe 4
#define SYS_read 5
#define SYS_kill 6
#define SYS_exec 7
#define SYS_fstat 8
#define SYS_chdir 9
#define SYS_dup 10
#define SYS_getpid 11
#define SYS_sbrk 12
#define SYS_sleep 13
#define SYS_uptime 14
#define SYS_open 15
#define SYS_write 16
#define SYS_mknod 17
#define SYS_unlink 18
#define SYS_link 19
#define SYS_mkdir 20
#define SYS_close 21

/* open() */
#define OPEN_READ 0x000
#define OPEN_WRITE 0x001
#define OPEN_BOTH 0x002
#define OPEN_CREATE 0x200
#define OPEN_TRUNCATE 0x400 /* ours: empty the file first */
#define OPEN_APPEND 0x800   /* ours: every write goes to the end */

#define TYPE_DIRECTORY 1
#define TYPE_FILE 2
#define TYPE_DEVICE 3

#ifndef __ASSEMBLER__
struct stat {
  short type;
  int device;
  unsigned int inode;
  short links;
  unsigned int size;
};

#endif

/* Device numbers for mknod(). */
#define DEVICE_CONSOLE 1
#define DEVICE_POWER 2 /* any write turns the board off */
#define DEVICE_STATUS 3 /* reads as text: free pages, inodes, blocks */

#define TICKS_PER_SECOND 100

#define MAX_DESCRIPTORS 16
#define MAX_PATH 128 /* with the NUL */
#define MAX_ARGUMENTS 32

#endif
