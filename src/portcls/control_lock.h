#pragma once
// ControlLock: one request at a time on a device's filters, as PortCls serialises them (the documentation's "device global
// lock"). A miniport's handler may block while it is held.

#include "io/thread_lock.h"

namespace portside::portcls {

class ControlLock : public io::ThreadLock {
 public:
  ControlLock() : ThreadLock("the device's control lock") {}
};

using ControlGuard = io::ThreadGuard;

}  // namespace portside::portcls
