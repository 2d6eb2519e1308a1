/* Printing on the console, and last words. */
#include "kernel.h"

static void print_list(const char *template, va_list values) {
  char line[160];
  u32 n = format(line, sizeof line, template, values);
  for (u32 i = 0; i < n; i++) uart_put(line[i]);
}

void print(const char *template, ...) {
  va_list values;
  va_start(values, template);
  print_list(template, values);
  va_end(values);
}

void stop_for_good(void) {
  cp0_write(13, 0, CAUSE_DC);
  cp0_write(12, 0, 0);
  for (;;) asm volatile("wait");
}

void panic(const char *template, ...) {
  irq_off();
  print("panic: ");
  va_list values;
  va_start(values, template);
  print_list(template, values);
  va_end(values);
  print("\n");
  stop_for_good();
}
