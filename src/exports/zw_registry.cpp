// The registry behind handles, over kernel/registry.h.

#include <cstring>
#include <vector>

#include "exports/api.h"
#include "kernel/registry_handle.h"

using namespace portside;
using namespace portside::exports;
using kernel::RegistryKeyInfo;
using kernel::RegistryKeyPtr;
using kernel::RegistryValue;

namespace {

kernel::Registry& registry() { return services().registry(); }

struct NamedKey {
  RegistryKeyPtr root;
  std::u16string path;
};
Result<NamedKey> named_key(POBJECT_ATTRIBUTES attributes, const char* api) {
  if (!attributes || attributes->Length != sizeof(OBJECT_ATTRIBUTES))
    return fail(StatusCode::kInvalidParameter, "no object attributes");
  NamedKey named;
  named.path = name_of(attributes->ObjectName, api);
  if (attributes->RootDirectory) {
    TRY_ASSIGN(named.root, kernel::key_of_handle(services().objects(), attributes->RootDirectory, api));
  } else if (named.path.empty()) {
    return fail(StatusCode::kObjectPathSyntaxBad, "neither a root nor a name");
  }
  return named;
}

NTSTATUS give_handle(PHANDLE handle, RegistryKeyPtr key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                     const char* api) {
  auto opened = kernel::open_key_handle(services().objects(), std::move(key), access,
                                        handle_kind(attributes->Attributes, api), api);
  if (!opened) return opened.error().nt();
  *handle = *opened;
  return STATUS_SUCCESS;
}

NTSTATUS open_key(const char* api, PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes) {
  ApiScope scope(api, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, api)) return STATUS_INSUFFICIENT_RESOURCES;
  auto named = named_key(attributes, api);
  if (!named) return named.error().nt();
  auto key = registry().open(named->root, named->path);
  return key ? give_handle(handle, *key, access, attributes, api) : key.error().nt();
}

// ZwQueryValueKey and its kin: less than the fixed part is STATUS_BUFFER_TOO_SMALL; less than all of it gives what fits and
// STATUS_BUFFER_OVERFLOW. ResultLength is what all of it needs, in every case.
NTSTATUS answer(const std::vector<std::byte>& record, size_t fixed_bytes, PVOID buffer, ULONG length,
                PULONG result_length) {
  if (result_length) *result_length = static_cast<ULONG>(record.size());
  if (length < fixed_bytes) return STATUS_BUFFER_TOO_SMALL;
  std::memcpy(buffer, record.data(), std::min<size_t>(length, record.size()));
  return length < record.size() ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

// A structure with a variable part at `offset`; sizes as the pages give them: no padding at the end.
template <class T>
std::vector<std::byte> with_tail(const T& fixed, size_t offset, const void* tail, size_t tail_bytes) {
  std::vector<std::byte> record(offset + tail_bytes);
  std::memcpy(record.data(), &fixed, std::min(offset, sizeof fixed));
  if (tail_bytes) std::memcpy(record.data() + offset, tail, tail_bytes);
  return record;
}

NTSTATUS answer_key(const RegistryKeyInfo& info, const RegistryKeyPtr* key, KEY_INFORMATION_CLASS what, PVOID buffer,
                    ULONG length, PULONG result_length) {
  const auto name_bytes = static_cast<ULONG>(info.name.size() * sizeof(WCHAR));
  switch (what) {
    case KeyBasicInformation: {
      KEY_BASIC_INFORMATION basic{};
      basic.LastWriteTime.QuadPart = info.last_write_time;
      basic.NameLength = name_bytes;
      constexpr size_t kFixed = offsetof(KEY_BASIC_INFORMATION, Name);
      return answer(with_tail(basic, kFixed, info.name.data(), name_bytes), kFixed, buffer, length, result_length);
    }
    case KeyNodeInformation: {
      KEY_NODE_INFORMATION node{};
      node.LastWriteTime.QuadPart = info.last_write_time;
      node.ClassOffset = ~0u;  // no class
      node.NameLength = name_bytes;
      constexpr size_t kFixed = offsetof(KEY_NODE_INFORMATION, Name);
      return answer(with_tail(node, kFixed, info.name.data(), name_bytes), kFixed, buffer, length, result_length);
    }
    case KeyFullInformation: {
      KEY_FULL_INFORMATION full{};
      full.LastWriteTime.QuadPart = info.last_write_time;
      full.ClassOffset = ~0u;
      full.SubKeys = info.subkeys;
      full.MaxNameLen = info.longest_subkey_name_bytes;
      full.Values = info.values;
      full.MaxValueNameLen = info.longest_value_name_bytes;
      full.MaxValueDataLen = info.longest_value_data_bytes;
      constexpr size_t kFixed = offsetof(KEY_FULL_INFORMATION, Class);
      return answer(with_tail(full, kFixed, nullptr, 0), kFixed, buffer, length, result_length);
    }
    case KeyNameInformation: {
      if (!key) return STATUS_INVALID_PARAMETER;  // of ZwQueryKey alone
      const std::u16string path = (*key)->path();
      KEY_NAME_INFORMATION name{};
      name.NameLength = static_cast<ULONG>(path.size() * sizeof(WCHAR));
      constexpr size_t kFixed = offsetof(KEY_NAME_INFORMATION, Name);
      return answer(with_tail(name, kFixed, path.data(), name.NameLength), kFixed, buffer, length, result_length);
    }
    default: return STATUS_INVALID_PARAMETER;
  }
}

NTSTATUS answer_value(const RegistryValue& value, KEY_VALUE_INFORMATION_CLASS what, PVOID buffer, ULONG length,
                      PULONG result_length) {
  const auto name_bytes = static_cast<ULONG>(value.name.size() * sizeof(WCHAR));
  const auto data_bytes = static_cast<ULONG>(value.data.size());
  switch (what) {
    case KeyValueBasicInformation: {
      KEY_VALUE_BASIC_INFORMATION basic{};
      basic.Type = value.type;
      basic.NameLength = name_bytes;
      constexpr size_t kFixed = offsetof(KEY_VALUE_BASIC_INFORMATION, Name);
      return answer(with_tail(basic, kFixed, value.name.data(), name_bytes), kFixed, buffer, length, result_length);
    }
    case KeyValueFullInformation:
    case KeyValueFullInformationAlign64: {
      if (what == KeyValueFullInformationAlign64 && reinterpret_cast<ULONG_PTR>(buffer) % 8)
        return STATUS_DATATYPE_MISALIGNMENT;
      constexpr size_t kFixed = offsetof(KEY_VALUE_FULL_INFORMATION, Name);
      const size_t alignment = what == KeyValueFullInformation ? 4 : 8;
      KEY_VALUE_FULL_INFORMATION full{};
      full.Type = value.type;
      full.NameLength = name_bytes;
      full.DataLength = data_bytes;
      full.DataOffset = static_cast<ULONG>((kFixed + name_bytes + alignment - 1) / alignment * alignment);
      auto record = with_tail(full, kFixed, value.name.data(), name_bytes);
      if (data_bytes) {
        record.resize(full.DataOffset + data_bytes);
        std::memcpy(record.data() + full.DataOffset, value.data.data(), data_bytes);
      }
      return answer(record, kFixed, buffer, length, result_length);
    }
    case KeyValuePartialInformation: {
      KEY_VALUE_PARTIAL_INFORMATION partial{};
      partial.Type = value.type;
      partial.DataLength = data_bytes;
      constexpr size_t kFixed = offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data);
      return answer(with_tail(partial, kFixed, value.data.data(), data_bytes), kFixed, buffer, length, result_length);
    }
    case KeyValuePartialInformationAlign64: {
      if (reinterpret_cast<ULONG_PTR>(buffer) % 8) return STATUS_DATATYPE_MISALIGNMENT;
      KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 partial{};
      partial.Type = value.type;
      partial.DataLength = data_bytes;
      constexpr size_t kFixed = offsetof(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64, Data);
      return answer(with_tail(partial, kFixed, value.data.data(), data_bytes), kFixed, buffer, length, result_length);
    }
    default: return STATUS_INVALID_PARAMETER;
  }
}

Result<RegistryKeyPtr> key_of(HANDLE handle, const char* api) {
  return kernel::key_of_handle(services().objects(), handle, api);
}

}  // namespace

extern "C" {

NTSTATUS NTAPI ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                           ULONG TitleIndex, PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition) {
  constexpr const char* kApi = "ZwCreateKey";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  auto named = named_key(ObjectAttributes, kApi);
  if (!named) return named.error().nt();
  auto opened = registry().create(named->root, named->path, CreateOptions & REG_OPTION_VOLATILE);
  if (!opened) return opened.error().nt();
  const NTSTATUS status = give_handle(KeyHandle, opened->key, DesiredAccess, ObjectAttributes, kApi);
  if (NT_SUCCESS(status) && Disposition) *Disposition = opened->created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
  return status;
}
NTSTATUS NTAPI ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes) {
  return open_key("ZwOpenKey", KeyHandle, DesiredAccess, ObjectAttributes);
}
NTSTATUS NTAPI ZwOpenKeyEx(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                           ULONG OpenOptions) {
  return open_key("ZwOpenKeyEx", KeyHandle, DesiredAccess, ObjectAttributes);
}
NTSTATUS NTAPI ZwDeleteKey(HANDLE KeyHandle) {
  ApiScope scope("ZwDeleteKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "ZwDeleteKey")) return STATUS_INSUFFICIENT_RESOURCES;
  auto key = key_of(KeyHandle, "ZwDeleteKey");
  return key ? status_of(registry().remove(*key)) : key.error().nt();
}
NTSTATUS NTAPI ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName) {
  ApiScope scope("ZwDeleteValueKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "ZwDeleteValueKey")) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = name_of(ValueName, "ZwDeleteValueKey");
  auto key = key_of(KeyHandle, "ZwDeleteValueKey");
  return key ? status_of(registry().remove_value(*key, name)) : key.error().nt();
}
NTSTATUS NTAPI ZwEnumerateKey(HANDLE KeyHandle, ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass,
                              PVOID KeyInformation, ULONG Length, PULONG ResultLength) {
  ApiScope scope("ZwEnumerateKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "ZwEnumerateKey")) return STATUS_INSUFFICIENT_RESOURCES;
  auto key = key_of(KeyHandle, "ZwEnumerateKey");
  if (!key) return key.error().nt();
  auto info = registry().subkey_at(*key, Index);
  return info ? answer_key(*info, nullptr, KeyInformationClass, KeyInformation, Length, ResultLength)
              : info.error().nt();
}
NTSTATUS NTAPI ZwEnumerateValueKey(HANDLE KeyHandle, ULONG Index, KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                                   PVOID KeyValueInformation, ULONG Length, PULONG ResultLength) {
  ApiScope scope("ZwEnumerateValueKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "ZwEnumerateValueKey")) return STATUS_INSUFFICIENT_RESOURCES;
  auto key = key_of(KeyHandle, "ZwEnumerateValueKey");
  if (!key) return key.error().nt();
  auto value = registry().value_at(*key, Index);
  return value ? answer_value(*value, KeyValueInformationClass, KeyValueInformation, Length, ResultLength)
               : value.error().nt();
}
NTSTATUS NTAPI ZwQueryKey(HANDLE KeyHandle, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
                          ULONG Length, PULONG ResultLength) {
  ApiScope scope("ZwQueryKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "ZwQueryKey")) return STATUS_INSUFFICIENT_RESOURCES;
  auto key = key_of(KeyHandle, "ZwQueryKey");
  if (!key) return key.error().nt();
  auto info = registry().info(*key);
  return info ? answer_key(*info, &*key, KeyInformationClass, KeyInformation, Length, ResultLength) : info.error().nt();
}
NTSTATUS NTAPI ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                               KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation,
                               ULONG Length, PULONG ResultLength) {
  ApiScope scope("ZwQueryValueKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "ZwQueryValueKey")) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = name_of(ValueName, "ZwQueryValueKey");
  auto key = key_of(KeyHandle, "ZwQueryValueKey");
  if (!key) return key.error().nt();
  auto value = registry().value(*key, name);
  if (!value) return value.error().nt();
  kernel::give_strange_value(*value, "ZwQueryValueKey");
  return answer_value(*value, KeyValueInformationClass, KeyValueInformation, Length, ResultLength);
}
NTSTATUS NTAPI ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex, ULONG Type, PVOID Data,
                             ULONG DataSize) {
  ApiScope scope("ZwSetValueKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "ZwSetValueKey")) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = name_of(ValueName, "ZwSetValueKey");
  const auto* bytes = static_cast<const std::byte*>(Data);
  const std::vector<std::byte> data(bytes, bytes + (Data ? DataSize : 0));
  auto key = key_of(KeyHandle, "ZwSetValueKey");
  return key ? status_of(registry().set_value(*key, name, Type, data)) : key.error().nt();
}
NTSTATUS NTAPI ZwFlushKey(HANDLE KeyHandle) {
  ApiScope scope("ZwFlushKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "ZwFlushKey")) return STATUS_INSUFFICIENT_RESOURCES;
  return status_of(key_of(KeyHandle, "ZwFlushKey"));
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kZwRegistryRows[] = {
    EXPORT_PARTIAL(NtosKrnl, ZwCreateKey,
                   "classes and symbolic links of the registry are not kept; no access is checked"),
    EXPORT_PARTIAL(NtosKrnl, ZwOpenKey, "no access is checked"),
    EXPORT_PARTIAL(NtosKrnl, ZwOpenKeyEx, "no access is checked; options are ignored"),
    EXPORT(NtosKrnl, ZwDeleteKey),
    EXPORT(NtosKrnl, ZwDeleteValueKey),
    EXPORT_PARTIAL(NtosKrnl, ZwEnumerateKey, "the basic, node and full classes; others give STATUS_INVALID_PARAMETER"),
    EXPORT(NtosKrnl, ZwEnumerateValueKey),
    EXPORT_PARTIAL(NtosKrnl, ZwQueryKey,
                   "the basic, node, full and name classes; others give STATUS_INVALID_PARAMETER"),
    EXPORT(NtosKrnl, ZwQueryValueKey),
    EXPORT(NtosKrnl, ZwSetValueKey),
    EXPORT(NtosKrnl, ZwFlushKey),
};
}  // namespace
const ExportSet kZwRegistryExports{kZwRegistryRows};
}  // namespace portside::exports
