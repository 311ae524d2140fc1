// SpinLockGuard: holds a spin lock, at DISPATCH_LEVEL, for a scope.
//
// A function that uses it must not be in a pageable section: at DISPATCH_LEVEL a page fault cannot be served. That is
// why only cable.cpp, which is never pageable, takes this driver's lock.
#pragma once

#include <wdm.h>

class SpinLockGuard {
 public:
  explicit SpinLockGuard(KSPIN_LOCK& lock) : lock_(lock) { KeAcquireSpinLock(&lock_, &old_irql_); }
  ~SpinLockGuard() { KeReleaseSpinLock(&lock_, old_irql_); }
  SpinLockGuard(const SpinLockGuard&) = delete;
  SpinLockGuard& operator=(const SpinLockGuard&) = delete;

 private:
  KSPIN_LOCK& lock_;
  KIRQL old_irql_;
};
