// Buses by number (hal.dll): configuration space of PCI devices, bus addresses, common buffers the old way.

#include "exports/io_object.h"

using namespace portside;
using namespace portside::exports;

namespace {

io::BusAccess* bus_at(BUS_DATA_TYPE type, ULONG bus, ULONG slot) {
  if (type != PCIConfiguration) return nullptr;
  for (const io::DeviceNode* node : io_layer().pnp().nodes())
    if (node->spec.bus && node->state != io::PnpState::kRemoved && node->spec.bus->bus_number() == bus &&
        node->spec.bus->slot_number() == slot)
      return node->spec.bus;
  return nullptr;
}

// HalGetBusDataByOffset, Return value: 0 for a bus that is not there, 2 (and PCI_INVALID_VENDOR_ID) for a slot without a device.
ULONG read(BUS_DATA_TYPE type, ULONG bus, ULONG slot, PVOID buffer, ULONG offset, ULONG length) {
  if (type != PCIConfiguration || bus != 0 || !buffer) return 0;
  if (io::BusAccess* device = bus_at(type, bus, slot)) return device->read_config(buffer, offset, length);
  if (length < 2) return 0;
  const USHORT nobody = 0xFFFF;
  std::memcpy(buffer, &nobody, sizeof nobody);
  return 2;
}
ULONG write(BUS_DATA_TYPE type, ULONG bus, ULONG slot, PVOID buffer, ULONG offset, ULONG length) {
  io::BusAccess* device = buffer ? bus_at(type, bus, slot) : nullptr;
  return device ? device->write_config(buffer, offset, length) : 0;
}

PDMA_ADAPTER adapter(PADAPTER_OBJECT object) { return reinterpret_cast<PDMA_ADAPTER>(object); }

}  // namespace

extern "C" {

ULONG NTAPI HalGetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber, PVOID Buffer,
                                  ULONG Offset, ULONG Length) {
  ApiScope scope("HalGetBusDataByOffset", kPassiveLevel, kDispatchLevel);
  return read(BusDataType, BusNumber, SlotNumber, Buffer, Offset, Length);
}
ULONG NTAPI HalSetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber, PVOID Buffer,
                                  ULONG Offset, ULONG Length) {
  ApiScope scope("HalSetBusDataByOffset", kPassiveLevel, kDispatchLevel);
  return write(BusDataType, BusNumber, SlotNumber, Buffer, Offset, Length);
}
ULONG NTAPI HalGetBusData(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber, PVOID Buffer, ULONG Length) {
  ApiScope scope("HalGetBusData", kPassiveLevel, kDispatchLevel);
  return read(BusDataType, BusNumber, SlotNumber, Buffer, 0, Length);
}
ULONG NTAPI HalSetBusData(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber, PVOID Buffer, ULONG Length) {
  ApiScope scope("HalSetBusData", kPassiveLevel, kDispatchLevel);
  return write(BusDataType, BusNumber, SlotNumber, Buffer, 0, Length);
}
// AddressSpace: 0 is memory, 1 is ports. The bus's addresses are the processor's.
BOOLEAN NTAPI HalTranslateBusAddress(INTERFACE_TYPE InterfaceType, ULONG BusNumber, PHYSICAL_ADDRESS BusAddress,
                                     PULONG AddressSpace, PPHYSICAL_ADDRESS TranslatedAddress) {
  ApiScope scope("HalTranslateBusAddress", kPassiveLevel, kDispatchLevel);
  if (InterfaceType != PCIBus || BusNumber != 0 || !AddressSpace || *AddressSpace > 1 || !TranslatedAddress)
    return FALSE;
  *TranslatedAddress = BusAddress;
  return TRUE;
}
PVOID NTAPI HalAllocateCommonBuffer(PADAPTER_OBJECT AdapterObject, ULONG Length, PPHYSICAL_ADDRESS LogicalAddress,
                                    BOOLEAN CacheEnabled) {
  ApiScope scope("HalAllocateCommonBuffer", kPassiveLevel, kPassiveLevel);
  return AdapterObject
             ? adapter(AdapterObject)
                   ->DmaOperations->AllocateCommonBuffer(adapter(AdapterObject), Length, LogicalAddress, CacheEnabled)
             : nullptr;
}
VOID NTAPI HalFreeCommonBuffer(PADAPTER_OBJECT AdapterObject, ULONG Length, PHYSICAL_ADDRESS LogicalAddress,
                               PVOID VirtualAddress, BOOLEAN CacheEnabled) {
  ApiScope scope("HalFreeCommonBuffer", kPassiveLevel, kPassiveLevel);
  if (AdapterObject)
    adapter(AdapterObject)
        ->DmaOperations->FreeCommonBuffer(adapter(AdapterObject), Length, LogicalAddress, VirtualAddress, CacheEnabled);
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kBusZero[] = "PCI, bus 0";
const Export kHalBusRows[] = {
    EXPORT_PARTIAL(Hal, HalGetBusDataByOffset, kBusZero),
    EXPORT_PARTIAL(Hal, HalSetBusDataByOffset, kBusZero),
    EXPORT_PARTIAL(Hal, HalGetBusData, kBusZero),
    EXPORT_PARTIAL(Hal, HalSetBusData, kBusZero),
    EXPORT_PARTIAL(Hal, HalTranslateBusAddress, kBusZero),
    EXPORT(Hal, HalAllocateCommonBuffer),
    EXPORT(Hal, HalFreeCommonBuffer),
};
}  // namespace
const ExportSet kHalBusExports{kHalBusRows};
}  // namespace portside::exports
