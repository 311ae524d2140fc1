// The adapter: how the driver starts. As in drivers/cable, but that what there is to register is found out first: the
// controller is reset, its codecs are asked, and each endpoint that was found becomes a topology filter and a wave
// filter.
#include "hda_device.h"
#include "subdevices.h"
#include "topology_miniport.h"
#include "wave_miniport.h"

namespace {

constexpr ULONG kMaxSubdevices = 2 * HdaDevice::kMaxEndpoints;

#pragma code_seg("PAGE")

NTSTATUS install_endpoint(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, HdaDevice& hda, Endpoint& endpoint,
                          ULONG number) {
  PAGED_CODE();
  TopologyMiniport* new_topology;
  NTSTATUS status = TopologyMiniport::create(hda, endpoint, &new_topology);
  if (!NT_SUCCESS(status)) return status;
  ComPointer<TopologyMiniport> topology;
  topology.adopt(new_topology);
  WaveMiniport* new_wave;
  status = WaveMiniport::create(hda, endpoint, &new_wave);
  if (!NT_SUCCESS(status)) return status;
  ComPointer<WaveMiniport> wave;
  wave.adopt(new_wave);
  return ::install_endpoint(device, irp, resources, endpoint.capture(), number, wave.get(), topology.get());
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
