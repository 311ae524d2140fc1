// portcls.sys: ports, subdevices and their connections, and the helper objects.

#include "exports/api.h"
#include "portcls/adapter.h"
#include "portcls/interrupt_sync.h"
#include "portcls/port.h"
#include "portcls/portcls.h"
#include "portcls/registry_key.h"
#include "portcls/resource_list.h"
#include "portcls/service_group.h"

#include <portcls.h>

using namespace portside;
using namespace portside::exports;
using portcls::Adapter;
using portcls::ConnectionEnd;
using portcls::Misuse;
using portcls::Port;
using portcls::PortCls;

namespace {

NTSTATUS connect(const char* function, PDEVICE_OBJECT device, const ConnectionEnd* from, const ConnectionEnd* to) {
  PortCls& port_cls = current<PortCls>();
  Adapter* adapter = port_cls.find_adapter(device);
  if (!adapter || !from || !to) {
    port_cls.report_misuse(Misuse::kForeignObject, function,
                           "a device object or a subdevice that PortCls does not know");
    return STATUS_INVALID_PARAMETER;
  }
  return adapter->connect({*from, *to}).nt();
}

std::optional<ConnectionEnd> end_of(PUNKNOWN unknown, ULONG pin) {
  const Port* port = Port::find(current<PortCls>(), unknown);
  if (!port) return std::nullopt;
  return ConnectionEnd{.port = port, .pin = pin};
}
std::optional<ConnectionEnd> end_of(PUNICODE_STRING link, ULONG pin) {
  if (!link || !link->Length) return std::nullopt;
  return ConnectionEnd{.external = copy_of(link), .pin = pin};
}
const ConnectionEnd* pointer(const std::optional<ConnectionEnd>& end) { return end ? &*end : nullptr; }

}  // namespace

extern "C" {

NTSTATUS NTAPI PcNewPort(PPORT* out, REFCLSID class_id) {
  ApiScope scope("PcNewPort", kPassiveLevel, kPassiveLevel);
  if (!out) return STATUS_INVALID_PARAMETER;
  *out = nullptr;
  if (made_to_fail(FailureKind::kObject, "PcNewPort")) return STATUS_INSUFFICIENT_RESOURCES;
  auto port = Port::create(current<PortCls>(), class_id);
  if (!port) return port.error().nt();
  *out = static_cast<PPORT>(*port);
  return STATUS_SUCCESS;
}

// "The system-supplied miniport drivers for MPU-401 UARTs and OPL3 synthesizers": Portside has none.
NTSTATUS NTAPI PcNewMiniport(PMINIPORT* out, REFCLSID class_id) {
  ApiScope scope("PcNewMiniport", kPassiveLevel, kPassiveLevel);
  if (!out) return STATUS_INVALID_PARAMETER;
  *out = nullptr;
  return current<PortCls>().refuse(portcls::refuse_class("PcNewMiniport", class_id));
}

NTSTATUS NTAPI PcRegisterSubdevice(PDEVICE_OBJECT device, PWSTR name, PUNKNOWN unknown) {
  ApiScope scope("PcRegisterSubdevice", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcRegisterSubdevice")) return STATUS_INSUFFICIENT_RESOURCES;
  PortCls& port_cls = current<PortCls>();
  Adapter* adapter = port_cls.find_adapter(device);
  if (!adapter || !name) {
    port_cls.report_misuse(Misuse::kForeignObject, "PcRegisterSubdevice",
                           "the device object is not one of PcAddAdapterDevice's");
    return STATUS_INVALID_PARAMETER;
  }
  return adapter->register_subdevice(copy_of(name), unknown).nt();
}

NTSTATUS NTAPI PcRegisterPhysicalConnection(PDEVICE_OBJECT device, PUNKNOWN from, ULONG from_pin, PUNKNOWN to,
                                            ULONG to_pin) {
  ApiScope scope("PcRegisterPhysicalConnection", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcRegisterPhysicalConnection")) return STATUS_INSUFFICIENT_RESOURCES;
  const auto a = end_of(from, from_pin), b = end_of(to, to_pin);
  return connect("PcRegisterPhysicalConnection", device, pointer(a), pointer(b));
}

NTSTATUS NTAPI PcRegisterPhysicalConnectionToExternal(PDEVICE_OBJECT device, PUNKNOWN from, ULONG from_pin,
                                                      PUNICODE_STRING to, ULONG to_pin) {
  ApiScope scope("PcRegisterPhysicalConnectionToExternal", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcRegisterPhysicalConnectionToExternal"))
    return STATUS_INSUFFICIENT_RESOURCES;
  const auto a = end_of(from, from_pin), b = end_of(to, to_pin);
  return connect("PcRegisterPhysicalConnectionToExternal", device, pointer(a), pointer(b));
}

NTSTATUS NTAPI PcRegisterPhysicalConnectionFromExternal(PDEVICE_OBJECT device, PUNICODE_STRING from, ULONG from_pin,
                                                        PUNKNOWN to, ULONG to_pin) {
  ApiScope scope("PcRegisterPhysicalConnectionFromExternal", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcRegisterPhysicalConnectionFromExternal"))
    return STATUS_INSUFFICIENT_RESOURCES;
  const auto a = end_of(from, from_pin), b = end_of(to, to_pin);
  return connect("PcRegisterPhysicalConnectionFromExternal", device, pointer(a), pointer(b));
}

NTSTATUS NTAPI PcNewRegistryKey(PREGISTRYKEY* out, PUNKNOWN outer, ULONG type, ACCESS_MASK access, PVOID device,
                                PVOID subdevice, POBJECT_ATTRIBUTES attributes, ULONG options, PULONG disposition) {
  ApiScope scope("PcNewRegistryKey", kPassiveLevel, kPassiveLevel);
  if (outer) return STATUS_NOT_IMPLEMENTED;  // never an object that only looks aggregated
  // "DeviceInterfaceRegistryKey: not used with PcNewRegistryKey."
  if (type == DeviceInterfaceRegistryKey) return STATUS_INVALID_PARAMETER;
  return portcls::RegistryKeyObject::create({.device = static_cast<PDEVICE_OBJECT>(device),
                                             .type = type,
                                             .access = access,
                                             .attributes = attributes,
                                             .options = options},
                                            out, disposition);
}

NTSTATUS NTAPI PcNewResourceList(PRESOURCELIST* out, PUNKNOWN outer, POOL_TYPE pool, PCM_RESOURCE_LIST translated,
                                 PCM_RESOURCE_LIST untranslated) {
  ApiScope scope("PcNewResourceList", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kResource, "PcNewResourceList")) return STATUS_INSUFFICIENT_RESOURCES;
  if (outer) return STATUS_NOT_IMPLEMENTED;  // never an object that only looks aggregated
  if (!out) return STATUS_INVALID_PARAMETER;
  *out = portcls::ResourceList::create(translated, untranslated);
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcNewResourceSublist(PRESOURCELIST* out, PUNKNOWN outer, POOL_TYPE pool, PRESOURCELIST parent,
                                    ULONG entries) {
  ApiScope scope("PcNewResourceSublist", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kResource, "PcNewResourceSublist")) return STATUS_INSUFFICIENT_RESOURCES;
  if (outer) return STATUS_NOT_IMPLEMENTED;  // never an object that only looks aggregated
  if (!out || !parent || entries == 0) return STATUS_INVALID_PARAMETER;
  *out = portcls::ResourceList::create_sublist(parent, entries);
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcNewServiceGroup(PSERVICEGROUP* out, PUNKNOWN outer) {
  ApiScope scope("PcNewServiceGroup", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcNewServiceGroup")) return STATUS_INSUFFICIENT_RESOURCES;
  if (outer) return STATUS_NOT_IMPLEMENTED;  // never an object that only looks aggregated
  if (!out) return STATUS_INVALID_PARAMETER;
  *out = portcls::ServiceGroup::create();
  return STATUS_SUCCESS;
}

// "PcNewDmaChannel is obsolete": ports of the kinds that had channels are not here, and no device has a DMA adapter to give.
NTSTATUS NTAPI PcNewDmaChannel(PDMACHANNEL* out, PUNKNOWN, POOL_TYPE, PDEVICE_DESCRIPTION description,
                               PDEVICE_OBJECT device) {
  ApiScope scope("PcNewDmaChannel", kPassiveLevel, kPassiveLevel);
  if (!out || !description || !device) return STATUS_INVALID_PARAMETER;
  *out = nullptr;
  ULONG map_registers = 0;
  return IoGetDmaAdapter(device, description, &map_registers) ? STATUS_NOT_IMPLEMENTED : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI PcNewInterruptSync(PINTERRUPTSYNC* out, PUNKNOWN outer, PRESOURCELIST resources, ULONG index,
                                  INTERRUPTSYNCMODE mode) {
  ApiScope scope("PcNewInterruptSync", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kResource, "PcNewInterruptSync")) return STATUS_INSUFFICIENT_RESOURCES;
  if (outer) return STATUS_NOT_IMPLEMENTED;  // never an object that only looks aggregated
  return portcls::InterruptSync::create(out, resources, index, mode);
}

NTSTATUS NTAPI PcAddStreamResource(PDEVICE_OBJECT physical_device, PVOID set, PPCSTREAMRESOURCE_DESCRIPTOR descriptor,
                                   PPCSTREAMRESOURCE handle) {
  ApiScope scope("PcAddStreamResource", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kResource, "PcAddStreamResource")) return STATUS_INSUFFICIENT_RESOURCES;
  if (!handle || !physical_device) return STATUS_INVALID_PARAMETER;
  *handle = nullptr;
  auto added = current<PortCls>().stream_resources().add(physical_device, set, descriptor);
  if (added) *handle = *added;
  return status_of(added);
}

NTSTATUS NTAPI PcRemoveStreamResource(PCSTREAMRESOURCE handle) {
  ApiScope scope("PcRemoveStreamResource", kPassiveLevel, kPassiveLevel);
  return current<PortCls>().stream_resources().remove(handle).nt();
}

}  // extern "C"

namespace portside::exports {

namespace {
const Export kPortClsSubdeviceRows[] = {
    EXPORT_PARTIAL(
        PortCls, PcNewPort,
        "CLSID_PortWaveRT and CLSID_PortTopology; the Init of others is refused by name: STATUS_NOT_IMPLEMENTED"),
    EXPORT_PARTIAL(PortCls, PcNewMiniport, "no system-supplied miniports: refused by name, STATUS_NOT_IMPLEMENTED"),
    EXPORT(PortCls, PcRegisterSubdevice),
    EXPORT(PortCls, PcRegisterPhysicalConnection),
    EXPORT(PortCls, PcRegisterPhysicalConnectionToExternal),
    EXPORT(PortCls, PcRegisterPhysicalConnectionFromExternal),
    EXPORT_PARTIAL(PortCls, PcNewRegistryKey, "no aggregation: STATUS_NOT_IMPLEMENTED for an OuterUnknown"),
    EXPORT_PARTIAL(PortCls, PcNewResourceList, "no aggregation: STATUS_NOT_IMPLEMENTED for an OuterUnknown"),
    EXPORT_PARTIAL(PortCls, PcNewResourceSublist, "no aggregation: STATUS_NOT_IMPLEMENTED for an OuterUnknown"),
    EXPORT_PARTIAL(PortCls, PcNewServiceGroup, "no aggregation: STATUS_NOT_IMPLEMENTED for an OuterUnknown"),
    EXPORT_PARTIAL(PortCls, PcAddStreamResource, "declared resources are kept; nothing is scheduled by them"),
    EXPORT_PARTIAL(PortCls, PcRemoveStreamResource, "declared resources are kept; nothing is scheduled by them"),
    EXPORT_PARTIAL(PortCls, PcNewDmaChannel, "always fails: obsolete, and no device has a DMA adapter"),
    EXPORT_PARTIAL(PortCls, PcNewInterruptSync, "no aggregation: STATUS_NOT_IMPLEMENTED for an OuterUnknown"),
};
}  // namespace
const ExportSet kPortClsSubdeviceExports{kPortClsSubdeviceRows};

}  // namespace portside::exports
