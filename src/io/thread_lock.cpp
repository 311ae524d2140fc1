#include "io/thread_lock.h"

#include "kernel/kernel.h"

namespace portside::io {

bool ThreadLock::try_acquire() {
  kernel::ThreadObject* me = current<kernel::Kernel>().current_thread();
  MutexLock lock(mutex_);
  if (owner_ && owner_ != me) return false;
  owner_ = me;
  ++depth_;
  return true;
}

void ThreadLock::acquire() {
  kernel::Kernel& kernel = current<kernel::Kernel>();
  if (kernel.is_virtual()) {
    if (!try_acquire()) kernel.yield_until([this] { return try_acquire(); }, what_);
  } else if (!held_by_me()) {
    // Who waits by yielding keeps a processor from an owner of lower priority, for ever. An owner that was abandoned with
    // its machine never lets go: yield() is where the others are.
    constexpr auto kLook = std::chrono::milliseconds(50);
    while (!host_lock_.try_lock_for(kLook)) kernel.yield();
    try_acquire();
  } else {
    try_acquire();
  }
  kernel.takes(this);
}

void ThreadLock::release() {
  kernel::Kernel& kernel = current<kernel::Kernel>();
  kernel.gives(this);
  {
    MutexLock lock(mutex_);
    if (--depth_ != 0) return;
    owner_ = nullptr;
  }
  if (!kernel.is_virtual()) host_lock_.unlock();
}

bool ThreadLock::held_by_me() {
  MutexLock lock(mutex_);
  return owner_ && owner_ == current<kernel::Kernel>().current_thread();
}

}  // namespace portside::io
