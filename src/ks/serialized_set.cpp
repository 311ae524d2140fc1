#include "ks/serialized_set.h"

#include <cstring>

#include <fmt/format.h>

#include "ks/property_request.h"

namespace portside::ks {
namespace {
constexpr size_t align_long(size_t bytes) { return (bytes + 3) & ~size_t{3}; }
}  // namespace

void SerializedSetBuilder::add(const KSIDENTIFIER& type, uint32_t id, std::span<const std::byte> value) {
  KSPROPERTY_SERIAL header{};
  header.PropTypeSet = type;
  header.Id = id;
  header.PropertyLength = static_cast<ULONG>(value.size());
  bytes_.resize(align_long(bytes_.size()));
  const auto head = std::as_bytes(std::span(&header, 1));
  bytes_.insert(bytes_.end(), head.begin(), head.end());
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  ++count_;
}

std::span<const std::byte> SerializedSetBuilder::bytes() {
  KSPROPERTY_SERIALHDR header;
  header.PropertySet = set_;
  header.Count = count_;
  std::memcpy(bytes_.data(), &header, sizeof header);
  return bytes_;
}

Result<std::vector<SerializedProperty>> read_serialized_set(const GUID& set, std::span<const std::byte> bytes) {
  KSPROPERTY_SERIALHDR header;
  if (bytes.size() < sizeof header) return fail(StatusCode::kInvalidBufferSize, "no KSPROPERTY_SERIALHDR");
  std::memcpy(&header, bytes.data(), sizeof header);
  const GUID its_set = header.PropertySet;
  if (!same_guid(its_set, set))
    return fail(StatusCode::kInvalidParameter, "the serialised properties belong to another set");
  std::vector<SerializedProperty> properties;
  size_t at = sizeof header;
  for (ULONG i = 0; i < header.Count; ++i) {
    at = align_long(at);
    KSPROPERTY_SERIAL item;
    if (at > bytes.size() || bytes.size() - at < sizeof item)
      return fail(StatusCode::kInvalidBufferSize,
                  fmt::format("property {} of {} lies outside the list", i, ULONG{header.Count}));
    std::memcpy(&item, bytes.data() + at, sizeof item);
    at += sizeof item;
    if (item.PropertyLength > bytes.size() - at)
      return fail(StatusCode::kInvalidBufferSize, fmt::format("property {} has {} bytes, {} are left", item.Id,
                                                              item.PropertyLength, bytes.size() - at));
    properties.push_back({item.Id, bytes.subspan(at, item.PropertyLength)});
    at += item.PropertyLength;
  }
  return properties;
}

}  // namespace portside::ks
