#pragma once
// SpinLocks: KSPIN_LOCK words in the driver's memory. A held word is the holder's processor number plus one, so that
// recursion and a release by somebody else are seen.

#include <cstdint>

#include "kernel/irql.h"
#include "kernel/lock_observer.h"

namespace portside::kernel {

class Kernel;

class SpinLocks {
 public:
  explicit SpinLocks(Kernel& kernel) : kernel_(kernel) {}

  // KeAcquireSpinLock: raises to DISPATCH_LEVEL, returns the old IRQL.
  Irql acquire(uint64_t* lock, const char* api, Irql level = kDispatchLevel, LockKind kind = LockKind::kSpinLock);
  void release(uint64_t* lock, Irql old_irql, const char* api);
  // KeAcquireSpinLockAtDpcLevel and its release: the IRQL stays.
  void acquire_at_level(uint64_t* lock, const char* api, LockKind kind = LockKind::kSpinLock);
  void release_from_level(uint64_t* lock, const char* api);
  bool try_acquire_at_level(uint64_t* lock, const char* api);
  bool is_free(const uint64_t* lock) const { return __atomic_load_n(lock, __ATOMIC_ACQUIRE) == 0; }

 private:
  void take(uint64_t* lock, const char* api);
  bool take_if_free(uint64_t* lock);
  [[noreturn]] void recursive(uint64_t* lock, const char* api);
  Kernel& kernel_;
};

}  // namespace portside::kernel
