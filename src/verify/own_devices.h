#pragma once
// Own devices: what a driver makes beside its audio (a control device for its own program, with a name of its own) is open to every
// program that knows the name. It is opened, asked what nobody has defined in buffers of all sizes, and closed: the driver refuses, or
// answers, and lives on.

#include <string>
#include <vector>

#include "verify/verdicts.h"

namespace portside::verify {

struct OwnDevice {
  std::u16string name;  // \Device\Name
  uint32_t type = 0;    // FILE_DEVICE_*
};

// Named devices of drivers that were loaded, but for those in a device stack. On a simulated thread.
std::vector<OwnDevice> own_devices();

void test_own_device(Verdicts& verdicts, const OwnDevice& device);

}  // namespace portside::verify
