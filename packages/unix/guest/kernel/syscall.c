/* System calls: fetch the arguments, check them, do it. */
#include "fs/fs.h"
#include "kernel.h"

typedef int (*handler)(const u32 *arguments);

static struct file *descriptor(u32 fd) { return fd < MAX_DESCRIPTORS ? current->file[fd] : NULL; }

static int descriptor_for(struct file *f) {
  for (u32 fd = 0; f && fd < MAX_DESCRIPTORS; fd++) {
    if (current->file[fd]) continue;
    current->file[fd] = f;
    return fd;
  }
  return -1;
}

static int do_fork(const u32 *a) { return process_fork(); }
static int do_exit(const u32 *a) { process_exit(); }
static int do_wait(const u32 *a) { return process_wait(); }
static int do_kill(const u32 *a) { return process_kill(a[0]); }
static int do_getpid(const u32 *a) { return current->pid; }
static int do_uptime(const u32 *a) { return ticks; }
static int do_sleep(const u32 *a) { return (s32)a[0] <= 0 || sleep_ticks(a[0]) ? 0 : -1; }

static int do_sbrk(const u32 *a) {
  struct space *s = &current->space;
  s32 change = a[0];
  u32 old = s->top;
  if (change < 0) {
    if (-(u32)change > old - s->heap) return -1;
    space_shrink(s, old + change);
  } else if (!space_grow(s, old + change, true)) {
    return -1;
  }
  return old;
}

static int do_pipe(const u32 *a) {
  if (!user_may_write(a[0], 8) || a[0] % 4) return -1;
  struct file *from = file_alloc(), *to = file_alloc();
  struct pipe *p = from && to ? pipe_open() : NULL;
  int in = p ? descriptor_for(from) : -1;
  int out = in < 0 ? -1 : descriptor_for(to);
  if (out < 0) {
    if (in >= 0) current->file[in] = NULL;
    if (p) pipe_close(p, false), pipe_close(p, true);
    if (from) from->references = 0;
    if (to) to->references = 0;
    return -1;
  }
  from->pipe = to->pipe = p;
  from->readable = to->writable = true;
  ((int *)a[0])[0] = in;
  ((int *)a[0])[1] = out;
  return 0;
}

static int do_read(const u32 *a) {
  struct file *f = descriptor(a[0]);
  return f && f->readable && user_may_write(a[1], a[2]) ? file_read(f, (u8 *)a[1], a[2]) : -1;
}

static int do_write(const u32 *a) {
  struct file *f = descriptor(a[0]);
  return f && f->writable && user_may_read(a[1], a[2]) ? file_write(f, (const u8 *)a[1], a[2]) : -1;
}

static int do_close(const u32 *a) {
  struct file *f = descriptor(a[0]);
  if (!f) return -1;
  current->file[a[0]] = NULL;
  file_close(f);
  return 0;
}

static int do_dup(const u32 *a) {
  struct file *f = descriptor(a[0]);
  int fd = descriptor_for(f);
  if (fd >= 0) file_share(f);
  return fd;
}

static int do_fstat(const u32 *a) {
  struct file *f = descriptor(a[0]);
  return f && user_may_write(a[1], sizeof(struct stat)) && a[1] % 4 == 0 ? file_status(f, (struct stat *)a[1]) : -1;
}

/* The strings go, one after another, to a page of the kernel's. */
static int do_exec(const u32 *a) {
  char path[MAX_PATH];
  if (user_text(path, a[0], sizeof path) < 0 || a[1] % 4) return -1;
  char *packed = page_alloc();
  if (!packed) return -1;
  u32 size = 0, count = 0;
  int result = -1;
  for (u32 at = a[1];; at += 4, count++) {
    if (!user_may_read(at, 4)) break;
    u32 argument = *(const u32 *)at;
    if (!argument) {
      result = exec(path, packed, size, count);
      break;
    }
    int n = count < MAX_ARGUMENTS ? user_text(packed + size, argument, PAGE_SIZE - size) : -1;
    if (n < 0) break;
    size += n + 1;
  }
  page_free(packed);
  return result;
}

static int do_open(const u32 *a) {
  char path[MAX_PATH];
  if (user_text(path, a[0], sizeof path) < 0) return -1;
  u32 mode = a[1] & 3;
  struct file *f = mode <= OPEN_BOTH ? file_alloc() : NULL;
  int fd = descriptor_for(f);
  if (fd >= 0) {
    f->readable = mode != OPEN_WRITE;
    f->writable = mode != OPEN_READ;
    f->append = a[1] & OPEN_APPEND;
    f->inode = fs_open(path, a[1] & OPEN_CREATE, f->writable, f->writable && (a[1] & OPEN_TRUNCATE));
    if (f->inode) return fd;
    current->file[fd] = NULL;
  }
  if (f) f->references = 0;
  return -1;
}

static int with_path(u32 address, int (*act)(const char *)) {
  char path[MAX_PATH];
  return user_text(path, address, sizeof path) < 0 ? -1 : act(path);
}
static int do_chdir(const u32 *a) { return with_path(a[0], fs_change_directory); }
static int do_unlink(const u32 *a) { return with_path(a[0], fs_unlink); }
static int do_mkdir(const u32 *a) { return with_path(a[0], fs_make_directory); }

static int do_mknod(const u32 *a) {
  char path[MAX_PATH];
  return user_text(path, a[0], sizeof path) < 0 ? -1 : fs_make_device(path, a[1], a[2]);
}

static int do_link(const u32 *a) {
  char old[MAX_PATH], new[MAX_PATH];
  return user_text(old, a[0], sizeof old) < 0 || user_text(new, a[1], sizeof new) < 0 ? -1 : fs_link(old, new);
}

static const handler handlers[] = {
    [SYS_fork] = do_fork,     [SYS_exit] = do_exit,   [SYS_wait] = do_wait,     [SYS_pipe] = do_pipe,
    [SYS_read] = do_read,     [SYS_kill] = do_kill,   [SYS_exec] = do_exec,     [SYS_fstat] = do_fstat,
    [SYS_chdir] = do_chdir,   [SYS_dup] = do_dup,     [SYS_getpid] = do_getpid, [SYS_sbrk] = do_sbrk,
    [SYS_sleep] = do_sleep,   [SYS_uptime] = do_uptime, [SYS_open] = do_open,   [SYS_write] = do_write,
    [SYS_mknod] = do_mknod,   [SYS_unlink] = do_unlink, [SYS_link] = do_link,   [SYS_mkdir] = do_mkdir,
    [SYS_close] = do_close,
};

void system_call(struct frame *f) {
  u32 number = f->general[V0];
  f->epc += 4; /* past the SYSCALL; the library never puts one in a delay slot */
  bool known = number < COUNT(handlers) && handlers[number];
  int result = known ? handlers[number](&f->general[A0]) : -1;
  f->general[V0] = result;
}
