#include "kernel/fast_mutex.h"

#include <fmt/format.h>
#include <wdm.h>

#include "kernel/dispatcher.h"
#include "kernel/kernel.h"

namespace portside::kernel {
namespace {
PKTHREAD me(Kernel& kernel) { return reinterpret_cast<PKTHREAD>(kernel.current_thread()); }
}  // namespace

// Count is 1 when free, 0 when held, and one less for each thread that waits.
void FastMutex::initialize() {
  mutex_->Count = 1;
  mutex_->Owner = nullptr;
  mutex_->Contention = 0;
  mutex_->OldIrql = 0;
  kernel_.dispatcher().initialize_event(&mutex_->Event, false, false);
}

void FastMutex::acquire(const char* api) {
  if (__atomic_sub_fetch(&mutex_->Count, 1, __ATOMIC_ACQUIRE) != 0) {
    // "A thread that already owns it deadlocks" (ExAcquireFastMutex, Remarks): say so before it does.
    if (__atomic_load_n(&mutex_->Owner, __ATOMIC_RELAXED) == me(kernel_))
      kernel_.report_misuse(MisuseKind::kMutexAcquiredTwice, api, mutex_,
                            fmt::format("{}: the thread already owns this mutex, and waits for itself", api));
    __atomic_add_fetch(&mutex_->Contention, 1, __ATOMIC_RELAXED);
    void* objects[] = {&mutex_->Event};
    kernel_.dispatcher().wait({.objects = objects, .api = api});
  }
  __atomic_store_n(&mutex_->Owner, me(kernel_), __ATOMIC_RELAXED);
  kernel_.tell_lock(LockKind::kFastMutex, mutex_, false, api);
}

bool FastMutex::try_acquire(const char* api) {
  LONG expected = 1;
  if (!__atomic_compare_exchange_n(&mutex_->Count, &expected, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    return false;
  __atomic_store_n(&mutex_->Owner, me(kernel_), __ATOMIC_RELAXED);
  kernel_.tell_lock(LockKind::kFastMutex, mutex_, true, api);
  return true;
}

void FastMutex::release(const char* api) {
  if (__atomic_load_n(&mutex_->Owner, __ATOMIC_RELAXED) != me(kernel_))
    kernel_.report_misuse(MisuseKind::kMutexNotOwned, api, mutex_,
                          fmt::format("{}: the calling thread does not own this mutex", api));
  kernel_.tell_unlock(LockKind::kFastMutex, mutex_, api);
  __atomic_store_n(&mutex_->Owner, nullptr, __ATOMIC_RELAXED);
  if (__atomic_add_fetch(&mutex_->Count, 1, __ATOMIC_RELEASE) <= 0) kernel_.dispatcher().set_event(&mutex_->Event, api);
}

}  // namespace portside::kernel
