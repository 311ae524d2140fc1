#pragma once
// BUS_INTERFACE_STANDARD of a PDO on a bus with configuration space: how a driver reaches it above PASSIVE_LEVEL.

#include <wdm.h>

namespace portside::io {

// Fills the interface, with a reference that its InterfaceDereference gives back.
void fill_bus_interface(BUS_INTERFACE_STANDARD& interface, DEVICE_OBJECT* pdo);

}  // namespace portside::io
