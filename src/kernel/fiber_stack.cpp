#include "kernel/fiber_stack.h"

#include <sys/mman.h>

#include "base/address.h"
#include "kernel/sanitizer_fiber.h"

namespace portside::kernel {

FiberStackPool::FiberStackPool(size_t stack_bytes, size_t shadow_bytes)
    : stack_bytes_(round_up_to_page(stack_bytes)), shadow_bytes_(round_up_to_page(shadow_bytes)) {}

FiberStackPool::~FiberStackPool() {
  for (const FiberStack& stack : free_) munmap(stack.mapping, stack.mapping_bytes);
  for (const FiberStack& stack : abandoned_) {
    if (sanitizer::kAsan) continue;
    munmap(stack.mapping, stack.mapping_bytes);
  }
}

Result<FiberStack> FiberStackPool::take() {
  if (!free_.empty()) {
    FiberStack stack = free_.back();
    free_.pop_back();
    sanitizer::register_root(stack.base, stack.bytes);
    return stack;
  }
  // [guard][stack][guard][shadow][guard]
  FiberStack stack;
  stack.mapping_bytes = stack_bytes_ + shadow_bytes_ + 3 * kPageBytes;
  void* memory = mmap(nullptr, stack.mapping_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail(StatusCode::kInsufficientResources, "no memory for a thread's stack");
  stack.mapping = static_cast<uint8_t*>(memory);
  stack.base = stack.mapping + kPageBytes;
  stack.bytes = stack_bytes_;
  stack.shadow = stack.base + stack_bytes_ + kPageBytes;
  stack.shadow_bytes = shadow_bytes_;
  if (mprotect(stack.base, stack.bytes, PROT_READ | PROT_WRITE) != 0 ||
      mprotect(stack.shadow, stack.shadow_bytes, PROT_READ | PROT_WRITE) != 0) {
    munmap(memory, stack.mapping_bytes);
    return fail(StatusCode::kInsufficientResources, "no memory for a thread's stack");
  }
  sanitizer::register_root(stack.base, stack.bytes);
  return stack;
}

void FiberStackPool::give_back(FiberStack stack) {
  sanitizer::unpoison(stack.base, stack.bytes);
  sanitizer::unregister_root(stack.base, stack.bytes);
  free_.push_back(stack);
}

void FiberStackPool::abandon(FiberStack stack) { abandoned_.push_back(stack); }

}  // namespace portside::kernel
