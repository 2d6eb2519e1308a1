/* What system calls want of the file system, each one transaction. */
#include "fs.h"

static const struct name dot = {"."}, dot_dot = {".."};

/*
 * Where a new name may go: its directory, and a slot in it.
 * NULL when there is no such directory (any more) or the name is taken; then
 * *taken holds the inode number.
 */
static struct inode *place_for(const char *path, struct name *name, u32 *slot, u32 *taken) {
  struct inode *parent = path_parent(path, name);
  *taken = parent ? directory_find(parent, name, slot) : 0;
  if (parent && (*taken || !parent->links)) {
    inode_put(parent);
    return NULL;
  }
  return parent;
}

static struct inode *make(const char *path, u32 type, u32 major, u32 minor, u32 *taken) {
  struct name name;
  u32 slot;
  struct inode *parent = place_for(path, &name, &slot, taken);
  if (!parent) return NULL;
  struct inode *made = inode_create(type, major, minor);
  if (made) {
    bool directory = type == TYPE_DIRECTORY;
    bool done = (!directory || (directory_set(made, 0, &dot, made->number) &&
                                directory_set(made, sizeof(struct disk_entry), &dot_dot, parent->number))) &&
                directory_set(parent, slot, &name, made->number);
    if (done) {
      made->links = 1;
      inode_store(made);
      if (directory) {
        parent->links++; /* for ".." */
        inode_store(parent);
      }
    } else {
      inode_put(made); /* without links: goes away */
      made = NULL;
    }
  }
  inode_put(parent);
  return made;
}

static int make_and_put(const char *path, u32 type, u32 major, u32 minor) {
  u32 taken;
  fs_enter();
  struct inode *made = make(path, type, major, minor, &taken);
  if (made) inode_put(made);
  fs_leave();
  return made ? 0 : -1;
}

int fs_make_directory(const char *path) { return make_and_put(path, TYPE_DIRECTORY, 0, 0); }

int fs_make_device(const char *path, u32 major, u32 minor) { return make_and_put(path, TYPE_DEVICE, major, minor); }

struct inode *fs_open(const char *path, bool create, bool to_write, bool empty) {
  u32 taken = 0;
  fs_enter();
  struct inode *i = create ? make(path, TYPE_FILE, 0, 0, &taken) : path_find(path);
  if (!i && taken) i = inode_get(taken);
  if (i && i->type == TYPE_DIRECTORY && (create || to_write)) {
    inode_put(i);
    i = NULL;
  }
  if (i && empty) inode_empty(i);
  fs_leave();
  return i;
}

int fs_link(const char *old, const char *new) {
  int result = -1;
  struct name name;
  u32 slot, taken;
  fs_enter();
  struct inode *i = path_find(old);
  struct inode *parent = i && i->type != TYPE_DIRECTORY && i->links < 0x7fff ? place_for(new, &name, &slot, &taken) : NULL;
  if (parent) {
    if (directory_set(parent, slot, &name, i->number)) {
      i->links++;
      inode_store(i);
      result = 0;
    }
    inode_put(parent);
  }
  if (i) inode_put(i);
  fs_leave();
  return result;
}

int fs_unlink(const char *path) {
  static const struct name nothing;
  int result = -1;
  struct name name;
  u32 slot;
  fs_enter();
  struct inode *parent = path_parent(path, &name);
  u32 number = parent && !name_is(&name, ".") && !name_is(&name, "..") ? directory_find(parent, &name, &slot) : 0;
  struct inode *i = number ? inode_get(number) : NULL;
  bool directory = i && i->type == TYPE_DIRECTORY;
  if (i && (!directory || directory_is_empty(i)) && directory_set(parent, slot, &nothing, 0)) {
    if (directory) {
      parent->links--;
      inode_store(parent);
    }
    i->links--;
    inode_store(i);
    result = 0;
  }
  if (i) inode_put(i);
  if (parent) inode_put(parent);
  fs_leave();
  return result;
}

int fs_change_directory(const char *path) {
  int result = -1;
  fs_enter();
  struct inode *let_go = path_find(path);
  if (let_go && let_go->type == TYPE_DIRECTORY) {
    struct inode *to = let_go;
    let_go = current->directory;
    current->directory = to;
    result = 0;
  }
  if (let_go) inode_put(let_go);
  fs_leave();
  return result;
}
