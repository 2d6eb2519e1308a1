/*
 * Blocks of the disk in memory, and the journal that makes changes to several
 * of them happen together.
 *
 * A changed block stays in memory until the transaction ends. Then all of them
 * are written to the journal, and the journal's header, which is the moment
 * the transaction becomes real; then to their homes; and then the header is
 * cleared. A header found at boot names blocks that did not all get home.
 */
#include "fs.h"

#define CACHED_BLOCKS 64
#define MIN_LOG_BLOCKS 16

struct disk_superblock fs_super;

static struct block cache[CACHED_BLOCKS];
static struct block ring; /* from newest to oldest use */
static struct lock fs_lock;

static struct block *changed[CACHED_BLOCKS];
static u32 changed_count, changed_limit;

static void move_to_front(struct block *b) {
  b->newer->older = b->older;
  b->older->newer = b->newer;
  b->newer = &ring;
  b->older = ring.older;
  ring.older->newer = b;
  ring.older = b;
}

static struct block *find(u32 number, bool *found) {
  for (struct block *b = ring.older; b != &ring; b = b->older) {
    if (b->number != number) continue;
    *found = true;
    return b;
  }
  *found = false;
  for (struct block *b = ring.newer; b != &ring; b = b->newer)
    if (!b->users && !b->dirty) return b;
  panic("no block buffer is free");
}

static struct block *take(u32 number, bool zeroed) {
  bool found;
  struct block *b = find(number, &found);
  b->users++;
  b->number = number;
  if (zeroed)
    memset(b->bytes, 0, BLOCK_SIZE);
  else if (!found)
    disk_read(number, b->bytes);
  move_to_front(b);
  return b;
}

struct block *block_get(u32 number) { return take(number, false); }
struct block *block_get_zeroed(u32 number) { return take(number, true); }
void block_put(struct block *b) { b->users--; }

void block_put_changed(struct block *b) {
  b->users--;
  if (b->dirty) return;
  if (changed_count == changed_limit) panic("transaction larger than the journal");
  b->dirty = true;
  changed[changed_count++] = b;
}

static u32 journal_at(void) { return fs_super.size - fs_super.log_blocks; }

static union {
  struct disk_journal journal;
  u8 bytes[BLOCK_SIZE];
} header;

static void write_header(u32 count) {
  header.journal.count = LE32(count);
  disk_write(journal_at(), &header);
}

static void commit(void) {
  for (u32 i = 0; i < changed_count; i++) {
    disk_write(journal_at() + 1 + i, changed[i]->bytes);
    header.journal.home[i] = LE32(changed[i]->number);
  }
  write_header(changed_count);
  for (u32 i = 0; i < changed_count; i++) {
    disk_write(changed[i]->number, changed[i]->bytes);
    changed[i]->dirty = false;
  }
  write_header(0);
  changed_count = 0;
}

/* No commit writes a header that names more blocks than the journal holds, or one that no transaction changes. */
static bool header_is_sound(u32 count) {
  if (count >= fs_super.log_blocks || count > COUNT(header.journal.home)) return false;
  for (u32 i = 0; i < count; i++) {
    u32 home = LE32(header.journal.home[i]);
    if (home < FIRST_INODE_BLOCK || home >= journal_at()) return false;
  }
  return true;
}

static void replay(void) {
  static u8 copy[BLOCK_SIZE] __attribute__((aligned(4)));
  disk_read(journal_at(), &header);
  u32 count = LE32(header.journal.count);
  if (!count) return;
  if (!header_is_sound(count)) {
    print("disk: the journal's header is damaged: ignored\n");
    write_header(0);
    return;
  }
  for (u32 i = 0; i < count; i++) {
    disk_read(journal_at() + 1 + i, copy);
    disk_write(LE32(header.journal.home[i]), copy);
  }
  write_header(0);
  print("disk: %u blocks recovered from the journal\n", count);
}

void fs_enter(void) { lock(&fs_lock); }

void fs_leave(void) {
  if (changed_count) commit();
  unlock(&fs_lock);
}

static u32 bitmap_blocks(void) { return fs_super.size / BITS_PER_BLOCK + 1; }

/* Beside the data itself: inode, indirect block, and any part of the bitmap. */
u32 fs_transaction_bytes(void) { return (changed_limit - 2 - bitmap_blocks()) * BLOCK_SIZE; }

void fs_mount(void) {
  ring.newer = ring.older = &ring;
  for (struct block *b = cache; b < &cache[CACHED_BLOCKS]; b++) {
    b->newer = b->older = b;
    move_to_front(b);
  }
  fs_enter();
  struct block *b = block_get(SUPERBLOCK);
  fs_super.size = LE32(b->super.size);
  fs_super.data_blocks = LE32(b->super.data_blocks);
  fs_super.inodes = LE32(b->super.inodes);
  fs_super.log_blocks = LE32(b->super.log_blocks);
  block_put(b);
  if (fs_super.size > disk_blocks() || fs_super.log_blocks > fs_super.size || fs_super.log_blocks < MIN_LOG_BLOCKS)
    panic("%s: no file system: size %u, journal %u", disk_name, fs_super.size, fs_super.log_blocks);
  changed_limit = MIN(fs_super.log_blocks - 1, MIN(CACHED_BLOCKS - 8, COUNT(header.journal.home)));
  if (bitmap_blocks() + 8 > changed_limit) panic("%s: journal too small for the disk", disk_name);
  replay();
  inodes_collect_orphans();
  fs_leave();
}
