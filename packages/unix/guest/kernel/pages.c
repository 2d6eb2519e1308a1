/*
 * Free memory, in pages. Pages that were never used are handed out in order,
 * first those after the kernel and then those before it; pages that came back
 * wait in a list and go first. Nothing is touched before it is wanted, so
 * booting costs the same whatever the RAM's size.
 */
#include "kernel.h"

extern char _start[], end[];

#define FIRST_PAGE (KSEG0 + PAGE_SIZE) /* the page before holds the vectors */

struct returned {
  struct returned *next;
};
static struct returned *returned;
static u32 fresh, fresh_end; /* the run being handed out */
static bool before_kernel;   /* it is the second */
static u32 free_count, total;

void pages_init(u32 ram_bytes) {
  u32 kernel_start = (u32)_start & -PAGE_SIZE;
  fresh = PAGE_UP(end);
  fresh_end = KSEG0 + (ram_bytes & -PAGE_SIZE);
  total = free_count = (fresh_end - fresh + kernel_start - FIRST_PAGE) / PAGE_SIZE;
}

void *page_alloc(void) {
  if (!free_count) return NULL;
  free_count--;
  void *page = returned;
  if (page) {
    returned = returned->next;
  } else {
    if (fresh == fresh_end && !before_kernel) {
      before_kernel = true;
      fresh = FIRST_PAGE;
    }
    page = (void *)fresh;
    fresh += PAGE_SIZE;
  }
  return memset(page, 0, PAGE_SIZE);
}

void page_free(void *page) {
  struct returned *r = page;
  r->next = returned;
  returned = r;
  free_count++;
}

u32 pages_free(void) { return free_count; }
u32 pages_total(void) { return total; }
