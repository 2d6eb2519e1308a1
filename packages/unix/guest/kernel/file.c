/* Open files: what descriptors refer to. */
#include "fs/fs.h"
#include "kernel.h"

static struct file files[FILES];

struct file *file_alloc(void) {
  for (struct file *f = files; f < &files[FILES]; f++) {
    if (f->references) continue;
    memset(f, 0, sizeof *f);
    f->references = 1;
    return f;
  }
  return NULL;
}

struct file *file_share(struct file *f) {
  f->references++;
  return f;
}

void file_close(struct file *f) {
  if (--f->references) return;
  struct inode *inode = f->inode;
  if (f->pipe) pipe_close(f->pipe, f->writable);
  if (!inode) return;
  fs_enter();
  inode_put(inode);
  fs_leave();
}

int file_read(struct file *f, u8 *to, u32 n) {
  if (f->pipe) return pipe_read(f->pipe, to, n);
  if (f->inode->type == TYPE_DEVICE) {
    const struct device *d = device_find(f->inode->major);
    return d && d->read ? d->read(to, n) : -1;
  }
  fs_enter();
  int got = inode_read(f->inode, to, f->offset, n);
  if (got > 0) f->offset += got;
  fs_leave();
  return got;
}

/* A long write is several transactions, each small enough for the journal. */
int file_write(struct file *f, const u8 *from, u32 n) {
  if (f->pipe) return pipe_write(f->pipe, from, n);
  if (f->inode->type == TYPE_DEVICE) {
    const struct device *d = device_find(f->inode->major);
    return d && d->write ? d->write(from, n) : -1;
  }
  u32 done = 0;
  while (done < n) {
    fs_enter();
    if (f->append) f->offset = f->inode->size;
    u32 piece = MIN(n - done, fs_transaction_bytes() - f->offset % BLOCK_SIZE);
    int put = inode_write(f->inode, from + done, f->offset, piece);
    if (put > 0) f->offset += put, done += put;
    fs_leave();
    if (put < (int)piece) break;
  }
  return done == n ? (int)n : done ? (int)done : -1;
}

int file_status(struct file *f, struct stat *s) {
  if (!f->inode) return -1;
  *s = (struct stat){
      .type = f->inode->type, .device = 1, .inode = f->inode->number, .links = f->inode->links, .size = f->inode->size};
  return 0;
}
