#pragma once
// LifeCycle: what befalls a device and the whole system while a driver is installed: sleep, device power, rebalance,
// removal. Each call may come from the host's own thread, or from a simulated thread while clients' streams run.

#include <wdm.h>

#include "base/result.h"

namespace portside::io {
struct DeviceNode;
}

namespace portside::host {

class Machine;

class LifeCycle {
 public:
  explicit LifeCycle(Machine& machine) : machine_(machine) {}

  // IRP_MN_QUERY_POWER (down only) and IRP_MN_SET_POWER for D0 to D3. STATUS of the driver that refuses.
  Result<> set_device_power(io::DeviceNode& device, DEVICE_POWER_STATE state);
  // S1 to S4 for every device, and back to S0. Applications stand still meanwhile.
  Result<> system_sleep(SYSTEM_POWER_STATE state = PowerSystemSleeping3);
  Result<> system_wake();

  // The steps of a rebalance, and all of them: query, stop, start again. A refused query is cancelled and is the error.
  Result<> query_stop(io::DeviceNode& device);
  Result<> cancel_stop(io::DeviceNode& device);
  Result<> stop(io::DeviceNode& device);
  Result<> restart(io::DeviceNode& device);
  Result<> rebalance(io::DeviceNode& device);

  // STATUS_DEVICE_BUSY while files are open. A removed device's node stays, in state kRemoved.
  Result<> query_remove(io::DeviceNode& device);
  Result<> cancel_remove(io::DeviceNode& device);
  Result<> remove(io::DeviceNode& device);
  // At once; what the driver holds goes when the last file is closed.
  Result<> surprise_remove(io::DeviceNode& device);

 private:
  template <class Step>
  Result<> on_simulated_thread(Step step);

  Machine& machine_;
};

}  // namespace portside::host
