#include "host/life_cycle.h"

#include "host/machine.h"
#include "io/io.h"
#include "kernel/kernel.h"

namespace portside::host {

template <class Step>
Result<> LifeCycle::on_simulated_thread(Step step) {
  if (machine_.kernel().on_simulated_thread()) return step();
  Result<> outcome;
  TRY(machine_.run([&] { outcome = step(); }));
  return outcome;
}

Result<> LifeCycle::set_device_power(io::DeviceNode& device, DEVICE_POWER_STATE state) {
  return on_simulated_thread([&] { return machine_.io().power().set_device_state(device, state); });
}
Result<> LifeCycle::system_sleep(SYSTEM_POWER_STATE state) {
  return on_simulated_thread([&] { return machine_.io().power().sleep(state); });
}
Result<> LifeCycle::system_wake() {
  return on_simulated_thread([&] { return machine_.io().power().wake(); });
}

Result<> LifeCycle::query_stop(io::DeviceNode& device) {
  return on_simulated_thread([&] { return machine_.io().pnp().query_stop(device); });
}
Result<> LifeCycle::cancel_stop(io::DeviceNode& device) {
  return on_simulated_thread([&] { return machine_.io().pnp().cancel_stop(device); });
}
Result<> LifeCycle::stop(io::DeviceNode& device) {
  return on_simulated_thread([&] { return machine_.io().pnp().stop(device); });
}
Result<> LifeCycle::restart(io::DeviceNode& device) {
  return on_simulated_thread([&] { return machine_.io().pnp().start_again(device); });
}
Result<> LifeCycle::rebalance(io::DeviceNode& device) {
  TRY(stop(device));
  return restart(device);
}

Result<> LifeCycle::query_remove(io::DeviceNode& device) {
  return on_simulated_thread([&] { return machine_.io().pnp().query_remove(device); });
}
Result<> LifeCycle::cancel_remove(io::DeviceNode& device) {
  return on_simulated_thread([&] { return machine_.io().pnp().cancel_remove(device); });
}
Result<> LifeCycle::remove(io::DeviceNode& device) {
  return on_simulated_thread([&] { return machine_.io().pnp().remove(device); });
}
Result<> LifeCycle::surprise_remove(io::DeviceNode& device) {
  return on_simulated_thread([&] { return machine_.io().pnp().surprise_remove(device); });
}

}  // namespace portside::host
