#include "portcls/port_services.h"

#include "kernel/api_scope.h"
#include "kernel/services.h"
#include "portcls/adapter.h"
#include "portcls/port.h"
#include "portcls/portcls.h"

namespace portside::portcls {

using kernel::ApiScope;
using kernel::kDispatchLevel;
using kernel::kPassiveLevel;

IUnknown* PortServices::find(REFIID iid) {
  if (IsEqualGUID(iid, IID_IPortClsVersion)) return &version_;
  if (IsEqualGUID(iid, IID_IPortClsEtwHelper)) return &etw_;
  if (IsEqualGUID(iid, IID_IUnregisterSubdevice)) return &unregister_subdevice_;
  if (IsEqualGUID(iid, IID_IUnregisterPhysicalConnection)) return &unregister_connection_;
  if (IsEqualGUID(iid, IID_IPortClsPower)) return &power_;
  if (IsEqualGUID(iid, IID_IPortClsRuntimePower)) return &runtime_power_;
  if (IsEqualGUID(iid, IID_IPortClsStreamResourceManager) || IsEqualGUID(iid, IID_IPortClsStreamResourceManager2))
    return &stream_resources_;
  if (IsEqualGUID(iid, IID_IPortClsNotifications)) return &notifications_;
  if (IsEqualGUID(iid, IID_IDrmPort) || IsEqualGUID(iid, IID_IDrmPort2)) return &drm_;
  return nullptr;
}

// The last value of IPortClsVersion::GetVersion's table: every later Windows gives it.
DWORD PortVersion::GetVersion() {
  ApiScope scope("IPortClsVersion::GetVersion", kPassiveLevel, kPassiveLevel);
  return kVersionWinServer2003_UAAQFE;
}

NTSTATUS PortEtwHelper::MiniportWriteEtwEvent(EPcMiniportEngineEvent type, ULONGLONG a, ULONGLONG b, ULONGLONG c,
                                              ULONGLONG d) {
  ApiScope scope("IPortClsEtwHelper::MiniportWriteEtwEvent", kPassiveLevel, kDispatchLevel);
  if (type < eMINIPORT_IHV_DEFINED || type >= eMINIPORT_MaxValue) return STATUS_INVALID_PARAMETER;
  port_.port_cls().observers().notify(&PortClsObserver::on_miniport_event,
                                      MiniportEvent{port_.display_name(), static_cast<int>(type), {a, b, c, d}});
  const ULONGLONG values[] = {a, b, c, d};
  kernel::EtwRecord event{
      .source = kernel::EtwSource::kPortCls, .provider = port_.display_name(), .id = static_cast<uint16_t>(type)};
  const auto* bytes = reinterpret_cast<const uint8_t*>(values);
  event.data.assign(bytes, bytes + sizeof values);
  event.sizes.assign(std::size(values), sizeof values[0]);
  current<kernel::Services>().log().trace(std::move(event));
  return STATUS_SUCCESS;
}

NTSTATUS PortUnregisterSubdevice::UnregisterSubdevice(PDEVICE_OBJECT device, PUNKNOWN unknown) {
  ApiScope scope("IUnregisterSubdevice::UnregisterSubdevice", kPassiveLevel, kPassiveLevel);
  Adapter* adapter = port_.port_cls().find_adapter(device);
  if (!adapter || !unknown) return STATUS_INVALID_PARAMETER;
  return adapter->unregister_subdevice(unknown).nt();
}

namespace {

NTSTATUS disconnect(PortCls& port_cls, PDEVICE_OBJECT device, ConnectionEnd from, ConnectionEnd to) {
  Adapter* adapter = port_cls.find_adapter(device);
  const auto known = [](const ConnectionEnd& end) { return end.port || !end.external.empty(); };
  if (!adapter || !known(from) || !known(to)) return STATUS_INVALID_PARAMETER;
  return adapter->disconnect({std::move(from), std::move(to)}).nt();
}

ConnectionEnd end_of(PortCls& port_cls, PUNKNOWN unknown, ULONG pin) {
  return {.port = Port::find(port_cls, unknown), .pin = pin};
}
ConnectionEnd end_of(PUNICODE_STRING link, ULONG pin) {
  ConnectionEnd end{.pin = pin};
  if (link && link->Buffer) end.external.assign(link->Buffer, link->Length / sizeof(WCHAR));
  return end;
}

}  // namespace

NTSTATUS PortUnregisterConnection::UnregisterPhysicalConnection(PDEVICE_OBJECT device, PUNKNOWN from, ULONG from_pin,
                                                                PUNKNOWN to, ULONG to_pin) {
  ApiScope scope("IUnregisterPhysicalConnection::UnregisterPhysicalConnection", kPassiveLevel, kPassiveLevel);
  PortCls& port_cls = port_.port_cls();
  return disconnect(port_cls, device, end_of(port_cls, from, from_pin), end_of(port_cls, to, to_pin));
}

NTSTATUS PortUnregisterConnection::UnregisterPhysicalConnectionToExternal(PDEVICE_OBJECT device, PUNKNOWN from,
                                                                          ULONG from_pin, PUNICODE_STRING to,
                                                                          ULONG to_pin) {
  ApiScope scope("IUnregisterPhysicalConnection::UnregisterPhysicalConnectionToExternal", kPassiveLevel, kPassiveLevel);
  PortCls& port_cls = port_.port_cls();
  return disconnect(port_cls, device, end_of(port_cls, from, from_pin), end_of(to, to_pin));
}

NTSTATUS PortUnregisterConnection::UnregisterPhysicalConnectionFromExternal(PDEVICE_OBJECT device, PUNICODE_STRING from,
                                                                            ULONG from_pin, PUNKNOWN to, ULONG to_pin) {
  ApiScope scope("IUnregisterPhysicalConnection::UnregisterPhysicalConnectionFromExternal", kPassiveLevel,
                 kPassiveLevel);
  PortCls& port_cls = port_.port_cls();
  return disconnect(port_cls, device, end_of(from, from_pin), end_of(port_cls, to, to_pin));
}

NTSTATUS PortPower::RegisterAdapterPowerManagement(PUNKNOWN unknown, PDEVICE_OBJECT device) {
  ApiScope scope("IPortClsPower::RegisterAdapterPowerManagement", kPassiveLevel, kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "IPortClsPower::RegisterAdapterPowerManagement"))
    return STATUS_INSUFFICIENT_RESOURCES;
  Adapter* adapter = port_.port_cls().find_adapter(device);
  return adapter ? adapter->power().register_management(unknown, "IPortClsPower::RegisterAdapterPowerManagement").nt()
                 : STATUS_INVALID_PARAMETER;
}

NTSTATUS PortPower::UnregisterAdapterPowerManagement(PDEVICE_OBJECT device) {
  ApiScope scope("IPortClsPower::UnregisterAdapterPowerManagement", kPassiveLevel, kPassiveLevel);
  Adapter* adapter = port_.port_cls().find_adapter(device);
  return adapter ? adapter->power().unregister_management("IPortClsPower::UnregisterAdapterPowerManagement").nt()
                 : STATUS_INVALID_PARAMETER;
}

NTSTATUS PortPower::SetIdlePowerManagement(PDEVICE_OBJECT device, BOOLEAN enabled) {
  ApiScope scope("IPortClsPower::SetIdlePowerManagement", kPassiveLevel, kPassiveLevel);
  Adapter* adapter = port_.port_cls().find_adapter(device);
  if (!adapter) return STATUS_INVALID_PARAMETER;
  adapter->power().set_idle_management(enabled);
  return STATUS_SUCCESS;
}

NTSTATUS PortRuntimePower::SendPowerControl(PDEVICE_OBJECT device, LPCGUID code, PVOID, SIZE_T, PVOID, SIZE_T,
                                            PSIZE_T returned) {
  ApiScope scope("IPortClsRuntimePower::SendPowerControl", kPassiveLevel, kDispatchLevel);
  if (!port_.port_cls().find_adapter(device) || !code) return STATUS_INVALID_PARAMETER;
  if (returned) *returned = 0;
  return STATUS_NOT_IMPLEMENTED;
}

NTSTATUS PortRuntimePower::RegisterPowerControlCallback(PDEVICE_OBJECT device,
                                                        PCPFNRUNTIME_POWER_CONTROL_CALLBACK callback, PVOID) {
  ApiScope scope("IPortClsRuntimePower::RegisterPowerControlCallback", kPassiveLevel, kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "IPortClsRuntimePower::RegisterPowerControlCallback"))
    return STATUS_INSUFFICIENT_RESOURCES;
  if (!port_.port_cls().find_adapter(device) || !callback) return STATUS_INVALID_PARAMETER;
  if (callback_) return STATUS_INVALID_DEVICE_REQUEST;
  callback_ = callback;
  return STATUS_SUCCESS;
}

NTSTATUS PortRuntimePower::UnregisterPowerControlCallback(PDEVICE_OBJECT device) {
  ApiScope scope("IPortClsRuntimePower::UnregisterPowerControlCallback", kPassiveLevel, kPassiveLevel);
  if (!port_.port_cls().find_adapter(device) || !callback_) return STATUS_INVALID_PARAMETER;
  callback_ = nullptr;
  return STATUS_SUCCESS;
}

NTSTATUS PortStreamResources::AddStreamResource(PVOID set, PPCSTREAMRESOURCE_DESCRIPTOR descriptor,
                                                PPCSTREAMRESOURCE handle) {
  ApiScope scope("IPortClsStreamResourceManager::AddStreamResource", kPassiveLevel, kPassiveLevel);
  if (!handle) return STATUS_INVALID_PARAMETER;
  *handle = nullptr;
  if (kernel::made_to_fail(kernel::FailureKind::kResource, "IPortClsStreamResourceManager::AddStreamResource"))
    return STATUS_INSUFFICIENT_RESOURCES;
  PDEVICE_OBJECT pdo = port_.adapter() ? port_.adapter()->physical_device() : nullptr;
  auto added = port_.port_cls().stream_resources().add(pdo, set, descriptor);
  if (!added) return added.error().nt();
  *handle = *added;
  return STATUS_SUCCESS;
}

NTSTATUS PortStreamResources::RemoveStreamResource(PCSTREAMRESOURCE handle) {
  ApiScope scope("IPortClsStreamResourceManager::RemoveStreamResource", kPassiveLevel, kPassiveLevel);
  return port_.port_cls().stream_resources().remove(handle).nt();
}

NTSTATUS PortStreamResources::AddStreamResource2(PDEVICE_OBJECT pdo, PVOID set, PPCSTREAMRESOURCE_DESCRIPTOR descriptor,
                                                 PPCSTREAMRESOURCE handle) {
  ApiScope scope("IPortClsStreamResourceManager2::AddStreamResource2", kPassiveLevel, kPassiveLevel);
  if (!handle || !pdo) return STATUS_INVALID_PARAMETER;
  *handle = nullptr;
  if (kernel::made_to_fail(kernel::FailureKind::kResource, "IPortClsStreamResourceManager2::AddStreamResource2"))
    return STATUS_INSUFFICIENT_RESOURCES;
  auto added = port_.port_cls().stream_resources().add(pdo, set, descriptor);
  if (!added) return added.error().nt();
  *handle = *added;
  return STATUS_SUCCESS;
}

NTSTATUS PortDrm::CreateContentMixed(PULONG parts, ULONG count, PULONG mixed) {
  ApiScope scope("IDrmPort::CreateContentMixed", kPassiveLevel, kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "IDrmPort::CreateContentMixed"))
    return STATUS_INSUFFICIENT_RESOURCES;
  if (!mixed || (count && !parts)) return STATUS_INVALID_PARAMETER;
  auto id = port_.port_cls().drm().create_mixed({parts, count});
  if (!id) return id.error().nt();
  *mixed = *id;
  return STATUS_SUCCESS;
}

NTSTATUS PortDrm::DestroyContent(ULONG id) {
  ApiScope scope("IDrmPort::DestroyContent", kPassiveLevel, kPassiveLevel);
  return port_.port_cls().drm().destroy(id).nt();
}

NTSTATUS PortDrm::ForwardContentToFileObject(ULONG id, PFILE_OBJECT) {
  ApiScope scope("IDrmPort::ForwardContentToFileObject", kPassiveLevel, kPassiveLevel);
  return port_.port_cls().drm().check_forward(id).nt();
}

NTSTATUS PortDrm::ForwardContentToInterface(ULONG id, PUNKNOWN unknown, ULONG) {
  ApiScope scope("IDrmPort::ForwardContentToInterface", kPassiveLevel, kPassiveLevel);
  return port_.port_cls().drm().forward_to_interface(id, unknown).nt();
}

NTSTATUS PortDrm::GetContentRights(ULONG id, PDRMRIGHTS rights) {
  ApiScope scope("IDrmPort::GetContentRights", kPassiveLevel, kPassiveLevel);
  if (!rights) return STATUS_INVALID_PARAMETER;
  auto found = port_.port_cls().drm().rights(id);
  if (!found) return found.error().nt();
  *rights = *found;
  return STATUS_SUCCESS;
}

NTSTATUS PortDrm::AddContentHandlers(ULONG id, PVOID*, ULONG) {
  ApiScope scope("IDrmPort2::AddContentHandlers", kPassiveLevel, kPassiveLevel);
  return port_.port_cls().drm().check_forward(id).nt();
}

NTSTATUS PortDrm::ForwardContentToDeviceObject(ULONG id, PVOID, PCDRMFORWARD) {
  ApiScope scope("IDrmPort2::ForwardContentToDeviceObject", kPassiveLevel, kPassiveLevel);
  return port_.port_cls().drm().check_forward(id).nt();
}

}  // namespace portside::portcls
