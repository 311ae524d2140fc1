#include "portcls/control_lock.h"

#include "kernel/kernel.h"

namespace portside::portcls {

bool ControlLock::try_acquire() {
  kernel::ThreadObject* me = current<kernel::Kernel>().current_thread();
  MutexLock lock(mutex_);
  if (owner_ && owner_ != me) return false;
  owner_ = me;
  ++depth_;
  return true;
}

void ControlLock::acquire() {
  if (try_acquire()) return;
  current<kernel::Kernel>().yield_until([this] { return try_acquire(); }, "the device's control lock");
}

void ControlLock::release() {
  MutexLock lock(mutex_);
  if (--depth_ == 0) owner_ = nullptr;
}

}  // namespace portside::portcls
