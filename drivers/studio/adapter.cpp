// The adapter: how this driver starts.
//
//   DriverEntry    the image was loaded; PortCls fills in the dispatch table, and a few entries of it become ours
//   add_device     a device of ours was found; have PortCls make the functional device object
//   start_device   it may be used; register its four filters and say how they are wired
//
// Compare drivers/cable, which does the same with less.
#include "adapter_pnp.h"
#include "adapter_power.h"
#include "control_device.h"
#include "framework.h"
#include "topology_miniport.h"
#include "wave_miniport.h"

namespace {

constexpr ULONG kMaxSubdevices = 4;

#pragma code_seg("PAGE")

NTSTATUS install_subdevice(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, PCWSTR name, REFCLSID port_class,
                           IUnknown* miniport, ComPointer<IPort>& port) {
  PAGED_CODE();
  NTSTATUS status = PcNewPort(port.receive(), port_class);
  if (!NT_SUCCESS(status)) return status;
  status = port->Init(device, irp, miniport, nullptr, resources);
  if (!NT_SUCCESS(status)) return status;
  return PcRegisterSubdevice(device, const_cast<PWSTR>(name), port.get());
}

struct Endpoint {
  Jack jack;
  PCWSTR wave_name;
  PCWSTR topology_name;
};

NTSTATUS install_endpoint(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, Studio& studio,
                          const Endpoint& endpoint, ComPointer<IPort>& wave_port) {
  PAGED_CODE();
  const bool input = endpoint.jack == kInputJack;
  ComPointer<TopologyMiniport> topology;
  ComPointer<IPort> topology_port;
  TopologyMiniport* new_topology;
  NTSTATUS status = TopologyMiniport::create(studio, endpoint.jack, &new_topology);
  if (!NT_SUCCESS(status)) return status;
  topology.adopt(new_topology);
  status = install_subdevice(device, irp, resources, endpoint.topology_name, CLSID_PortTopology,
                             static_cast<IMiniportTopology*>(topology.get()), topology_port);
  if (!NT_SUCCESS(status)) return status;

  ComPointer<WaveMiniport> wave;
  WaveMiniport* new_wave;
  status = WaveMiniport::create(studio, input, &new_wave);
  if (!NT_SUCCESS(status)) return status;
  wave.adopt(new_wave);
  // A miniport with several interfaces is several IUnknowns; the port gets the first, which handlers expect.
  status = install_subdevice(device, irp, resources, endpoint.wave_name, CLSID_PortWaveRT,
                             static_cast<IMiniportWaveRT*>(wave.get()), wave_port);
  if (!NT_SUCCESS(status)) return status;

  if (input) {
    return PcRegisterPhysicalConnection(device, topology_port.get(), TopologyMiniport::kOutputPin, wave_port.get(),
                                        WaveMiniport::kCaptureBridgePin);
  }
  return PcRegisterPhysicalConnection(device, wave_port.get(), WaveMiniport::kRenderBridgePin, topology_port.get(),
                                      TopologyMiniport::kInputPin);
}

// PCPFNSTARTDEVICE. If anything here fails PortCls takes back what was registered before it.
NTSTATUS start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  PAGED_CODE();
  Studio* new_studio;
  NTSTATUS status = Studio::create(device, &new_studio);
  if (!NT_SUCCESS(status)) return status;
  ComPointer<Studio> studio;
  studio.adopt(new_studio);

  ComPointer<IPort> output, input;
  status =
      install_endpoint(device, irp, resources, *new_studio, {kOutputJack, L"WaveOutput", L"TopologyOutput"}, output);
  if (NT_SUCCESS(status))
    status = install_endpoint(device, irp, resources, *new_studio, {kInputJack, L"WaveInput", L"TopologyInput"}, input);
  if (!NT_SUCCESS(status)) return status;
  new_studio->start_recorder(output.get());

  ComPointer<AdapterPower> power;
  power.adopt(new AdapterPower());
  if (!power) return STATUS_INSUFFICIENT_RESOURCES;
  status = PcRegisterAdapterPowerManagement(power.get(), device);
  if (!NT_SUCCESS(status)) return status;
  ComPointer<AdapterPnp> pnp;
  pnp.adopt(new AdapterPnp(*new_studio));
  if (!pnp) return STATUS_INSUFFICIENT_RESOURCES;
  status = PcRegisterAdapterPnpManagement(pnp.get(), device);
  if (!NT_SUCCESS(status)) return status;
  return framework::add_device(device);
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
  NTSTATUS status = framework::start(driver, registry_path);
  if (!NT_SUCCESS(status)) return status;
  status = PcInitializeAdapterDriver(driver, registry_path, &add_device);
  if (!NT_SUCCESS(status)) {
    framework::stop();
    return status;
  }
  ControlDevice::hook(driver);
  framework::hook_unload(driver);
  return STATUS_SUCCESS;
}
#pragma code_seg()
