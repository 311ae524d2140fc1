#include "portcls/port_wavert.h"

#include "kernel/api_scope.h"

namespace portside::portcls {

using kernel::ApiScope;
using kernel::kPassiveLevel;

NTSTATUS PortWaveRt::Init(PDEVICE_OBJECT device, PIRP irp, PUNKNOWN miniport, PUNKNOWN adapter, PRESOURCELIST resources) {
  ApiScope scope("IPortWaveRT::Init", kPassiveLevel, kPassiveLevel);
  return initialize(device, irp, miniport, adapter, resources);
}

NTSTATUS PortWaveRt::GetDeviceProperty(DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer, PULONG result_bytes) {
  ApiScope scope("IPortWaveRT::GetDeviceProperty", kPassiveLevel, kPassiveLevel);
  return device_property(property, bytes, buffer, result_bytes);
}

NTSTATUS PortWaveRt::NewRegistryKey(PREGISTRYKEY* key, PUNKNOWN outer, ULONG type, ACCESS_MASK access,
                                    POBJECT_ATTRIBUTES attributes, ULONG options, PULONG disposition) {
  ApiScope scope("IPortWaveRT::NewRegistryKey", kPassiveLevel, kPassiveLevel);
  return new_registry_key(key, outer, type, access, attributes, options, disposition);
}

IUnknown* PortWaveRt::own_interface(REFIID iid) {
  return IsEqualGUID(iid, IID_IPort) || IsEqualGUID(iid, IID_IPortWaveRT) ? unknown() : nullptr;
}

ComPtr<IMiniport> PortWaveRt::initialize_miniport(IUnknown* miniport, IUnknown* adapter, PRESOURCELIST resources, NTSTATUS& status) {
  auto wave = ComPtr<IMiniportWaveRT>::query(miniport, IID_IMiniportWaveRT);
  if (!wave) {
    status = STATUS_INVALID_PARAMETER;
    return {};
  }
  status = wave->Init(adapter, resources, this);
  return ComPtr<IMiniport>::adopt(wave.release());
}

}  // namespace portside::portcls
