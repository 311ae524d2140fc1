#pragma once
// Power: power IRPs. A device of ours wakes in D0; PoRequestPowerIrp sends what a power policy owner asks for.

#include <wdm.h>

#include <unordered_map>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;
struct DeviceNode;

class Power {
 public:
  explicit Power(Io& io) : io_(io) {}

  // PoRequestPowerIrp: IRP_MN_WAIT_WAKE, QUERY_POWER or SET_POWER; STATUS_PENDING when sent. The IRP is sent at PASSIVE_LEVEL:
  // from the caller, or from a work item when the caller stands higher.
  NTSTATUS request(DEVICE_OBJECT* device, UCHAR minor, POWER_STATE state, PREQUEST_POWER_COMPLETE completion, void* context,
                   IRP** irp);
  // PoSetPowerState: the state before.
  POWER_STATE set_state(DEVICE_OBJECT* device, POWER_STATE_TYPE type, POWER_STATE state);
  POWER_STATE state(DEVICE_OBJECT* device, POWER_STATE_TYPE type);

  // What the system does to a device: QUERY_POWER and SET_POWER for a system state, waited for.
  Result<> set_system_state(DeviceNode& node, SYSTEM_POWER_STATE state, POWER_ACTION action);

  void forget(DEVICE_OBJECT* device);

 private:
  struct States {
    POWER_STATE device{.DeviceState = PowerDeviceD0};
    POWER_STATE system{.SystemState = PowerSystemWorking};
  };

  Io& io_;
  Mutex mutex_;
  std::unordered_map<const DEVICE_OBJECT*, States> states_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
