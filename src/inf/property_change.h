#pragma once
// PropertyChange: one line of an add-property-section or a del-property-section.
// Pages: "INF AddProperty Directive", "INF DelProperty Directive".

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "inf/inf_file.h"

namespace portside::inf {

struct PropertyChange {
  enum class Action { kSet, kAppend, kOr, kAnd, kDelete };
  Action action = Action::kSet;
  std::string category;              // a GUID with braces
  uint32_t id = 0;                   // DEVPROPKEY.pid
  uint32_t type = 0;                 // DEVPROP_TYPE_*
  std::vector<std::string> strings;  // of DEVPROP_TYPE_STRING and _STRING_LIST
  std::vector<std::byte> bytes;      // of every other type
  bool keep_existing = false;        // FLG_ADDPROPERTY_NOCLOBBER
  bool only_existing = false;        // FLG_ADDPROPERTY_OVERWRITEONLY
  uint32_t line = 0;

  static constexpr uint32_t kTypeBinary = 0x1003, kTypeBoolean = 0x11, kTypeUint32 = 7, kTypeString = 0x12,
                            kTypeStringList = 0x2012;
  bool is_text() const { return type == kTypeString || type == kTypeStringList; }
};

Result<std::vector<PropertyChange>> read_add_properties(const InfFile& file, const Section& section);
Result<std::vector<PropertyChange>> read_delete_properties(const InfFile& file, const Section& section);

}  // namespace portside::inf
