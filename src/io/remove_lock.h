#pragma once
// Remove locks: a driver's way to wait for its outstanding requests before it lets its device go. The lock is Windows'
// structure in the driver's memory; who holds it is kept here, to name him who never let go.

#include <wdm.h>

#include <map>
#include <vector>

#include "base/mutex.h"
#include "io/observer.h"

namespace portside::io {

class Io;

class RemoveLocks {
 public:
  explicit RemoveLocks(Io& io) : io_(io) {}

  // IoInitializeRemoveLockEx.
  void initialize(IO_REMOVE_LOCK* lock);
  // STATUS_DELETE_PENDING once release_and_wait was called.
  NTSTATUS acquire(IO_REMOVE_LOCK* lock, const void* tag);
  void release(IO_REMOVE_LOCK* lock, const void* tag);
  // Releases the caller's own hold and waits for everybody else's, at PASSIVE_LEVEL.
  void release_and_wait(IO_REMOVE_LOCK* lock, const void* tag);

  // IoDeleteDevice: the locks in its extension go with it, and were to be waited for.
  // Of a device that was never in a stack, nobody is told of its removal (IRP_MN_REMOVE_DEVICE).
  void device_goes(const DEVICE_OBJECT* device, bool of_stack);

 private:
  struct Known {
    StackTrace initialized_at;
    std::vector<RemoveLockHold> holds;
    bool used = false, waited = false, waiting = false;
  };
  // Takes one hold with this tag away; of a tag that nobody holds with, the last hold there is.
  void forget_hold(const char* function, const IO_REMOVE_LOCK* lock, const void* tag);
  // Tells the observers who keeps a removal waiting; nobody any more, where `over`.
  void tell_wait(const IO_REMOVE_LOCK* lock, bool over = false);

  Io& io_;
  Mutex mutex_;
  std::map<const IO_REMOVE_LOCK*, Known> known_ GUARDED_BY(mutex_);  // where mistakes are looked for, alone
};

}  // namespace portside::io
