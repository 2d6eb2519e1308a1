/*
 * The system calls' own tests. Each group prints a line; whatever it makes it takes away.
 * What the kernel says about programs that it had to kill is part of the show.
 *
 * usage: selftest [GROUP ...]
 */
#include "lib/unix.h"

#define PAGE 4096
#define KERNEL ((char *)0x80100000) /* memory that is not ours */
#define TABLES ((char *)0xc0000000) /* nor is this */

static u32 passed, failed;
static const char *group;

static void check(bool ok, const char *what) {
  if (ok) {
    passed++;
  } else {
    failed++;
    say("FAILED in %s: %s\n", group, what);
  }
}
#define CHECK(condition) check(condition, #condition)

/* --- helpers ------------------------------------------------------------------ */

static char buffer[BLOCK_SIZE];
static volatile u32 sink;

/* Whether a child gets to the end of act(). */
static bool completes(void (*act)(void)) {
  int ends[2];
  char c;
  if (pipe(ends) < 0) return false;
  int pid = fork();
  if (pid == 0) {
    close(ends[0]);
    act();
    write(ends[1], "!", 1);
    exit();
  }
  close(ends[1]);
  bool done = read(ends[0], &c, 1) == 1;
  close(ends[0]);
  return pid > 0 && wait() == pid && done;
}

struct free {
  u32 pages, inodes, blocks;
};

static struct free count_free(void) {
  char text[160], *at = text;
  u32 value[3];
  int fd = open("/dev/status", OPEN_READ), n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n < 0 ? 0 : n] = 0;
  for (u32 i = 0; i < 3; i++) {
    while (*at && (*at < '0' || *at > '9')) at++;
    value[i] = number(at);
    while (*at && *at++ != '\n') continue;
  }
  return (struct free){value[0], value[1], value[2]};
}

static bool all_free_again(struct free before) {
  struct free now = count_free();
  return now.pages == before.pages && now.inodes == before.inodes && now.blocks == before.blocks;
}

static u32 size_of(const char *path) {
  struct stat s;
  return status(path, &s) < 0 ? -1u : s.size;
}

static u32 links_of(const char *path) {
  struct stat s;
  return status(path, &s) < 0 ? 0 : s.links;
}

static bool make_file(const char *path, const void *content, u32 n) {
  int fd = open(path, OPEN_CREATE | OPEN_TRUNCATE | OPEN_WRITE);
  bool ok = fd >= 0 && write(fd, content, n) == (int)n;
  return close(fd) == 0 && ok;
}

static bool exists(const char *path) { return size_of(path) != -1u; }

static char *name_number(char prefix, u32 n) {
  static char name[12];
  format_text(name, sizeof name, "%s%u", (char[]){prefix, 0}, n);
  return name;
}

/* --- groups ---------------------------------------------------------------------- */

static void numbers(void) {
  static const u32 bad[] = {0, 22, 23, 64, 1000, 0x80000000, 0xfffffffe, 0xffffffff};
  for (u32 i = 0; i < COUNT(bad); i++) CHECK(system_call(0, 0, 0, 0, bad[i]) == -1);
  CHECK(system_call(0, 0, 0, 0, SYS_getpid) == getpid());
}

static void pointers(void) {
  static const char *const path = "pointers";
  char *end_of_memory = sbrk(0);          /* the heap is empty: */
  char *guard = end_of_memory - 3 * PAGE; /* two pages of stack end here too */
  int ends[2];
  CHECK(make_file(path, "abcdefgh", 8));
  int fd = open(path, OPEN_BOTH);
  CHECK(pipe(ends) == 0);
  write(ends[1], "12345678", 8);
  char *const bad[] = {KERNEL, TABLES, end_of_memory, guard, (char *)0x7ffff000, (char *)0xfffffffc};
  for (u32 i = 0; i < COUNT(bad); i++) {
    char *p = bad[i];
    CHECK(read(fd, p, 4) == -1);
    CHECK(read(ends[0], p, 4) == -1);
    CHECK(write(fd, p, 4) == -1);
    CHECK(write(ends[1], p, 4) == -1);
    CHECK(open(p, OPEN_READ) == -1);
    CHECK(exec(p, (const char *const[]){"x", 0}) == -1);
    CHECK(exec("/echo", (void *)p) == -1);
    CHECK(exec("/echo", (const char *const[]){"echo", p, 0}) == -1);
    CHECK(pipe((int *)p) == -1);
    CHECK(fstat(fd, (struct stat *)p) == -1);
    CHECK(chdir(p) == -1);
    CHECK(mkdir(p) == -1);
    CHECK(mknod(p, 1, 1) == -1);
    CHECK(unlink(p) == -1);
    CHECK(link(p, "x") == -1);
    CHECK(link(path, p) == -1);
  }

  /* Across an end, and around the world. */
  CHECK(read(fd, end_of_memory - 4, 8) == -1);
  CHECK(write(fd, end_of_memory - 4, 8) == -1);
  CHECK(write(fd, guard + PAGE - 4, 8) == -1);
  CHECK(write(fd, guard - 4, 8) == -1);
  CHECK(write(fd, buffer, 0xffffffff) == -1);
  CHECK(read(fd, buffer, 0x80000000) == -1);
  CHECK(write(fd, buffer, -(u32)buffer) == -1);
  CHECK(pipe((int *)(end_of_memory - 4)) == -1);
  CHECK(pipe((int *)(buffer + 1)) == -1);
  CHECK(fstat(fd, (struct stat *)(end_of_memory - 8)) == -1);
  CHECK(fstat(fd, (struct stat *)(buffer + 2)) == -1);

  /* Text may be read, not written. */
  char *text = (char *)&exit;
  u32 before = *(u32 *)text;
  CHECK(read(fd, text, 4) == -1);
  CHECK(read(ends[0], text, 4) == -1);
  CHECK(pipe((int *)text) == -1);
  CHECK(fstat(fd, (struct stat *)text) == -1);
  CHECK(*(u32 *)text == before);
  CHECK(write(fd, text, 4) == 4);

  /* Strings and vectors that the end of memory cuts. */
  char *last = sbrk(PAGE) + PAGE - 8;
  memset(last, 'x', 8);
  CHECK(open(last, OPEN_CREATE | OPEN_WRITE) == -1);
  CHECK(exec("/echo", (const char *const[]){"echo", last, 0}) == -1);
  ((const char **)last)[0] = ((const char **)last)[1] = "echo";
  CHECK(exec("/echo", (void *)last) == -1);
  CHECK(exec("/echo", (void *)(last + 1)) == -1);
  last[7] = 0;
  CHECK(open(last + 6, OPEN_READ) == -1);
  sbrk(-PAGE);

  /* Nothing was taken from the pipe by calls that failed. */
  CHECK(read(ends[0], buffer, 4) == 4 && !memcmp(buffer, "1234", 4));
  CHECK(read(fd, (char *)0x80000000, 0) <= 0);
  close(ends[0]);
  close(ends[1]);
  close(fd);
  CHECK(unlink(path) == 0);
}

static void descriptors(void) {
  static const u32 bad[] = {-1u, MAX_DESCRIPTORS, 100, 0x80000000, 0x40000003};
  struct stat s;
  for (u32 i = 0; i < COUNT(bad); i++) {
    CHECK(read(bad[i], buffer, 1) == -1);
    CHECK(write(bad[i], buffer, 1) == -1);
    CHECK(close(bad[i]) == -1);
    CHECK(dup(bad[i]) == -1);
    CHECK(fstat(bad[i], &s) == -1);
  }
  int fd = dup(1);
  CHECK(fd == 3);
  CHECK(close(fd) == 0);
  CHECK(close(fd) == -1);
  CHECK(read(fd, buffer, 1) == -1);

  /* All of them, then again. */
  struct free before = count_free();
  for (u32 round = 0; round < 2; round++) {
    u32 made = 0;
    while (dup(1) >= 0) made++;
    CHECK(made == MAX_DESCRIPTORS - 3);
    CHECK(open("/README", OPEN_READ) == -1);
    CHECK(open("new", OPEN_CREATE | OPEN_WRITE) == -1);
    CHECK(!exists("new"));
    int ends[2] = {-7, -7};
    CHECK(pipe(ends) == -1);
    close(MAX_DESCRIPTORS - 1);
    CHECK(pipe(ends) == -1);
    u32 refused = 0;
    for (u32 i = 0; i < 150; i++) refused += pipe(ends) == -1; /* more often than the system has files */
    CHECK(refused == 150);
    CHECK(ends[0] == -7 && ends[1] == -7);
    CHECK(dup(1) == MAX_DESCRIPTORS - 1);
    for (int i = 3; i < MAX_DESCRIPTORS; i++) close(i);
  }
  CHECK(all_free_again(before));

  /* The lowest free number; what a descriptor may do. */
  CHECK(open("/README", OPEN_READ) == 3);
  CHECK(open("/README", OPEN_READ) == 4);
  CHECK(close(3) == 0 && open("f", OPEN_CREATE | OPEN_WRITE) == 3);
  CHECK(write(4, "x", 1) == -1);
  CHECK(write(3, "hello", 5) == 5);
  CHECK(read(3, buffer, 1) == -1);
  CHECK(open("f", 3) == -1);
  close(4);
  close(3);

  /* One offset for dup()s and for children. */
  CHECK(open("f", OPEN_READ) == 3 && dup(3) == 4);
  CHECK(read(3, buffer, 1) == 1 && buffer[0] == 'h');
  CHECK(read(4, buffer, 1) == 1 && buffer[0] == 'e');
  if (fork() == 0) {
    read(4, buffer, 1);
    exit();
  }
  wait();
  CHECK(read(3, buffer, 2) == 2 && buffer[0] == 'l' && buffer[1] == 'o');
  CHECK(read(3, buffer, 1) == 0);
  close(3);
  close(4);
  CHECK(unlink("f") == 0);

  /* The system's table of open files: children fill it and wait for us. */
  int go[2], told[2];
  u32 opened = 0;
  char c;
  CHECK(pipe(go) == 0 && pipe(told) == 0);
  for (u32 child = 0; child < 12; child++) {
    if (fork() != 0) continue;
    close(go[1]);
    close(told[0]);
    for (u32 i = 0; i < 16; i++)
      if (open("/README", OPEN_READ) >= 0) write(told[1], "o", 1);
    write(told[1], ".", 1);
    read(go[0], &c, 1);
    exit();
  }
  close(told[1]);
  for (u32 ready = 0; ready < 12 && read(told[0], &c, 1) == 1;) c == 'o' ? opened++ : ready++;
  CHECK(opened > 60 && opened < 12 * 11);
  CHECK(open("/README", OPEN_READ) == -1);
  int none[2];
  CHECK(pipe(none) == -1);
  close(go[1]);
  for (u32 child = 0; child < 12; child++) CHECK(wait() > 0);
  close(go[0]);
  close(told[0]);
  CHECK(open("/README", OPEN_READ) == 3 && close(3) == 0);
  CHECK(all_free_again(before));
}

static void file_contents(void) {
  struct free before = count_free();
  struct stat s;
  CHECK(open("none", OPEN_READ) == -1);
  CHECK(open("none", OPEN_WRITE) == -1);
  CHECK(make_file("f", "one two three", 13));
  CHECK(status("f", &s) == 0 && s.type == TYPE_FILE && s.size == 13 && s.links == 1);
  int fd = open("f", OPEN_READ);
  CHECK(read(fd, buffer, 4) == 4 && !memcmp(buffer, "one ", 4));
  CHECK(read(fd, buffer, 100) == 9 && !memcmp(buffer, "two three", 9));
  CHECK(read(fd, buffer, 100) == 0);
  close(fd);

  /* Created again: kept, unless it is to be emptied. */
  fd = open("f", OPEN_CREATE | OPEN_BOTH);
  CHECK(write(fd, "ONE", 3) == 3 && read(fd, buffer, 10) == 10 && !memcmp(buffer, " two three", 10));
  close(fd);
  fd = open("f", OPEN_WRITE | OPEN_APPEND);
  CHECK(write(fd, "!", 1) == 1 && size_of("f") == 14);
  close(fd);
  close(open("f", OPEN_READ | OPEN_TRUNCATE));
  CHECK(size_of("f") == 14);
  close(open("f", OPEN_WRITE | OPEN_TRUNCATE));
  CHECK(size_of("f") == 0);
  CHECK(unlink("f") == 0 && unlink("f") == -1 && !exists("f"));
  CHECK(all_free_again(before));

  /* As long as a file may be. */
  fd = open("long", OPEN_CREATE | OPEN_BOTH);
  u32 blocks = 0;
  for (;; blocks++) {
    memset(buffer, blocks, sizeof buffer);
    if (write(fd, buffer, sizeof buffer) != sizeof buffer) break;
  }
  CHECK(blocks == MAX_FILE_BLOCKS);
  CHECK(write(fd, buffer, 1) == -1);
  CHECK(size_of("long") == MAX_FILE_SIZE);
  close(fd);
  fd = open("long", OPEN_READ);
  u32 right = 0;
  for (u32 i = 0; i < MAX_FILE_BLOCKS; i++)
    right += read(fd, buffer, sizeof buffer) == sizeof buffer && (u8)buffer[0] == (u8)i && (u8)buffer[511] == (u8)i;
  CHECK(right == MAX_FILE_BLOCKS);
  close(fd);
  CHECK(unlink("long") == 0);
  CHECK(all_free_again(before));

  /* One large write, several transactions; it ends where the file must. */
  char *large = sbrk(80 * 1024);
  for (u32 i = 0; i < 80 * 1024; i++) large[i] = i * 7 >> 3;
  fd = open("large", OPEN_CREATE | OPEN_BOTH);
  CHECK(write(fd, large + 3, 60001) == 60001);
  CHECK(write(fd, large, 20000) == (int)MAX_FILE_SIZE - 60001);
  close(fd);
  fd = open("large", OPEN_READ);
  bool equal = true;
  for (u32 at = 3; at < 60004; at += 499) {
    u32 n = MIN(499, 60004 - at);
    equal = equal && read(fd, buffer, n) == (int)n && !memcmp(buffer, large + at, n);
  }
  CHECK(equal);
  close(fd);
  CHECK(unlink("large") == 0);
  sbrk(-80 * 1024);

  /* Removed, but open: it is there until the last close. */
  CHECK(make_file("ghost", "boo", 3));
  fd = open("ghost", OPEN_BOTH);
  CHECK(unlink("ghost") == 0 && !exists("ghost"));
  CHECK(make_file("ghost", "other", 5));
  CHECK(read(fd, buffer, 10) == 3 && !memcmp(buffer, "boo", 3));
  CHECK(fstat(fd, &s) == 0 && s.links == 0);
  CHECK(write(fd, "!", 1) == 1);
  close(fd);
  CHECK(unlink("ghost") == 0);
  CHECK(all_free_again(before));
}

static void names(void) {
  struct free before = count_free();
  CHECK(make_file("a", "A", 1));
  CHECK(link("a", "b") == 0 && links_of("a") == 2 && links_of("b") == 2);
  CHECK(link("a", "b") == -1);
  CHECK(link("none", "c") == -1);
  CHECK(link("a", "none/c") == -1);
  CHECK(link(".", "c") == -1);
  CHECK(links_of("a") == 2);
  CHECK(unlink("a") == 0 && links_of("b") == 1 && size_of("b") == 1);
  CHECK(unlink("b") == 0);

  /* Names of fourteen characters and more. */
  CHECK(make_file("abcdefghijklmn", "14", 2));
  CHECK(size_of("abcdefghijklmnopqrs") == 2);
  CHECK(!exists("abcdefghijklm"));
  CHECK(unlink("abcdefghijklmnXYZ") == 0);

  /* Paths. */
  char path[MAX_PATH + 8];
  CHECK(exists("/") && exists("//") && exists("/..") && exists(".") && exists("././../././/"));
  CHECK(!exists(""));
  CHECK(open("", OPEN_CREATE | OPEN_WRITE) == -1 && mkdir("") == -1 && mkdir("/") == -1 && unlink("/") == -1);
  CHECK(chdir("") == -1);
  CHECK(!exists("/README/x") && !exists("/README/.") && !exists("/none/.."));
  CHECK(chdir("/README") == -1);
  struct disk_entry entry = {.inode = LE16(ROOT_INODE), .name = "x"}; /* a file that looks like a directory */
  CHECK(make_file("fake", &entry, sizeof entry));
  CHECK(!exists("fake/x") && open("fake/y", OPEN_CREATE | OPEN_WRITE) == -1 && unlink("fake/x") == -1);
  CHECK(size_of("fake") == sizeof entry && unlink("fake") == 0);
  memset(path, '/', sizeof path);
  path[MAX_PATH - 1] = 0;
  CHECK(exists(path));
  path[MAX_PATH - 1] = '/';
  path[MAX_PATH] = 0;
  CHECK(!exists(path));
  CHECK(all_free_again(before));
}

static void directories(void) {
  struct free before = count_free();
  struct stat s;
  u32 links = links_of(".");
  CHECK(mkdir("d") == 0 && mkdir("d") == -1);
  CHECK(status("d", &s) == 0 && s.type == TYPE_DIRECTORY && s.links == 1 && s.size == 32);
  CHECK(links_of(".") == links + 1);
  CHECK(open("d", OPEN_WRITE) == -1 && open("d", OPEN_BOTH) == -1 && open("d", OPEN_CREATE) == -1);
  CHECK(link("d", "e") == -1);
  CHECK(mkdir("d/none/x") == -1 && mkdir("none/x") == -1);
  CHECK(make_file("d/f", "x", 1) && unlink("d") == -1);
  CHECK(unlink("d/.") == -1 && unlink("d/..") == -1 && unlink(".") == -1 && unlink("..") == -1);
  CHECK(unlink("d/f") == 0 && unlink("d/.") == -1 && unlink("d") == 0 && !exists("d"));
  CHECK(links_of(".") == links);

  /* A slot is used again. */
  CHECK(mkdir("d") == 0 && chdir("d") == 0);
  for (u32 i = 0; i < 40; i++) make_file(name_number('f', i), "", 0);
  u32 size = size_of(".");
  CHECK(size == 42 * sizeof(struct disk_entry));
  for (u32 i = 0; i < 40; i++) unlink(name_number('f', i));
  for (u32 i = 0; i < 40; i++) make_file(name_number('g', i), "", 0);
  CHECK(size_of(".") == size);
  u32 gone = 0;
  for (u32 i = 0; i < 40; i++) gone += unlink(name_number('g', i)) == 0;
  CHECK(gone == 40 && chdir("..") == 0 && unlink("d") == 0);

  /* Deep down and back. */
  u32 depth = 0;
  while (depth < 20 && mkdir("deep") == 0 && chdir("deep") == 0) depth++;
  CHECK(depth == 20);
  for (; depth; depth--) CHECK(chdir("..") == 0 && unlink("deep") == 0);

  /* Where we are is removed. */
  CHECK(mkdir("d") == 0 && chdir("d") == 0 && unlink("../d") == 0);
  CHECK(open("f", OPEN_CREATE | OPEN_WRITE) == -1 && mkdir("e") == -1 && mknod("n", 1, 1) == -1);
  CHECK(link("/README", "r") == -1);
  CHECK(chdir("..") == 0 && exists("/README"));
  CHECK(chdir("/selftest.dir") == 0);
  CHECK(mkdir("a") == 0 && mkdir("a/b") == 0 && chdir("a/b") == 0 && unlink("../b") == 0);
  CHECK(unlink("..") == -1 && chdir("/selftest.dir") == 0 && links_of("a") == 1 && unlink("a") == 0);
  CHECK(all_free_again(before));

  /* Devices; most numbers mean none. */
  CHECK(mknod("none", 77, 1) == 0 && mknod("none", 1, 1) == -1 && links_of("none") == 1);
  CHECK(status("none", &s) == 0 && s.type == TYPE_DEVICE && unlink("none") == 0);
  u32 refused = 0;
  for (u32 major = 4; major < 36; major++) {
    mknod("none", major, 0);
    int fd = open("none", OPEN_BOTH);
    refused += read(fd, buffer, 1) == -1 && write(fd, buffer, 1) == -1;
    close(fd);
    unlink("none");
  }
  CHECK(refused == 32);
  int fd = open("/dev/status", OPEN_BOTH);
  CHECK(write(fd, buffer, 1) == -1);
  close(fd);
  fd = open("/dev/power", OPEN_READ);
  CHECK(read(fd, buffer, 1) == -1);
  close(fd);
  CHECK(all_free_again(before));
}

static void full_disk(void) {
  struct free before = count_free();
  u32 made = 0;
  while (make_file(name_number('i', made), "", 0)) made++;
  CHECK(made > 0 && count_free().inodes == 0);
  CHECK(mkdir("d") == -1 && mknod("n", 1, 1) == -1 && !exists("d"));
  CHECK(unlink("i0") == 0 && mkdir("d") == 0 && unlink("d") == 0 && make_file("i0", "", 0));
  u32 gone = 0;
  for (u32 i = 0; i < made; i++) gone += unlink(name_number('i', i)) == 0;
  CHECK(gone == made && count_free().inodes == before.inodes);

  /* No blocks. */
  char *large = sbrk(MAX_FILE_SIZE);
  CHECK(make_file("kept", "kept", 4));
  CHECK(make_file("one", "1", 1) && make_file("direct", large, DIRECT_BLOCKS * BLOCK_SIZE));
  u32 files = 0;
  while (make_file(name_number('b', files), large, MAX_FILE_SIZE)) files++;
  CHECK(count_free().blocks == 0);
  u32 partly = size_of(name_number('b', files));
  CHECK(partly < MAX_FILE_SIZE);
  CHECK(!make_file("more", "x", 1) && size_of("more") == 0 && unlink("more") == 0);
  struct free full = count_free();
  CHECK(mkdir("d") == -1 && !exists("d"));
  CHECK(all_free_again(full));
  int fd = open("direct", OPEN_WRITE | OPEN_APPEND); /* needs two blocks, and there is one */
  CHECK(unlink("one") == 0 && write(fd, "x", 1) == -1 && count_free().blocks == 1);
  CHECK(size_of("direct") == DIRECT_BLOCKS * BLOCK_SIZE);
  close(fd);
  CHECK(unlink("direct") == 0);
  fd = open("kept", OPEN_BOTH);
  CHECK(write(fd, "KEPT", 4) == 4 && read(fd, buffer, 1) == 0);
  close(fd);
  fd = open("kept", OPEN_READ);
  CHECK(read(fd, buffer, 10) == 4 && !memcmp(buffer, "KEPT", 4));
  close(fd);
  CHECK(unlink("b0") == 0 && mkdir("d") == 0 && unlink("d") == 0);
  gone = 1;
  for (u32 i = 1; i <= files; i++) gone += unlink(name_number('b', i)) == 0;
  CHECK(gone == files + 1 && unlink("kept") == 0);
  sbrk(-(int)MAX_FILE_SIZE);

  /* A directory may have grown while it was full of names; nothing else has. */
  struct free after = count_free();
  CHECK(after.inodes == before.inodes && after.pages == before.pages);
  CHECK(before.blocks - after.blocks < 8);
}

/* Runs act(who) in as many children at once; returns how many "+" they reported. */
static u32 at_once(u32 children, void (*act)(u32 who, int report)) {
  int ends[2];
  u32 count = 0;
  char c;
  if (pipe(ends) < 0) return 0;
  for (u32 who = 0; who < children; who++) {
    if (fork() != 0) continue;
    close(ends[0]);
    act(who, ends[1]);
    exit();
  }
  close(ends[1]);
  while (read(ends[0], &c, 1) == 1) count++;
  close(ends[0]);
  while (wait() >= 0) continue;
  return count;
}

static void create_and_remove(u32 who, int report) {
  for (u32 i = 0; i < 20; i++) {
    int fd = open("contested", OPEN_CREATE | OPEN_BOTH);
    if (fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0) write(report, "+", 1);
    unlink("contested");
  }
}

static void make_directory_once(u32 who, int report) {
  for (u32 i = 0; i < 10; i++)
    if (mkdir(name_number('m', i)) == 0) write(report, "+", 1);
}

static void append_records(u32 who, int report) {
  char record[16];
  int fd = open("records", OPEN_WRITE | OPEN_APPEND);
  memset(record, 'a' + who, sizeof record);
  for (u32 i = 0; i < 20; i++)
    if (write(fd, record, sizeof record) == sizeof record) write(report, "+", 1);
}

static void link_and_unlink(u32 who, int report) {
  for (u32 i = 0; i < 15; i++) {
    char *name = name_number('l', who);
    if (link("/README", name) == 0 && unlink(name) == 0) write(report, "+", 1);
  }
}

static int shared;
static void write_shared(u32 who, int report) {
  for (u32 i = 0; i < 20; i++)
    if (write(shared, "0123456789", 10) == 10) write(report, "+", 1);
}

static void concurrency(void) {
  struct free before = count_free();
  CHECK(at_once(4, create_and_remove) == 80 && !exists("contested"));
  CHECK(at_once(4, make_directory_once) == 10);
  u32 gone = 0;
  for (u32 i = 0; i < 10; i++) gone += unlink(name_number('m', i)) == 0;
  CHECK(gone == 10);

  make_file("records", "", 0);
  CHECK(at_once(4, append_records) == 80 && size_of("records") == 80 * 16);
  int fd = open("records", OPEN_READ);
  u32 whole = 0, of[4] = {0};
  while (read(fd, buffer, 16) == 16) {
    u32 same_bytes = 0;
    for (u32 i = 0; i < 16; i++) same_bytes += buffer[i] == buffer[0];
    whole += same_bytes == 16;
    of[(buffer[0] - 'a') & 3]++;
  }
  close(fd);
  CHECK(whole == 80 && of[0] == 20 && of[1] == 20 && of[2] == 20 && of[3] == 20);
  CHECK(unlink("records") == 0);

  u32 links = links_of("/README");
  CHECK(at_once(4, link_and_unlink) == 60 && links_of("/README") == links);

  shared = open("shared", OPEN_CREATE | OPEN_WRITE);
  CHECK(at_once(3, write_shared) == 60 && size_of("shared") == 600);
  close(shared);
  CHECK(unlink("shared") == 0);
  CHECK(all_free_again(before));
}

static void pipes(void) {
  struct free before = count_free();
  struct stat s;
  int ends[2];
  char c;
  CHECK(pipe(ends) == 0 && ends[0] == 3 && ends[1] == 4);
  CHECK(fstat(ends[0], &s) == -1);
  CHECK(read(ends[1], &c, 1) == -1 && write(ends[0], "x", 1) == -1);
  CHECK(write(ends[1], "", 0) == 0);
  CHECK(write(ends[1], "hello", 5) == 5);
  CHECK(read(ends[0], buffer, 2) == 2 && read(ends[0], buffer + 2, 100) == 3 && !memcmp(buffer, "hello", 5));
  CHECK(write(ends[1], "bye", 3) == 3 && close(ends[1]) == 0);
  CHECK(read(ends[0], buffer, 10) == 3);
  CHECK(read(ends[0], buffer, 10) == 0 && read(ends[0], buffer, 10) == 0);
  close(ends[0]);

  CHECK(pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "x", 1) == -1);
  close(ends[1]);

  /* More than fits, both ways of waiting. */
  CHECK(pipe(ends) == 0);
  int pid = fork();
  if (pid == 0) {
    close(ends[0]);
    for (u32 i = 0, n = 0; i < 40; i++) {
      for (u32 k = 0; k < 500; k++, n++) buffer[k] = n * 7 + (n >> 8);
      write(ends[1], buffer, 500);
    }
    exit();
  }
  close(ends[1]);
  sleep(2); /* it fills the pipe and waits */
  u32 total = 0;
  bool right = true;
  for (int n; (n = read(ends[0], buffer, 300)) > 0;)
    for (int i = 0; i < n; i++, total++) right = right && buffer[i] == (char)(total * 7 + (total >> 8));
  CHECK(total == 20000 && right);
  close(ends[0]);
  CHECK(wait() == pid);

  /* A writer that waits for room sees the reader go. */
  CHECK(pipe(ends) == 0);
  int answer[2];
  CHECK(pipe(answer) == 0);
  if (fork() == 0) {
    close(ends[0]);
    int result;
    while ((result = write(ends[1], buffer, 500)) == 500) continue;
    write(answer[1], result == -1 ? "y" : "n", 1);
    exit();
  }
  close(ends[1]);
  sleep(2);
  close(ends[0]);
  CHECK(read(answer[0], &c, 1) == 1 && c == 'y');
  wait();
  close(answer[0]);
  close(answer[1]);

  /* Out of open files: pipe() gives all back. */
  int made = 0;
  while (pipe(ends) == 0) made++;
  CHECK(made == (MAX_DESCRIPTORS - 3) / 2);
  for (int fd = 3; fd < MAX_DESCRIPTORS; fd++) close(fd);
  CHECK(all_free_again(before));
}

/* exec() of whatever "program" holds must fail, and give back what it took. */
static bool refused(const char *const *arguments) {
  struct free before = count_free();
  int ends[2];
  char c;
  pipe(ends);
  if (fork() == 0) {
    close(ends[0]);
    close(1); /* should it run after all, silently */
    if (exec("program", arguments) == -1) write(ends[1], "!", 1);
    exit();
  }
  close(ends[1]);
  bool returned = read(ends[0], &c, 1) == 1;
  close(ends[0]);
  wait();
  return returned && all_free_again(before);
}

/* What a program says on descriptor 1. */
static u32 output_of(const char *path, const char *const *arguments, char *to, u32 room) {
  int ends[2];
  u32 n = 0;
  pipe(ends);
  if (fork() == 0) {
    close(1);
    dup(ends[1]);
    close(ends[0]);
    close(ends[1]);
    exec(path, arguments);
    exit();
  }
  close(ends[1]);
  for (int got; n < room && (got = read(ends[0], to + n, room - n)) > 0;) n += got;
  close(ends[0]);
  wait();
  return n;
}

static void programs(void) {
  static const char *const plain[] = {"program", 0};
  static u8 image[PAGE];
  CHECK(exec("none", plain) == -1);
  CHECK(exec(".", plain) == -1);
  CHECK(exec("/dev/console", plain) == -1);
  make_file("program", "", 0);
  CHECK(refused(plain));
  make_file("program", "echo hello\n", 11);
  CHECK(refused(plain));
  make_file("program", "\177ELF", 4);
  CHECK(refused(plain));

  int fd = open("/echo", OPEN_READ);
  u32 size = read(fd, image, sizeof image);
  close(fd);
  make_file("program", image, size);
  char text[700];
  CHECK(output_of("program", (const char *const[]){"p", "a", "b c", "", 0}, text, sizeof text) == 7 &&
        !memcmp(text, "a b c \n", 7));
  CHECK(output_of("program", (const char *const[]){0}, text, sizeof text) == 1);
  u32 half = size / 2;
  make_file("program", image, half);
  CHECK(refused(plain));
  make_file("program", image, 40);
  CHECK(refused(plain));

  /* One word of the image after another is made wrong. Header: 52 bytes, then segments of 32. */
  u32 first = *(u32 *)(image + 28);
  const struct {
    u32 at, value;
  } damage[] = {
      {0, 0x464c457e}, /* magic */
      {4, 0x00010102}, /* 64-bit */
      {16, 0x00080001}, /* an object, not a program */
      {16, 0x00030002}, /* for another machine */
      {28, 0x00100000}, /* segments beyond the end of the file */
      {28, 0xfffffff0},
      {first + 4, 0x00100000}, /* contents beyond the end of the file */
      {first + 4, 0xfffffff0},
      {first + 8, 0x80000000}, /* at the kernel */
      {first + 8, 0xfffff000},
      {first + 8, 0x00000010}, /* in the middle of a page */
      {first + 8, 0x0ffff000}, /* at the end of user memory */
      {first + 16, 0x7fffffff}, /* more contents than memory */
      {first + 20, 0x7fffffff}, /* more memory than there is */
      {first + 20, 0xfffffff0},
      {first + 20, 0x00000001},
      {first + 20, 0x0fffffff},
  };
  for (u32 i = 0; i < COUNT(damage); i++) {
    u8 saved[4];
    u32 value = damage[i].value;
#ifdef __MIPSEB__
    if (damage[i].at == 0 || damage[i].at == 4) value = __builtin_bswap32(value);
    if (damage[i].at == 16) value = value << 16 | value >> 16;
#endif
    memcpy(saved, image + damage[i].at, 4);
    memcpy(image + damage[i].at, &value, 4);
    make_file("program", image, size);
    check(refused(plain), name_number('#', i));
    memcpy(image + damage[i].at, saved, 4);
  }
  u32 saved = *(u32 *)(image + first + 20); /* not on a page's edge, and long */
  *(u32 *)(image + first + 8) = 16;
  *(u32 *)(image + first + 20) = 3 * PAGE;
  make_file("program", image, size);
  CHECK(refused(plain));
  *(u32 *)(image + first + 8) = 0;
  *(u32 *)(image + first + 20) = saved;
  u16 segments = *(u16 *)(image + 44);
  *(u16 *)(image + 44) = 0;
  make_file("program", image, size);
  CHECK(refused(plain));
  *(u16 *)(image + 44) = 0xffff;
  make_file("program", image, size);
  CHECK(refused(plain));
  *(u16 *)(image + 44) = segments;
  memcpy(image + first + 32, image + first, 32); /* the second segment upon the first */
  *(u16 *)(image + 44) = 2;
  make_file("program", image, size);
  CHECK(refused(plain));
  CHECK(unlink("program") == 0);

  /* Arguments: thirty-two, and a page with the pointers to them. */
  const char *arguments[MAX_ARGUMENTS + 2];
  for (u32 i = 0; i <= MAX_ARGUMENTS; i++) arguments[i] = "0123456789";
  arguments[MAX_ARGUMENTS] = 0;
  CHECK(output_of("/echo", arguments, text, sizeof text) == (MAX_ARGUMENTS - 1) * 11);
  arguments[MAX_ARGUMENTS] = "x";
  arguments[MAX_ARGUMENTS + 1] = 0;
  CHECK(exec("/echo", arguments) == -1);
  char *long_text = sbrk(2 * PAGE);
  memset(long_text, 'x', 2 * PAGE);
  long_text[PAGE - 8] = 0;
  struct free before = count_free();
  CHECK(exec("/echo", (const char *const[]){"echo", long_text, 0}) == -1);
  long_text[PAGE - 8] = 'x';
  long_text[2 * PAGE - 1] = 0;
  CHECK(exec("/echo", (const char *const[]){"echo", long_text, 0}) == -1);
  CHECK(all_free_again(before));
  sbrk(-2 * PAGE);
}

/* --- memory ------------------------------------------------------------------------ */

static u32 zero_bytes(const char *from, u32 n) {
  u32 zeros = 0;
  for (u32 i = 0; i < n; i++) zeros += !from[i];
  return zeros;
}

static u32 touch_stack(u32 depth) {
  volatile char here[512];
  here[0] = depth;
  u32 below = depth ? touch_stack(depth - 1) : 0;
  return below + here[0];
}
static void use_most_of_stack(void) { sink = touch_stack(11); }
static void overflow_stack(void) { sink = touch_stack(60); }

static void read_at(u32 address) { sink = *(volatile char *)address; }
static void write_at(u32 address) { *(volatile char *)address = 1; }
static void read_kernel(void) { read_at(0x80100000); }
static void write_kernel(void) { write_at(0x80100000); }
static void read_vectors(void) { read_at(0x80000000); }
static void write_device(void) { write_at(0xb40003f8); }
static void read_tables(void) { read_at(0xc0000000); }
static void read_top(void) { read_at(0xffffffff); }
static void read_above_heap(void) { read_at(PAGE_UP(sbrk(0))); }
static void write_above_heap(void) { write_at(PAGE_UP(sbrk(0))); }
static void read_far(void) { read_at(0x05000000); }
static void read_limit(void) { read_at(0x10000000); }
static void read_high(void) { read_at(0x7fffeffc); }
static void write_text(void) { write_at((u32)&exit); }
static void jump_to(u32 address) {
  asm volatile("jalr %0" ::"r"(address) : "ra");
}
static void jump_to_kernel(void) { jump_to(0x80100000); }
static void jump_nowhere(void) { jump_to(0x00800000); }
static void read_guard(void) { read_at((u32)sbrk(0) - 2 * PAGE - 1); }
static void read_shrunk(void) {
  char *p = sbrk(PAGE);
  *p = 1;
  sbrk(-PAGE);
  read_at((u32)p);
}
static void read_unaligned(void) { asm volatile("lw $t0, 1(%0)" ::"r"(buffer) : "t0"); }
static void read_unaligned_half(void) { asm volatile("lh $t0, 1(%0)" ::"r"(buffer) : "t0"); }
static void write_unaligned(void) { asm volatile("sw $zero, 2(%0)" ::"r"(buffer) : "memory"); }
static void jump_unaligned(void) { jump_to((u32)&exit + 2); }
static void reserved_instruction(void) { asm volatile(".word 0x7c00003f"); }
static void breakpoint(void) { asm volatile("break"); }
static void conditional_trap(void) { asm volatile("teq $zero, $zero"); }
static void overflow(void) { asm volatile("add $t0, %0, %0" ::"r"(0x7fffffff) : "t0"); }
static void read_cp0(void) { asm volatile("mfc0 $t0, $12" ::: "t0"); }
static void write_cp0(void) { asm volatile("mtc0 $zero, $12"); }
static void wait_instruction(void) { asm volatile("wait"); }
static void write_tlb(void) { asm volatile("tlbwr"); }
static void return_from_exception(void) { asm volatile("eret"); }
static void interrupts_off(void) { asm volatile("di"); }
static void use_fpu(void) { asm volatile(".set push; .set hardfloat; mtc1 $zero, $f0; .set pop"); }
static void nothing(void) {}

static void memory(void) {
  struct free before = count_free();
  char *start = sbrk(0);
  CHECK(sbrk(1) == start && sbrk(0) == start + 1 && *start == 0);
  CHECK(sbrk(PAGE) == start + 1 && sbrk(0) == start + 1 + PAGE);
  CHECK(zero_bytes(start, PAGE + 1) == PAGE + 1);
  memset(start, 0x55, PAGE + 1);
  CHECK(sbrk(-PAGE - 1) == start + PAGE + 1 && sbrk(0) == start);
  CHECK(sbrk(3 * PAGE) == start && zero_bytes(start, 3 * PAGE) == 3 * PAGE);
  CHECK(sbrk(-3 * PAGE) == start + 3 * PAGE);
  CHECK(sbrk(-1) == NO_MEMORY && sbrk(-0x10000000) == NO_MEMORY && sbrk(-0x7fffffff - 1) == NO_MEMORY);
  CHECK(sbrk(0x7fffffff) == NO_MEMORY && sbrk(0x0fffffff) == NO_MEMORY && sbrk(0) == start);
  CHECK(all_free_again(before));

  /* Across the edge of a page table, and back. */
  u32 to_edge = 0x400000 - (u32)start;
  CHECK(sbrk(to_edge + PAGE) == start);
  start[0] = 1;
  start[to_edge - 1] = 2;
  start[to_edge] = 3;
  CHECK(start[0] == 1 && start[to_edge - 1] == 2 && start[to_edge] == 3);
  CHECK(sbrk(-(int)(to_edge + PAGE)) != NO_MEMORY);
  CHECK(all_free_again(before));

  CHECK(completes(nothing));
  CHECK(completes(use_most_of_stack));
  static void (*const fatal[])(void) = {
      overflow_stack, read_guard,     read_kernel,      write_kernel,    read_vectors, write_device,
      read_tables,    read_top,       read_above_heap,  write_above_heap, read_far,    read_limit,
      read_high,      write_text,     jump_to_kernel,   jump_nowhere,    read_shrunk,  read_unaligned,
      read_unaligned_half, write_unaligned, jump_unaligned, reserved_instruction, breakpoint, conditional_trap,
      overflow,       read_cp0,       write_cp0,        wait_instruction, write_tlb,   return_from_exception,
      interrupts_off, use_fpu,
  };
  for (u32 i = 0; i < COUNT(fatal); i++) check(!completes(fatal[i]), name_number('#', i));
  CHECK(all_free_again(before));
}

static void use_all_memory(void) {
  u32 step = 1 << 24;
  for (; step >= PAGE; step /= 2)
    while (sbrk(step) != NO_MEMORY) continue;
  char *top = sbrk(0);
  if (fork() != -1) exit();
  if (sbrk(PAGE) != NO_MEMORY || sbrk(0) != top) exit();
  for (int pages = 1; pages < 12; pages++) { /* enough to begin with, not to end with */
    if (sbrk(-pages * PAGE) == NO_MEMORY || fork() != -1) exit();
    if (pages < 4 && exec("/echo", (const char *const[]){"echo", 0}) != -1) exit();
    if (sbrk(pages * PAGE) == NO_MEMORY) exit();
  }
  int ends[2];
  while (pipe(ends) == 0) continue; /* the last pages */
  if (exec("/echo", (const char *const[]){"echo", 0}) != -1) exit();
  if (sbrk(-PAGE) == NO_MEMORY || sbrk(0) != top - PAGE) exit();
}

static void no_memory(void) {
  struct free before = count_free();
  CHECK(completes(use_all_memory));
  CHECK(all_free_again(before));
}

/* --- processes ----------------------------------------------------------------------- */

static void spin(void) {
  for (;;) continue;
}

/* Starts act() in a child, lets it get going, kills it. */
static bool can_be_killed(void (*act)(void)) {
  int pid = fork();
  if (pid == 0) {
    act();
    exit();
  }
  sleep(2);
  return kill(pid) == 0 && wait() == pid;
}

static void sleep_long(void) { sleep(1000000); }
static void wait_for_sleeper(void) {
  int ends[2];
  char c;
  pipe(ends);
  if (fork() == 0) {
    close(ends[1]);
    read(ends[0], &c, 1); /* until our parent is gone */
    exit();
  }
  wait();
}
static void read_empty_pipe(void) {
  int ends[2];
  char c;
  pipe(ends);
  read(ends[0], &c, 1);
}
static void write_full_pipe(void) {
  int ends[2];
  pipe(ends);
  for (;;) write(ends[1], buffer, sizeof buffer);
}
static void make_system_calls(void) {
  for (;;) getpid();
}

static void processes(void) {
  struct free before = count_free();
  CHECK(wait() == -1);
  int pid = fork();
  if (pid == 0) exit();
  CHECK(pid > 0 && pid != getpid() && wait() == pid && wait() == -1);

  /* A copy, not the same memory. */
  static volatile u32 value = 1;
  if (fork() == 0) {
    value = 2;
    exit();
  }
  wait();
  CHECK(value == 1);

  /* As many as there may be; each comes back once. */
  u32 children = 0, back = 0;
  while ((pid = fork()) > 0) children++;
  if (pid == 0) exit();
  CHECK(children > 40 && children < 64);
  while (wait() > 0) back++;
  CHECK(back == children);
  CHECK(completes(nothing));
  CHECK(all_free_again(before));

  /* Orphans go to init. */
  if (fork() == 0) {
    if (fork() == 0) sleep(1);
    exit();
  }
  wait();
  CHECK(wait() == -1);
  sleep(4);
  CHECK(all_free_again(before));

  CHECK(kill(-1) == -1 && kill(0) == -1 && kill(1000000) == -1);
  CHECK(can_be_killed(spin));
  CHECK(can_be_killed(make_system_calls));
  CHECK(can_be_killed(sleep_long));
  CHECK(can_be_killed(read_empty_pipe));
  CHECK(can_be_killed(write_full_pipe));
  CHECK(can_be_killed(wait_for_sleeper));
  pid = fork();
  if (pid == 0) exit();
  sleep(1);
  CHECK(kill(pid) == -1);
  CHECK(wait() == pid);
  sleep(2);
  CHECK(all_free_again(before));
}

/* Registers that C does not look after, over more than a tick. */
static bool registers_survive(void) {
  u32 hi, lo, t, s, v1, a3, at_end = uptime() + 3;
  asm volatile(
      ".set push; .set noat; .set noreorder\n"
      "mult %6, %7\n"
      "li $t9, 0x1234\n li $s5, 0x5678\n li $v1, 0x9abc\n li $a3, 0x0def\n li $at, 88\n"
      "1: li $v0, 14\n syscall\n" /* uptime() */
      "sltu $v0, $v0, %8\n bnez $v0, 1b\n nop\n"
      "addiu $t9, $t9, 1\n"
      "addu $a3, $a3, $at\n"
      "mfhi %0\n mflo %1\n move %2, $t9\n move %3, $s5\n move %4, $v1\n move %5, $a3\n"
      ".set pop"
      : "=&r"(hi), "=&r"(lo), "=&r"(t), "=&r"(s), "=&r"(v1), "=&r"(a3)
      : "r"(0x12345678), "r"(0x10000), "r"(at_end)
      : "v0", "v1", "a3", "s5", "t9", "hi", "lo", "memory");
  return hi == 0x1234 && lo == 0x56780000 && t == 0x1235 && s == 0x5678 && v1 == 0x9abc && a3 == 0x0def + 88;
}

static volatile u32 loops;
static void count_loops(u32 who, int report) {
  int end = uptime() + 12;
  u32 last = uptime(), turns = 0;
  while (uptime() < end) {
    u32 now = uptime();
    turns += now - last > 1; /* we were not on the CPU for a tick or more */
    last = now;
  }
  if (turns >= 2) write(report, "+", 1);
}

static void scheduling(void) {
  int from = uptime();
  CHECK(sleep(5) == 0);
  int slept = uptime() - from;
  CHECK(slept >= 5 && slept <= 8);
  from = uptime();
  CHECK(sleep(0) == 0 && sleep(-1) == 0 && uptime() - from <= 1);

  /* Somebody who never lets go. */
  int pid = fork();
  if (pid == 0) spin();
  from = uptime();
  for (u32 i = 0; i < 5; i++) sleep(1);
  slept = uptime() - from;
  CHECK(slept >= 5 && slept <= 20);
  CHECK(kill(pid) == 0 && wait() == pid);
  CHECK(at_once(3, count_loops) == 3);

  /* Registers, alone and with company. */
  CHECK(registers_survive());
  pid = fork();
  if (pid == 0)
    for (;;) {
      u32 a = sink * 3 + 1;
      asm volatile("mult %0, %0; li $t9, 1; li $s5, 2; li $v1, 3" ::"r"(a) : "t9", "s5", "v1", "hi", "lo");
    }
  CHECK(registers_survive());
  kill(pid);
  wait();
}

/* More address spaces than the TLB has names for. */
static void address_spaces(void) {
  struct free before = count_free();
  static volatile u32 mine;
  int go[2], told[2];
  char c = 0;
  CHECK(pipe(go) == 0 && pipe(told) == 0);
  mine = 4711;
  if (fork() == 0) { /* sleeps through all of it */
    mine = 42;
    read(go[0], &c, 1);
    write(told[1], mine == 42 ? "y" : "n", 1);
    exit();
  }
  u32 wrong = 0;
  for (u32 i = 0; i < 600; i++) {
    int pid = fork();
    if (pid == 0) {
      if (mine != 4711 + i) write(told[1], "n", 1);
      mine = i;
      if (mine != i) write(told[1], "n", 1);
      exit();
    }
    wrong += wait() != pid || mine != 4711 + i;
    mine++;
  }
  CHECK(wrong == 0);
  write(go[1], "", 1);
  CHECK(read(told[0], &c, 1) == 1 && c == 'y');
  wait();
  for (u32 i = 0; i < 2; i++) close(go[i]), close(told[i]);

  /* And memory that comes and goes: what is seen is always the newest. */
  for (u32 i = 0; i < 600; i++) {
    u32 *page = (u32 *)sbrk(PAGE);
    wrong += *page != 0;
    *page = i;
    u32 *next = (u32 *)sbrk(PAGE);
    wrong += *next != 0;
    *next = ~i;
    wrong += *page != i || *next != ~i;
    sbrk(-2 * PAGE);
  }
  CHECK(wrong == 0);
  CHECK(all_free_again(before));
}

/* --- all of them ----------------------------------------------------------------------- */

static const struct {
  const char *name;
  void (*run)(void);
} groups[] = {
    {"numbers", numbers},         {"pointers", pointers},       {"descriptors", descriptors},
    {"files", file_contents},     {"names", names},             {"directories", directories},
    {"full disk", full_disk},     {"concurrency", concurrency}, {"pipes", pipes},
    {"programs", programs},       {"memory", memory},           {"no memory", no_memory},
    {"processes", processes},     {"scheduling", scheduling},   {"address spaces", address_spaces},
};

static bool wanted(const char *name, int count, char **word) {
  for (int i = 1; i < count; i++)
    if (same(word[i], name)) return true;
  return count < 2;
}

int main(int count, char **word) {
  struct free before = count_free();
  if (mkdir("/selftest.dir") < 0 || chdir("/selftest.dir") < 0) fail("selftest: cannot make /selftest.dir\n");
  for (u32 i = 0; i < COUNT(groups); i++) {
    if (!wanted(groups[i].name, count, word)) continue;
    u32 passed_before = passed, failed_before = failed;
    group = groups[i].name;
    groups[i].run();
    say("%s: %u passed, %u failed\n", group, passed - passed_before, failed - failed_before);
  }
  group = "the end";
  chdir("/");
  CHECK(unlink("/selftest.dir") == 0);
  CHECK(all_free_again(before));
  say("selftest: %u passed, %u failed\n", passed, failed);
  return 0;
}
