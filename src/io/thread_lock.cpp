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
  if (!try_acquire()) kernel.yield_until([this] { return try_acquire(); }, what_);
  kernel.takes(this);
}

void ThreadLock::release() {
  current<kernel::Kernel>().gives(this);
  MutexLock lock(mutex_);
  if (--depth_ == 0) owner_ = nullptr;
}

bool ThreadLock::held_by_me() {
  MutexLock lock(mutex_);
  return owner_ && owner_ == current<kernel::Kernel>().current_thread();
}

}  // namespace portside::io
