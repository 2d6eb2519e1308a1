#include "lib/unix.h"

int main(int count, char **word) {
  for (int i = 1; i < count; i++) say("%s%s", word[i], i + 1 < count ? " " : "");
  say("\n");
  return 0;
}
