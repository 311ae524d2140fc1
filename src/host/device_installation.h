#pragma once
// What an installation writes for one device, before its driver is loaded: the service's key, the device's keys and properties, its
// interfaces with theirs. Runs on a simulated thread, at PASSIVE_LEVEL.

#include "base/result.h"
#include "host/install_plan.h"

namespace portside::host {

// The service key, as the service control manager writes it from a service-install-section.
Result<> write_services(const inf::Installation& installation);
// The device's software and hardware keys, device properties, and the interfaces of [DDInstall.Interfaces], registered and not
// enabled: that is the driver's to do.
Result<> write_device(io::Io& io, io::DeviceNode& node, const InstallPlan& plan);
// An uninstalled device leaves neither keys nor properties; the service's key stays, as Windows leaves it to the package.
void forget_device(io::Io& io, const io::DeviceNode& node);

}  // namespace portside::host
