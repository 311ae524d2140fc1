#include "portcls/port_topology.h"

#include "kernel/api_scope.h"

namespace portside::portcls {

using kernel::ApiScope;
using kernel::kPassiveLevel;

NTSTATUS PortTopology::Init(PDEVICE_OBJECT device, PIRP irp, PUNKNOWN miniport, PUNKNOWN adapter, PRESOURCELIST resources) {
  ApiScope scope("IPortTopology::Init", kPassiveLevel, kPassiveLevel);
  return initialize(device, irp, miniport, adapter, resources);
}

NTSTATUS PortTopology::GetDeviceProperty(DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer, PULONG result_bytes) {
  ApiScope scope("IPortTopology::GetDeviceProperty", kPassiveLevel, kPassiveLevel);
  return device_property(property, bytes, buffer, result_bytes);
}

NTSTATUS PortTopology::NewRegistryKey(PREGISTRYKEY* key, PUNKNOWN outer, ULONG type, ACCESS_MASK access,
                                    POBJECT_ATTRIBUTES attributes, ULONG options, PULONG disposition) {
  ApiScope scope("IPortTopology::NewRegistryKey", kPassiveLevel, kPassiveLevel);
  return new_registry_key(key, outer, type, access, attributes, options, disposition);
}

IUnknown* PortTopology::own_interface(REFIID iid) {
  return IsEqualGUID(iid, IID_IPort) || IsEqualGUID(iid, IID_IPortTopology) ? unknown() : nullptr;
}

ComPtr<IMiniport> PortTopology::initialize_miniport(IUnknown* miniport, IUnknown* adapter, PRESOURCELIST resources, NTSTATUS& status) {
  auto topology = ComPtr<IMiniportTopology>::query(miniport, IID_IMiniportTopology);
  if (!topology) {
    status = STATUS_INVALID_PARAMETER;
    return {};
  }
  status = topology->Init(adapter, resources, this);
  return ComPtr<IMiniport>::adopt(topology.release());
}

}  // namespace portside::portcls
