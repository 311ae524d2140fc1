#pragma once
// Remove locks: a driver's way to wait for its outstanding requests before it lets its device go. The lock is Windows'
// structure in the driver's memory.

#include <wdm.h>

namespace portside::io {

class Io;

// IoInitializeRemoveLockEx.
void initialize_remove_lock(Io& io, IO_REMOVE_LOCK* lock);
// STATUS_DELETE_PENDING once release_and_wait was called.
NTSTATUS acquire_remove_lock(Io& io, IO_REMOVE_LOCK* lock);
void release_remove_lock(Io& io, IO_REMOVE_LOCK* lock);
// Releases the caller's own hold and waits for everybody else's, at PASSIVE_LEVEL.
void release_remove_lock_and_wait(Io& io, IO_REMOVE_LOCK* lock);

}  // namespace portside::io
