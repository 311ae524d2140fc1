#include "sanitizer/callbacks.h"

#include <unordered_map>

namespace portside::sanitizer {

void* find_callback(std::string_view name) {
  static const std::unordered_map<std::string_view, void*> all = [] {
    std::unordered_map<std::string_view, void*> map;
    for (const Callback& c : address_callbacks()) map.emplace(c.name, c.address);
    for (const Callback& c : undefined_callbacks()) map.emplace(c.name, c.address);
    for (const Callback& c : preemption_callbacks()) map.emplace(c.name, c.address);
    for (const Callback& c : interlocked_callbacks()) map.emplace(c.name, c.address);
    return map;
  }();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

}  // namespace portside::sanitizer
