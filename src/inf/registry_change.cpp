#include "inf/registry_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "inf/number.h"

namespace portside::inf {
namespace {

constexpr uint32_t kBinaryValueType = 0x1, kNoClobber = 0x2, kDeleteValue = 0x4, kAppend = 0x8, kKeyOnly = 0x10,
                   kOverwriteOnly = 0x20;
constexpr uint32_t k64BitKey = 0x1000, kKeyOnlyCommon = 0x2000, k32BitKey = 0x4000, kDeleteBit = 0x8000;
constexpr uint32_t kKnownLow = kBinaryValueType | kNoClobber | kDeleteValue | kAppend | kKeyOnly | kOverwriteOnly |
                               k64BitKey | kKeyOnlyCommon | k32BitKey;
constexpr uint32_t kTypeMask = 0xFFFF0000 | kBinaryValueType;
constexpr uint32_t kMultiStringRemove = 0x00018002;  // FLG_DELREG_MULTI_SZ_DELSTRING
constexpr size_t kLongestKeyName = 255, kLongestValueName = 16'383;

constexpr uint32_t kNone = 0, kString = 1, kExpandString = 2, kBinary = 3, kDword = 4, kMultiString = 7, kQword = 11;

// FLG_ADDREG_TYPE_*. With FLG_ADDREG_BINVALUETYPE the high word is a registry type of its own, except for the four below.
uint32_t type_of(uint32_t flags) {
  switch (flags & kTypeMask) {
    case 0x00000000: return kString;
    case 0x00010000: return kMultiString;
    case 0x00020000: return kExpandString;
    case 0x00000001: return kBinary;
    case 0x00010001: return kDword;
    case 0x00020001: return kNone;
    case 0x000B0001: return kQword;
    default: return flags >> 16;
  }
}

Result<RegistryRoot> root_of(const InfFile& file, const Entry& entry) {
  const std::string_view text = entry.field(0);
  for (const auto& [name, root] : {std::pair{"HKR", RegistryRoot::kRelative},
                                   {"HKLM", RegistryRoot::kLocalMachine},
                                   {"HKCR", RegistryRoot::kClassesRoot},
                                   {"HKCU", RegistryRoot::kCurrentUser},
                                   {"HKU", RegistryRoot::kUsers}})
    if (same_name(text, name)) return root;
  return file.fail_at(entry.line, fmt::format("\"{}\" is no root of the registry: HKR, HKLM, HKCR, HKCU or HKU", text));
}

// What both kinds of line begin with. Key names are checked here, so that carrying the change out cannot fail half-way.
Result<RegistryChange> read_place(const InfFile& file, const Entry& entry) {
  if (entry.key) return file.fail_at(entry.line, "a registry line has no =: ROOT, SUBKEY, NAME, FLAGS, VALUE");
  RegistryChange change;
  change.line = entry.line;
  TRY_ASSIGN(change.root, root_of(file, entry));
  std::string_view subkey = entry.field(1);
  while (subkey.starts_with('\\')) subkey.remove_prefix(1);
  while (subkey.ends_with('\\')) subkey.remove_suffix(1);
  change.subkey = subkey;
  change.value = entry.field(2);
  size_t depth = 0;
  for (size_t at = 0; at < subkey.size(); ++depth) {
    const size_t end = std::min(subkey.find('\\', at), subkey.size());
    if (end - at > kLongestKeyName) return file.fail_at(entry.line, "a key's name has at most 255 characters");
    at = end + 1;
  }
  if (depth > 400) return file.fail_at(entry.line, "the registry is not that deep");
  if (change.value.size() > kLongestValueName)
    return file.fail_at(entry.line, "a value's name has at most 16383 characters");
  return change;
}

void redirect_to_32_bits(RegistryChange& change, uint32_t flags) {
  constexpr std::string_view kSoftware = "Software";
  if (!(flags & k32BitKey) || change.root != RegistryRoot::kLocalMachine) return;
  const std::string_view subkey = change.subkey;
  if (same_name(subkey.substr(0, kSoftware.size()), kSoftware) &&
      (subkey.size() == kSoftware.size() || subkey[kSoftware.size()] == '\\'))
    change.subkey.insert(kSoftware.size(), "\\Wow6432Node");
}

Result<> read_number(const InfFile& file, const Entry& entry, size_t bytes, RegistryChange& change) {
  const auto number = number_of(entry.field(4));
  const bool negative = entry.field(4).starts_with('-');
  if (!number || (bytes == 4 && !negative && *number > UINT32_MAX))
    return file.fail_at(entry.line, fmt::format("\"{}\" is no number of {} bits", entry.field(4), bytes * 8));
  for (size_t i = 0; i < bytes; ++i) change.bytes.push_back(static_cast<std::byte>(*number >> (8 * i)));
  return {};
}

Result<> read_bytes(const InfFile& file, const Entry& entry, RegistryChange& change) {
  for (size_t i = 4; i < entry.fields.size(); ++i) {
    std::string_view text = entry.fields[i];
    if (text.empty() && i + 1 == entry.fields.size()) break;  // a comma at the end
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 0xFF)
      return file.fail_at(entry.line, fmt::format("\"{}\" is no byte: bytes are written 00,1f,ff", entry.fields[i]));
    change.bytes.push_back(static_cast<std::byte>(value));
  }
  return {};
}

Result<> read_value(const InfFile& file, const Entry& entry, RegistryChange& change) {
  switch (change.type) {
    case kString:
    case kExpandString: {
      // A comma that nobody quoted ends the value; Windows does not see what follows.
      change.strings.emplace_back(entry.field(4));
      return {};
    }
    case kMultiString:
      for (size_t i = 4; i < entry.fields.size(); ++i)
        if (!entry.fields[i].empty()) change.strings.push_back(entry.fields[i]);
      return {};
    case kDword:
      // Four fields are the bytes of the number (from memory).
      return entry.fields.size() == 8 ? read_bytes(file, entry, change) : read_number(file, entry, 4, change);
    case kQword:
      return entry.fields.size() == 12 ? read_bytes(file, entry, change) : read_number(file, entry, 8, change);
    default: return read_bytes(file, entry, change);
  }
}

Result<RegistryChange> read_add(const InfFile& file, const Entry& entry) {
  TRY_ASSIGN(RegistryChange change, read_place(file, entry));
  const auto flags = flags_of(entry.field(3));
  if (!flags) return file.fail_at(entry.line, fmt::format("the flags \"{}\" are no number", entry.field(3)));
  if (*flags & 0xFFFF & ~(kKnownLow | kDeleteBit))
    return file.fail_at(entry.line, fmt::format("the flags 0x{:08x} hold one that AddReg does not have", *flags));
  redirect_to_32_bits(change, *flags);
  change.type = type_of(*flags);
  change.keep_existing = *flags & kNoClobber;
  change.only_existing = *flags & kOverwriteOnly;
  if (*flags & (kDeleteValue | kDeleteBit)) {
    change.action = entry.field(2).empty() ? RegistryChange::Action::kDeleteKey : RegistryChange::Action::kDeleteValue;
    if (change.action == RegistryChange::Action::kDeleteKey && change.subkey.empty())
      return file.fail_at(entry.line, "this would delete the whole root");
    return change;
  }
  const bool says_nothing = entry.fields.size() < 5 && entry.field(2).empty();
  if (*flags & (kKeyOnly | kKeyOnlyCommon) || says_nothing) {
    change.action = RegistryChange::Action::kCreateKey;
    return change;
  }
  TRY(read_value(file, entry, change));
  if (*flags & kAppend) {
    if (change.type != kMultiString)
      return file.fail_at(entry.line, "FLG_ADDREG_APPEND (0x8) is for a REG_MULTI_SZ alone (0x00010008)");
    change.action = RegistryChange::Action::kAppend;
  }
  return change;
}

Result<RegistryChange> read_delete(const InfFile& file, const Entry& entry) {
  TRY_ASSIGN(RegistryChange change, read_place(file, entry));
  const auto flags = flags_of(entry.field(3));
  if (!flags) return file.fail_at(entry.line, fmt::format("the flags \"{}\" are no number", entry.field(3)));
  redirect_to_32_bits(change, *flags);
  if ((*flags & kMultiStringRemove) == kMultiStringRemove) {
    change.action = RegistryChange::Action::kRemoveStrings;
    change.type = kMultiString;
    change.strings.emplace_back(entry.field(4));
    return change;
  }
  const bool whole_key = change.value.empty() || *flags & kKeyOnlyCommon;
  if (whole_key && change.subkey.empty()) return file.fail_at(entry.line, "this would delete the whole root");
  change.action = whole_key ? RegistryChange::Action::kDeleteKey : RegistryChange::Action::kDeleteValue;
  return change;
}

Result<std::vector<RegistryChange>> read_lines(const InfFile& file, const Section& section,
                                               Result<RegistryChange> (*read)(const InfFile&, const Entry&)) {
  TRY(file.check(section));
  std::vector<RegistryChange> changes;
  for (const Entry& entry : section.entries) {
    TRY_ASSIGN(RegistryChange change, read(file, entry));
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

Result<std::vector<RegistryChange>> read_add_registry(const InfFile& file, const Section& section) {
  return read_lines(file, section, &read_add);
}
Result<std::vector<RegistryChange>> read_delete_registry(const InfFile& file, const Section& section) {
  return read_lines(file, section, &read_delete);
}

}  // namespace portside::inf
