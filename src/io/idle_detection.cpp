#include "io/idle_detection.h"

#include <algorithm>
#include <vector>

#include "io/io.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"

namespace portside::io {

struct IdleDetection::Entry {
  ULONG counter = 0;  // drivers reset it by writing zero (PoSetDeviceBusy)
  DEVICE_OBJECT* device = nullptr;
  ULONG conservation = 0, performance = 0;
  DEVICE_POWER_STATE state = PowerDeviceD3;
  uint32_t busy = 0;
};

struct IdleDetection::Ticker {
  KTIMER timer{};
  KDPC dpc{};
  bool armed = false;
};

IdleDetection::IdleDetection(Io& io) : io_(io) {}
IdleDetection::~IdleDetection() = default;

ULONG* IdleDetection::register_device(DEVICE_OBJECT* device, ULONG conservation, ULONG performance,
                                      DEVICE_POWER_STATE state) {
  // Time-outs of -1 are for disks alone (PoRegisterDeviceForIdleDetection, Remarks).
  const bool valid = conservation != ~0u && performance != ~0u && state >= PowerDeviceD0 && state <= PowerDeviceD3;
  if (!io_.devices().is_live(device) || !valid || (conservation == 0 && performance == 0)) {
    forget(device);
    return nullptr;
  }
  ULONG* counter = nullptr;
  {
    MutexLock lock(mutex_);
    auto& entry = entries_[device];
    if (!entry) entry = std::make_unique<Entry>();
    entry->device = device;
    entry->conservation = conservation;
    entry->performance = performance;
    entry->state = state;
    counter = &entry->counter;
  }
  arm();
  return counter;
}

IdleDetection::Entry* IdleDetection::find_locked(const ULONG* counter) {
  for (auto& [device, entry] : entries_)
    if (&entry->counter == counter) return entry.get();
  return nullptr;
}

void IdleDetection::set_busy(ULONG* counter) {
  MutexLock lock(mutex_);
  if (Entry* entry = find_locked(counter)) entry->counter = 0;
}

void IdleDetection::start_busy(ULONG* counter) {
  MutexLock lock(mutex_);
  if (Entry* entry = find_locked(counter)) ++entry->busy;
}

void IdleDetection::end_busy(ULONG* counter) {
  {
    MutexLock lock(mutex_);
    Entry* entry = find_locked(counter);
    if (!entry || entry->busy == 0) return;
    if (--entry->busy == 0) entry->counter = 0;
  }
  arm();
}

void IdleDetection::set_policy(PowerPolicy policy) {
  policy_ = policy;
  arm();
}

void IdleDetection::forget(DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  entries_.erase(device);
}

ULONG IdleDetection::limit_of(const Entry& entry) const {
  return policy_ == PowerPolicy::kPerformance ? entry.performance : entry.conservation;
}

bool IdleDetection::counting_locked(const Entry& entry) {
  return limit_of(entry) != 0 && entry.busy == 0 &&
         io_.power().state(entry.device, DevicePowerState).DeviceState == PowerDeviceD0;
}

// The timer runs only while a device is counted: otherwise it would keep virtual time going for ever.
void IdleDetection::arm() {
  {
    MutexLock lock(mutex_);
    if (ticker_ && ticker_->armed) return;
    if (std::ranges::none_of(entries_, [&](const auto& e) REQUIRES(mutex_) { return counting_locked(*e.second); }))
      return;
  }
  auto& kernel = current<kernel::Kernel>();
  if (!ticker_) {
    ticker_ = std::make_unique<Ticker>();
    kernel.timers().initialize(&ticker_->timer, false);
    kernel.dpcs().initialize(&ticker_->dpc, reinterpret_cast<void*>(&IdleDetection::on_second), this, false);
  }
  ticker_->armed = true;
  constexpr int64_t kOneSecond = -10'000'000;
  (void)kernel.timers().set(&ticker_->timer, kOneSecond, 0, &ticker_->dpc);
}

void NTAPI IdleDetection::on_second(KDPC*, void* self, void*, void*) { static_cast<IdleDetection*>(self)->tick(); }

void IdleDetection::tick() {
  struct Idle {
    DEVICE_OBJECT* device;
    DEVICE_POWER_STATE state;
  };
  std::vector<Idle> idle;
  {
    MutexLock lock(mutex_);
    ticker_->armed = false;
    for (auto& [device, entry] : entries_) {
      if (!counting_locked(*entry) || ++entry->counter < limit_of(*entry)) continue;
      entry->counter = 0;
      idle.push_back({device, entry->state});
    }
  }
  for (const Idle& i : idle) {
    POWER_STATE wanted;
    wanted.DeviceState = i.state;
    (void)io_.power().request(i.device, IRP_MN_SET_POWER, wanted, nullptr, nullptr, nullptr);
  }
  arm();
}

}  // namespace portside::io
