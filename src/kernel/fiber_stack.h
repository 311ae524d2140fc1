#pragma once
// FiberStack: a stack and a shadow call stack for one simulated thread, each below a guard page's reach. Stacks are
// reused: mapping one costs more than most threads do.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"

namespace portside::kernel {

struct FiberStack {
  uint8_t* mapping = nullptr;
  size_t mapping_bytes = 0;
  uint8_t* base = nullptr;  // lowest usable byte; the page below is a guard
  size_t bytes = 0;
  uint8_t* shadow = nullptr;
  size_t shadow_bytes = 0;
};

class FiberStackPool {
 public:
  FiberStackPool(size_t stack_bytes, size_t shadow_bytes);
  ~FiberStackPool();
  FiberStackPool(const FiberStackPool&) = delete;
  FiberStackPool& operator=(const FiberStackPool&) = delete;

  Result<FiberStack> take();
  void give_back(FiberStack stack);
  // A stack whose thread was never finished. Its memory goes with the pool, except under a leak checker, to which it
  // would make everything that the abandoned frames own look lost.
  void abandon(FiberStack stack);

 private:
  size_t stack_bytes_;
  size_t shadow_bytes_;
  std::vector<FiberStack> free_;
  std::vector<FiberStack> abandoned_;
};

}  // namespace portside::kernel
