#pragma once
// IoTimeouts: PcRegisterIoTimeout. Routines called about once a second, at DISPATCH_LEVEL, while the device is started.

#include <wdm.h>

#include <vector>

#include "base/mutex.h"
#include "base/status.h"

namespace portside::portcls {

class IoTimeouts {
 public:
  IoTimeouts();
  ~IoTimeouts();
  IoTimeouts(const IoTimeouts&) = delete;
  IoTimeouts& operator=(const IoTimeouts&) = delete;

  // "Only one timer callback with a particular combination of device object, I/O-timer callback routine, and context can
  // be registered at a time."
  Status add(PIO_TIMER_ROUTINE routine, PVOID context);
  Status remove(PIO_TIMER_ROUTINE routine, PVOID context);

  void start(PDEVICE_OBJECT device);
  void stop();

 private:
  struct Routine {
    PIO_TIMER_ROUTINE routine;
    PVOID context;
    bool operator==(const Routine&) const = default;
  };
  static void NTAPI on_timer(PKDPC dpc, PVOID self, PVOID, PVOID);
  void arm();

  PDEVICE_OBJECT device_ = nullptr;
  KTIMER timer_{};
  KDPC dpc_{};
  bool armed_ = false;
  Mutex mutex_;
  std::vector<Routine> routines_ GUARDED_BY(mutex_);
};

}  // namespace portside::portcls
