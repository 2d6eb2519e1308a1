/* Replacing a process's program by one from an ELF file. */
#include "fs/fs.h"
#include "kernel.h"

#define STACK_PAGES 2

struct elf_header {
  u8 magic[4], class, data, rest[10];
  u16 type, machine;
  u32 version, entry, segments_at, sections_at, flags;
  u16 size, segment_size, segment_count, section_size, section_count, names;
};
struct elf_segment {
  u32 type, offset, address, physical, file_size, memory_size, flags, align;
};
enum { ELF_CLASS32 = 1, ELF_LITTLE = 1, ELF_BIG = 2, ELF_EXECUTABLE = 2, ELF_MIPS = 8, SEGMENT_LOAD = 1, SEGMENT_WRITE = 2 };

#ifdef __MIPSEB__
#define ELF_OURS ELF_BIG
#else
#define ELF_OURS ELF_LITTLE
#endif

/* Page-aligned, ascending, and all of it inside the file; that it is inside user memory is the space's to say. */
static bool load_segment(struct space *s, struct inode *from, const struct elf_segment *g) {
  if (g->address % PAGE_SIZE || g->address < s->top || g->file_size > g->memory_size) return false;
  while (PAGE_UP(s->top) < g->address)
    if (!space_skip_page(s)) return false;
  if (!space_grow(s, g->address + g->memory_size, g->flags & SEGMENT_WRITE)) return false;
  for (u32 done = 0; done < g->file_size; done += PAGE_SIZE) {
    u32 n = MIN(g->file_size - done, PAGE_SIZE);
    if (inode_read(from, space_page(s, g->address + done), g->offset + done, n) != (int)n) return false;
  }
  return true;
}

static bool load(struct space *s, struct inode *from, u32 *entry) {
  struct elf_header h;
  if (from->type != TYPE_FILE || inode_read(from, &h, 0, sizeof h) != sizeof h || memcmp(h.magic, "\177ELF", 4) ||
      h.class != ELF_CLASS32 || h.data != ELF_OURS || h.type != ELF_EXECUTABLE || h.machine != ELF_MIPS ||
      h.segment_size != sizeof(struct elf_segment))
    return false;
  for (u32 i = 0; i < h.segment_count; i++) {
    struct elf_segment g;
    if (inode_read(from, &g, h.segments_at + i * sizeof g, sizeof g) != sizeof g) return false;
    if (g.type == SEGMENT_LOAD && g.memory_size && !load_segment(s, from, &g)) return false;
  }
  *entry = h.entry;
  return s->top > 0;
}

/* A page that nobody may touch, then the stack. */
static bool add_stack(struct space *s) {
  s->top = PAGE_UP(s->top);
  if (!space_skip_page(s) || !space_grow(s, s->top + STACK_PAGES * PAGE_SIZE, true)) return false;
  s->heap = s->top;
  return true;
}

/* The strings at the top of the stack, argv[] under them; returns argv's address or 0. */
static u32 add_arguments(struct space *s, const char *packed, u32 size, u32 count) {
  u32 strings = s->top - ROUND_UP(size, 8), argv = (strings - 4 * (count + 1)) & -8u;
  if (s->top - argv > PAGE_SIZE) return 0;
  u8 *page = space_page(s, s->top - 1);
  u32 *pointer = (u32 *)(page + argv % PAGE_SIZE);
  memcpy(page + strings % PAGE_SIZE, packed, size);
  for (u32 i = 0, at = 0; i < count; i++, at += text_length(packed + at) + 1) pointer[i] = strings + at;
  return argv;
}

int exec(const char *path, const char *packed, u32 packed_size, u32 count) {
  struct space fresh;
  u32 entry, argv = 0;
  space_init(&fresh);
  fs_enter();
  struct inode *from = path_find(path);
  bool loaded = from && load(&fresh, from, &entry);
  if (from) inode_put(from);
  fs_leave();
  if (loaded && add_stack(&fresh)) argv = add_arguments(&fresh, packed, packed_size, count);
  if (!argv) {
    space_release(&fresh);
    return -1;
  }

  space_park();
  space_release(&current->space);
  current->space = fresh;
  space_activate(&current->space);

  const char *name = path;
  for (const char *c = path; *c; c++)
    if (*c == '/') name = c + 1;
  text_copy(current->name, name, sizeof current->name);

  struct frame *f = current->frame;
  memset(f, 0, sizeof *f);
  f->general[A0] = count;
  f->general[A1] = argv;
  f->general[SP] = argv - 16; /* o32: the callee may keep its arguments there */
  f->epc = entry;
  f->status = STATUS_KERNEL | STATUS_USER | STATUS_EXL | STATUS_IE;
  return count;
}
