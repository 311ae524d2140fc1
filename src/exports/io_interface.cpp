// Device interfaces, device properties, notifications and the registry keys of devices and drivers, over src/io.

#include "exports/io_object.h"
#include "io/device_property.h"
#include "io/text.h"
#include "kernel/registry_handle.h"

using namespace portside;
using namespace portside::exports;

namespace {

NTSTATUS open_key(const char* api, const std::u16string& path, ACCESS_MASK access, PHANDLE handle) {
  auto key = services().registry().create(nullptr, path, false, true);
  if (!key) return key.error().nt();
  auto opened = kernel::open_key_handle(services().objects(), key->key, access, kernel::HandleKind::kKernel, api);
  if (opened) *handle = *opened;
  return status_of(opened);
}

// The node whose PDO the driver named, or null with the observer told.
io::DeviceNode* node_of(const char* api, PDEVICE_OBJECT pdo) {
  io::DeviceNode* node = io_layer().pnp().find(pdo);
  if (!node)
    io_layer().misuse(io::IoMisuse::kUnknownDevice, api, pdo, "not the PDO of a device that plug and play enumerated");
  return node;
}

constexpr DEVPROPTYPE kEmpty = 0;  // DEVPROP_TYPE_EMPTY: deletes

NTSTATUS set_property(io::PropertyStore& store, const std::u16string& owner, const DEVPROPKEY* key, LCID lcid,
                      DEVPROPTYPE type, ULONG size, PVOID data) {
  if (!key || (size && !data)) return STATUS_INVALID_PARAMETER;
  DEVPROPKEY copy = *key;
  if (type == kEmpty || !data) {
    (void)store.erase(owner, copy, lcid);
    return STATUS_SUCCESS;
  }
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), data, size);
  store.set(owner, copy, lcid, type, bytes);
  return STATUS_SUCCESS;
}

NTSTATUS get_property(io::PropertyStore& store, const std::u16string& owner, const DEVPROPKEY* key, LCID lcid,
                      ULONG size, PVOID data, PULONG required, PDEVPROPTYPE type) {
  if (!key || !required || !type) return STATUS_INVALID_PARAMETER;
  DEVPROPKEY copy = *key;
  auto value = store.find(owner, copy, lcid);
  if (!value) return STATUS_OBJECT_NAME_NOT_FOUND;
  *type = value->type;
  return give_bytes(value->bytes, size, data, required);
}

}  // namespace

extern "C" {

NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT PhysicalDeviceObject, const GUID* InterfaceClassGuid,
                                         PUNICODE_STRING ReferenceString, PUNICODE_STRING SymbolicLinkName) {
  ApiScope scope("IoRegisterDeviceInterface", kPassiveLevel, kPassiveLevel);
  if (!InterfaceClassGuid || !SymbolicLinkName) return STATUS_INVALID_DEVICE_REQUEST;
  if (made_to_fail(FailureKind::kObject, "IoRegisterDeviceInterface")) return STATUS_INSUFFICIENT_RESOURCES;
  bool existed = false;
  auto link = io_layer().interfaces().register_interface(PhysicalDeviceObject, *InterfaceClassGuid,
                                                         copy_of(ReferenceString), &existed);
  if (!link) return link.error().nt();
  io_layer().interfaces().asked_for_by_driver(*link);
  NTSTATUS status = give_string("IoRegisterDeviceInterface", *link, SymbolicLinkName);
  // Remarks: "If the specified interface is already registered, ... STATUS_OBJECT_NAME_EXISTS."
  return NT_SUCCESS(status) && existed ? STATUS_OBJECT_NAME_EXISTS : status;
}

NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING SymbolicLinkName, BOOLEAN Enable) {
  ApiScope scope("IoSetDeviceInterfaceState", kPassiveLevel, kPassiveLevel);
  if (Enable && made_to_fail(FailureKind::kObject, "IoSetDeviceInterfaceState")) return STATUS_INSUFFICIENT_RESOURCES;
  auto status = io_layer().interfaces().set_state(copy_of(SymbolicLinkName), Enable != FALSE);
  return status ? *status : status.error().nt();
}

NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID* InterfaceClassGuid, PDEVICE_OBJECT PhysicalDeviceObject, ULONG Flags,
                                     PZZWSTR* SymbolicLinkList) {
  ApiScope scope("IoGetDeviceInterfaces", kPassiveLevel, kPassiveLevel);
  if (!InterfaceClassGuid || !SymbolicLinkList) return STATUS_INVALID_PARAMETER;
  std::u16string list;
  for (const io::DeviceInterface& i : io_layer().interfaces().interfaces(
           *InterfaceClassGuid, PhysicalDeviceObject, (Flags & DEVICE_INTERFACE_INCLUDE_NONACTIVE) != 0))
    (list += i.symbolic_link) += u'\0';
  const uint64_t bytes = (list.size() + 1) * sizeof(char16_t);
  void* block = give_pool("IoGetDeviceInterfaces", bytes, 'rtSI');
  if (!block) return STATUS_INSUFFICIENT_RESOURCES;
  std::memcpy(block, list.c_str(), bytes);
  *SymbolicLinkList = static_cast<PZZWSTR>(block);
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoGetDeviceInterfaceAlias(PUNICODE_STRING SymbolicLinkName, const GUID* AliasInterfaceClassGuid,
                                         PUNICODE_STRING AliasSymbolicLinkName) {
  ApiScope scope("IoGetDeviceInterfaceAlias", kPassiveLevel, kPassiveLevel);
  if (!AliasInterfaceClassGuid || !AliasSymbolicLinkName) return STATUS_INVALID_HANDLE;
  auto alias = io_layer().interfaces().alias(copy_of(SymbolicLinkName), *AliasInterfaceClassGuid);
  return alias ? give_string("IoGetDeviceInterfaceAlias", *alias, AliasSymbolicLinkName) : alias.error().nt();
}

NTSTATUS NTAPI IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING SymbolicLinkName, ACCESS_MASK DesiredAccess,
                                                PHANDLE DeviceInterfaceRegKey) {
  ApiScope scope("IoOpenDeviceInterfaceRegistryKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "IoOpenDeviceInterfaceRegistryKey")) return STATUS_INSUFFICIENT_RESOURCES;
  if (!DeviceInterfaceRegKey) return STATUS_INVALID_PARAMETER;
  auto path = io_layer().interfaces().registry_path(copy_of(SymbolicLinkName));
  if (!path) return path.error().nt();
  io_layer().interfaces().key_opened_by_driver(copy_of(SymbolicLinkName));
  return open_key("IoOpenDeviceInterfaceRegistryKey", *path, DesiredAccess, DeviceInterfaceRegKey);
}

NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject, ULONG DevInstKeyType, ACCESS_MASK DesiredAccess,
                                       PHANDLE DeviceRegKey) {
  ApiScope scope("IoOpenDeviceRegistryKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "IoOpenDeviceRegistryKey")) return STATUS_INSUFFICIENT_RESOURCES;
  const ULONG type = DevInstKeyType & ~ULONG{PLUGPLAY_REGKEY_CURRENT_HWPROFILE};
  if (!DeviceRegKey || (type != PLUGPLAY_REGKEY_DEVICE && type != PLUGPLAY_REGKEY_DRIVER))
    return STATUS_INVALID_PARAMETER;
  io::DeviceNode* node = node_of("IoOpenDeviceRegistryKey", DeviceObject);
  if (!node) return STATUS_INVALID_DEVICE_REQUEST;
  return open_key("IoOpenDeviceRegistryKey",
                  type == PLUGPLAY_REGKEY_DEVICE ? node->instance_registry_path + u"\\Device Parameters"
                                                 : node->driver_registry_path,
                  DesiredAccess, DeviceRegKey);
}

NTSTATUS NTAPI IoOpenDriverRegistryKey(PDRIVER_OBJECT DriverObject, DRIVER_REGKEY_TYPE RegKeyType,
                                       ACCESS_MASK DesiredAccess, ULONG Flags, PHANDLE DriverRegKey) {
  ApiScope scope("IoOpenDriverRegistryKey", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "IoOpenDriverRegistryKey")) return STATUS_INSUFFICIENT_RESOURCES;
  io::DriverRecord* record = io_layer().drivers().find(DriverObject);
  if (!record || !DriverRegKey || Flags) return STATUS_INVALID_PARAMETER;
  switch (RegKeyType) {
    case DriverRegKeyParameters:
      return open_key("IoOpenDriverRegistryKey", record->registry_path + u"\\Parameters", DesiredAccess, DriverRegKey);
    case DriverRegKeyPersistentState:
    case DriverRegKeySharedPersistentState:
      return open_key("IoOpenDriverRegistryKey", record->registry_path + u"\\State", DesiredAccess, DriverRegKey);
  }
  return STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                   ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength) {
  ApiScope scope("IoGetDeviceProperty", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "IoGetDeviceProperty")) return STATUS_INSUFFICIENT_RESOURCES;
  io::DeviceNode* node = node_of("IoGetDeviceProperty", DeviceObject);
  if (!node) return STATUS_INVALID_DEVICE_REQUEST;
  auto bytes = io::device_property(io_layer(), *node, DeviceProperty);
  if (!bytes) return bytes.error().nt();
  return give_bytes(*bytes, BufferLength, PropertyBuffer, ResultLength);
}

NTSTATUS NTAPI IoGetDevicePropertyData(PDEVICE_OBJECT Pdo, const DEVPROPKEY* PropertyKey, LCID Lcid, ULONG, ULONG Size,
                                       PVOID Data, PULONG RequiredSize, PDEVPROPTYPE Type) {
  ApiScope scope("IoGetDevicePropertyData", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kRegistry, "IoGetDevicePropertyData")) return STATUS_INSUFFICIENT_RESOURCES;
  io::DeviceNode* node = node_of("IoGetDevicePropertyData", Pdo);
  if (!node) return STATUS_INVALID_DEVICE_REQUEST;
  return get_property(io_layer().device_properties(), node->instance_path, PropertyKey, Lcid, Size, Data, RequiredSize,
                      Type);
}

NTSTATUS NTAPI IoSetDevicePropertyData(PDEVICE_OBJECT Pdo, const DEVPROPKEY* PropertyKey, LCID Lcid, ULONG,
                                       DEVPROPTYPE Type, ULONG Size, PVOID Data) {
  ApiScope scope("IoSetDevicePropertyData", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kRegistry, "IoSetDevicePropertyData")) return STATUS_INSUFFICIENT_RESOURCES;
  io::DeviceNode* node = node_of("IoSetDevicePropertyData", Pdo);
  if (!node) return STATUS_INVALID_DEVICE_REQUEST;
  return set_property(io_layer().device_properties(), node->instance_path, PropertyKey, Lcid, Type, Size, Data);
}

NTSTATUS NTAPI IoSetDeviceInterfacePropertyData(PUNICODE_STRING SymbolicLinkName, const DEVPROPKEY* PropertyKey,
                                                LCID Lcid, ULONG, DEVPROPTYPE Type, ULONG Size, PVOID Data) {
  ApiScope scope("IoSetDeviceInterfacePropertyData", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kRegistry, "IoSetDeviceInterfacePropertyData")) return STATUS_INSUFFICIENT_RESOURCES;
  auto found = io_layer().interfaces().find(copy_of(SymbolicLinkName));
  if (!found) return STATUS_OBJECT_NAME_NOT_FOUND;
  return set_property(io_layer().interface_properties(), found->symbolic_link, PropertyKey, Lcid, Type, Size, Data);
}

NTSTATUS NTAPI IoGetDeviceInterfacePropertyData(PUNICODE_STRING SymbolicLinkName, const DEVPROPKEY* PropertyKey,
                                                LCID Lcid, ULONG, ULONG Size, PVOID Data, PULONG RequiredSize,
                                                PDEVPROPTYPE Type) {
  ApiScope scope("IoGetDeviceInterfacePropertyData", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kRegistry, "IoGetDeviceInterfacePropertyData")) return STATUS_INSUFFICIENT_RESOURCES;
  auto found = io_layer().interfaces().find(copy_of(SymbolicLinkName));
  if (!found) return STATUS_OBJECT_NAME_NOT_FOUND;
  return get_property(io_layer().interface_properties(), found->symbolic_link, PropertyKey, Lcid, Size, Data,
                      RequiredSize, Type);
}

NTSTATUS NTAPI IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY EventCategory, ULONG EventCategoryFlags,
                                              PVOID EventCategoryData, PDRIVER_OBJECT DriverObject,
                                              PDRIVER_NOTIFICATION_CALLBACK_ROUTINE CallbackRoutine, PVOID Context,
                                              PVOID* NotificationEntry) {
  ApiScope scope("IoRegisterPlugPlayNotification", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "IoRegisterPlugPlayNotification")) return STATUS_INSUFFICIENT_RESOURCES;
  if (!NotificationEntry) return STATUS_INVALID_PARAMETER;
  auto entry = io_layer().notifications().add(EventCategory, EventCategoryFlags, EventCategoryData, DriverObject,
                                              CallbackRoutine, Context);
  *NotificationEntry = entry.value_or(nullptr);
  return status_of(entry);
}

NTSTATUS NTAPI IoUnregisterPlugPlayNotification(PVOID NotificationEntry) {
  ApiScope scope("IoUnregisterPlugPlayNotification", kPassiveLevel, kPassiveLevel);
  return status_of(io_layer().notifications().remove(NotificationEntry));
}

NTSTATUS NTAPI IoUnregisterPlugPlayNotificationEx(PVOID NotificationEntry) {
  ApiScope scope("IoUnregisterPlugPlayNotificationEx", kPassiveLevel, kPassiveLevel);
  return status_of(io_layer().notifications().remove(NotificationEntry));
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kIoInterfaceRows[] = {
    EXPORT(NtosKrnl, IoRegisterDeviceInterface),
    EXPORT(NtosKrnl, IoSetDeviceInterfaceState),
    EXPORT(NtosKrnl, IoGetDeviceInterfaces),
    EXPORT(NtosKrnl, IoGetDeviceInterfaceAlias),
    EXPORT(NtosKrnl, IoOpenDeviceInterfaceRegistryKey),
    EXPORT_PARTIAL(NtosKrnl, IoOpenDeviceRegistryKey, "hardware profiles are not kept apart"),
    EXPORT(NtosKrnl, IoOpenDriverRegistryKey),
    EXPORT(NtosKrnl, IoGetDeviceProperty),
    EXPORT_PARTIAL(NtosKrnl, IoGetDevicePropertyData, "properties that were set; the system's own are not offered"),
    EXPORT(NtosKrnl, IoSetDevicePropertyData),
    EXPORT(NtosKrnl, IoSetDeviceInterfacePropertyData),
    EXPORT_PARTIAL(NtosKrnl, IoGetDeviceInterfacePropertyData,
                   "properties that were set; the system's own are not offered"),
    EXPORT_PARTIAL(NtosKrnl, IoRegisterPlugPlayNotification, "interface changes are told; no other category happens"),
    EXPORT(NtosKrnl, IoUnregisterPlugPlayNotification),
    EXPORT(NtosKrnl, IoUnregisterPlugPlayNotificationEx),
};
}  // namespace
const ExportSet kIoInterfaceExports{kIoInterfaceRows};
}  // namespace portside::exports
