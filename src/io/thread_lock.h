#pragma once
// ThreadLock: a recursive lock of simulated threads. Its owner may block while it is held; the others let virtual time
// pass, and in real time wait in the host's scheduler, with their priority lent to the owner. PASSIVE_LEVEL.

#include <cstdint>

#include "base/mutex.h"
#include "base/priority_mutex.h"

namespace portside::kernel {
class ThreadObject;
}

namespace portside::io {

class ThreadLock {
 public:
  // `what` names it in the report of a deadlock.
  explicit ThreadLock(const char* what) : what_(what) {}
  void acquire();
  void release();
  bool held_by_me();

 private:
  bool try_acquire();

  const char* what_;
  PriorityMutex host_lock_;  // held by the owner, in real time alone
  Mutex mutex_;
  kernel::ThreadObject* owner_ GUARDED_BY(mutex_) = nullptr;
  uint32_t depth_ GUARDED_BY(mutex_) = 0;
};

class ThreadGuard {
 public:
  explicit ThreadGuard(ThreadLock& lock) : lock_(lock) { lock_.acquire(); }
  ~ThreadGuard() { lock_.release(); }
  ThreadGuard(const ThreadGuard&) = delete;
  ThreadGuard& operator=(const ThreadGuard&) = delete;

 private:
  ThreadLock& lock_;
};

}  // namespace portside::io
