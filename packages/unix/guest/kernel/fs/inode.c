/* Inodes and the blocks that they own. */
#include "fs.h"

#define OPEN_INODES 64

static struct inode open[OPEN_INODES];

/* --- the bitmap ---------------------------------------------------------- */

static u32 bitmap_at(void) { return fs_super.inodes / INODES_PER_BLOCK + FIRST_INODE_BLOCK + 1; }
static u32 data_end(void) { return fs_super.size - fs_super.log_blocks; }

static u32 block_alloc(void) {
  for (u32 base = 0; base < data_end(); base += BITS_PER_BLOCK) {
    struct block *b = block_get(bitmap_at() + base / BITS_PER_BLOCK);
    u32 limit = MIN(data_end() - base, BITS_PER_BLOCK);
    for (u32 bit = 0; bit < limit; bit++) {
      u8 *byte = &b->bytes[bit / 8];
      if (*byte == 0xff) {
        bit |= 7;
      } else if (!(*byte & 1 << bit % 8)) {
        *byte |= 1 << bit % 8;
        block_put_changed(b);
        block_put_changed(block_get_zeroed(base + bit));
        return base + bit;
      }
    }
    block_put(b);
  }
  return 0;
}

static void block_free(u32 number) {
  struct block *b = block_get(bitmap_at() + number / BITS_PER_BLOCK);
  u8 *byte = &b->bytes[number % BITS_PER_BLOCK / 8], mask = 1 << number % 8;
  if (!(*byte & mask)) panic("block %u was free already", number);
  *byte &= ~mask;
  block_put_changed(b);
}

u32 blocks_free(void) {
  u32 n = 0;
  for (u32 base = 0; base < data_end(); base += BITS_PER_BLOCK) {
    struct block *b = block_get(bitmap_at() + base / BITS_PER_BLOCK);
    u32 limit = MIN(data_end() - base, BITS_PER_BLOCK);
    for (u32 bit = 0; bit < limit; bit++) n += !(b->bytes[bit / 8] & 1 << bit % 8);
    block_put(b);
  }
  return n;
}

/* --- inodes on the disk --------------------------------------------------- */

static struct block *inode_block(u32 number) { return block_get(number / INODES_PER_BLOCK + FIRST_INODE_BLOCK); }
static struct disk_inode *inode_in(struct block *b, u32 number) { return &b->inodes[number % INODES_PER_BLOCK]; }

void inode_store(const struct inode *i) {
  struct block *b = inode_block(i->number);
  struct disk_inode *d = inode_in(b, i->number);
  d->type = LE16(i->type);
  d->major = LE16(i->major);
  d->minor = LE16(i->minor);
  d->links = LE16(i->links);
  d->size = LE32(i->size);
  for (u32 n = 0; n < COUNT(d->block); n++) d->block[n] = LE32(i->block[n]);
  block_put_changed(b);
}

static void inode_load(struct inode *i) {
  struct block *b = inode_block(i->number);
  const struct disk_inode *d = inode_in(b, i->number);
  i->type = LE16(d->type);
  i->major = LE16(d->major);
  i->minor = LE16(d->minor);
  i->links = LE16(d->links);
  i->size = LE32(d->size);
  for (u32 n = 0; n < COUNT(d->block); n++) i->block[n] = LE32(d->block[n]);
  block_put(b);
}

u32 inodes_free(void) {
  u32 n = 0;
  for (u32 number = ROOT_INODE; number < fs_super.inodes; number++) {
    struct block *b = inode_block(number);
    n += inode_in(b, number)->type == 0;
    block_put(b);
  }
  return n;
}

/* --- inodes in memory ------------------------------------------------------ */

struct inode *inode_share(struct inode *i) {
  i->users++;
  return i;
}

struct inode *inode_get(u32 number) {
  struct inode *unused = NULL;
  for (struct inode *i = open; i < &open[OPEN_INODES]; i++) {
    if (i->users && i->number == number) return inode_share(i);
    if (!i->users) unused = i;
  }
  if (!unused) return NULL;
  unused->users = 1;
  unused->number = number;
  inode_load(unused);
  return unused;
}

struct inode *inode_create(u32 type, u32 major, u32 minor) {
  for (u32 number = ROOT_INODE + 1; number < fs_super.inodes; number++) {
    struct block *b = inode_block(number);
    bool used = inode_in(b, number)->type;
    block_put(b);
    if (used) continue;
    struct inode *i = inode_get(number);
    if (!i) return NULL;
    *i = (struct inode){.number = number, .users = 1, .type = type, .major = major, .minor = minor};
    inode_store(i);
    return i;
  }
  return NULL;
}

void inode_put(struct inode *i) {
  if (i->users == 1 && !i->links) {
    inode_empty(i);
    i->type = 0;
    inode_store(i);
  }
  i->users--;
}

/* Files that were unlinked but still open when the machine stopped. */
void inodes_collect_orphans(void) {
  for (u32 number = ROOT_INODE + 1; number < fs_super.inodes; number++) {
    struct block *b = inode_block(number);
    const struct disk_inode *d = inode_in(b, number);
    bool orphan = d->type && !d->links;
    block_put(b);
    if (!orphan) continue;
    inode_put(inode_get(number));
    fs_leave(); /* each a transaction of its own */
    fs_enter();
  }
}

/* --- content ---------------------------------------------------------------- */

/* The disk block that holds block n of a file; 0 when there is none and it may
 * not, or cannot, be made. */
static u32 map_block(struct inode *i, u32 n, bool create) {
  if (n < DIRECT_BLOCKS) {
    if (!i->block[n] && create) i->block[n] = block_alloc();
    return i->block[n];
  }
  n -= DIRECT_BLOCKS;
  u32 *indirect = &i->block[DIRECT_BLOCKS];
  bool fresh = !*indirect;
  if (n >= INDIRECT_BLOCKS || (fresh && !create) || (fresh && !(*indirect = block_alloc()))) return 0;
  struct block *b = block_get(*indirect);
  u32 number = LE32(b->words[n]);
  if (number || !create) {
    block_put(b);
  } else if ((number = block_alloc())) {
    b->words[n] = LE32(number);
    block_put_changed(b);
  } else {
    block_put(b);
    if (fresh) {
      block_free(*indirect);
      *indirect = 0;
    }
  }
  return number;
}

void inode_empty(struct inode *i) {
  if (i->type == TYPE_DEVICE) return;
  u32 indirect = i->block[DIRECT_BLOCKS];
  if (indirect) {
    struct block *b = block_get(indirect);
    for (u32 n = 0; n < INDIRECT_BLOCKS; n++)
      if (b->words[n]) block_free(LE32(b->words[n]));
    block_put(b);
  }
  for (u32 n = 0; n <= DIRECT_BLOCKS; n++) {
    if (i->block[n]) block_free(i->block[n]);
    i->block[n] = 0;
  }
  i->size = 0;
  inode_store(i);
}

int inode_read(struct inode *i, void *to, u32 offset, u32 n) {
  if (offset >= i->size) return 0;
  n = MIN(n, i->size - offset);
  for (u32 done = 0, piece; done < n; done += piece) {
    u32 at = offset + done;
    piece = MIN(n - done, BLOCK_SIZE - at % BLOCK_SIZE);
    u32 number = map_block(i, at / BLOCK_SIZE, false);
    if (!number) {
      memset((u8 *)to + done, 0, piece);
      continue;
    }
    struct block *b = block_get(number);
    memcpy((u8 *)to + done, b->bytes + at % BLOCK_SIZE, piece);
    block_put(b);
  }
  return n;
}

/* Writes as much as the file and the disk have room for; returns how much. */
int inode_write(struct inode *i, const void *from, u32 offset, u32 n) {
  u32 done = 0, piece;
  for (; done < n; done += piece) {
    u32 at = offset + done;
    piece = MIN(n - done, BLOCK_SIZE - at % BLOCK_SIZE);
    u32 number = map_block(i, at / BLOCK_SIZE, true);
    if (!number) break;
    struct block *b = block_get(number);
    memcpy(b->bytes + at % BLOCK_SIZE, (const u8 *)from + done, piece);
    block_put_changed(b);
  }
  if (offset + done > i->size) i->size = offset + done;
  inode_store(i); /* the size, or the blocks that map_block() found */
  return done;
}
