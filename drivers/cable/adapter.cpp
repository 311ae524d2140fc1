// The adapter: how a WaveRT driver starts.
//
//   DriverEntry    the image was loaded; tell PortCls, which fills in the driver's dispatch table
//   add_device     a device of ours was found; have PortCls make the functional device object
//   start_device   it may be used; register its filters (subdevices) and say how they are wired
//
// There is no unload function: PortCls put its own into the driver object, and all that start_device made goes with the
// last reference to the subdevices, when the device is removed.
#include "adapter_pnp.h"
#include "adapter_power.h"
#include "cable.h"
#include "topology_miniport.h"
#include "wave_miniport.h"

namespace {

// Two endpoints, each a wave filter and a topology filter.
constexpr ULONG kMaxSubdevices = 4;

#pragma code_seg("PAGE")

// Makes a port of the class `port_class`, gives it the miniport to drive, and registers the pair as a subdevice. A port
// and a miniport are the two halves of a filter: what all filters of the kind have in common, written by Microsoft, and
// what is special to this device. The port is handed out as well, as connections are made between ports.
NTSTATUS install_subdevice(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, PCWSTR name, REFCLSID port_class,
                           IUnknown* miniport, ComPointer<IPort>& port) {
  PAGED_CODE();
  NTSTATUS status = PcNewPort(port.receive(), port_class);
  if (!NT_SUCCESS(status)) return status;
  status = port->Init(device, irp, miniport, nullptr, resources);
  if (!NT_SUCCESS(status)) return status;
  // The name becomes the reference string of the filter's device interfaces: the INF's AddInterface lines use the same.
  return PcRegisterSubdevice(device, const_cast<PWSTR>(name), port.get());
}

struct Endpoint {
  bool capture;
  PCWSTR wave_name;
  PCWSTR topology_name;
};

NTSTATUS install_endpoint(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, Cable& cable,
                          const Endpoint& endpoint) {
  PAGED_CODE();
  ComPointer<TopologyMiniport> topology;
  ComPointer<IPort> topology_port;
  TopologyMiniport* new_topology;
  NTSTATUS status = TopologyMiniport::create(cable, endpoint.capture, &new_topology);
  if (!NT_SUCCESS(status)) return status;
  topology.adopt(new_topology);
  status = install_subdevice(device, irp, resources, endpoint.topology_name, CLSID_PortTopology, topology.get(),
                             topology_port);
  if (!NT_SUCCESS(status)) return status;

  ComPointer<WaveMiniport> wave;
  ComPointer<IPort> wave_port;
  WaveMiniport* new_wave;
  status = WaveMiniport::create(cable, endpoint.capture, &new_wave);
  if (!NT_SUCCESS(status)) return status;
  wave.adopt(new_wave);
  status = install_subdevice(device, irp, resources, endpoint.wave_name, CLSID_PortWaveRT, wave.get(), wave_port);
  if (!NT_SUCCESS(status)) return status;

  // Without a physical connection Windows sees filters and no endpoint. It goes the way of the audio.
  if (endpoint.capture) {
    return PcRegisterPhysicalConnection(device, topology_port.get(), TopologyMiniport::kOutputPin, wave_port.get(),
                                        WaveMiniport::kCaptureBridgePin);
  }
  return PcRegisterPhysicalConnection(device, wave_port.get(), WaveMiniport::kRenderBridgePin, topology_port.get(),
                                      TopologyMiniport::kInputPin);
}

NTSTATUS register_power_management(PDEVICE_OBJECT device) {
  PAGED_CODE();
  ComPointer<AdapterPower> power;
  power.adopt(new AdapterPower());
  if (!power) return STATUS_INSUFFICIENT_RESOURCES;
  // PortCls takes a reference of its own and drops it when the device goes.
  return PcRegisterAdapterPowerManagement(power.get(), device);
}

NTSTATUS register_pnp_management(PDEVICE_OBJECT device) {
  PAGED_CODE();
  ComPointer<AdapterPnp> pnp;
  pnp.adopt(new AdapterPnp());
  if (!pnp) return STATUS_INSUFFICIENT_RESOURCES;
  return PcRegisterAdapterPnpManagement(pnp.get(), device);
}

// PCPFNSTARTDEVICE. Called again when a rebalance ends. If anything here fails PortCls takes back what was registered
// before it.
NTSTATUS start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  PAGED_CODE();
  Cable* new_cable;
  NTSTATUS status = Cable::create(&new_cable);
  if (!NT_SUCCESS(status)) return status;
  // The miniports share the cable; it goes with the last of them.
  ComPointer<Cable> cable;
  cable.adopt(new_cable);

  const Endpoint render = {false, L"WaveRender", L"TopologyRender"};
  const Endpoint capture = {true, L"WaveCapture", L"TopologyCapture"};
  status = install_endpoint(device, irp, resources, *new_cable, render);
  if (NT_SUCCESS(status)) status = install_endpoint(device, irp, resources, *new_cable, capture);
  if (NT_SUCCESS(status)) status = register_power_management(device);
  if (NT_SUCCESS(status)) status = register_pnp_management(device);
  return status;
}

// DRIVER_ADD_DEVICE
NTSTATUS add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical_device) {
  PAGED_CODE();
  return PcAddAdapterDevice(driver, physical_device, &start_device, kMaxSubdevices, 0);
}

}  // namespace

// Runs once, and is thrown away after it: that is what the section INIT is for.
#pragma code_seg("INIT")
extern "C" DRIVER_INITIALIZE DriverEntry;
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  return PcInitializeAdapterDriver(driver, registry_path, &add_device);
}
#pragma code_seg()
