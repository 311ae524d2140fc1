// Subdevices: the steps by which an endpoint of a card is told to Windows, as in drivers/cable's adapter.cpp: a
// topology filter, a wave filter, and the wire between them.
#pragma once

#include "adapter_pnp.h"
#include "adapter_power.h"

// A filter's name, which becomes the reference string of its interfaces: "WaveRender1". The INF names the first ones.
class FilterName {
 public:
  FilterName(PCWSTR kind, bool capture, ULONG number);
  PWSTR text() { return text_; }

 private:
  void append(PCWSTR part);
  WCHAR text_[24] = {};
  ULONG length_ = 0;
};

// Makes a port of the class `port_class`, gives it the miniport to drive, and registers the pair.
NTSTATUS install_subdevice(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, PWSTR name, REFCLSID port_class,
                           IUnknown* miniport, ComPointer<IPort>& port);

// Both filters of the `number`-th endpoint of its direction, and the physical connection, the way of the audio. Audio
// enters both filters at pin 0 and leaves them at pin 1.
NTSTATUS install_endpoint(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, bool capture, ULONG number,
                          IUnknown* wave, IUnknown* topology);

// PortCls takes a reference of its own to either, and drops it when the device goes.
template <class Device>
NTSTATUS register_power_and_pnp(PDEVICE_OBJECT functional_device, Device& device) {
  ComPointer<AdapterPower<Device>> power;
  power.adopt(new AdapterPower<Device>(device));
  ComPointer<AdapterPnp<Device>> pnp;
  pnp.adopt(new AdapterPnp<Device>(device));
  if (!power || !pnp) return STATUS_INSUFFICIENT_RESOURCES;
  const NTSTATUS status = PcRegisterAdapterPowerManagement(power.get(), functional_device);
  return NT_SUCCESS(status) ? PcRegisterAdapterPnpManagement(pnp.get(), functional_device) : status;
}
