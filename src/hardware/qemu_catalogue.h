#pragma once
// What this machine's QEMU can be asked to put on the bus.

#include <string>
#include <vector>

#include "base/result.h"

namespace portside::hardware {

struct QemuDevice {
  std::string name, bus, about;  // "ich9-intel-hda", "PCI", "Intel HD Audio Controller (ich9)"
};

// The sound devices of QEMU's own list that sit on a PCI bus, and those that hang on such a device's own bus ("HDA").
// STATUS_NOT_FOUND, with the package's name, when there is no QEMU.
Result<std::vector<QemuDevice>> qemu_sound_devices();
// Out of the text that "-device help" prints.
std::vector<QemuDevice> parse_sound_devices(const std::string& help);

}  // namespace portside::hardware
