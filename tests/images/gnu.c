// The same ground as mingw-w64's gcc compiles it: DWARF, .pdata of version 1, no __try.
#include "probe.h"

i32 gnu_counter = 3;
EXPORT i32* gnu_pointer = &gnu_counter;

EXPORT i32 gnu_add(i32 a, i32 b) { return probe_add(a, b) + *gnu_pointer; }

static i32 __attribute__((noinline)) gnu_deep(i32 depth) {
  volatile i32 padding[64] = {depth};
  return depth ? gnu_deep(depth - 1) + padding[0] : probe_walk() + padding[1];
}
EXPORT i32 gnu_walk(i32 depth) { return gnu_deep(depth) + 1; }

EXPORT i32 DriverEntry(void* driver, void* path) { return 0; }
