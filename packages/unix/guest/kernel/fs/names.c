/* Directories and paths. */
#include "fs.h"

#define ENTRY_SIZE sizeof(struct disk_entry)

bool name_is(const struct name *name, const char *text) {
  u32 n = text_length(text);
  return !memcmp(name->text, text, n) && !name->text[n];
}

/*
 * The inode number under `name` and where its entry is. When there is none: 0,
 * and where one may be put.
 */
u32 directory_find(struct inode *d, const struct name *name, u32 *offset) {
  u32 room = d->size;
  for (u32 base = 0; base < d->size; base += BLOCK_SIZE) {
    struct disk_entry entries[BLOCK_SIZE / ENTRY_SIZE];
    u32 n = inode_read(d, entries, base, BLOCK_SIZE) / ENTRY_SIZE;
    for (u32 i = 0; i < n; i++) {
      u32 at = base + i * ENTRY_SIZE;
      if (!entries[i].inode) {
        room = MIN(room, at);
      } else if (entries[i].name[0] == name->text[0] && !memcmp(entries[i].name, name->text, NAME_LENGTH)) {
        *offset = at;
        return LE16(entries[i].inode);
      }
    }
  }
  *offset = room;
  return 0;
}

/* False when the directory would have to grow and cannot. */
bool directory_set(struct inode *d, u32 offset, const struct name *name, u32 inode) {
  struct disk_entry e = {.inode = LE16(inode)};
  memcpy(e.name, name->text, NAME_LENGTH);
  return inode_write(d, &e, offset, ENTRY_SIZE) == ENTRY_SIZE;
}

/* Nothing but "." and "..", which come first. */
bool directory_is_empty(struct inode *d) {
  struct disk_entry e;
  for (u32 at = 2 * ENTRY_SIZE; at < d->size; at += ENTRY_SIZE)
    if (inode_read(d, &e, at, ENTRY_SIZE) == ENTRY_SIZE && e.inode) return false;
  return true;
}

static const char *skip_slashes(const char *path) {
  while (*path == '/') path++;
  return path;
}

/* Takes the first name off a path, and the slashes after it; longer names are cut. */
static const char *take_name(const char *path, struct name *name) {
  memset(name, 0, sizeof *name);
  for (u32 n = 0; *path && *path != '/'; path++, n++)
    if (n < NAME_LENGTH) name->text[n] = *path;
  return skip_slashes(path);
}

/* Follows a path to its end, or to the directory that should hold its last name. */
static struct inode *walk(const char *path, bool to_parent, struct name *name) {
  if (!*path) return NULL;
  struct inode *at = *path == '/' ? inode_get(ROOT_INODE) : inode_share(current->directory);
  path = skip_slashes(path);
  while (at && *path && at->type == TYPE_DIRECTORY) {
    path = take_name(path, name);
    if (to_parent && !*path) return at;
    u32 offset, number = directory_find(at, name, &offset);
    struct inode *next = number ? inode_get(number) : NULL;
    inode_put(at);
    at = next;
  }
  if (at && (to_parent || *path)) { /* "/" has no parent; or a file on the way */
    inode_put(at);
    return NULL;
  }
  return at;
}

struct inode *path_find(const char *path) {
  struct name name;
  return walk(path, false, &name);
}

struct inode *path_parent(const char *path, struct name *last) { return walk(path, true, last); }
