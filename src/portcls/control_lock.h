#pragma once
// ControlLock: one request at a time on a device's filters, as PortCls serialises them. Recursive; waits as a simulated
// thread, so a miniport's handler may block while it is held. PASSIVE_LEVEL.

#include <wdm.h>

#include <cstdint>

#include "base/mutex.h"

namespace portside::kernel {
class ThreadObject;
}

namespace portside::portcls {

class ControlLock {
 public:
  void acquire();
  void release();

 private:
  bool try_acquire();

  Mutex mutex_;
  kernel::ThreadObject* owner_ GUARDED_BY(mutex_) = nullptr;
  uint32_t depth_ GUARDED_BY(mutex_) = 0;
};

class ControlGuard {
 public:
  explicit ControlGuard(ControlLock& lock) : lock_(lock) { lock_.acquire(); }
  ~ControlGuard() { lock_.release(); }
  ControlGuard(const ControlGuard&) = delete;
  ControlGuard& operator=(const ControlGuard&) = delete;

 private:
  ControlLock& lock_;
};

}  // namespace portside::portcls
