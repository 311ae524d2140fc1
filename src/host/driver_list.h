#pragma once
// DriverList: the drivers that a machine has installed and the devices of each. Everything but the constructor runs on
// a simulated thread of the machine, at PASSIVE_LEVEL.

#include <list>

#include "base/result.h"
#include "host/install_plan.h"
#include "host/installed_driver.h"

namespace portside::io {
class Io;
}

namespace portside::host {

class DriverList {
 public:
  explicit DriverList(io::Io& io) : io_(io) {}
  DriverList(const DriverList&) = delete;
  DriverList& operator=(const DriverList&) = delete;

  // Makes the plan's devices and starts them with the service's driver: DriverEntry of `image` when that is not loaded
  // yet, AddDevice and START_DEVICE for each. On failure what was done is undone, and the result names the step.
  Result<InstalledDriver*> install(const InstallPlan& plan, loader::Image* image);
  // QUERY_REMOVE_DEVICE and REMOVE_DEVICE. The driver stays, as on Windows until its last device is gone.
  Result<> remove(InstalledDevice& device);
  // Removes its devices and calls DriverUnload. What refuses stays installed.
  Result<> remove(InstalledDriver& driver);
  // The last installed first; stops at the first that refuses.
  Result<> remove_all();
  // Drops the list alone, when the machine has ended and no driver code may run any more.
  void abandon() { drivers_.clear(); }

  // By the service's name, in any case; null when it is not installed.
  InstalledDriver* find(std::string_view service);
  std::list<InstalledDriver>& drivers() { return drivers_; }

 private:
  Result<> add_device(InstalledDriver& driver, const InstallPlan& plan);
  Result<> load(InstalledDriver& driver);

  io::Io& io_;
  std::list<InstalledDriver> drivers_;
};

}  // namespace portside::host
