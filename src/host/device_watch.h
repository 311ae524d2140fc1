#pragma once
// DeviceWatch: what an application on Windows hears of devices by registering for it (RegisterDeviceNotification):
// interfaces come and go, and a device is asked whether it may go, which whoever has files open on it must close first.

#include <atomic>

#include "io/observer.h"

namespace portside::host {

class Machine;

class DeviceWatch final : private io::IoObserver {
 public:
  // Called on the simulated thread that it happens on, at PASSIVE_LEVEL.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void interfaces_changed() = 0;  // does not wait: a lock of the device may be held
    virtual void removal_asked() = 0;       // may wait; files that are open when it returns refuse the removal
    virtual void removal_refused() = 0;
  };

  // Made and destroyed while no driver runs in the machine.
  explicit DeviceWatch(Machine& machine);
  ~DeviceWatch() override;
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

  // Null: nobody. While no simulated thread runs that adds or removes devices.
  void tell(Listener* listener) { listener_.store(listener); }

 private:
  void on_interface(const io::InterfaceEvent& event) override;
  void on_pnp_state(const io::PnpEvent& event) override;

  Machine& machine_;
  std::atomic<Listener*> listener_ = nullptr;
};

}  // namespace portside::host
