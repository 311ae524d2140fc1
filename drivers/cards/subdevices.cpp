// Subdevices. See subdevices.h.
#include "subdevices.h"

#pragma code_seg("PAGE")

FilterName::FilterName(PCWSTR kind, bool capture, ULONG number) {
  PAGED_CODE();
  append(kind);
  append(capture ? L"Capture" : L"Render");
  text_[length_++] = static_cast<WCHAR>(L'0' + number);
}

void FilterName::append(PCWSTR part) {
  PAGED_CODE();
  while (*part && length_ < ARRAYSIZE(text_) - 2) text_[length_++] = *part++;
}

NTSTATUS install_subdevice(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, PWSTR name, REFCLSID port_class,
                           IUnknown* miniport, ComPointer<IPort>& port) {
  PAGED_CODE();
  NTSTATUS status = PcNewPort(port.receive(), port_class);
  if (!NT_SUCCESS(status)) return status;
  status = port->Init(device, irp, miniport, nullptr, resources);
  if (!NT_SUCCESS(status)) return status;
  return PcRegisterSubdevice(device, name, port.get());
}

NTSTATUS install_endpoint(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, bool capture, ULONG number,
                          IUnknown* wave, IUnknown* topology) {
  PAGED_CODE();
  ComPointer<IPort> topology_port, wave_port;
  FilterName topology_name(L"Topology", capture, number), wave_name(L"Wave", capture, number);
  NTSTATUS status =
      install_subdevice(device, irp, resources, topology_name.text(), CLSID_PortTopology, topology, topology_port);
  if (!NT_SUCCESS(status)) return status;
  status = install_subdevice(device, irp, resources, wave_name.text(), CLSID_PortWaveRT, wave, wave_port);
  if (!NT_SUCCESS(status)) return status;
  IPort* from = capture ? topology_port.get() : wave_port.get();
  IPort* to = capture ? wave_port.get() : topology_port.get();
  return PcRegisterPhysicalConnection(device, from, 1, to, 0);
}

#pragma code_seg()
