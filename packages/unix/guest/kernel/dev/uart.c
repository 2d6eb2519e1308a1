/* The 16550 serial port. */
#include "../board.h"
#include "../kernel.h"

#define DATA 0x3f8
#define INTERRUPTS 0x3f9
#define FIFOS 0x3fa
#define LINE 0x3fb
#define MODEM 0x3fc
#define STATE 0x3fd

#define RECEIVED 0x01
#define TRANSMITTER_EMPTY 0x20

void uart_listen(bool listen) { out8(INTERRUPTS, listen); /* bit 0: when something was received */ }

void uart_init(void) {
  out8(LINE, 0x80); /* the next two are the divisor: 115200 */
  out8(DATA, 1);
  out8(INTERRUPTS, 0);
  out8(LINE, 0x03); /* eight bits, no parity, one stop bit */
  out8(FIFOS, 0x07);
  out8(MODEM, 0x0b); /* DTR, RTS, and OUT2, which lets interrupts out on a PC */
  uart_listen(true);
}

static void send(u8 c) {
  while (!(in8(STATE) & TRANSMITTER_EMPTY)) continue;
  out8(DATA, c);
}

void uart_put(u8 c) {
  if (c == '\n') send('\r');
  send(c);
}

int uart_get(void) { return in8(STATE) & RECEIVED ? in8(DATA) : -1; }
