#include "kernel/registry.h"

#include <fmt/format.h>

#include <cstring>

#include "kernel/unicode.h"

namespace portside::kernel {
namespace {

constexpr size_t kLongestKeyName = 255;  // "Registry Element Size Limits"
constexpr size_t kLongestValueName = 16'383;
constexpr unsigned kDeepest = 512;

std::unexpected<Status> not_found(std::u16string_view what) {
  return fail(StatusCode::kObjectNameNotFound, fmt::format("the registry has no {}", to_utf8(what)));
}
std::unexpected<Status> deleted_key() { return fail(StatusCode::kKeyDeleted, "the key has been deleted"); }

const RegistryValue* find_value(const std::vector<RegistryValue>& values, std::u16string_view name) {
  for (const RegistryValue& value : values)
    if (equal_ignoring_case(value.name, name)) return &value;
  return nullptr;
}

}  // namespace

void make_strange(RegistryValue& value, Strangeness how) {
  const auto type = static_cast<RegistryType>(value.type);
  const bool is_text =
      type == RegistryType::kString || type == RegistryType::kExpandString || type == RegistryType::kMultiString;
  constexpr std::u16string_view kText{u"a value of another type", 24};  // with its zero
  constexpr std::byte kThree[] = {std::byte{1}, std::byte{2}, std::byte{3}};
  const auto text = std::as_bytes(std::span(kText.data(), kText.size()));
  if (how == Strangeness::kType)
    value.type = static_cast<uint32_t>(is_text ? RegistryType::kBinary : RegistryType::kString);
  if (is_text) value.data.assign(std::begin(kThree), std::end(kThree));
  else value.data.assign(text.begin(), text.end());
}

std::u16string RegistryKey::path() const {
  if (!parent_) return u"";
  return parent_->path() + u"\\" + name_;
}

Registry::Registry() : root_(std::make_shared<RegistryKey>()) {
  // What every Windows has, and drivers take for granted.
  for (std::u16string_view path :
       {u"\\Registry\\Machine\\System\\CurrentControlSet\\Services",
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Enum",
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class",
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses",
        u"\\Registry\\Machine\\Software\\Microsoft", u"\\Registry\\Machine\\Hardware", u"\\Registry\\User\\.Default"})
    (void)create(nullptr, path, false, true);
}

// The key at the longest existing part of the path; the names that remain go to `missing`.
Result<RegistryKey*> Registry::walk_locked(const RegistryKeyPtr& root, std::u16string_view path,
                                           std::vector<std::u16string>& missing) const {
  if (root && root->deleted_) return deleted_key();
  const bool leading = path.starts_with(u'\\');
  if (root ? leading : !leading)
    return fail(StatusCode::kObjectPathSyntaxBad, root ? "a name below a key has no backslash before it"
                                                       : "a name without a root begins with a backslash");
  RegistryKey* key = root ? root.get() : root_.get();
  unsigned depth = 0;
  for (size_t at = 0; at < path.size();) {
    if (path[at] == u'\\') {
      ++at;
      continue;
    }
    const size_t end = std::min(path.find(u'\\', at), path.size());
    const std::u16string_view name = path.substr(at, end - at);
    at = end;
    if (name.size() > kLongestKeyName || name.find(u'\0') != name.npos || ++depth > kDeepest)
      return fail(StatusCode::kObjectNameInvalid, "a key's name has at most 255 characters, and no NUL");
    if (missing.empty()) {
      const auto it = key->subkeys_.find(upcase(name));
      if (it != key->subkeys_.end()) {
        key = it->second.get();
        continue;
      }
    }
    missing.emplace_back(name);
  }
  return key;
}

void Registry::stamp_locked(RegistryKey& key) {
  if (now_) key.last_write_time_ = now_();
}

Result<RegistryKeyPtr> Registry::open(const RegistryKeyPtr& root, std::u16string_view path) const {
  MutexLock lock(mutex_);
  std::vector<std::u16string> missing;
  TRY_ASSIGN(RegistryKey * key, walk_locked(root, path, missing));
  if (!missing.empty()) return not_found(path);
  if (root && key == root.get()) return root;
  if (!key->parent_) return root_;
  return key->parent_->subkeys_.at(upcase(key->name_));
}

Result<OpenedKey> Registry::create(const RegistryKeyPtr& root, std::u16string_view path, bool is_volatile,
                                   bool parents) {
  MutexLock lock(mutex_);
  std::vector<std::u16string> missing;
  TRY_ASSIGN(RegistryKey * key, walk_locked(root, path, missing));
  // ZwCreateKey, Remarks: creates the last key of the path only.
  if (missing.size() > 1 && !parents) return not_found(path);
  // The name space's own root holds \Registry alone.
  if (!missing.empty() && !key->parent_ && !equal_ignoring_case(missing.front(), u"Registry")) return not_found(path);
  if (!missing.empty() && key->volatile_ && !is_volatile)
    return fail(StatusCode::kChildMustBeVolatile, "a key below a volatile one is volatile itself");
  for (std::u16string& name : missing) {
    auto child = std::make_shared<RegistryKey>();
    child->name_ = name;
    child->parent_ = key;
    child->volatile_ = is_volatile;
    stamp_locked(*child);
    stamp_locked(*key);
    RegistryKey* next = child.get();
    key->subkeys_.emplace(upcase(name), std::move(child));
    key = next;
  }
  if (root && key == root.get()) return OpenedKey{root, false};
  if (!key->parent_) return OpenedKey{root_, false};
  return OpenedKey{key->parent_->subkeys_.at(upcase(key->name_)), !missing.empty()};
}

Result<> Registry::remove(const RegistryKeyPtr& key) {
  MutexLock lock(mutex_);
  if (key->deleted_) return deleted_key();
  if (!key->subkeys_.empty() || !key->parent_)
    return fail(StatusCode::kCannotDelete, fmt::format("{} has subkeys", to_utf8(key->name_)));
  key->deleted_ = true;
  RegistryKey* parent = key->parent_;
  stamp_locked(*parent);
  parent->subkeys_.erase(upcase(key->name_));
  key->parent_ = nullptr;
  return {};
}

Result<> Registry::set_value(const RegistryKeyPtr& key, std::u16string_view name, uint32_t type,
                             std::span<const std::byte> data) {
  if (name.size() > kLongestValueName)
    return fail(StatusCode::kInvalidParameter, "a value's name has at most 16383 characters");
  std::vector<std::byte> copy(data.begin(), data.end());
  MutexLock lock(mutex_);
  if (key->deleted_) return deleted_key();
  stamp_locked(*key);
  if (const RegistryValue* found = find_value(key->values_, name)) {
    auto& value = const_cast<RegistryValue&>(*found);
    value.type = type;
    value.data = std::move(copy);
    return {};
  }
  key->values_.push_back({std::u16string(name), type, std::move(copy)});
  return {};
}

Result<RegistryValue> Registry::value(const RegistryKeyPtr& key, std::u16string_view name) const {
  MutexLock lock(mutex_);
  if (key->deleted_) return deleted_key();
  if (const RegistryValue* value = find_value(key->values_, name)) return *value;
  return not_found(name.empty() ? std::u16string_view(u"(default) value") : name);
}

Result<RegistryValue> Registry::value_at(const RegistryKeyPtr& key, uint32_t index) const {
  MutexLock lock(mutex_);
  if (key->deleted_) return deleted_key();
  if (index >= key->values_.size()) return fail(StatusCode::kNoMoreEntries, "no value has this index");
  return key->values_[index];
}

Result<> Registry::remove_value(const RegistryKeyPtr& key, std::u16string_view name) {
  MutexLock lock(mutex_);
  if (key->deleted_) return deleted_key();
  const RegistryValue* value = find_value(key->values_, name);
  if (!value) return not_found(name);
  key->values_.erase(key->values_.begin() + (value - key->values_.data()));
  stamp_locked(*key);
  return {};
}

namespace {
template <class Key>
RegistryKeyInfo summary(const Key& subkeys, const std::vector<RegistryValue>& values) {
  RegistryKeyInfo info;
  info.subkeys = static_cast<uint32_t>(subkeys.size());
  info.values = static_cast<uint32_t>(values.size());
  for (const auto& [name, key] : subkeys)
    info.longest_subkey_name_bytes = std::max<uint32_t>(info.longest_subkey_name_bytes, 2 * name.size());
  for (const RegistryValue& value : values) {
    info.longest_value_name_bytes = std::max<uint32_t>(info.longest_value_name_bytes, 2 * value.name.size());
    info.longest_value_data_bytes = std::max<uint32_t>(info.longest_value_data_bytes, value.data.size());
  }
  return info;
}
}  // namespace

Result<RegistryKeyInfo> Registry::info(const RegistryKeyPtr& key) const {
  MutexLock lock(mutex_);
  if (key->deleted_) return deleted_key();
  RegistryKeyInfo info = summary(key->subkeys_, key->values_);
  info.name = key->name_;
  info.last_write_time = key->last_write_time_;
  return info;
}

Result<RegistryKeyInfo> Registry::subkey_at(const RegistryKeyPtr& key, uint32_t index) const {
  MutexLock lock(mutex_);
  if (key->deleted_) return deleted_key();
  if (index >= key->subkeys_.size()) return fail(StatusCode::kNoMoreEntries, "no subkey has this index");
  const RegistryKey& subkey = *std::next(key->subkeys_.begin(), index)->second;
  RegistryKeyInfo info = summary(subkey.subkeys_, subkey.values_);
  info.name = subkey.name_;
  info.last_write_time = subkey.last_write_time_;
  return info;
}

Result<> Registry::set_string(std::u16string_view path, std::u16string_view name, std::u16string_view text) {
  TRY_ASSIGN(OpenedKey opened, create(nullptr, path, false, true));
  const std::u16string terminated(text);
  return set_value(opened.key, name, static_cast<uint32_t>(RegistryType::kString),
                   std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
}

Result<> Registry::set_dword(std::u16string_view path, std::u16string_view name, uint32_t number) {
  TRY_ASSIGN(OpenedKey opened, create(nullptr, path, false, true));
  return set_value(opened.key, name, static_cast<uint32_t>(RegistryType::kDword), std::as_bytes(std::span(&number, 1)));
}

Result<std::u16string> Registry::get_string(std::u16string_view path, std::u16string_view name) const {
  TRY_ASSIGN(RegistryKeyPtr key, open(nullptr, path));
  TRY_ASSIGN(RegistryValue found, value(key, name));
  if (found.type != static_cast<uint32_t>(RegistryType::kString) &&
      found.type != static_cast<uint32_t>(RegistryType::kExpandString))
    return fail(StatusCode::kObjectTypeMismatch, fmt::format("{} is no string", to_utf8(name)));
  std::u16string text(found.data.size() / 2, u'\0');
  std::memcpy(text.data(), found.data.data(), text.size() * 2);
  while (text.ends_with(u'\0')) text.pop_back();
  return text;
}

Result<uint32_t> Registry::get_dword(std::u16string_view path, std::u16string_view name) const {
  TRY_ASSIGN(RegistryKeyPtr key, open(nullptr, path));
  TRY_ASSIGN(RegistryValue found, value(key, name));
  uint32_t number = 0;
  if (found.type != static_cast<uint32_t>(RegistryType::kDword) || found.data.size() != sizeof number)
    return fail(StatusCode::kObjectTypeMismatch, fmt::format("{} is no number of 32 bits", to_utf8(name)));
  std::memcpy(&number, found.data.data(), sizeof number);
  return number;
}

}  // namespace portside::kernel
