#include "io/property_store.h"

#include <algorithm>

#include "kernel/unicode.h"

namespace portside::io {

namespace {
bool same(const PropertyValue& value, std::u16string_view owner, const DEVPROPKEY& key, uint32_t locale) {
  return value.locale == locale && value.key.pid == key.pid && IsEqualGUID(value.key.fmtid, key.fmtid) &&
         kernel::equal_ignoring_case(value.owner, owner);
}
}  // namespace

void PropertyStore::set(std::u16string_view owner, const DEVPROPKEY& key, uint32_t locale, uint32_t type,
                        std::span<const std::byte> value) {
  MutexLock lock(mutex_);
  auto it = std::ranges::find_if(values_, [&](const PropertyValue& v) { return same(v, owner, key, locale); });
  if (it == values_.end()) it = values_.insert(values_.end(), PropertyValue{std::u16string(owner), key, locale, 0, {}});
  it->type = type;
  it->bytes.assign(value.begin(), value.end());
}

bool PropertyStore::erase(std::u16string_view owner, const DEVPROPKEY& key, uint32_t locale) {
  MutexLock lock(mutex_);
  return std::erase_if(values_, [&](const PropertyValue& v) { return same(v, owner, key, locale); }) > 0;
}

std::optional<PropertyValue> PropertyStore::find(std::u16string_view owner, const DEVPROPKEY& key, uint32_t locale) {
  MutexLock lock(mutex_);
  auto it = std::ranges::find_if(values_, [&](const PropertyValue& v) { return same(v, owner, key, locale); });
  return it == values_.end() ? std::nullopt : std::optional(*it);
}

std::vector<PropertyValue> PropertyStore::all(std::u16string_view owner) {
  std::vector<PropertyValue> found;
  MutexLock lock(mutex_);
  for (const PropertyValue& v : values_)
    if (kernel::equal_ignoring_case(v.owner, owner)) found.push_back(v);
  return found;
}

void PropertyStore::forget(std::u16string_view owner) {
  MutexLock lock(mutex_);
  std::erase_if(values_, [&](const PropertyValue& v) { return kernel::equal_ignoring_case(v.owner, owner); });
}

}  // namespace portside::io
