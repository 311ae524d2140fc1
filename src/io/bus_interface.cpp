#include "io/bus_interface.h"

#include "io/dma_adapter.h"
#include "io/io.h"
#include "kernel/api_scope.h"
#include "kernel/services.h"

namespace portside::io {
namespace {

BusAccess* bus_of(PVOID context) {
  DeviceNode* node = current<Io>().pnp().find(static_cast<DEVICE_OBJECT*>(context));
  return node ? node->spec.bus : nullptr;
}

// The context is the PDO, and a reference of the interface is one of the device object's.
VOID NTAPI reference(PVOID context) {
  (void)current<kernel::Services>().objects().reference(context, "BUS_INTERFACE_STANDARD");
}
VOID NTAPI dereference(PVOID context) {
  (void)current<kernel::Services>().objects().dereference(context, "BUS_INTERFACE_STANDARD");
}

// Addresses on this bus are the processor's.
BOOLEAN NTAPI translate(PVOID, PHYSICAL_ADDRESS address, ULONG, PULONG space, PPHYSICAL_ADDRESS translated) {
  if (!space || !translated || *space > 1) return FALSE;
  *translated = address;
  return TRUE;
}

PDMA_ADAPTER NTAPI get_dma_adapter(PVOID context, PDEVICE_DESCRIPTION description, PULONG map_registers) {
  kernel::ApiScope scope("BUS_INTERFACE_STANDARD::GetDmaAdapter", kernel::kPassiveLevel, kernel::kPassiveLevel);
  return current<Io>().dma_adapters().create(static_cast<DEVICE_OBJECT*>(context), description, map_registers);
}

ULONG NTAPI set_bus_data(PVOID context, ULONG space, PVOID buffer, ULONG offset, ULONG length) {
  kernel::ApiScope scope("BUS_INTERFACE_STANDARD::SetBusData", kernel::kPassiveLevel, kernel::kDispatchLevel);
  BusAccess* bus = bus_of(context);
  return bus && buffer && space == 0 ? bus->write_config(buffer, offset, length) : 0;
}

ULONG NTAPI get_bus_data(PVOID context, ULONG space, PVOID buffer, ULONG offset, ULONG length) {
  kernel::ApiScope scope("BUS_INTERFACE_STANDARD::GetBusData", kernel::kPassiveLevel, kernel::kDispatchLevel);
  BusAccess* bus = bus_of(context);
  return bus && buffer && space == 0 ? bus->read_config(buffer, offset, length) : 0;
}

}  // namespace

void fill_bus_interface(BUS_INTERFACE_STANDARD& interface, DEVICE_OBJECT* pdo) {
  interface = {.Size = sizeof(BUS_INTERFACE_STANDARD),
               .Version = 1,
               .Context = pdo,
               .InterfaceReference = reference,
               .InterfaceDereference = dereference,
               .TranslateBusAddress = translate,
               .GetDmaAdapter = get_dma_adapter,
               .SetBusData = set_bus_data,
               .GetBusData = get_bus_data};
  reference(pdo);
}

}  // namespace portside::io
