#pragma once
// LockObserver: locks as they are acquired and released, for whoever looks at their order.

#include <cstdint>

namespace portside::kernel {

enum class LockKind : uint8_t {
  kSpinLock,
  kFastMutex,
  kMutex,
  kResource,
  kReaderWriterSpinLock,  // EX_SPIN_LOCK
  kPushLock,
  kInterrupt,  // of an interrupt object: KeSynchronizeExecution, and around the service routine
};

constexpr const char* name_of(LockKind kind) {
  switch (kind) {
    case LockKind::kSpinLock: return "spin lock";
    case LockKind::kFastMutex: return "fast mutex";
    case LockKind::kMutex: return "mutex";
    case LockKind::kResource: return "resource";
    case LockKind::kReaderWriterSpinLock: return "reader/writer spin lock";
    case LockKind::kPushLock: return "push lock";
    case LockKind::kInterrupt: return "interrupt's lock";
  }
  return "lock";
}

// Held at DISPATCH_LEVEL or above, where others spin for it.
constexpr bool is_spin_lock(LockKind kind) {
  return kind == LockKind::kSpinLock || kind == LockKind::kReaderWriterSpinLock || kind == LockKind::kInterrupt;
}

struct LockEvent {
  LockKind kind;
  const void* lock;
  bool tried;       // acquired by a call that does not wait
  bool shared;      // with other readers
  uint64_t holder;  // Kernel::holder()
  const char* api;
};

class LockObserver {
 public:
  virtual ~LockObserver() = default;
  virtual void on_acquired(const LockEvent&) {}
  virtual void on_released(const LockEvent&) {}
};

}  // namespace portside::kernel
