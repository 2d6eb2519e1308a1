/*
 * The first ATA disk of the first channel: one sector at a time, its data
 * moved by the CPU (PIO), the waiting done asleep.
 *
 * One request at a time: the file system's lock is held around each.
 *
 * The drive's write cache is turned off, so that a write that has ended is on
 * the disk, which the journal relies on.
 */
#include "../board.h"
#include "../fs/fs.h"

#define DATA 0x1f0
#define FEATURES 0x1f1
#define SECTOR_COUNT 0x1f2
#define LBA_LOW 0x1f3
#define LBA_MIDDLE 0x1f4
#define LBA_HIGH 0x1f5
#define DRIVE 0x1f6 /* and LBA bits 27:24 */
#define COMMAND 0x1f7 /* reads as status; reading it takes the interrupt away */
#define CONTROL 0x3f6 /* reads as status, and leaves the interrupt alone */

#define BUSY 0x80
#define READY 0x40
#define DATA_REQUEST 0x08
#define FAILED 0x21 /* device fault or error */

#define USE_LBA 0xe0
#define READ_SECTORS 0x20
#define WRITE_SECTORS 0x30
#define IDENTIFY 0xec
#define SET_FEATURES 0xef
#define NO_WRITE_CACHE 0x82

const char disk_name[] = "ATA disk";

static u32 blocks;
static volatile bool interrupted;

void disk_interrupt(void) {
  in8(COMMAND);
  interrupted = true;
  wake((const void *)&interrupted);
}

static void issue(u32 block, u8 command) {
  while (in8(CONTROL) & BUSY) continue;
  interrupted = false;
  out8(DRIVE, USE_LBA | block >> 24);
  out8(SECTOR_COUNT, 1);
  out8(LBA_LOW, block);
  out8(LBA_MIDDLE, block >> 8);
  out8(LBA_HIGH, block >> 16);
  out8(COMMAND, command);
}

static u8 settled(void) {
  u8 status;
  while ((status = in8(CONTROL)) & BUSY) continue;
  return status;
}

static void sleep_until_interrupt(void) {
  u32 was_on = irq_off();
  while (!interrupted) block((const void *)&interrupted);
  interrupted = false;
  irq_restore(was_on);
}

static void check(u8 status, u32 block) {
  if (status & FAILED) panic("%s: block %u, status %x", disk_name, block, status);
}

/* The data port keeps the order of the bytes, whatever the CPU's is. */
static void move_in(void *to) {
  for (u16 *at = to, *end = at + BLOCK_SIZE / 2; at < end; at++) *at = in16(DATA);
}

static void move_out(const void *from) {
  for (const u16 *at = from, *end = at + BLOCK_SIZE / 2; at < end; at++) out16(DATA, *at);
}

void disk_read(u32 block, void *to) {
  issue(block, READ_SECTORS);
  sleep_until_interrupt();
  check(settled(), block);
  move_in(to);
}

void disk_write(u32 block, const void *from) {
  issue(block, WRITE_SECTORS);
  u8 status;
  while (!((status = settled()) & (DATA_REQUEST | FAILED))) continue;
  check(status, block);
  move_out(from);
  sleep_until_interrupt();
  check(settled(), block);
}

u32 disk_blocks(void) { return blocks; }

/* Before there are processes: with interrupts off, by polling. */
void disk_init(void) {
  u16 identity[BLOCK_SIZE / 2];
  out8(CONTROL, 0); /* interrupts on */
  out8(DRIVE, USE_LBA);
  u8 status = in8(COMMAND);
  if (status == 0xff || !(status & (BUSY | READY))) panic("no disk");
  issue(0, IDENTIFY);
  while (!((status = settled()) & (DATA_REQUEST | FAILED))) continue;
  check(status, 0);
  move_in(identity);
  in8(COMMAND);
  blocks = LE16(identity[60]) | LE16(identity[61]) << 16;
  while (in8(CONTROL) & BUSY) continue;
  out8(FEATURES, NO_WRITE_CACHE);
  issue(0, SET_FEATURES);
  settled(); /* a drive without a cache refuses, which is as good */
  in8(COMMAND);
  interrupt_enable(IRQ_DISK);
}
