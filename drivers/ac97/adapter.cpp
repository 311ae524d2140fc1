// The adapter: how the driver starts, as in drivers/hda: the card is reset, and its two endpoints are told.
#include "card.h"
#include "subdevices.h"
#include "topology_miniport.h"
#include "wave_miniport.h"

namespace {

constexpr ULONG kMaxSubdevices = 4;

#pragma code_seg("PAGE")

NTSTATUS install_direction(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, Card& card, bool capture) {
  PAGED_CODE();
  TopologyMiniport* new_topology;
  NTSTATUS status = TopologyMiniport::create(card, capture, &new_topology);
  if (!NT_SUCCESS(status)) return status;
  ComPointer<TopologyMiniport> topology;
  topology.adopt(new_topology);
  WaveMiniport* new_wave;
  status = WaveMiniport::create(card, capture, &new_wave);
  if (!NT_SUCCESS(status)) return status;
  ComPointer<WaveMiniport> wave;
  wave.adopt(new_wave);
  return install_endpoint(device, irp, resources, capture, 1, wave.get(), topology.get());
}

// PCPFNSTARTDEVICE
NTSTATUS start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  PAGED_CODE();
  Card* created;
  NTSTATUS status = Card::create(device, resources, &created);
  if (!NT_SUCCESS(status)) return status;
  ComPointer<Card> card;  // the miniports share it; it goes with the last of them
  card.adopt(created);
  status = install_direction(device, irp, resources, *created, false);
  if (NT_SUCCESS(status)) status = install_direction(device, irp, resources, *created, true);
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
