#include "portcls/registry_key.h"

#include "kernel/api_scope.h"
#include "portcls/adapter.h"
#include "portcls/portcls.h"

namespace portside::portcls {
namespace {
using kernel::ApiScope;
using kernel::kPassiveLevel;
}  // namespace

NTSTATUS RegistryKeyObject::create(const RegistryKeySpec& spec, PREGISTRYKEY* key, PULONG disposition) {
  if (!key) return STATUS_INVALID_PARAMETER;
  *key = nullptr;
  HANDLE handle = nullptr;
  NTSTATUS status = STATUS_INVALID_PARAMETER;
  const bool general = spec.type == GeneralRegistryKey;
  Adapter* adapter = current<PortCls>().find_adapter(spec.device);
  switch (spec.type) {
    case GeneralRegistryKey:
      // "Open the specified key if it already exists or create the key if it does not" (PcNewRegistryKey).
      if (spec.attributes)
        status = ZwCreateKey(&handle, spec.access, spec.attributes, 0, nullptr, spec.options, disposition);
      break;
    case DeviceRegistryKey:
    case DriverRegistryKey:
    case HwProfileRegistryKey:
      if (adapter) {
        ULONG which = spec.type == DeviceRegistryKey ? PLUGPLAY_REGKEY_DEVICE : PLUGPLAY_REGKEY_DRIVER;
        if (spec.type == HwProfileRegistryKey) which = PLUGPLAY_REGKEY_DEVICE | PLUGPLAY_REGKEY_CURRENT_HWPROFILE;
        status = IoOpenDeviceRegistryKey(adapter->physical_device(), which, spec.access, &handle);
      }
      break;
    case DeviceInterfaceRegistryKey:
      if (!spec.symbolic_link.empty()) {
        UNICODE_STRING link;
        RtlInitUnicodeString(&link, spec.symbolic_link.c_str());
        status = IoOpenDeviceInterfaceRegistryKey(&link, spec.access, &handle);
      }
      break;
  }
  if (status < 0) return status;
  *key = new RegistryKeyObject(handle, general);
  return status;
}

RegistryKeyObject::~RegistryKeyObject() {
  if (!deleted_) ZwClose(handle_);
}

NTSTATUS RegistryKeyObject::QueryKey(KEY_INFORMATION_CLASS kind, PVOID information, ULONG bytes, PULONG result_bytes) {
  ApiScope scope("IRegistryKey::QueryKey", kPassiveLevel, kPassiveLevel);
  return deleted_ ? STATUS_INVALID_HANDLE : ZwQueryKey(handle_, kind, information, bytes, result_bytes);
}

NTSTATUS RegistryKeyObject::EnumerateKey(ULONG index, KEY_INFORMATION_CLASS kind, PVOID information, ULONG bytes,
                                         PULONG result_bytes) {
  ApiScope scope("IRegistryKey::EnumerateKey", kPassiveLevel, kPassiveLevel);
  return deleted_ ? STATUS_INVALID_HANDLE : ZwEnumerateKey(handle_, index, kind, information, bytes, result_bytes);
}

NTSTATUS RegistryKeyObject::QueryValueKey(PUNICODE_STRING name, KEY_VALUE_INFORMATION_CLASS kind, PVOID information,
                                          ULONG bytes, PULONG result_bytes) {
  ApiScope scope("IRegistryKey::QueryValueKey", kPassiveLevel, kPassiveLevel);
  return deleted_ ? STATUS_INVALID_HANDLE : ZwQueryValueKey(handle_, name, kind, information, bytes, result_bytes);
}

NTSTATUS RegistryKeyObject::EnumerateValueKey(ULONG index, KEY_VALUE_INFORMATION_CLASS kind, PVOID information,
                                              ULONG bytes, PULONG result_bytes) {
  ApiScope scope("IRegistryKey::EnumerateValueKey", kPassiveLevel, kPassiveLevel);
  return deleted_ ? STATUS_INVALID_HANDLE : ZwEnumerateValueKey(handle_, index, kind, information, bytes, result_bytes);
}

NTSTATUS RegistryKeyObject::SetValueKey(PUNICODE_STRING name, ULONG type, PVOID data, ULONG bytes) {
  ApiScope scope("IRegistryKey::SetValueKey", kPassiveLevel, kPassiveLevel);
  return deleted_ ? STATUS_INVALID_HANDLE : ZwSetValueKey(handle_, name, 0, type, data, bytes);
}

NTSTATUS RegistryKeyObject::QueryRegistryValues(PRTL_QUERY_REGISTRY_TABLE table, PVOID context) {
  ApiScope scope("IRegistryKey::QueryRegistryValues", kPassiveLevel, kPassiveLevel);
  if (deleted_) return STATUS_INVALID_HANDLE;
  return RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, static_cast<PCWSTR>(handle_), table, context, nullptr);
}

NTSTATUS RegistryKeyObject::NewSubKey(IRegistryKey** key, PUNKNOWN outer, ACCESS_MASK access, PUNICODE_STRING name,
                                      ULONG options, PULONG disposition) {
  ApiScope scope("IRegistryKey::NewSubKey", kPassiveLevel, kPassiveLevel);
  if (!key || !name) return STATUS_INVALID_PARAMETER;
  *key = nullptr;
  if (outer) return STATUS_NOT_IMPLEMENTED;  // no aggregation
  if (deleted_) return STATUS_INVALID_HANDLE;
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, handle_, nullptr);
  HANDLE handle = nullptr;
  const NTSTATUS status = ZwCreateKey(&handle, access, &attributes, 0, nullptr, options, disposition);
  if (status >= 0) *key = new RegistryKeyObject(handle, true);
  return status;
}

NTSTATUS RegistryKeyObject::DeleteKey() {
  ApiScope scope("IRegistryKey::DeleteKey", kPassiveLevel, kPassiveLevel);
  // "Only keys of type GeneralRegistryKey can be deleted" (IRegistryKey::DeleteKey).
  if (deleted_ || !general_) return STATUS_INVALID_HANDLE;
  const NTSTATUS status = ZwDeleteKey(handle_);
  if (status >= 0) {
    ZwClose(handle_);
    deleted_ = true;
  }
  return status;
}

}  // namespace portside::portcls
