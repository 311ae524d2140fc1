#pragma once
// What plug and play knows of a device: IoGetDeviceProperty.

#include <wdm.h>

#include <cstddef>
#include <vector>

#include "base/result.h"

namespace portside::io {

class Io;
struct DeviceNode;

// The bytes of the property: strings with their terminating zero, lists with two. STATUS_OBJECT_NAME_NOT_FOUND for one that the
// device does not have, STATUS_INVALID_PARAMETER_2 for a number that is none.
Result<std::vector<std::byte>> device_property(Io& io, const DeviceNode& node, DEVICE_REGISTRY_PROPERTY property);

}  // namespace portside::io
