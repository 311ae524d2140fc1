#include "io/device_timer.h"

#include "io/io.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"

namespace portside::io {

struct DeviceTimers::Entry {
  KTIMER timer{};
  KDPC dpc{};
  DEVICE_OBJECT* device = nullptr;
  PIO_TIMER_ROUTINE routine = nullptr;
  void* context = nullptr;
};

DeviceTimers::DeviceTimers(Io& io) : io_(io) {}
DeviceTimers::~DeviceTimers() = default;

DeviceTimers::Entry* DeviceTimers::find(DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  auto it = entries_.find(device);
  return it == entries_.end() ? nullptr : it->second.get();
}

Result<> DeviceTimers::initialize(DEVICE_OBJECT* device, PIO_TIMER_ROUTINE routine, void* context) {
  if (!io_.devices().is_live(device) || !routine) {
    io_.misuse(IoMisuse::kUnknownDevice, "IoInitializeTimer", device, "not a device object, or no routine");
    return fail(StatusCode::kInvalidParameter, "not a device object, or no routine");
  }
  if (Entry* known = find(device)) {
    known->routine = routine;
    known->context = context;
    return {};
  }
  auto entry = std::make_unique<Entry>();
  entry->device = device;
  entry->routine = routine;
  entry->context = context;
  auto& kernel = current<kernel::Kernel>();
  kernel.timers().initialize(&entry->timer, false);
  kernel.dpcs().initialize(&entry->dpc, reinterpret_cast<void*>(&DeviceTimers::on_second), entry.get(), false);
  device->Timer = reinterpret_cast<_IO_TIMER*>(entry.get());
  MutexLock lock(mutex_);
  entries_.emplace(device, std::move(entry));
  return {};
}

void NTAPI DeviceTimers::on_second(KDPC*, void* context, void*, void*) {
  auto* entry = static_cast<Entry*>(context);
  entry->routine(entry->device, entry->context);
}

void DeviceTimers::start(DEVICE_OBJECT* device) {
  constexpr int64_t kOneSecond = -10'000'000;
  if (Entry* entry = find(device))
    (void)current<kernel::Kernel>().timers().set(&entry->timer, kOneSecond, 1000, &entry->dpc);
}

void DeviceTimers::stop(DEVICE_OBJECT* device) {
  if (Entry* entry = find(device)) (void)current<kernel::Kernel>().timers().cancel(&entry->timer);
}

void DeviceTimers::forget(DEVICE_OBJECT* device) {
  Entry* entry = find(device);
  if (!entry) return;
  auto& kernel = current<kernel::Kernel>();
  (void)kernel.timers().cancel(&entry->timer);
  (void)kernel.dpcs().remove(&entry->dpc);
  MutexLock lock(mutex_);
  entries_.erase(device);
}

}  // namespace portside::io
