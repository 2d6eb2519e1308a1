/* Something of everything a compiler's output is made of: see assemble.oracle.test.ts. */
struct task {
  int id;
  char name[16];
  struct task *next;
  void (*run)(int);
  unsigned long long ticks;
  short nice;
  unsigned char flags;
};

extern int print(const char *format, ...);
extern void *copy(void *to, const void *from, unsigned n);

static struct task table[8];
static int counter = 3;
int squares[4] = {0, 1, 4, 9};
const int primes[3] = {2, 3, 5};
static const char *names[] = {"alpha", "beta", "gamma"};
int big[100];
static char scratch[37];
double weight = 1.5;
__attribute__((weak)) int optional;

int factorial(int n) { return n <= 1 ? 1 : n * factorial(n - 1); }
unsigned long long multiply(unsigned long long a, unsigned long long b) { return a * b; }
int divide(int a, int b) { return a / b + a % b; }
unsigned udivide(unsigned a, unsigned b) { return a / b + a % 10; }
double scale(double a, float b) { return a * b + weight / (double)(int)a; }

float sum(const float *p, int n) {
  float s = 0;
  for (int i = 0; i < n; i++) s += p[i];
  return s < 0 ? -s : s;
}

int choose(int x) {
  switch (x) {
  case 0: return 10;
  case 1: return print("one");
  case 2: return 31;
  case 3: return 47;
  case 4: return print("four %s", names[x - 2]);
  case 9: return 1;
  default: return counter++;
  }
}

void walk(void) {
  for (struct task *t = table; t < table + 8; t++) {
    if (t->run) t->run(t->id);
    t->ticks += 5;
    t->nice = t->flags;
    copy(t->name, names[t->id % 3], 16);
  }
  big[5] = scratch[3] + squares[2] + primes[1] + optional;
}

long long shift(long long a, int n) { return (a << n) ^ (a >> n); }

int variadic(int n, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, n);
  int r = __builtin_va_arg(list, int);
  __builtin_va_end(list);
  return r;
}

void raw(void) {
#ifndef MIPS1 // it has no LL
  __asm__ volatile(".set push\n\t.set noreorder\n\tmtc0 $4, $12\n\tehb\n\t.set pop\n"
                   "1:\tll $8, 0($4)\n\taddiu $8, $8, 1\n\tsc $8, 0($4)\n\tbeqz $8, 1b" ::: "$8", "memory");
#endif
}
