/** A guard of the kernel taken out, and the group of `selftest` that has to notice. */
export interface Mutation {
  readonly file: string;
  /** Text that is in the file once, and what takes its place. */
  readonly from: string;
  readonly to: string;
  readonly group: string;
}

const mutation = (file: string, group: string, from: string, to: string): Mutation => ({ file, from, to, group });

export const mutations: readonly Mutation[] = [
  // What programs pass to system calls.
  mutation('kernel/syscall.c', 'numbers', 'number < COUNT(handlers) && handlers[number]', 'true'),
  mutation('kernel/space.c', 'pointers', '  if (!n) return true;', '  return true;'),
  mutation('kernel/space.c', 'pointers', 'ENTRY_VALID | ENTRY_WRITABLE)', 'ENTRY_VALID)'),
  mutation('kernel/space.c', 'pointers', 'address > USER_LIMIT || n > USER_LIMIT - address', 'address > USER_LIMIT'),
  mutation('kernel/space.c', 'pointers', '(n == 0 || address % PAGE_SIZE == 0)', 'n == 0'),
  mutation(
    'kernel/space.c',
    'pointers',
    'address & -PAGE_SIZE; at < address + n',
    'address & -PAGE_SIZE; at <= address',
  ),
  mutation('kernel/syscall.c', 'pointers', '!user_may_write(a[0], 8) || a[0] % 4', '!user_may_write(a[0], 8)'),
  mutation('kernel/syscall.c', 'pointers', 'if (!user_may_read(at, 4)) break;', ''),
  mutation('kernel/syscall.c', 'descriptors', 'fd < MAX_DESCRIPTORS ? current->file[fd] : NULL', 'current->file[fd]'),
  mutation('kernel/syscall.c', 'descriptors', 'f && f->readable &&', 'f &&'),
  mutation('kernel/syscall.c', 'descriptors', 'f && f->writable &&', 'f &&'),
  mutation('kernel/syscall.c', 'descriptors', 'if (p) pipe_close(p, false), pipe_close(p, true);', ''),
  mutation('kernel/syscall.c', 'descriptors', 'if (from) from->references = 0;', ''),
  mutation('kernel/syscall.c', 'descriptors', 'if (in >= 0) current->file[in] = NULL;', ''),
  mutation('kernel/syscall.c', 'descriptors', 'f && fd < MAX_DESCRIPTORS; fd++', 'f && fd <= MAX_DESCRIPTORS; fd++'),

  // Files and names.
  mutation('kernel/file.c', 'files', 'if (f->append) f->offset = f->inode->size;', ''),
  mutation('kernel/fs/inode.c', 'files', 'n >= INDIRECT_BLOCKS ||', ''),
  mutation('kernel/fs/inode.c', 'files', 'if (i->users == 1 && !i->links) {', 'if (false) {'),
  mutation('kernel/fs/inode.c', 'files', 'if (i->users == 1 && !i->links) {', 'if (!i->links) {'),
  mutation('kernel/fs/inode.c', 'files', 'n = MIN(n, i->size - offset);', ''),
  mutation(
    'kernel/fs/names.c',
    'names',
    '    if (n < NAME_LENGTH) name->text[n] = *path;',
    '    if (n < NAME_LENGTH - 1) name->text[n] = *path;',
  ),
  mutation('kernel/fs/names.c', 'names', '*path && at->type == TYPE_DIRECTORY', '*path'),
  mutation('kernel/fs/calls.c', 'names', 'i->type != TYPE_DIRECTORY &&', ''),
  mutation('kernel/fs/calls.c', 'names', '(*taken || !parent->links)', '!parent->links'),
  mutation('kernel/fs/calls.c', 'directories', '(*taken || !parent->links)', '*taken'),
  mutation('kernel/fs/calls.c', 'directories', '(!directory || directory_is_empty(i)) &&', ''),
  mutation('kernel/fs/calls.c', 'directories', '!name_is(&name, ".") &&', ''),
  mutation('kernel/fs/calls.c', 'directories', '!name_is(&name, "..") ?', 'true ?'),
  mutation('kernel/fs/calls.c', 'directories', 'parent->links--;', ''),
  mutation('kernel/fs/calls.c', 'directories', '(create || to_write)', 'create'),
  mutation('kernel/fs/names.c', 'directories', 'room = MIN(room, at);', ''),
  mutation('kernel/dev/devices.c', 'directories', 'major < COUNT(devices) ? &devices[major] : NULL', '&devices[major]'),
  mutation('kernel/file.c', 'directories', 'd && d->write ? d->write(from, n) : -1', 'd->write(from, n)'),
  mutation('kernel/fs/inode.c', 'full disk', '      block_free(*indirect);', ''),
  mutation('kernel/fs/calls.c', 'full disk', 'inode_put(made); /* without links: goes away */', ''),
  mutation('kernel/fs/blocks.c', 'concurrency', 'void fs_enter(void) { lock(&fs_lock); }', 'void fs_enter(void) {}'),
  mutation('kernel/schedule.c', 'concurrency', '  l->holder = NULL;\n  wake(l);', '  l->holder = NULL;'),

  // Pipes.
  mutation('kernel/pipe.c', 'pipes', 'while (p->put == p->taken && p->writer)', 'while (p->put == p->taken)'),
  mutation('kernel/pipe.c', 'pipes', 'while (p->put == p->taken && p->writer)', 'while (false)'),
  mutation('kernel/pipe.c', 'pipes', 'if (!p->reader) return -1;', ''),
  mutation('kernel/pipe.c', 'pipes', 'p->put - p->taken == PIPE_ROOM', 'false'),
  mutation('kernel/pipe.c', 'pipes', '    p->reader = false;\n  wake(p);', '    p->reader = false;'),
  mutation('kernel/pipe.c', 'pipes', 'if (!p->reader && !p->writer) page_free(p);', ''),

  // Programs.
  mutation('kernel/exec.c', 'programs', 'memcmp(h.magic, "\\177ELF", 4) ||', ''),
  mutation('kernel/exec.c', 'programs', 'h.class != ELF_CLASS32 ||', ''),
  mutation('kernel/exec.c', 'programs', 'h.type != ELF_EXECUTABLE ||', ''),
  mutation('kernel/exec.c', 'programs', '|| h.machine != ELF_MIPS ||', '||'),
  mutation('kernel/exec.c', 'programs', 'g->address % PAGE_SIZE ||', ''),
  mutation('kernel/exec.c', 'programs', 'g->address < s->top ||', ''),
  mutation('kernel/exec.c', 'programs', ' || g->file_size > g->memory_size)', ')'),
  mutation('kernel/space.c', 'programs', '  if (top > USER_LIMIT) return false;\n', ''),
  mutation('kernel/exec.c', 'programs', '!= (int)n) return false;', '== -1) return false;'),
  mutation('kernel/exec.c', 'programs', '    space_release(&fresh);\n    return -1;', '    return -1;'),
  mutation('kernel/exec.c', 'programs', 'if (from) inode_put(from);', ''),
  mutation('kernel/exec.c', 'programs', 'if (s->top - argv > PAGE_SIZE) return 0;', ''),
  mutation('kernel/exec.c', 'programs', 'return s->top > 0;', 'return true;'),
  mutation('kernel/syscall.c', 'programs', 'count < MAX_ARGUMENTS ?', 'true ?'),
  mutation('kernel/syscall.c', 'programs', '  page_free(packed);\n', ''),

  // Memory.
  mutation('kernel/exec.c', 'memory', '!space_skip_page(s) || !space_grow', '!space_grow'),
  mutation('kernel/exec.c', 'memory', 'g->flags & SEGMENT_WRITE)', 'true)'),
  mutation('kernel/pages.c', 'memory', 'return memset(page, 0, PAGE_SIZE);', 'return page;'),
  mutation('kernel/syscall.c', 'memory', 'if (-(u32)change > old - s->heap) return -1;', ''),
  mutation('kernel/space.c', 'memory', '    page_free(entry_page(s->table[i]));', ''),
  mutation('kernel/space.c', 'memory', '    *entry = 0;\n', ''),
  mutation('kernel/trap.c', 'memory', '  current->killed = true;', '  f->epc += 4;'),
  mutation('kernel/space.c', 'no memory', '      space_shrink(s, old_top);\n', ''),
  mutation('kernel/space.c', 'no memory', '      space_release(to);\n', ''),
  mutation('kernel/process.c', 'no memory', '    process_discard(child);\n', ''),
  mutation('kernel/pages.c', 'no memory', 'if (!free_count) return NULL;', ''),
  mutation('kernel/space.c', 'address spaces', '  s->tag = 0;\n', ''),
  mutation('kernel/space.c', 'address spaces', '      generation++;\n', ''),

  // Processes.
  mutation('kernel/process.c', 'processes', '      process_discard(p);\n', '      p->state = PROCESS_FREE;\n'),
  mutation('kernel/process.c', 'processes', '    p->parent = first;\n', ''),
  mutation('kernel/process.c', 'processes', '&& p->killable) ready(p);', '&& false) ready(p);'),
  mutation('kernel/process.c', 'processes', '|| p->state == PROCESS_ZOMBIE || p->pid != pid', '|| p->pid != pid'),
  mutation('kernel/process.c', 'processes', '  inode_put(current->directory);\n', ''),
  mutation('kernel/process.c', 'pipes', 'file_close(current->file[i]);', ';'),
  mutation('kernel/trap.c', 'scheduling', 'if (reschedule) yield();', ''),
  mutation('kernel/entry.S', 'scheduling', '        mthi    $t2\n', ''),
  mutation('kernel/entry.S', 'scheduling', '        lw      $t9, 4*25($sp)\n', ''),
  mutation('kernel/schedule.c', 'scheduling', '(s32)(ticks - p->alarm) >= 0', 'false'),
];
