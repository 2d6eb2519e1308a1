#define assert(condition)
