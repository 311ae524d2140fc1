#pragma once
// PortServices: the further interfaces that drivers ask a port for, one small class each, all counting for the port.

#include <portcls.h>
#include <wdm.h>

#include <vector>

#include "portcls/port_notifications.h"
#include "portcls/port_part.h"
#include "portcls/stream_resources.h"

namespace portside::portcls {

class PortVersion final : public PortPart<IPortClsVersion> {
 public:
  using PortPart::PortPart;
  STDMETHODIMP_(DWORD) GetVersion() override;
};

class PortEtwHelper final : public PortPart<IPortClsEtwHelper> {
 public:
  using PortPart::PortPart;
  STDMETHODIMP_(NTSTATUS)
  MiniportWriteEtwEvent(EPcMiniportEngineEvent type, ULONGLONG a, ULONGLONG b, ULONGLONG c, ULONGLONG d) override;
};

class PortUnregisterSubdevice final : public PortPart<IUnregisterSubdevice> {
 public:
  using PortPart::PortPart;
  STDMETHODIMP_(NTSTATUS) UnregisterSubdevice(PDEVICE_OBJECT device, PUNKNOWN unknown) override;
};

class PortUnregisterConnection final : public PortPart<IUnregisterPhysicalConnection> {
 public:
  using PortPart::PortPart;
  STDMETHODIMP_(NTSTATUS)
  UnregisterPhysicalConnection(PDEVICE_OBJECT device, PUNKNOWN from, ULONG from_pin, PUNKNOWN to,
                               ULONG to_pin) override;
  STDMETHODIMP_(NTSTATUS)
  UnregisterPhysicalConnectionToExternal(PDEVICE_OBJECT device, PUNKNOWN from, ULONG from_pin, PUNICODE_STRING to,
                                         ULONG to_pin) override;
  STDMETHODIMP_(NTSTATUS)
  UnregisterPhysicalConnectionFromExternal(PDEVICE_OBJECT device, PUNICODE_STRING from, ULONG from_pin, PUNKNOWN to,
                                           ULONG to_pin) override;
};

class PortPower final : public PortPart<IPortClsPower> {
 public:
  using PortPart::PortPart;
  STDMETHODIMP_(NTSTATUS) RegisterAdapterPowerManagement(PUNKNOWN unknown, PDEVICE_OBJECT device) override;
  STDMETHODIMP_(NTSTATUS) UnregisterAdapterPowerManagement(PDEVICE_OBJECT device) override;
  STDMETHODIMP_(NTSTATUS) SetIdlePowerManagement(PDEVICE_OBJECT device, BOOLEAN enabled) override;
};

// Power control codes come from a power-engine plug-in; there is none here, so no callback is ever called and nothing
// takes a code.
class PortRuntimePower final : public PortPart<IPortClsRuntimePower> {
 public:
  using PortPart::PortPart;
  STDMETHODIMP_(NTSTATUS)
  SendPowerControl(PDEVICE_OBJECT device, LPCGUID code, PVOID in, SIZE_T in_bytes, PVOID out, SIZE_T out_bytes,
                   PSIZE_T returned) override;
  STDMETHODIMP_(NTSTATUS)
  RegisterPowerControlCallback(PDEVICE_OBJECT device, PCPFNRUNTIME_POWER_CONTROL_CALLBACK callback,
                               PVOID context) override;
  STDMETHODIMP_(NTSTATUS) UnregisterPowerControlCallback(PDEVICE_OBJECT device) override;

 private:
  PCPFNRUNTIME_POWER_CONTROL_CALLBACK callback_ = nullptr;
};

class PortStreamResources final : public PortPart<IPortClsStreamResourceManager2> {
 public:
  using PortPart::PortPart;
  STDMETHODIMP_(NTSTATUS)
  AddStreamResource(PVOID set, PPCSTREAMRESOURCE_DESCRIPTOR descriptor, PPCSTREAMRESOURCE handle) override;
  STDMETHODIMP_(NTSTATUS) RemoveStreamResource(PCSTREAMRESOURCE handle) override;
  STDMETHODIMP_(NTSTATUS)
  AddStreamResource2(PDEVICE_OBJECT pdo, PVOID set, PPCSTREAMRESOURCE_DESCRIPTOR descriptor,
                     PPCSTREAMRESOURCE handle) override;
};

// IDrmPort2, and so IDrmPort.
class PortDrm final : public PortPart<IDrmPort2> {
 public:
  using PortPart::PortPart;
  STDMETHODIMP_(NTSTATUS) CreateContentMixed(PULONG parts, ULONG count, PULONG mixed) override;
  STDMETHODIMP_(NTSTATUS) DestroyContent(ULONG id) override;
  STDMETHODIMP_(NTSTATUS) ForwardContentToFileObject(ULONG id, PFILE_OBJECT file) override;
  STDMETHODIMP_(NTSTATUS) ForwardContentToInterface(ULONG id, PUNKNOWN unknown, ULONG methods) override;
  STDMETHODIMP_(NTSTATUS) GetContentRights(ULONG id, PDRMRIGHTS rights) override;
  STDMETHODIMP_(NTSTATUS) AddContentHandlers(ULONG id, PVOID* handlers, ULONG count) override;
  STDMETHODIMP_(NTSTATUS) ForwardContentToDeviceObject(ULONG id, PVOID reserved, PCDRMFORWARD forward) override;
};

class PortServices {
 public:
  explicit PortServices(Port& port)
      : version_(port), etw_(port), unregister_subdevice_(port), unregister_connection_(port), power_(port),
        runtime_power_(port), stream_resources_(port), drm_(port), notifications_(port) {}
  // The part that offers the interface, without a reference; null when the port does not offer it.
  IUnknown* find(REFIID iid);
  void end() { notifications_.end(); }

 private:
  PortVersion version_;
  PortEtwHelper etw_;
  PortUnregisterSubdevice unregister_subdevice_;
  PortUnregisterConnection unregister_connection_;
  PortPower power_;
  PortRuntimePower runtime_power_;
  PortStreamResources stream_resources_;
  PortDrm drm_;
  PortNotifications notifications_;
};

}  // namespace portside::portcls
