#pragma once
// The filters that there are, by name alone: whoever has read them once sees whether they are still the same.

#include <string>
#include <vector>

namespace portside::client {

struct FilterLink {
  std::u16string link, reference;
  bool operator==(const FilterLink&) const = default;
};

// Of every audio interface that is enabled, each filter once. On a simulated thread.
std::vector<FilterLink> filter_links();

}  // namespace portside::client
