#pragma once
// PortObject: a port's COM face. The ports differ in their interface, in the miniport they take, and in what their methods
// are called in a report; what the methods do is Port's.

#include "kernel/api_scope.h"
#include "kernel/services.h"
#include "portcls/port.h"

namespace portside::portcls {

template <class Face>
class PortObject final : public Face::Interface, public Port {
 public:
  explicit PortObject(PortCls& port_cls) : Port(port_cls, Face::kKind) {}
  IUnknown* unknown() override { return static_cast<typename Face::Interface*>(this); }

  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override { return query(iid, object); }
  STDMETHODIMP_(ULONG) AddRef() override { return add_reference(); }
  STDMETHODIMP_(ULONG) Release() override { return release_reference(); }
  STDMETHODIMP_(NTSTATUS)
  Init(PDEVICE_OBJECT device, PIRP irp, PUNKNOWN miniport, PUNKNOWN adapter, PRESOURCELIST resources) override {
    kernel::ApiScope scope(Face::kInit, kernel::kPassiveLevel, kernel::kPassiveLevel);
    if (kernel::made_to_fail(kernel::FailureKind::kObject, Face::kInit)) return STATUS_INSUFFICIENT_RESOURCES;
    return initialize(device, irp, miniport, adapter, resources);
  }
  STDMETHODIMP_(NTSTATUS)
  GetDeviceProperty(DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer, PULONG result_bytes) override {
    kernel::ApiScope scope(Face::kGetDeviceProperty, kernel::kPassiveLevel, kernel::kPassiveLevel);
    return device_property(property, bytes, buffer, result_bytes);
  }
  STDMETHODIMP_(NTSTATUS)
  NewRegistryKey(PREGISTRYKEY* key, PUNKNOWN outer, ULONG type, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                 ULONG options, PULONG disposition) override {
    kernel::ApiScope scope(Face::kNewRegistryKey, kernel::kPassiveLevel, kernel::kPassiveLevel);
    return new_registry_key(key, outer, type, access, attributes, options, disposition);
  }

 private:
  IUnknown* own_interface(REFIID iid) override {
    return IsEqualGUID(iid, IID_IPort) || IsEqualGUID(iid, Face::port_iid()) ? unknown() : nullptr;
  }
  ComPtr<IMiniport> initialize_miniport(IUnknown* miniport, IUnknown* adapter, PRESOURCELIST resources,
                                        NTSTATUS& status) override {
    auto found = ComPtr<typename Face::Miniport>::query(miniport, Face::miniport_iid());
    if (!found) {
      status = STATUS_INVALID_PARAMETER;
      return {};
    }
    status = found->Init(adapter, resources, this);
    return ComPtr<IMiniport>::adopt(found.release());
  }
};

// The port of a wave filter whose pins stream through a cyclic buffer.
struct WaveRtFace {
  using Interface = IPortWaveRT;
  using Miniport = IMiniportWaveRT;
  static constexpr PortKind kKind = PortKind::kWaveRt;
  static constexpr const char* kInit = "IPortWaveRT::Init";
  static constexpr const char* kGetDeviceProperty = "IPortWaveRT::GetDeviceProperty";
  static constexpr const char* kNewRegistryKey = "IPortWaveRT::NewRegistryKey";
  static const GUID& port_iid() { return IID_IPortWaveRT; }
  static const GUID& miniport_iid() { return IID_IMiniportWaveRT; }
};
using PortWaveRt = PortObject<WaveRtFace>;

// The port of a filter of nodes, whose pins are bridges.
struct TopologyFace {
  using Interface = IPortTopology;
  using Miniport = IMiniportTopology;
  static constexpr PortKind kKind = PortKind::kTopology;
  static constexpr const char* kInit = "IPortTopology::Init";
  static constexpr const char* kGetDeviceProperty = "IPortTopology::GetDeviceProperty";
  static constexpr const char* kNewRegistryKey = "IPortTopology::NewRegistryKey";
  static const GUID& port_iid() { return IID_IPortTopology; }
  static const GUID& miniport_iid() { return IID_IMiniportTopology; }
};
using PortTopology = PortObject<TopologyFace>;

}  // namespace portside::portcls
