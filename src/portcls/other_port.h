#pragma once
// OtherPort: a port of portcls.sys that Portside has not (WaveCyclic, WavePci, Midi, DMus). PcNewPort gives one as Windows does:
// a driver may ask it for interfaces, as some do to learn what this Windows can. Its Init refuses, and the subdevice is lost.

#include "kernel/api_scope.h"
#include "portcls/port.h"
#include "portcls/portcls.h"

namespace portside::portcls {

// IPort, with room for the methods that the four interfaces add to it: three at most. They are called on an initialised port
// alone, which this one never is.
struct IOtherPort : IPort {
  STDMETHOD_(NTSTATUS, First)() PURE;
  STDMETHOD_(NTSTATUS, Second)() PURE;
  STDMETHOD_(NTSTATUS, Third)() PURE;
};

class OtherPort final : public IOtherPort, public Port {
 public:
  OtherPort(PortCls& port_cls, const GUID& class_id, const GUID& interface_id)
      : Port(port_cls, PortKind::kOther), class_id_(class_id), interface_id_(interface_id) {}
  IUnknown* unknown() override { return static_cast<IPort*>(this); }

  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override { return query(iid, object); }
  STDMETHODIMP_(ULONG) AddRef() override { return add_reference(); }
  STDMETHODIMP_(ULONG) Release() override { return release_reference(); }
  STDMETHODIMP_(NTSTATUS) Init(PDEVICE_OBJECT, PIRP, PUNKNOWN, PUNKNOWN, PRESOURCELIST) override {
    kernel::ApiScope scope("IPort::Init", kernel::kPassiveLevel, kernel::kPassiveLevel);
    return port_cls().refuse(refuse_class("IPort::Init", class_id_));
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceProperty(DEVICE_REGISTRY_PROPERTY, ULONG, PVOID, PULONG) override {
    return STATUS_INVALID_DEVICE_REQUEST;
  }
  STDMETHODIMP_(NTSTATUS)
  NewRegistryKey(PREGISTRYKEY*, PUNKNOWN, ULONG, ACCESS_MASK, POBJECT_ATTRIBUTES, ULONG, PULONG) override {
    return STATUS_INVALID_DEVICE_REQUEST;
  }
  STDMETHODIMP_(NTSTATUS) First() override { return STATUS_NOT_IMPLEMENTED; }
  STDMETHODIMP_(NTSTATUS) Second() override { return STATUS_NOT_IMPLEMENTED; }
  STDMETHODIMP_(NTSTATUS) Third() override { return STATUS_NOT_IMPLEMENTED; }

 private:
  IUnknown* own_interface(REFIID iid) override {
    return IsEqualGUID(iid, IID_IPort) || IsEqualGUID(iid, interface_id_) ? unknown() : nullptr;
  }
  ComPtr<IMiniport> initialize_miniport(IUnknown*, IUnknown*, PRESOURCELIST, NTSTATUS& status) override {
    status = STATUS_NOT_IMPLEMENTED;
    return {};
  }
  const GUID class_id_, interface_id_;
};

}  // namespace portside::portcls
