// Callbacks of drivers built with PREEMPTIBLE: clang's instrumentation for ThreadSanitizer calls one before each load and
// each store. The scheduler may have another thread run there, and observers hear of the access.

#include <cstring>

#include "sanitizer/callbacks.h"
#include "sanitizer/sanitizer.h"

#define SEEN __attribute__((ms_abi))

namespace portside::sanitizer {
namespace {

Sanitizer& teller() { return current<Sanitizer>(); }

template <uint64_t kBytes>
SEEN void on_read(uint64_t address) {
  teller().access(address, kBytes, false);
}
template <uint64_t kBytes>
SEEN void on_write(uint64_t address) {
  teller().access(address, kBytes, true);
}

// Microsoft's compiler gives volatile accesses acquire and release semantics (/volatile:ms, the default on x64).
SEEN void on_volatile_read(uint64_t address) { teller().order_at(address, true, false); }
SEEN void on_volatile_write(uint64_t address) { teller().order_at(address, false, true); }

// The pointer to an object's table of virtual functions: written where it is made and unmade, before and after anybody shares it.
SEEN void on_table_read(uint64_t address) { current<kernel::Kernel>().preempt_at_access(address); }
SEEN void on_table_write(uint64_t address, uint64_t) { current<kernel::Kernel>().preempt_at_access(address); }

SEEN void* copy(void* to, const void* from, uint64_t bytes) {
  teller().access(reinterpret_cast<uint64_t>(from), bytes, false);
  teller().access(reinterpret_cast<uint64_t>(to), bytes, true);
  // As Windows' memcpy: overlapping is defined there.
  return std::memmove(to, from, bytes);
}
SEEN void* fill(void* to, int value, uint64_t bytes) {
  teller().access(reinterpret_cast<uint64_t>(to), bytes, true);
  return std::memset(to, value, bytes);
}

SEEN void initialise() {}

}  // namespace

std::span<const Callback> preemption_callbacks() {
#define AS(name, function) {"__tsan_" name, (void*)&function}
#define ACCESS(n)                                                                                   \
  AS("read" #n, on_read<n>), AS("write" #n, on_write<n>), AS("volatile_read" #n, on_volatile_read), \
      AS("volatile_write" #n, on_volatile_write)
#define UNALIGNED(n)                                                          \
  AS("unaligned_read" #n, on_read<n>), AS("unaligned_write" #n, on_write<n>), \
      AS("unaligned_volatile_read" #n, on_volatile_read), AS("unaligned_volatile_write" #n, on_volatile_write)
  static const Callback kAll[] = {
      ACCESS(1),
      ACCESS(2),
      ACCESS(4),
      ACCESS(8),
      ACCESS(16),
      UNALIGNED(2),
      UNALIGNED(4),
      UNALIGNED(8),
      UNALIGNED(16),
      AS("vptr_read", on_table_read),
      AS("vptr_update", on_table_write),
      AS("memcpy", copy),
      AS("memmove", copy),
      AS("memset", fill),
      AS("init", initialise),
  };
#undef UNALIGNED
#undef ACCESS
#undef AS
  return kAll;
}

}  // namespace portside::sanitizer
