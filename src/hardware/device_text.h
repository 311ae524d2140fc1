#pragma once
// DeviceText: what a person writes to name a device: qemu:ich9-intel-hda,hda-duplex or model:hda. The word before the colon says
// who plays it. After it stand a device and, for QEMU, what hangs on its own bus; an element with '=' is an option of the
// device before it:  qemu:ich9-intel-hda,debug=0,hda-duplex,mixer=off

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portside::hardware {

enum class DeviceSource : uint8_t { kQemu, kModel };

struct NamedDevice {
  std::string name;
  std::vector<std::string> options;  // "mixer=off"
};

struct DeviceText {
  DeviceSource source = DeviceSource::kModel;
  std::vector<NamedDevice> devices;  // the PCI device first

  // An error says what was expected.
  static Result<DeviceText> parse(std::string_view text);
};

}  // namespace portside::hardware
