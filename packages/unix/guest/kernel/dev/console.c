/*
 * The console: what is typed becomes lines, with echo and correction.
 *
 *   Backspace, Delete   takes back a character
 *   Ctrl-U              takes back the line
 *   Ctrl-D              ends the input (at the start of a line: end of file)
 *   Ctrl-C              drops the line and kills what shells have started
 */
#include "../kernel.h"

#define CONTROL(c) ((c) & 0x1f)
#define DELETE 0x7f
#define ROOM 512

static struct {
  u8 ring[ROOM];
  u32 taken, ended, put; /* read by programs <= complete lines <= typed */
} input;

static void take_back(void) {
  input.put--;
  print("\b \b");
}

static void end_line(void) {
  input.ended = input.put;
  wake(&input);
}

static bool room(void) { return input.put - input.taken < ROOM; }

static void type(u8 c) {
  input.ring[input.put++ % ROOM] = c;
  if (c == '\n' || c == CONTROL('D') || !room()) end_line();
}

static void handle(u8 c) {
  switch (c) {
    case CONTROL('H'):
    case DELETE:
      if (input.put != input.ended) take_back();
      break;
    case CONTROL('U'):
      while (input.put != input.ended) take_back();
      break;
    case CONTROL('C'):
      input.put = input.ended;
      print("^C\n");
      process_interrupt_jobs();
      break;
    case CONTROL('D'):
      type(c);
      break;
    default:
      if (c == '\r') c = '\n';
      uart_put(c);
      type(c);
  }
}

/* From the interrupt, and when a program has made room. While there is none
 * the rest stays in the UART, and the sender has to wait: nothing is lost. */
void console_input(void) {
  int c;
  while (room() && (c = uart_get()) >= 0) handle(c);
  uart_listen(room());
}

/* One line at most. */
int console_read(u8 *to, u32 n) {
  u32 got = 0;
  u32 was_on = irq_off();
  while (input.taken == input.ended) {
    if (block_killable(&input)) continue;
    irq_restore(was_on);
    return -1;
  }
  while (got < n && input.taken != input.ended) {
    u8 c = input.ring[input.taken % ROOM];
    if (c == CONTROL('D') && got) break; /* stays, so that the next read is the end */
    input.taken++;
    if (c == CONTROL('D')) break;
    to[got++] = c;
    if (c == '\n') break;
  }
  console_input();
  irq_restore(was_on);
  return got;
}

int console_write(const u8 *from, u32 n) {
  for (u32 i = 0; i < n; i++) uart_put(from[i]);
  return n;
}
