/*
 * The file system on the disk. Every number is little-endian, whatever the
 * CPU is:
 *
 *   block 0        not used
 *   block 1        superblock
 *   block 2 …      inodes, eight to a block
 *   then           bitmap of used blocks, one bit per block of the disk
 *   then           data
 *   last `log`     journal: a header, then the blocks it speaks of
 */
#ifndef DISK_FORMAT_H
#define DISK_FORMAT_H

#define BLOCK_SIZE 512
#define SUPERBLOCK 1
#define FIRST_INODE_BLOCK 2
#define ROOT_INODE 1

#define DIRECT_BLOCKS 12
#define INDIRECT_BLOCKS (BLOCK_SIZE / 4)
#define MAX_FILE_BLOCKS (DIRECT_BLOCKS + INDIRECT_BLOCKS)
#define MAX_FILE_SIZE (MAX_FILE_BLOCKS * BLOCK_SIZE)

#define INODES_PER_BLOCK (BLOCK_SIZE / 64)
#define BITS_PER_BLOCK (BLOCK_SIZE * 8)
#define NAME_LENGTH 14

struct disk_superblock {
  unsigned int size, data_blocks, inodes, log_blocks;
};

struct disk_inode {
  unsigned short type, major, minor, links;
  unsigned int size;
  unsigned int block[DIRECT_BLOCKS + 1];
};

struct disk_entry {
  unsigned short inode; /* 0: the slot is free */
  char name[NAME_LENGTH]; /* NUL-padded, not NUL-terminated */
};

struct disk_journal {
  unsigned int count;
  unsigned int home[INDIRECT_BLOCKS - 1];
};

#ifdef __MIPSEB__
#define LE16(x) ((unsigned short)__builtin_bswap16(x))
#define LE32(x) __builtin_bswap32(x)
#else
#define LE16(x) ((unsigned short)(x))
#define LE32(x) ((unsigned int)(x))
#endif

#endif
