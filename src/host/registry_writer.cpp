#include "host/registry_writer.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "io/property_store.h"
#include "io/text.h"
#include "kernel/registry.h"
#include "kernel/unicode.h"

namespace portside::host {
namespace {

using kernel::from_utf8;

constexpr uint32_t kMultiString = static_cast<uint32_t>(kernel::RegistryType::kMultiString);

std::u16string root_path(inf::RegistryRoot root, std::u16string_view relative) {
  switch (root) {
    case inf::RegistryRoot::kRelative: return std::u16string(relative);
    case inf::RegistryRoot::kLocalMachine: return u"\\Registry\\Machine";
    case inf::RegistryRoot::kClassesRoot: return u"\\Registry\\Machine\\Software\\Classes";
    // An installation runs as the system, whose user this is.
    case inf::RegistryRoot::kCurrentUser: return u"\\Registry\\User\\.Default";
    case inf::RegistryRoot::kUsers: return u"\\Registry\\User";
  }
  return {};
}

std::vector<std::byte> bytes_of(std::u16string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// Terminated strings, or a list of them with one more NUL behind it.
std::vector<std::byte> text_bytes(const std::vector<std::string>& strings, bool list) {
  std::u16string all;
  for (const std::string& s : strings) (all += from_utf8(s)) += u'\0';
  if (list) all += u'\0';
  return bytes_of(all);
}

std::vector<std::string> strings_of(std::span<const std::byte> bytes) {
  std::u16string text(bytes.size() / 2, u'\0');
  std::memcpy(text.data(), bytes.data(), text.size() * 2);
  std::vector<std::string> strings;
  for (size_t at = 0; at < text.size() && text[at];) {
    const size_t end = std::min(text.find(u'\0', at), text.size());
    strings.push_back(kernel::to_utf8(text.substr(at, end - at)));
    at = end + 1;
  }
  return strings;
}

bool holds(const std::vector<std::string>& strings, std::string_view one) {
  return std::ranges::any_of(
      strings, [&](const std::string& s) { return kernel::equal_ignoring_case(from_utf8(s), from_utf8(one)); });
}

void append_missing(std::vector<std::string>& strings, const std::vector<std::string>& more) {
  for (const std::string& one : more)
    if (!holds(strings, one)) strings.push_back(one);
}

Result<> write_one(kernel::Registry& registry, const std::u16string& path, const inf::RegistryChange& change) {
  using Action = inf::RegistryChange::Action;
  const std::u16string name = from_utf8(change.value);
  if (change.action == Action::kDeleteKey) {
    remove_tree(registry, path);
    return {};
  }
  const auto existing_key = registry.open(nullptr, path);
  std::optional<kernel::RegistryValue> existing;
  if (existing_key)
    if (auto value = registry.value(*existing_key, name)) existing = std::move(*value);
  if (change.action == Action::kDeleteValue) return existing ? registry.remove_value(*existing_key, name) : Result<>();
  if (change.action == Action::kRemoveStrings) {
    if (!existing) return {};
    std::vector<std::string> left = strings_of(existing->data);
    std::erase_if(left, [&](const std::string& s) { return holds(change.strings, s); });
    return registry.set_value(*existing_key, name, kMultiString, text_bytes(left, true));
  }
  if (change.only_existing && !existing) return {};
  TRY_ASSIGN(const kernel::OpenedKey opened, registry.create(nullptr, path, false, true));
  if (change.action == Action::kCreateKey) return {};
  if (change.action == Action::kAppend && existing && existing->type == kMultiString) {
    std::vector<std::string> strings = strings_of(existing->data);
    append_missing(strings, change.strings);
    return registry.set_value(opened.key, name, kMultiString, text_bytes(strings, true));
  }
  if (change.keep_existing && existing) return {};
  return registry.set_value(opened.key, name, change.type,
                            change.is_text() ? text_bytes(change.strings, change.type == kMultiString) : change.bytes);
}

}  // namespace

Result<> write_registry(kernel::Registry& registry, std::u16string_view relative,
                        const std::vector<inf::RegistryChange>& changes) {
  for (const inf::RegistryChange& change : changes) {
    std::u16string path = root_path(change.root, relative);
    if (!change.subkey.empty()) path += u"\\" + from_utf8(change.subkey);
    TRY(write_one(registry, path, change));
  }
  return {};
}

void write_properties(io::PropertyStore& store, std::u16string_view owner,
                      const std::vector<inf::PropertyChange>& changes) {
  using Action = inf::PropertyChange::Action;
  for (const inf::PropertyChange& change : changes) {
    const DEVPROPKEY key{*io::guid_of(from_utf8(change.category)), change.id};
    const std::optional<io::PropertyValue> existing = store.find(owner, key);
    if ((change.keep_existing && existing) || (change.only_existing && !existing)) continue;
    if (change.action == Action::kDelete) {
      store.erase(owner, key, 0);
      continue;
    }
    std::vector<std::byte> value = change.is_text()
                                       ? text_bytes(change.strings, change.type == inf::PropertyChange::kTypeStringList)
                                       : change.bytes;
    if (change.action == Action::kAppend && existing) {
      std::vector<std::string> strings = strings_of(existing->bytes);
      append_missing(strings, change.strings);
      value = text_bytes(strings, true);
    }
    if ((change.action == Action::kOr || change.action == Action::kAnd) && existing &&
        existing->bytes.size() == value.size())
      for (size_t i = 0; i < value.size(); ++i)
        value[i] = change.action == Action::kOr ? value[i] | existing->bytes[i] : value[i] & existing->bytes[i];
    store.set(owner, key, 0, change.type, value);
  }
}

void set_multi_string(kernel::Registry& registry, std::u16string_view path, std::u16string_view name,
                      const std::vector<std::string>& strings) {
  if (const auto opened = registry.create(nullptr, path, false, true))
    (void)registry.set_value(opened->key, name, kMultiString, text_bytes(strings, true));
}

void set_expand_string(kernel::Registry& registry, std::u16string_view path, std::u16string_view name,
                       std::string_view text) {
  if (const auto opened = registry.create(nullptr, path, false, true))
    (void)registry.set_value(opened->key, name, static_cast<uint32_t>(kernel::RegistryType::kExpandString),
                             text_bytes({std::string(text)}, false));
}

void remove_tree(kernel::Registry& registry, std::u16string_view path) {
  const auto key = registry.open(nullptr, path);
  if (!key) return;
  while (const auto child = registry.subkey_at(*key, 0)) {
    const std::u16string below = std::u16string(path) + u"\\" + child->name;
    remove_tree(registry, below);
    if (registry.open(nullptr, below)) return;  // it would not go: not for ever
  }
  (void)registry.remove(*key);
}

}  // namespace portside::host
