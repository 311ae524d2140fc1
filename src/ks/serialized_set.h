#pragma once
// Serialised property sets: KSPROPERTY_SERIALHDR and then, for each property, a KSPROPERTY_SERIAL and its value, each
// header "on FILE_LONG_ALIGNMENT" (KSPROPERTY structure, Remarks; KSPROPERTY_SERIAL).

#include <ks.h>
#include <wdm.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace portside::ks {

class SerializedSetBuilder {
 public:
  explicit SerializedSetBuilder(const GUID& set) : set_(set), bytes_(sizeof(KSPROPERTY_SERIALHDR)) {}
  // `type`: the property's type as basic support gives it; all zero when nobody says.
  void add(const KSIDENTIFIER& type, uint32_t id, std::span<const std::byte> value);
  std::span<const std::byte> bytes();

 private:
  GUID set_;
  uint32_t count_ = 0;
  std::vector<std::byte> bytes_;
};

struct SerializedProperty {
  uint32_t id = 0;
  std::span<const std::byte> value;
};

// STATUS_INVALID_BUFFER_SIZE for a list that ends in the middle of a property, STATUS_INVALID_PARAMETER for another set's.
Result<std::vector<SerializedProperty>> read_serialized_set(const GUID& set, std::span<const std::byte> bytes);

}  // namespace portside::ks
