#pragma once
// Registry: a tree of keys in memory, as NT names it: "\Registry\Machine\System\CurrentControlSet\Services\...". Names
// compare without case. Keys and values are found by name or by index; subkeys enumerate in alphabetical order (as
// Windows keeps them), values in the order in which they were first set.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::kernel {

// The values of REG_SZ and its kin.
enum class RegistryType : uint32_t {
  kNone = 0,
  kString = 1,
  kExpandString = 2,
  kBinary = 3,
  kDword = 4,
  kDwordBigEndian = 5,
  kLink = 6,
  kMultiString = 7,
  kResourceList = 8,
  kQword = 11,
};

struct RegistryValue {
  std::u16string name;
  uint32_t type = 0;  // RegistryType, or whatever the driver wrote
  std::vector<std::byte> data;
};

// What nobody expects in its place, and anybody may write there: text for a number, three bytes for a text; or, of the same
// type, a number of 48 bytes, and a text of three, without its zero.
enum class Strangeness : uint8_t { kType, kSize };
void make_strange(RegistryValue& value, Strangeness how);

class RegistryKey {
 public:
  const std::u16string& name() const { return name_; }
  std::u16string path() const;
  bool is_deleted() const { return deleted_; }
  bool is_volatile() const { return volatile_; }
  RegistryKey* parent() const { return parent_; }

 private:
  friend class Registry;
  std::u16string name_;
  RegistryKey* parent_ = nullptr;
  bool deleted_ = false;
  bool volatile_ = false;
  int64_t last_write_time_ = 0;                                     // Windows' system time
  std::map<std::u16string, std::shared_ptr<RegistryKey>> subkeys_;  // by upcased name
  std::vector<RegistryValue> values_;
};
// A key lives while someone holds it, even deleted: then every call on it gives STATUS_KEY_DELETED.
using RegistryKeyPtr = std::shared_ptr<RegistryKey>;

struct RegistryKeyInfo {
  std::u16string name;
  int64_t last_write_time = 0;
  uint32_t subkeys = 0;
  uint32_t longest_subkey_name_bytes = 0;
  uint32_t values = 0;
  uint32_t longest_value_name_bytes = 0;
  uint32_t longest_value_data_bytes = 0;
};

struct OpenedKey {
  RegistryKeyPtr key;
  bool created = false;
};

class Registry {
 public:
  Registry();

  // `root` null: `path` is absolute ("\Registry\..."). Else `path` is relative to it and may be empty (the key itself).
  // STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_KEY_DELETED.
  Result<RegistryKeyPtr> open(const RegistryKeyPtr& root, std::u16string_view path) const;
  // ZwCreateKey: every key but the last must exist, unless `parents` (the host's own seeding).
  // STATUS_CHILD_MUST_BE_VOLATILE for a stable key below a volatile one.
  Result<OpenedKey> create(const RegistryKeyPtr& root, std::u16string_view path, bool is_volatile = false,
                           bool parents = false);
  // STATUS_CANNOT_DELETE while it has subkeys.
  Result<> remove(const RegistryKeyPtr&);

  Result<> set_value(const RegistryKeyPtr&, std::u16string_view name, uint32_t type, std::span<const std::byte> data);
  Result<RegistryValue> value(const RegistryKeyPtr&, std::u16string_view name) const;
  Result<RegistryValue> value_at(const RegistryKeyPtr&, uint32_t index) const;  // STATUS_NO_MORE_ENTRIES
  Result<> remove_value(const RegistryKeyPtr&, std::u16string_view name);
  Result<RegistryKeyInfo> info(const RegistryKeyPtr&) const;
  Result<RegistryKeyInfo> subkey_at(const RegistryKeyPtr&, uint32_t index) const;  // STATUS_NO_MORE_ENTRIES

  // For hosts and tests: parents are made as needed.
  Result<> set_string(std::u16string_view path, std::u16string_view name, std::u16string_view text);
  Result<> set_dword(std::u16string_view path, std::u16string_view name, uint32_t number);
  Result<std::u16string> get_string(std::u16string_view path, std::u16string_view name) const;
  Result<uint32_t> get_dword(std::u16string_view path, std::u16string_view name) const;

  // The time stamped on keys: Windows' system time. The host wires it to the machine's clock.
  void set_clock(int64_t (*now)()) { now_ = now; }

 private:
  Result<RegistryKey*> walk_locked(const RegistryKeyPtr& root, std::u16string_view path,
                                   std::vector<std::u16string>& missing) const REQUIRES(mutex_);
  void stamp_locked(RegistryKey&) REQUIRES(mutex_);

  mutable Mutex mutex_;
  RegistryKeyPtr root_ GUARDED_BY(mutex_);
  int64_t (*now_)() = nullptr;
};

}  // namespace portside::kernel
