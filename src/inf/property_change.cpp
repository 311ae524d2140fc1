#include "inf/property_change.h"

#include <fmt/format.h>

#include <charconv>

#include "inf/number.h"

namespace portside::inf {
namespace {

constexpr uint32_t kNoClobber = 1, kOverwriteOnly = 2, kAppend = 4, kOr = 8, kAnd = 16;

// The properties that have names are DEVPKEY_DrvPkg_*; icons are lists.
struct NamedProperty {
  std::string_view name;
  uint32_t id;
  uint32_t type;
};
constexpr std::string_view kDriverPackage = "{cf73bb51-3abf-44a2-85e0-9a3dc7a12132}";
constexpr NamedProperty kNamed[] = {
    {"DeviceModel", 2, PropertyChange::kTypeString},
    {"DeviceVendorWebsite", 3, PropertyChange::kTypeString},
    {"DeviceDetailedDescription", 4, PropertyChange::kTypeString},
    {"DeviceDocumentationLink", 5, PropertyChange::kTypeString},
    {"DeviceIcon", 6, PropertyChange::kTypeStringList},
    {"DeviceBrandingIcon", 7, PropertyChange::kTypeStringList},
};

Result<PropertyChange> read_key(const InfFile& file, const Entry& entry) {
  PropertyChange change;
  change.line = entry.line;
  const std::string_view first = entry.field(0);
  for (const NamedProperty& named : kNamed) {
    if (!same_name(first, named.name)) continue;
    change.category = kDriverPackage;
    change.id = named.id;
    change.type = named.type;
    return change;
  }
  if (!is_guid(first))
    return file.fail_at(
        entry.line,
        fmt::format("\"{}\" is no device property: neither a name that AddProperty knows nor a GUID", first));
  change.category = first;
  const auto id = flags_of(entry.field(1)), type = flags_of(entry.field(2));
  if (!id || *id < 2)
    return file.fail_at(entry.line, fmt::format("\"{}\" is no property identifier; they begin at 2", entry.field(1)));
  if (!type) return file.fail_at(entry.line, fmt::format("\"{}\" is no property type", entry.field(2)));
  change.id = *id;
  change.type = *type;
  return change;
}

Result<> read_value(const InfFile& file, const Entry& entry, PropertyChange& change) {
  switch (change.type) {
    case PropertyChange::kTypeString: change.strings.emplace_back(entry.field(4)); return {};
    case PropertyChange::kTypeStringList:
      for (size_t i = 4; i < entry.fields.size(); ++i)
        if (!entry.fields[i].empty()) change.strings.push_back(entry.fields[i]);
      return {};
    case PropertyChange::kTypeBoolean:
    case PropertyChange::kTypeUint32: {
      const auto number = flags_of(entry.field(4));
      if (!number || entry.field(4).empty())
        return file.fail_at(entry.line, fmt::format("\"{}\" is no number of 32 bits", entry.field(4)));
      if (change.type == PropertyChange::kTypeBoolean) {
        change.bytes = {static_cast<std::byte>(*number ? 0xFF : 0)};  // DEVPROP_TRUE is -1, in one byte
        return {};
      }
      for (int i = 0; i < 4; ++i) change.bytes.push_back(static_cast<std::byte>(*number >> (8 * i)));
      return {};
    }
    case PropertyChange::kTypeBinary:
      for (size_t i = 4; i < entry.fields.size(); ++i) {
        unsigned value = 0;
        const std::string& text = entry.fields[i];
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
        if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 0xFF)
          return file.fail_at(entry.line, fmt::format("\"{}\" is no byte: bytes are written 00,1f,ff", text));
        change.bytes.push_back(static_cast<std::byte>(value));
      }
      return {};
    default:
      return file.fail_at(entry.line, fmt::format("AddProperty cannot set a property of type 0x{:x}", change.type));
  }
}

}  // namespace

Result<std::vector<PropertyChange>> read_add_properties(const InfFile& file, const Section& section) {
  TRY(file.check(section));
  std::vector<PropertyChange> changes;
  for (const Entry& entry : section.entries) {
    TRY_ASSIGN(PropertyChange change, read_key(file, entry));
    const auto flags = flags_of(entry.field(3));
    if (!flags || *flags > 31)
      return file.fail_at(entry.line, fmt::format("the flags \"{}\" are none of AddProperty's", entry.field(3)));
    change.keep_existing = *flags & kNoClobber;
    change.only_existing = *flags & kOverwriteOnly;
    TRY(read_value(file, entry, change));
    if (*flags & kAppend && change.type != PropertyChange::kTypeStringList)
      return file.fail_at(entry.line, "FLG_ADDPROPERTY_APPEND is for a list of strings alone");
    if (*flags & (kOr | kAnd) && change.type != PropertyChange::kTypeUint32)
      return file.fail_at(entry.line, "FLG_ADDPROPERTY_OR and _AND are for a number alone");
    change.action = *flags & kAppend ? PropertyChange::Action::kAppend
                    : *flags & kOr   ? PropertyChange::Action::kOr
                    : *flags & kAnd  ? PropertyChange::Action::kAnd
                                     : PropertyChange::Action::kSet;
    changes.push_back(std::move(change));
  }
  return changes;
}

Result<std::vector<PropertyChange>> read_delete_properties(const InfFile& file, const Section& section) {
  TRY(file.check(section));
  std::vector<PropertyChange> changes;
  for (const Entry& entry : section.entries) {
    Entry with_type = entry;
    with_type.fields.resize(std::max<size_t>(with_type.fields.size(), 3));
    with_type.fields[2] = "0";
    TRY_ASSIGN(PropertyChange change, read_key(file, with_type));
    change.action = PropertyChange::Action::kDelete;
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace portside::inf
