#pragma once
// DeviceTimers: IoInitializeTimer: a routine a second for a device object, at DISPATCH_LEVEL.

#include <wdm.h>

#include <memory>
#include <unordered_map>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;

class DeviceTimers {
 public:
  explicit DeviceTimers(Io& io);
  ~DeviceTimers();

  // IoInitializeTimer: again for the same device it replaces the routine.
  Result<> initialize(DEVICE_OBJECT* device, PIO_TIMER_ROUTINE routine, void* context);
  // IoStartTimer, IoStopTimer: nothing for a device without a timer.
  void start(DEVICE_OBJECT* device);
  void stop(DEVICE_OBJECT* device);
  void forget(DEVICE_OBJECT* device);

 private:
  struct Entry;
  static void NTAPI on_second(KDPC* dpc, void* context, void*, void*);
  Entry* find(DEVICE_OBJECT* device);

  Io& io_;
  Mutex mutex_;
  std::unordered_map<DEVICE_OBJECT*, std::unique_ptr<Entry>> entries_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
