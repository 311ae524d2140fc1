#pragma once
// RegistryChange: one line of an add-registry-section or a del-registry-section.
// Pages: "INF AddReg Directive", "INF DelReg Directive".

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "inf/inf_file.h"

namespace portside::inf {

enum class RegistryRoot { kRelative, kLocalMachine, kClassesRoot, kCurrentUser, kUsers };

struct RegistryChange {
  enum class Action {
    kSet,  // the value, and the keys on the way to it
    kCreateKey,
    kDeleteValue,
    kDeleteKey,     // with everything below it
    kAppend,        // strings to a REG_MULTI_SZ, unless they are in it
    kRemoveStrings  // the strings from a REG_MULTI_SZ, in any case
  };
  Action action = Action::kSet;
  RegistryRoot root = RegistryRoot::kRelative;
  std::string subkey;                // without backslashes at its ends; may be empty
  std::string value;                 // empty: the key's unnamed value
  uint32_t type = 1;                 // REG_SZ ...
  std::vector<std::string> strings;  // of REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ
  std::vector<std::byte> bytes;      // of every other type
  bool keep_existing = false;        // FLG_ADDREG_NOCLOBBER
  bool only_existing = false;        // FLG_ADDREG_OVERWRITEONLY
  uint32_t line = 0;

  bool is_text() const { return type == 1 || type == 2 || type == 7; }
};

// The section's lines as changes, in order.
Result<std::vector<RegistryChange>> read_add_registry(const InfFile& file, const Section& section);
Result<std::vector<RegistryChange>> read_delete_registry(const InfFile& file, const Section& section);

}  // namespace portside::inf
