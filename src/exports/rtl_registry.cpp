// RtlQueryRegistryValues and its kin, over kernel/registry.h.

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "exports/api.h"
#include "kernel/kernel.h"
#include "kernel/registry_handle.h"
#include "kernel/unicode.h"

using namespace portside;
using namespace portside::exports;
using kernel::RegistryKeyPtr;

namespace {

kernel::Registry& registry() { return services().registry(); }

// Where RelativeTo points (RtlQueryRegistryValues, RelativeTo).
std::optional<std::u16string> base_path(ULONG relative_to) {
  switch (relative_to & ~(RTL_REGISTRY_OPTIONAL | RTL_REGISTRY_HANDLE)) {
    case RTL_REGISTRY_ABSOLUTE: return u"";
    case RTL_REGISTRY_SERVICES: return u"\\Registry\\Machine\\System\\CurrentControlSet\\Services";
    case RTL_REGISTRY_CONTROL: return u"\\Registry\\Machine\\System\\CurrentControlSet\\Control";
    case RTL_REGISTRY_WINDOWS_NT: return u"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion";
    case RTL_REGISTRY_DEVICEMAP: return u"\\Registry\\Machine\\Hardware\\DeviceMap";
    case RTL_REGISTRY_USER: return u"\\Registry\\User\\.Default";
    default: return std::nullopt;
  }
}

Result<RegistryKeyPtr> find_key(ULONG relative_to, PCWSTR path, bool create, const char* api) {
  if (relative_to & RTL_REGISTRY_HANDLE)
    return kernel::key_of_handle(services().objects(), const_cast<PWSTR>(path), api);
  auto base = base_path(relative_to);
  if (!base) return fail(StatusCode::kInvalidParameter, "RelativeTo is none of RTL_REGISTRY_...");
  std::u16string name = *base;
  if (const std::u16string rest = copy_of(path); !rest.empty()) {
    if (!name.empty() && !rest.starts_with(u'\\')) name += u'\\';
    name += rest;
  }
  if (!create) return registry().open(nullptr, name);
  auto opened = registry().create(nullptr, name, false, true);
  if (!opened) return fail(opened.error());
  return opened->key;
}

bool is_string(ULONG type) { return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ; }

// A registry value as the caller gets it: a string always has its terminator.
struct Value {
  std::u16string name;
  ULONG type = REG_NONE;
  std::vector<std::byte> data;
};
std::u16string text_of(const Value& value) {
  std::u16string text(value.data.size() / sizeof(WCHAR), u'\0');
  std::memcpy(text.data(), value.data.data(), text.size() * sizeof(WCHAR));
  return text;
}
void set_text(Value& value, std::u16string_view text) {
  value.data.resize(text.size() * sizeof(WCHAR));
  std::memcpy(value.data.data(), text.data(), value.data.size());
}
void terminate(Value& value) {
  if (!is_string(value.type)) return;
  std::u16string text = text_of(value);
  if (!text.ends_with(u'\0')) text += u'\0';
  set_text(value, text);
}
// %SystemRoot% and %SystemDrive%; anything else stays as it is, as an unknown variable does.
std::u16string expanded(std::u16string text) {
  constexpr std::pair<std::u16string_view, std::u16string_view> kVariables[] = {
      {u"SYSTEMROOT", u"C:\\Windows"}, {u"WINDIR", u"C:\\Windows"}, {u"SYSTEMDRIVE", u"C:"}};
  for (size_t from = text.find(u'%'); from != text.npos;) {
    const size_t to = text.find(u'%', from + 1);
    if (to == text.npos) break;
    const std::u16string name = kernel::upcase(std::u16string_view(text).substr(from + 1, to - from - 1));
    size_t next = to;
    for (const auto& [variable, value] : kVariables)
      if (name == variable) {
        text.replace(from, to + 1 - from, value);
        next = from + value.size();
      }
    from = text.find(u'%', next);
  }
  return text;
}

// RTL_QUERY_REGISTRY_DIRECT: the value goes to EntryContext (Remarks, the table of formats).
NTSTATUS store(const RTL_QUERY_REGISTRY_TABLE& entry, const Value& value) {
  const auto bytes = static_cast<ULONG>(value.data.size());
  if (is_string(value.type)) {
    if (bytes > 0xFFFE) return STATUS_BUFFER_TOO_SMALL;
    auto* string = static_cast<PUNICODE_STRING>(entry.EntryContext);
    if (!string->Buffer) {
      auto buffer = services().pool().allocate({.bytes = bytes,
                                                .tag = 'qrtR',
                                                .kind = kernel::PoolKind::kPaged,
                                                .contents = kernel::PoolContents::kUninitialized,
                                                .api = "RtlQueryRegistryValues"});
      if (!buffer) return STATUS_NO_MEMORY;
      string->Buffer = static_cast<PWCH>(*buffer);
      string->MaximumLength = static_cast<USHORT>(bytes);
    } else if (bytes > string->MaximumLength) {
      return STATUS_BUFFER_TOO_SMALL;
    }
    std::memcpy(string->Buffer, value.data.data(), bytes);
    string->Length = static_cast<USHORT>(bytes - sizeof(WCHAR));
    return STATUS_SUCCESS;
  }
  if (bytes <= sizeof(ULONG)) {
    std::memcpy(entry.EntryContext, value.data.data(), bytes);
    return STATUS_SUCCESS;
  }
  LONG room = 0;
  std::memcpy(&room, entry.EntryContext, sizeof room);
  auto* out = static_cast<std::byte*>(entry.EntryContext);
  if (room < 0) {
    if (bytes > 0u - static_cast<ULONG>(room)) return STATUS_BUFFER_TOO_SMALL;
    std::memcpy(out, value.data.data(), bytes);
    return STATUS_SUCCESS;
  }
  if (static_cast<ULONG>(room) < 2 * sizeof(ULONG) || bytes > static_cast<ULONG>(room) - 2 * sizeof(ULONG))
    return STATUS_BUFFER_TOO_SMALL;
  std::memcpy(out, &bytes, sizeof bytes);
  std::memcpy(out + sizeof(ULONG), &value.type, sizeof value.type);
  std::memcpy(out + 2 * sizeof(ULONG), value.data.data(), bytes);
  return STATUS_SUCCESS;
}

class Query {
 public:
  Query(RegistryKeyPtr key, PVOID context) : top_(key), key_(std::move(key)), context_(context) {}

  NTSTATUS run(const RTL_QUERY_REGISTRY_TABLE* table) {
    // A table ends with neither routine nor name; a subkey or top-key entry may have no routine.
    for (; table->QueryRoutine || table->Name || table->Flags & RTL_QUERY_REGISTRY_TOPKEY; ++table) {
      const NTSTATUS status = process(*table);
      if (!NT_SUCCESS(status)) return status;
    }
    return STATUS_SUCCESS;
  }

 private:
  NTSTATUS process(const RTL_QUERY_REGISTRY_TABLE& entry) {
    const bool direct = entry.Flags & RTL_QUERY_REGISTRY_DIRECT;
    if (direct && (!entry.Name || entry.QueryRoutine || entry.Flags & RTL_QUERY_REGISTRY_SUBKEY))
      return STATUS_INVALID_PARAMETER;
    if (entry.Flags & RTL_QUERY_REGISTRY_TOPKEY) key_ = top_;
    if (entry.Flags & RTL_QUERY_REGISTRY_SUBKEY) {
      if (!entry.Name) return STATUS_INVALID_PARAMETER;
      auto below = top_ ? registry().open(top_, entry.Name) : fail(StatusCode::kObjectNameNotFound, "no key");
      if (!below) return below.error().nt();
      key_ = *below;
      return entry.QueryRoutine ? each_value(entry) : STATUS_SUCCESS;
    }
    if (entry.Flags & RTL_QUERY_REGISTRY_NOVALUE) {
      if (!entry.QueryRoutine) return STATUS_INVALID_PARAMETER;
      return call(entry, nullptr, REG_NONE, nullptr, 0);
    }
    if (!entry.Name) return entry.QueryRoutine ? each_value(entry) : STATUS_SUCCESS;
    return one_value(entry, direct);
  }

  NTSTATUS one_value(const RTL_QUERY_REGISTRY_TABLE& entry, bool direct) {
    Value value;
    value.name = entry.Name;
    auto found = key_ ? registry().value(key_, entry.Name) : fail(StatusCode::kObjectNameNotFound, "no key");
    if (!found) {
      if (entry.Flags & RTL_QUERY_REGISTRY_REQUIRED || !(found.error() == StatusCode::kObjectNameNotFound))
        return found.error().nt();
      // The least significant byte is the type of the default; the most significant one belongs to TYPECHECK.
      value.type = entry.DefaultType & 0xFF;
      if (value.type == REG_NONE) return STATUS_SUCCESS;
      fill_default(entry, value);
      return deliver(entry, value, direct);
    }
    // Without a type check a direct query stores whatever there is: who wants that says that it trusts the key.
    const bool trusts = direct && !(entry.Flags & RTL_QUERY_REGISTRY_TYPECHECK);
    if (!trusts) kernel::give_strange_value(*found, "RtlQueryRegistryValues");
    if (direct && entry.Flags & RTL_QUERY_REGISTRY_TYPECHECK &&
        found->type != entry.DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT)
      return STATUS_OBJECT_TYPE_MISMATCH;
    if (trusts) check_trust();
    value.type = found->type;
    value.data = std::move(found->data);
    const NTSTATUS status = deliver(entry, value, direct);
    if (NT_SUCCESS(status) && entry.Flags & RTL_QUERY_REGISTRY_DELETE) (void)registry().remove_value(key_, entry.Name);
    return status;
  }

  NTSTATUS each_value(const RTL_QUERY_REGISTRY_TABLE& entry) {
    uint32_t index = 0;
    for (; key_; ++index) {
      auto found = registry().value_at(key_, index);
      if (!found) break;
      Value value{found->name, found->type, std::move(found->data)};
      const NTSTATUS status = deliver(entry, value, false);
      if (!NT_SUCCESS(status)) return status;
    }
    return index == 0 && entry.Flags & RTL_QUERY_REGISTRY_REQUIRED ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS;
  }

  void fill_default(const RTL_QUERY_REGISTRY_TABLE& entry, Value& value) {
    size_t bytes = entry.DefaultLength;
    if (bytes == 0 && entry.DefaultData && is_string(value.type)) {
      // Zero: the routine computes the length of a string, or of all the strings.
      const auto* text = static_cast<PCWSTR>(entry.DefaultData);
      size_t units = 0;
      do {
        while (text[units]) ++units;
        ++units;
      } while (value.type == REG_MULTI_SZ && text[units]);
      bytes = (units + (value.type == REG_MULTI_SZ)) * sizeof(WCHAR);
    }
    const auto* data = static_cast<const std::byte*>(entry.DefaultData);
    value.data.assign(data, data + (data ? bytes : 0));
  }

  NTSTATUS deliver(const RTL_QUERY_REGISTRY_TABLE& entry, Value& value, bool direct) {
    terminate(value);
    if (!(entry.Flags & RTL_QUERY_REGISTRY_NOEXPAND)) {
      if (value.type == REG_MULTI_SZ) return each_string(entry, value, direct);
      if (value.type == REG_EXPAND_SZ) {
        set_text(value, expanded(text_of(value)));
        value.type = REG_SZ;
      }
    }
    return hand_over(entry, value, direct);
  }
  NTSTATUS each_string(const RTL_QUERY_REGISTRY_TABLE& entry, const Value& value, bool direct) {
    const std::u16string all = text_of(value);
    for (size_t at = 0; at < all.size() && all[at];) {
      const size_t end = all.find(u'\0', at);
      Value part{value.name, REG_SZ, {}};
      set_text(part, std::u16string_view(all).substr(at, end + 1 - at));
      const NTSTATUS status = hand_over(entry, part, direct);
      if (!NT_SUCCESS(status)) return status;
      at = end + 1;
    }
    return STATUS_SUCCESS;
  }
  NTSTATUS hand_over(const RTL_QUERY_REGISTRY_TABLE& entry, Value& value, bool direct) {
    if (direct) return store(entry, value);
    return call(entry, value.name.data(), value.type, value.data.data(), static_cast<ULONG>(value.data.size()));
  }
  NTSTATUS call(const RTL_QUERY_REGISTRY_TABLE& entry, PWSTR name, ULONG type, PVOID data, ULONG bytes) {
    const NTSTATUS status = entry.QueryRoutine(name, type, data, bytes, context_, entry.EntryContext);
    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_SUCCESS : status;  // Return value: this one is ignored
  }

  // Remarks: a direct query without a type check of a hive that is no system hive stops the system.
  void check_trust() {
    const std::u16string path = kernel::upcase(key_->path()) + u"\\";
    for (std::u16string_view hive : {u"HARDWARE", u"SOFTWARE", u"SYSTEM", u"SECURITY", u"SAM"})
      if (path.starts_with(u"\\REGISTRY\\MACHINE\\" + std::u16string(hive) + u"\\")) return;
    kernel::BugCheck check;
    check.code = kernel::kKernelSecurityCheckFailure;
    check.sentence = fmt::format(
        "RtlQueryRegistryValues with RTL_QUERY_REGISTRY_DIRECT and no TYPECHECK read {}, which is in no system hive",
        kernel::to_utf8(key_->path()));
    current<kernel::Kernel>().bug_check(std::move(check));
  }

  RegistryKeyPtr top_;
  RegistryKeyPtr key_;
  PVOID context_;
};

NTSTATUS query_values(const char* api, ULONG relative_to, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table, PVOID context) {
  ApiScope scope(api, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, api)) return STATUS_INSUFFICIENT_RESOURCES;
  auto key = find_key(relative_to, path, false, api);
  if (!key && !(relative_to & RTL_REGISTRY_OPTIONAL)) return key.error().nt();
  return Query(key ? *key : nullptr, context).run(table);
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE QueryTable,
                                      PVOID Context, PVOID Environment) {
  return query_values("RtlQueryRegistryValues", RelativeTo, Path, QueryTable, Context);
}
NTSTATUS NTAPI RtlQueryRegistryValuesEx(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE QueryTable,
                                        PVOID Context, PVOID Environment) {
  return query_values("RtlQueryRegistryValuesEx", RelativeTo, Path, QueryTable, Context);
}
NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName, ULONG ValueType, PVOID ValueData,
                                     ULONG ValueLength) {
  constexpr const char* kApi = "RtlWriteRegistryValue";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = copy_of(ValueName);
  const auto* bytes = static_cast<const std::byte*>(ValueData);
  const std::vector<std::byte> data(bytes, bytes + (ValueData ? ValueLength : 0));
  // The key is made when it is missing.
  auto key = find_key(RelativeTo, Path, true, kApi);
  return key ? status_of(registry().set_value(*key, name, ValueType, data)) : key.error().nt();
}
NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName) {
  constexpr const char* kApi = "RtlDeleteRegistryValue";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = copy_of(ValueName);
  auto key = find_key(RelativeTo, Path, false, kApi);
  return key ? status_of(registry().remove_value(*key, name)) : key.error().nt();
}
NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path) {
  ApiScope scope("RtlCheckRegistryKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "RtlCheckRegistryKey")) return STATUS_INSUFFICIENT_RESOURCES;
  return status_of(find_key(RelativeTo, Path, false, "RtlCheckRegistryKey"));
}
NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path) {
  ApiScope scope("RtlCreateRegistryKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "RtlCreateRegistryKey")) return STATUS_INSUFFICIENT_RESOURCES;
  return status_of(find_key(RelativeTo, Path, true, "RtlCreateRegistryKey"));
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kRtlRegistryRows[] = {
    EXPORT_PARTIAL(NtosKrnl, RtlQueryRegistryValues,
                   "the environment is the system's: %SystemRoot%, %WinDir% and %SystemDrive%"),
    EXPORT_PARTIAL(NtosKrnl, RtlQueryRegistryValuesEx,
                   "the environment is the system's: %SystemRoot%, %WinDir% and %SystemDrive%"),
    EXPORT(NtosKrnl, RtlWriteRegistryValue),
    EXPORT(NtosKrnl, RtlDeleteRegistryValue),
    EXPORT(NtosKrnl, RtlCheckRegistryKey),
    EXPORT(NtosKrnl, RtlCreateRegistryKey),
};
}  // namespace
const ExportSet kRtlRegistryExports{kRtlRegistryRows};
}  // namespace portside::exports
