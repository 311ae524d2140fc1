#pragma once
// PropertyStore: DEVPROPKEY values of a device or a device interface (IoSetDevicePropertyData, IoSetDeviceInterfacePropertyData).

#include <wdm.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

struct PropertyValue {
  std::u16string owner;  // a symbolic link, or a device instance path
  DEVPROPKEY key{};
  uint32_t locale = 0;
  uint32_t type = 0;  // DEVPROPTYPE
  std::vector<std::byte> bytes;
};

class PropertyStore {
 public:
  // An empty value with type DEVPROP_TYPE_EMPTY or NULL data deletes.
  void set(std::u16string_view owner, const DEVPROPKEY& key, uint32_t locale, uint32_t type,
           std::span<const std::byte> value);
  bool erase(std::u16string_view owner, const DEVPROPKEY& key, uint32_t locale);
  std::optional<PropertyValue> find(std::u16string_view owner, const DEVPROPKEY& key, uint32_t locale = 0);
  std::vector<PropertyValue> all(std::u16string_view owner);
  void forget(std::u16string_view owner);

 private:
  Mutex mutex_;
  std::vector<PropertyValue> values_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
