#pragma once
// StackBounds: the memory that the running stack occupies. Everything that walks a stack reads inside it or not at all.

#include <cstdint>

namespace portside::loader {

struct StackBounds {
  uint64_t low = 0;
  uint64_t high = 0;

  bool holds(uint64_t address, uint64_t bytes = 8) const {
    return address >= low && bytes <= high - low && address <= high - bytes;
  }
  // An aligned word. Not instrumented: a walk also reads what a sanitizer has poisoned.
  __attribute__((no_sanitize("address"))) bool read(uint64_t address, uint64_t& value) const {
    if (!holds(address)) return false;
    if (address % 8 != 0) return false;
    value = *reinterpret_cast<const volatile uint64_t*>(address);
    return true;
  }
};

// Of the stack that holds `rsp` on the calling host thread: the simulated thread's, else the host thread's own. Empty
// when it is neither. Safe in a signal handler once it was called on the thread before.
StackBounds stack_bounds(uint64_t rsp);

}  // namespace portside::loader
