#include "io/remove_lock.h"

#include "io/io.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"

namespace portside::io {

namespace {
// Counts the holders, and one more until release_and_wait.
int32_t add(IO_REMOVE_LOCK* lock, int32_t n) { return __atomic_add_fetch(&lock->Common.IoCount, n, __ATOMIC_ACQ_REL); }
}  // namespace

void initialize_remove_lock(Io&, IO_REMOVE_LOCK* lock) {
  lock->Common.Removed = FALSE;
  lock->Common.IoCount = 1;
  current<kernel::Kernel>().dispatcher().initialize_event(&lock->Common.RemoveEvent, false, false);
}

NTSTATUS acquire_remove_lock(Io&, IO_REMOVE_LOCK* lock) {
  add(lock, 1);
  current<kernel::Kernel>().takes(lock);
  if (!__atomic_load_n(&lock->Common.Removed, __ATOMIC_ACQUIRE)) return STATUS_SUCCESS;
  if (add(lock, -1) == 0) current<kernel::Kernel>().set_event(&lock->Common.RemoveEvent);
  return STATUS_DELETE_PENDING;
}

void release_remove_lock(Io& io, IO_REMOVE_LOCK* lock) {
  current<kernel::Kernel>().gives(lock);
  int32_t left = add(lock, -1);
  if (left > 0) return;
  if (left < 0 || !lock->Common.Removed) {
    add(lock, 1);
    io.misuse(IoMisuse::kRemoveLock, "IoReleaseRemoveLock", lock,
              "the remove lock was released more often than acquired");
    return;
  }
  current<kernel::Kernel>().set_event(&lock->Common.RemoveEvent);
}

void release_remove_lock_and_wait(Io& io, IO_REMOVE_LOCK* lock) {
  if (lock->Common.Removed) {
    io.misuse(IoMisuse::kRemoveLock, "IoReleaseRemoveLockAndWait", lock, "the remove lock has been waited for before");
    return;
  }
  if (lock->Common.IoCount < 2) {
    io.misuse(IoMisuse::kRemoveLock, "IoReleaseRemoveLockAndWait", lock,
              "the caller does not hold the remove lock: IoAcquireRemoveLock comes first");
    __atomic_store_n(&lock->Common.Removed, TRUE, __ATOMIC_RELEASE);
    return;
  }
  __atomic_store_n(&lock->Common.Removed, TRUE, __ATOMIC_RELEASE);
  if (add(lock, -2) > 0) (void)current<kernel::Kernel>().wait(&lock->Common.RemoveEvent);
  current<kernel::Kernel>().takes(lock);
}

}  // namespace portside::io
