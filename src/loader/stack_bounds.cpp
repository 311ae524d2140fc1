#include "loader/stack_bounds.h"

#include <pthread.h>

#include "kernel/processor_block.h"
#include "kernel/thread.h"

namespace portside::loader {
namespace {

// Not inlined: a fibre that moves to another host thread must not keep this thread's address.
[[gnu::noinline]] StackBounds host_thread_bounds() {
  thread_local StackBounds bounds;
  if (bounds.high == 0) {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      void* low = nullptr;
      size_t bytes = 0;
      pthread_attr_getstack(&attributes, &low, &bytes);
      pthread_attr_destroy(&attributes);
      bounds = {reinterpret_cast<uint64_t>(low), reinterpret_cast<uint64_t>(low) + bytes};
    }
  }
  return bounds;
}

}  // namespace

StackBounds stack_bounds(uint64_t rsp) {
  if (kernel::ProcessorBlock* block = kernel::this_processor_block(); block && block->current_thread) {
    const StackBounds bounds{block->current_thread->stack_base(), block->current_thread->stack_end()};
    if (bounds.holds(rsp)) return bounds;
  }
  const StackBounds bounds = host_thread_bounds();
  if (!bounds.holds(rsp)) return {};
  // The main thread's lower pages may not be mapped yet: nothing below rsp is of interest but the red zone.
  return {rsp - 128 > bounds.low ? rsp - 128 : bounds.low, bounds.high};
}

}  // namespace portside::loader
