#pragma once
// DispatcherLock: guards threads' states, dispatcher objects, timers and DPC queues. Under virtual time there is one host
// thread, so it only remembers that it is held: a thread switch or a fault with it held is then seen.

#include <atomic>
#include <cstdlib>
#include <mutex>

#include "base/thread_annotations.h"

namespace portside::kernel {

class CAPABILITY("dispatcher lock") DispatcherLock {
 public:
  explicit DispatcherLock(bool real) : real_(real) {}
  void lock() ACQUIRE() {
    if (real_) mutex_.lock();
    holder_.store(real_ ? this_host_thread() : this, std::memory_order_relaxed);
  }
  void unlock() RELEASE() {
    holder_.store(nullptr, std::memory_order_relaxed);
    if (real_) mutex_.unlock();
  }
  bool held_by_me() const {
    return holder_.load(std::memory_order_relaxed) == (real_ ? this_host_thread() : static_cast<const void*>(this));
  }
  // A fault or bug check while the calling thread holds it.
  void release_if_held() NO_THREAD_SAFETY_ANALYSIS {
    if (held_by_me()) unlock();
  }
  // std::condition_variable_any of the real-time executor locks and unlocks this itself.

 private:
  static const void* this_host_thread() {
    static thread_local char mark;
    return &mark;
  }
  const bool real_;
  std::atomic<const void*> holder_{nullptr};
  std::mutex mutex_;
};

class SCOPED_CAPABILITY DispatcherGuard {
 public:
  explicit DispatcherGuard(DispatcherLock& lock) ACQUIRE(lock) : lock_(lock) { lock_.lock(); }
  ~DispatcherGuard() RELEASE() { lock_.unlock(); }
  DispatcherGuard(const DispatcherGuard&) = delete;
  DispatcherGuard& operator=(const DispatcherGuard&) = delete;

 private:
  DispatcherLock& lock_;
};

}  // namespace portside::kernel
