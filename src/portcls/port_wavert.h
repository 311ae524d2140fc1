#pragma once
// PortWaveRt: IPortWaveRT. The port of a wave filter whose pins stream through a cyclic buffer.

#include "portcls/port.h"

namespace portside::portcls {

class PortWaveRt final : public IPortWaveRT, public Port {
 public:
  explicit PortWaveRt(PortCls& port_cls) : Port(port_cls, PortKind::kWaveRt) {}
  IUnknown* unknown() override { return static_cast<IPortWaveRT*>(this); }

  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override { return query(iid, object); }
  STDMETHODIMP_(ULONG) AddRef() override { return add_reference(); }
  STDMETHODIMP_(ULONG) Release() override { return release_reference(); }
  STDMETHODIMP_(NTSTATUS) Init(PDEVICE_OBJECT device, PIRP irp, PUNKNOWN miniport, PUNKNOWN adapter, PRESOURCELIST resources) override;
  STDMETHODIMP_(NTSTATUS) GetDeviceProperty(DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer, PULONG result_bytes) override;
  STDMETHODIMP_(NTSTATUS) NewRegistryKey(PREGISTRYKEY* key, PUNKNOWN outer, ULONG type, ACCESS_MASK access,
                                         POBJECT_ATTRIBUTES attributes, ULONG options, PULONG disposition) override;

 private:
  IUnknown* own_interface(REFIID iid) override;
  ComPtr<IMiniport> initialize_miniport(IUnknown* miniport, IUnknown* adapter, PRESOURCELIST resources, NTSTATUS& status) override;
};

}  // namespace portside::portcls
