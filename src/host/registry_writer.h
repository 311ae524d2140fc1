#pragma once
// Carries the registry and property changes of an INF out. What they may hold has been checked when they were read.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inf/property_change.h"
#include "inf/registry_change.h"

namespace portside::io {
class PropertyStore;
}
namespace portside::kernel {
class Registry;
}

namespace portside::host {

// `relative` is the key that HKR stands for: "\Registry\Machine\...".
Result<> write_registry(kernel::Registry& registry, std::u16string_view relative,
                        const std::vector<inf::RegistryChange>& changes);
// `owner` is a device instance path, or the symbolic link of a device interface.
void write_properties(io::PropertyStore& store, std::u16string_view owner,
                      const std::vector<inf::PropertyChange>& changes);

void set_multi_string(kernel::Registry& registry, std::u16string_view path, std::u16string_view name,
                      const std::vector<std::string>& strings);
void set_expand_string(kernel::Registry& registry, std::u16string_view path, std::u16string_view name,
                       std::string_view text);
// A key and everything below it; nothing happens when there is no such key.
void remove_tree(kernel::Registry& registry, std::u16string_view path);

}  // namespace portside::host
