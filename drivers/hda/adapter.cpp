// The adapter: how the driver starts. As in drivers/cable, but that what there is to register is found out first: the
// controller is reset, its codecs are asked, and each endpoint that was found becomes a topology filter and a wave
// filter.
#include "adapter_pnp.h"
#include "adapter_power.h"
#include "hda_device.h"
#include "topology_miniport.h"
#include "wave_miniport.h"

namespace {

constexpr ULONG kMaxSubdevices = 2 * HdaDevice::kMaxEndpoints;

#pragma code_seg("PAGE")

// A filter's name, which becomes the reference string of its interfaces: "WaveRender1". The INF names the first ones.
class FilterName {
 public:
  FilterName(PCWSTR kind, bool capture, ULONG number) {
    PAGED_CODE();
    append(kind);
    append(capture ? L"Capture" : L"Render");
    text_[length_++] = static_cast<WCHAR>(L'0' + number);
  }
  PWSTR text() { return text_; }

 private:
  void append(PCWSTR part) {
    while (*part && length_ < ARRAYSIZE(text_) - 2) text_[length_++] = *part++;
  }
  WCHAR text_[24] = {};
  ULONG length_ = 0;
};

NTSTATUS install_subdevice(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, PWSTR name, REFCLSID port_class,
                           IUnknown* miniport, ComPointer<IPort>& port) {
  PAGED_CODE();
  NTSTATUS status = PcNewPort(port.receive(), port_class);
  if (!NT_SUCCESS(status)) return status;
  status = port->Init(device, irp, miniport, nullptr, resources);
  if (!NT_SUCCESS(status)) return status;
  return PcRegisterSubdevice(device, name, port.get());
}

NTSTATUS install_endpoint(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, HdaDevice& hda, Endpoint& endpoint,
                          ULONG number) {
  PAGED_CODE();
  ComPointer<TopologyMiniport> topology;
  ComPointer<IPort> topology_port;
  TopologyMiniport* new_topology;
  NTSTATUS status = TopologyMiniport::create(hda, endpoint, &new_topology);
  if (!NT_SUCCESS(status)) return status;
  topology.adopt(new_topology);
  FilterName topology_name(L"Topology", endpoint.capture(), number);
  status = install_subdevice(device, irp, resources, topology_name.text(), CLSID_PortTopology, topology.get(),
                             topology_port);
  if (!NT_SUCCESS(status)) return status;

  ComPointer<WaveMiniport> wave;
  ComPointer<IPort> wave_port;
  WaveMiniport* new_wave;
  status = WaveMiniport::create(hda, endpoint, &new_wave);
  if (!NT_SUCCESS(status)) return status;
  wave.adopt(new_wave);
  FilterName wave_name(L"Wave", endpoint.capture(), number);
  status = install_subdevice(device, irp, resources, wave_name.text(), CLSID_PortWaveRT, wave.get(), wave_port);
  if (!NT_SUCCESS(status)) return status;

  // The way of the audio.
  if (endpoint.capture())
    return PcRegisterPhysicalConnection(device, topology_port.get(), TopologyMiniport::kOutputPin, wave_port.get(),
                                        wave->bridge_pin());
  return PcRegisterPhysicalConnection(device, wave_port.get(), wave->bridge_pin(), topology_port.get(),
                                      TopologyMiniport::kInputPin);
}

NTSTATUS install_endpoints(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, HdaDevice& hda) {
  PAGED_CODE();
  ULONG numbers[2] = {};
  NTSTATUS status = STATUS_SUCCESS;
  for (ULONG i = 0; NT_SUCCESS(status) && i < hda.endpoint_count(); ++i) {
    Endpoint& endpoint = hda.endpoint(i);
    status = install_endpoint(device, irp, resources, hda, endpoint, ++numbers[endpoint.capture()]);
  }
  return status;
}

NTSTATUS register_power_and_pnp(PDEVICE_OBJECT device, HdaDevice& hda) {
  PAGED_CODE();
  // PortCls takes a reference of its own to either, and drops it when the device goes.
  ComPointer<AdapterPower> power;
  power.adopt(new AdapterPower(hda));
  ComPointer<AdapterPnp> pnp;
  pnp.adopt(new AdapterPnp(hda));
  if (!power || !pnp) return STATUS_INSUFFICIENT_RESOURCES;
  const NTSTATUS status = PcRegisterAdapterPowerManagement(power.get(), device);
  return NT_SUCCESS(status) ? PcRegisterAdapterPnpManagement(pnp.get(), device) : status;
}

// PCPFNSTARTDEVICE. Called again when a rebalance ends. If anything here fails PortCls takes back what was registered
// before it.
NTSTATUS start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  PAGED_CODE();
  HdaDevice* created;
  NTSTATUS status = HdaDevice::create(device, resources, &created);
  if (!NT_SUCCESS(status)) return status;
  ComPointer<HdaDevice> hda;  // the miniports share it; it goes with the last of them
  hda.adopt(created);
  status = install_endpoints(device, irp, resources, *created);
  if (NT_SUCCESS(status)) status = register_power_and_pnp(device, *created);
  return status;
}

// DRIVER_ADD_DEVICE
NTSTATUS add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical_device) {
  PAGED_CODE();
  return PcAddAdapterDevice(driver, physical_device, &start_device, kMaxSubdevices, 0);
}

}  // namespace

#pragma code_seg("INIT")
extern "C" DRIVER_INITIALIZE DriverEntry;
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  return PcInitializeAdapterDriver(driver, registry_path, &add_device);
}
#pragma code_seg()
