#pragma once
// DeviceMaker: makes a device in what it has around it.

#include <functional>
#include <memory>

#include "base/result.h"
#include "hardware/device_host.h"
#include "hardware/pci_function.h"

namespace portside::hardware {

using DeviceMaker = std::function<Result<std::unique_ptr<PciFunction>>(DeviceHost& around)>;

}  // namespace portside::hardware
