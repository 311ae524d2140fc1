// LifeLog: what Windows has told this driver about power and plug and play, for IOCTL_STUDIO_LIFE. It outlives a
// device, as a rebalance ends one and starts another.
#pragma once

#include "control.h"

class LifeLog {
 public:
  void power_changed(DEVICE_POWER_STATE state) {
    InterlockedExchange(&device_state_, state);
    InterlockedIncrement(&power_changes_);
  }
  void query_stop() { InterlockedIncrement(&query_stops_); }
  void cancel_stop() { InterlockedIncrement(&cancel_stops_); }
  void stop() { InterlockedIncrement(&stops_); }
  void subdevice_stop() { InterlockedIncrement(&subdevice_stops_); }

  STUDIO_LIFE read() const {
    return {static_cast<ULONG>(device_state_), static_cast<ULONG>(power_changes_),
            static_cast<ULONG>(query_stops_),  static_cast<ULONG>(cancel_stops_),
            static_cast<ULONG>(stops_),        static_cast<ULONG>(subdevice_stops_)};
  }

 private:
  volatile LONG device_state_, power_changes_, query_stops_, cancel_stops_, stops_, subdevice_stops_;
};

// Zero from the start: no constructor, since Windows runs none for a driver.
extern LifeLog life_log;
