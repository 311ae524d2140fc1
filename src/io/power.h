#pragma once
// Power: power IRPs, and the power manager's side of them: device states, the system's sleep, idle devices. A device of
// ours wakes in D0; PoRequestPowerIrp sends what a power policy owner asks for.

#include <wdm.h>

#include <atomic>
#include <memory>
#include <unordered_map>

#include "base/mutex.h"
#include "base/result.h"
#include "io/idle_detection.h"

namespace portside::io {

class Io;
struct DeviceNode;

class Power {
 public:
  explicit Power(Io& io);
  ~Power();

  // PoRequestPowerIrp: IRP_MN_WAIT_WAKE, QUERY_POWER or SET_POWER; STATUS_PENDING when sent. The IRP is sent at PASSIVE_LEVEL:
  // from the caller, or from a work item when the caller stands higher.
  NTSTATUS request(DEVICE_OBJECT* device, UCHAR minor, POWER_STATE state, PREQUEST_POWER_COMPLETE completion,
                   void* context, IRP** irp);
  // PoSetPowerState: the state before.
  POWER_STATE set_state(DEVICE_OBJECT* device, POWER_STATE_TYPE type, POWER_STATE state);
  POWER_STATE state(DEVICE_OBJECT* device, POWER_STATE_TYPE type);

  // QUERY_POWER (on the way down only) and SET_POWER for a device state, through the top of the stack, waited for. What a
  // power policy owner asks of itself; here somebody who tries the driver does. PASSIVE_LEVEL.
  Result<> set_device_state(DeviceNode& node, DEVICE_POWER_STATE state);
  // What the system does to one device: QUERY_POWER and SET_POWER for a system state, waited for.
  Result<> set_system_state(DeviceNode& node, SYSTEM_POWER_STATE state, POWER_ACTION action);

  // The whole system to sleep (PowerSystemSleeping1 to PowerSystemHibernate): every started device is asked first; the
  // first refusal ends it, and those that were asked are told that S0 goes on. Applications do not run meanwhile: what
  // they ask of a device is held until wake().
  Result<> sleep(SYSTEM_POWER_STATE state);
  Result<> wake();
  SYSTEM_POWER_STATE system_state() const { return system_state_; }
  // An application is about to enter the kernel: waits while the system sleeps. STATUS_INVALID_DEVICE_STATE for the thread
  // that put it to sleep, which would wait for itself.
  Result<> hold_application();

  IdleDetection& idle() { return idle_; }
  void forget(DEVICE_OBJECT* device);

 private:
  struct States {
    POWER_STATE device{.DeviceState = PowerDeviceD0};
    POWER_STATE system{.SystemState = PowerSystemWorking};
  };
  struct Sleep;
  NTSTATUS send(DeviceNode& node, uint8_t minor, POWER_STATE_TYPE type, POWER_STATE state, POWER_ACTION action);
  Result<> query(DeviceNode& node, POWER_STATE_TYPE type, POWER_STATE state, POWER_ACTION action);
  Result<> set(DeviceNode& node, POWER_STATE_TYPE type, POWER_STATE state, POWER_ACTION action);

  Io& io_;
  IdleDetection idle_;
  Mutex mutex_;
  std::unordered_map<const DEVICE_OBJECT*, States> states_ GUARDED_BY(mutex_);
  std::shared_ptr<Sleep> sleep_ GUARDED_BY(mutex_);  // of the last sleep; those who wait hold it too
  std::atomic<SYSTEM_POWER_STATE> system_state_ = PowerSystemWorking;
};

}  // namespace portside::io
