/*
 * The file system, from the bottom up: blocks in memory and the journal
 * (blocks.c), which blocks and inodes are in use (inode.c), names (names.c),
 * and what system calls ask for (calls.c).
 *
 * One lock covers all of it, and what happens between fs_enter() and
 * fs_leave() is one transaction: after a crash all of it is there or nothing.
 */
#ifndef FS_H
#define FS_H
#include "../../include/disk_format.h"
#include "../kernel.h"

/* blocks.c */
struct block {
  u32 number;
  bool dirty; /* belongs to the running transaction: must stay in memory */
  u32 users;
  struct block *newer, *older;
  union {
    u8 bytes[BLOCK_SIZE];
    u32 words[BLOCK_SIZE / 4];
    struct disk_inode inodes[INODES_PER_BLOCK];
    struct disk_entry entries[BLOCK_SIZE / sizeof(struct disk_entry)];
    struct disk_superblock super;
    struct disk_journal journal;
  };
};
extern struct disk_superblock fs_super; /* in the CPU's byte order */
void fs_mount(void);
void fs_enter(void);
void fs_leave(void);
u32 fs_transaction_bytes(void); /* how much one transaction may write to a file */
struct block *block_get(u32 number);
struct block *block_get_zeroed(u32 number);
void block_put(struct block *);
void block_put_changed(struct block *);

/* inode.c */
struct inode {
  u32 number, users;
  u16 type, major, minor, links;
  u32 size;
  u32 block[DIRECT_BLOCKS + 1];
};
void inodes_collect_orphans(void);
struct inode *inode_create(u32 type, u32 major, u32 minor); /* without links as yet; NULL when full */
struct inode *inode_get(u32 number);
struct inode *inode_share(struct inode *);
void inode_put(struct inode *); /* the last user of an inode without links frees it */
void inode_store(const struct inode *);
void inode_empty(struct inode *);
int inode_read(struct inode *, void *to, u32 offset, u32 n);
int inode_write(struct inode *, const void *from, u32 offset, u32 n);
u32 inodes_free(void), blocks_free(void);

/* names.c */
struct name {
  char text[NAME_LENGTH];
};
struct inode *path_find(const char *path);
struct inode *path_parent(const char *path, struct name *last);
u32 directory_find(struct inode *, const struct name *, u32 *offset); /* inode number, or 0 and a free slot */
bool directory_set(struct inode *, u32 offset, const struct name *, u32 inode);
bool directory_is_empty(struct inode *);
bool name_is(const struct name *, const char *);

/* calls.c */
struct inode *fs_open(const char *path, bool create, bool to_write, bool empty);
int fs_make_directory(const char *path);
int fs_make_device(const char *path, u32 major, u32 minor);
int fs_link(const char *old, const char *new);
int fs_unlink(const char *path);
int fs_change_directory(const char *path);

#endif
