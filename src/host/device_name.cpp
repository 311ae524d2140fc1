#include "host/device_name.h"

#include "host/machine.h"
#include "io/pnp.h"
#include "kernel/unicode.h"

namespace portside::host {

std::string device_name(Machine& machine) {
  if (const io::DeviceNode* device = machine.device()) {
    if (!device->spec.friendly_name.empty()) return kernel::to_utf8(device->spec.friendly_name);
    if (!device->spec.description.empty()) return kernel::to_utf8(device->spec.description);
  }
  return machine.drivers().empty() ? std::string() : machine.drivers().front().service;
}

}  // namespace portside::host
