#include "io/remove_lock.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/io.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"

namespace portside::io {

namespace {
// Counts the holders, and one more until release_and_wait.
int32_t add(IO_REMOVE_LOCK* lock, int32_t n) { return __atomic_add_fetch(&lock->Common.IoCount, n, __ATOMIC_ACQ_REL); }
}  // namespace

void RemoveLocks::initialize(IO_REMOVE_LOCK* lock) {
  lock->Common.Removed = FALSE;
  lock->Common.IoCount = 1;
  current<kernel::Kernel>().dispatcher().initialize_event(&lock->Common.RemoveEvent, false, false);
  if (!io_.options().verify) return;
  const StackTrace here = capture_stack();
  MutexLock guard(mutex_);
  known_.insert_or_assign(lock, Known{.initialized_at = here});
}

NTSTATUS RemoveLocks::acquire(IO_REMOVE_LOCK* lock, const void* tag) {
  add(lock, 1);
  current<kernel::Kernel>().takes(lock);
  if (__atomic_load_n(&lock->Common.Removed, __ATOMIC_ACQUIRE)) {
    if (add(lock, -1) == 0) current<kernel::Kernel>().set_event(&lock->Common.RemoveEvent);
    return STATUS_DELETE_PENDING;
  }
  if (!io_.options().verify) return STATUS_SUCCESS;
  const StackTrace here = capture_stack();
  bool is_known = true;
  {
    MutexLock guard(mutex_);
    auto [it, is_new] = known_.try_emplace(lock);
    it->second.used = true;
    it->second.holds.push_back({tag, here});
    is_known = !is_new;
  }
  if (!is_known)
    io_.misuse(IoMisuse::kRemoveLock, "IoAcquireRemoveLock", lock,
               "the remove lock was never initialised: IoInitializeRemoveLock comes first");
  return STATUS_SUCCESS;
}

void RemoveLocks::forget_hold(const char* function, const IO_REMOVE_LOCK* lock, const void* tag) {
  if (!io_.options().verify) return;
  RemoveLockHold other{};
  {
    MutexLock guard(mutex_);
    const auto known = known_.find(lock);
    if (known == known_.end() || known->second.holds.empty()) return;
    std::vector<RemoveLockHold>& holds = known->second.holds;
    auto hold = std::ranges::find(holds, tag, &RemoveLockHold::tag);
    if (hold == holds.end()) {
      hold = holds.end() - 1;
      other = *hold;
    }
    holds.erase(hold);
  }
  tell_wait(lock);
  if (other.acquired_at.empty()) return;
  io_.misuse(IoMisuse::kRemoveLockTag, function, lock,
             fmt::format("the remove lock is released with the tag {}, and was acquired with {}", fmt::ptr(tag),
                         fmt::ptr(other.tag)),
             {.made_at = other.acquired_at});
}

void RemoveLocks::tell_wait(const IO_REMOVE_LOCK* lock, bool over) {
  RemoveLockWaitEvent event{lock, {}};
  {
    MutexLock guard(mutex_);
    const auto known = known_.find(lock);
    if (known == known_.end() || !known->second.waiting) return;
    if (over) known->second.waiting = false;
    else event.holds = known->second.holds;
  }
  // Most tags are requests. Of one that is under way the hold may still be released; of one that has ended it never will be.
  std::ranges::stable_partition(event.holds, [this](const RemoveLockHold& hold) {
    const IrpRecord* request = io_.irps().find(static_cast<const IRP*>(hold.tag));
    return !request || request->state != IrpState::kLive;
  });
  io_.observers().notify(&IoObserver::on_remove_lock_wait, event);
}

void RemoveLocks::release(IO_REMOVE_LOCK* lock, const void* tag) {
  current<kernel::Kernel>().gives(lock);
  const int32_t left = add(lock, -1);
  if (left < 0 || (left == 0 && !lock->Common.Removed)) {
    add(lock, 1);
    io_.misuse(IoMisuse::kRemoveLock, "IoReleaseRemoveLock", lock,
               "the remove lock was released more often than acquired");
    return;
  }
  forget_hold("IoReleaseRemoveLock", lock, tag);
  if (left == 0) current<kernel::Kernel>().set_event(&lock->Common.RemoveEvent);
}

void RemoveLocks::release_and_wait(IO_REMOVE_LOCK* lock, const void* tag) {
  if (lock->Common.Removed) {
    io_.misuse(IoMisuse::kRemoveLock, "IoReleaseRemoveLockAndWait", lock, "the remove lock has been waited for before");
    return;
  }
  const bool is_held = lock->Common.IoCount >= 2;
  __atomic_store_n(&lock->Common.Removed, TRUE, __ATOMIC_RELEASE);
  if (is_held) forget_hold("IoReleaseRemoveLockAndWait", lock, tag);
  {
    MutexLock guard(mutex_);
    if (const auto known = known_.find(lock); known != known_.end()) {
      known->second.waited = true;
      known->second.waiting = is_held;
    }
  }
  if (!is_held) {
    io_.misuse(IoMisuse::kRemoveLock, "IoReleaseRemoveLockAndWait", lock,
               "the caller does not hold the remove lock: IoAcquireRemoveLock comes first");
    return;
  }
  tell_wait(lock);
  if (add(lock, -2) > 0) (void)current<kernel::Kernel>().wait(&lock->Common.RemoveEvent);
  current<kernel::Kernel>().takes(lock);
  tell_wait(lock, true);
}

void RemoveLocks::device_goes(const DEVICE_OBJECT* device, bool of_stack) {
  const auto begin = reinterpret_cast<uintptr_t>(device), end = begin + device->Size;
  std::vector<std::pair<const IO_REMOVE_LOCK*, Known>> gone;
  {
    MutexLock guard(mutex_);
    std::erase_if(known_, [&](const auto& entry) {
      const auto at = reinterpret_cast<uintptr_t>(entry.first);
      if (at < begin || at >= end) return false;
      gone.push_back(entry);
      return true;
    });
  }
  for (const auto& [lock, known] : gone) {
    if (!known.used || known.waited || !of_stack) continue;
    io_.misuse(IoMisuse::kRemoveLockNotAwaited, "IoDeleteDevice", lock,
               known.holds.empty()
                   ? std::string("nobody waited for the remove lock in the device's extension")
                   : fmt::format("nobody waited for the remove lock in the device's extension, and {} hold it",
                                 known.holds.size()),
               {.made_at = known.initialized_at});
  }
}

}  // namespace portside::io
