/*
 * The memory of a process: page tables, and the ASIDs that tag its entries in
 * the TLB.
 *
 * The TLB is never searched or repaired. Whenever a mapping changes, the space
 * gets a new ASID and so leaves its old entries behind; when all ASIDs of a
 * generation are used up, the TLB is emptied once and the next generation
 * starts.
 */
#include "kernel.h"

#define ASIDS 256

/* Stands in for every table that a space does not have, so that the refill
 * handler needs no test: its entries are all invalid. */
static u32 no_table[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));
static struct space nowhere;

static u32 generation = 1, next_asid = 1; /* 0 is for no space at all */

static u32 entry_for(const void *page, u32 flags) {
  return ((u32)page - KSEG0) >> 6 | ENTRY_CACHED | ENTRY_VALID | flags;
}

static void *entry_page(u32 entry) { return (void *)(KSEG0 + (entry >> 6 << 12)); }

static bool has_table(const struct space *s, u32 index) { return entry_page(s->table[index]) != no_table; }

static u32 *entry_of(const struct space *s, u32 address) {
  u32 *table = entry_page(s->table[address / TABLE_SPAN]);
  return &table[address % TABLE_SPAN / PAGE_SIZE];
}

static void empty_tlb(void) {
  u32 last = cp0_read(16, 1) >> 25 & 63; /* Config1.MMUSize, PRA §9.41 */
  cp0_write(2, 0, 0);
  cp0_write(3, 0, 0);
  for (u32 i = 0; i <= last; i++) {
    cp0_write(10, 0, KSEG0 + 2 * PAGE_SIZE * i); /* never looked up, and no two alike */
    cp0_write(0, 0, i);
    tlb_write_indexed();
  }
}

void spaces_init(void) {
  empty_tlb();
  space_init(&nowhere);
  space_park();
}

void space_init(struct space *s) {
  for (u32 i = 0; i < USER_TABLES; i++) s->table[i] = entry_for(no_table, 0);
  s->top = s->heap = s->tag = 0;
}

void space_activate(struct space *s) {
  if (s->tag / ASIDS != generation) {
    if (next_asid == ASIDS) {
      empty_tlb();
      generation++;
      next_asid = 1;
    }
    s->tag = generation * ASIDS + next_asid++;
  }
  active_table = s->table;
  cp0_write(10, 0, s->tag % ASIDS);
}

void space_park(void) {
  active_table = nowhere.table;
  cp0_write(10, 0, 0);
}

static void mappings_changed(struct space *s) {
  s->tag = 0;
  if (active_table == s->table) space_activate(s);
}

static bool map_new_page(struct space *s, u32 address, u32 flags) {
  u32 index = address / TABLE_SPAN;
  if (!has_table(s, index)) {
    void *table = page_alloc();
    if (!table) return false;
    s->table[index] = entry_for(table, 0);
  }
  void *page = page_alloc();
  if (!page) return false;
  *entry_of(s, address) = entry_for(page, flags);
  return true;
}

bool space_grow(struct space *s, u32 new_top, bool writable) {
  u32 old_top = s->top;
  if (new_top < old_top || new_top > USER_LIMIT) return false;
  for (u32 at = PAGE_UP(old_top); at < new_top; at += PAGE_SIZE) {
    s->top = at + PAGE_SIZE;
    if (!map_new_page(s, at, writable ? ENTRY_WRITABLE : 0)) {
      space_shrink(s, old_top);
      return false;
    }
  }
  s->top = new_top;
  mappings_changed(s);
  return true;
}

bool space_skip_page(struct space *s) {
  u32 top = PAGE_UP(s->top) + PAGE_SIZE;
  if (top > USER_LIMIT) return false;
  s->top = top;
  return true;
}

void space_shrink(struct space *s, u32 new_top) {
  for (u32 at = PAGE_UP(new_top); at < s->top; at += PAGE_SIZE) {
    u32 *entry = entry_of(s, at);
    if (!*entry) continue;
    page_free(entry_page(*entry));
    *entry = 0;
  }
  for (u32 i = ROUND_UP(new_top, TABLE_SPAN) / TABLE_SPAN; i < USER_TABLES; i++) {
    if (!has_table(s, i)) continue;
    page_free(entry_page(s->table[i]));
    s->table[i] = entry_for(no_table, 0);
  }
  s->top = new_top;
  mappings_changed(s);
}

void space_release(struct space *s) { space_shrink(s, 0); }

bool space_copy(struct space *to, const struct space *from) {
  for (u32 at = 0; at < from->top; at += PAGE_SIZE) {
    u32 entry = *entry_of(from, at);
    to->top = at + PAGE_SIZE;
    if (!entry) continue;
    if (!map_new_page(to, at, entry & ENTRY_WRITABLE)) {
      space_release(to);
      return false;
    }
    memcpy(space_page(to, at), entry_page(entry), PAGE_SIZE);
  }
  to->top = from->top;
  to->heap = from->heap;
  return true;
}

void *space_page(const struct space *s, u32 address) {
  u32 entry = *entry_of(s, address);
  return entry ? entry_page(entry) : NULL;
}

/*
 * System calls check the memory that they are given once, here, and then use
 * it like any other: nothing can change the mappings of a process while it is
 * inside the kernel.
 */
static bool user_may(u32 address, u32 n, u32 flags) {
  if (!n) return true;
  if (address > USER_LIMIT || n > USER_LIMIT - address) return false;
  for (u32 at = address & -PAGE_SIZE; at < address + n; at += PAGE_SIZE)
    if ((*entry_of(&current->space, at) & flags) != flags) return false;
  return true;
}

bool user_may_read(u32 address, u32 n) { return user_may(address, n, ENTRY_VALID); }
bool user_may_write(u32 address, u32 n) { return user_may(address, n, ENTRY_VALID | ENTRY_WRITABLE); }

int user_text(char *to, u32 address, u32 room) {
  for (u32 n = 0; n < room; n++, address++) {
    if ((n == 0 || address % PAGE_SIZE == 0) && !user_may_read(address, 1)) return -1;
    if (!(to[n] = *(const char *)address)) return n;
  }
  return -1;
}
