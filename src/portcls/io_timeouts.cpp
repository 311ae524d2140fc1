#include "portcls/io_timeouts.h"

#include <algorithm>
#include <utility>

namespace portside::portcls {

IoTimeouts::IoTimeouts() {
  KeInitializeTimerEx(&timer_, NotificationTimer);
  KeInitializeDpc(&dpc_, on_timer, this);
}

IoTimeouts::~IoTimeouts() { stop(); }

Status IoTimeouts::add(PIO_TIMER_ROUTINE routine, PVOID context) {
  if (!routine) return Status(StatusCode::kInvalidParameter, "no routine");
  {
    MutexLock lock(mutex_);
    const Routine wanted{routine, context};
    if (std::ranges::find(routines_, wanted) != routines_.end())
      return Status(StatusCode::kUnsuccessful, "the routine is registered with this context already");
    routines_.push_back(wanted);
  }
  arm();
  return Status::ok();
}

Status IoTimeouts::remove(PIO_TIMER_ROUTINE routine, PVOID context) {
  MutexLock lock(mutex_);
  const auto at = std::ranges::find(routines_, Routine{routine, context});
  if (at == routines_.end()) return Status(StatusCode::kNotFound, "the routine is not registered");
  routines_.erase(at);
  return Status::ok();
}

void IoTimeouts::start(PDEVICE_OBJECT device) {
  device_ = device;
  arm();
}

void IoTimeouts::stop() {
  device_ = nullptr;
  if (std::exchange(armed_, false)) {
    KeCancelTimer(&timer_);
    KeRemoveQueueDpc(&dpc_);
  }
}

// The timer runs only while there is something to call: an idle device must not keep virtual time busy.
void IoTimeouts::arm() {
  {
    MutexLock lock(mutex_);
    if (!device_ || armed_ || routines_.empty()) return;
  }
  armed_ = true;
  LARGE_INTEGER second;
  second.QuadPart = -10'000'000;
  KeSetTimer(&timer_, second, &dpc_);
}

void IoTimeouts::on_timer(PKDPC, PVOID self, PVOID, PVOID) {
  auto& timeouts = *static_cast<IoTimeouts*>(self);
  std::vector<Routine> routines;
  {
    MutexLock lock(timeouts.mutex_);
    routines = timeouts.routines_;
  }
  for (const Routine& r : routines)
    if (timeouts.device_) r.routine(timeouts.device_, r.context);
  timeouts.armed_ = false;
  timeouts.arm();
}

}  // namespace portside::portcls
