// Callbacks of drivers built with PREEMPTIBLE: clang calls one before each load and each store
// (-fsanitize-coverage=trace-loads, trace-stores), and the scheduler may have another thread run there.

#include "kernel/kernel.h"
#include "sanitizer/callbacks.h"

namespace portside::sanitizer {
namespace {

__attribute__((ms_abi)) void access_point(uint64_t address) { current<kernel::Kernel>().preempt_at_access(address); }

}  // namespace

std::span<const Callback> preemption_callbacks() {
#define AS(name) {"__sanitizer_cov_" name, (void*)&access_point}
  static const Callback kAll[] = {
      AS("load1"),  AS("load2"),  AS("load4"),  AS("load8"),  AS("load16"),
      AS("store1"), AS("store2"), AS("store4"), AS("store8"), AS("store16"),
  };
#undef AS
  return kAll;
}

}  // namespace portside::sanitizer
