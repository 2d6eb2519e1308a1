/* A disk whose blocks were linked into the kernel. */
#include "../fs/fs.h"

extern u8 _binary_fs_img_start[], _binary_fs_img_end[];

const char disk_name[] = "disk in memory";

void disk_init(void) {}
void disk_interrupt(void) {}

u32 disk_blocks(void) { return (_binary_fs_img_end - _binary_fs_img_start) / BLOCK_SIZE; }

static u8 *place(u32 block) {
  if (block >= disk_blocks()) panic("%s: no block %u", disk_name, block);
  return _binary_fs_img_start + block * BLOCK_SIZE;
}

void disk_read(u32 block, void *to) { memcpy(to, place(block), BLOCK_SIZE); }
void disk_write(u32 block, const void *from) { memcpy(place(block), from, BLOCK_SIZE); }
