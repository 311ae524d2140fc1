#pragma once
// LockObserver: locks as they are acquired and released, for whoever looks at their order.

#include <cstdint>

namespace portside::kernel {

enum class LockKind : uint8_t { kSpinLock, kFastMutex, kMutex, kResource };

struct LockEvent {
  LockKind kind;
  const void* lock;
  bool tried;       // acquired by a call that does not wait
  uint64_t holder;  // the thread, or the DPC that runs on its stack
  const char* api;
};

class LockObserver {
 public:
  virtual ~LockObserver() = default;
  virtual void on_acquired(const LockEvent&) {}
  virtual void on_released(const LockEvent&) {}
};

}  // namespace portside::kernel
