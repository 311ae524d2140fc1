#pragma once
// RootBus: the driver objects behind every PDO (\Driver\PnpManager for root-enumerated devices, \Driver\pci for those on a
// bus with configuration space), and what a PDO answers.

#include <wdm.h>

#include <optional>

#include "base/result.h"

namespace portside::io {

class Io;
struct DeviceNode;

class RootBus {
 public:
  explicit RootBus(Io& io) : io_(io) {}

  // A PDO of the bus's driver object, which is made at the first call.
  Result<DEVICE_OBJECT*> create_pdo(bool on_bus);
  DRIVER_OBJECT* driver() const { return driver_; }
  DRIVER_OBJECT* pci_driver() const { return pci_driver_; }

 private:
  static NTSTATUS NTAPI on_pnp(DEVICE_OBJECT* pdo, IRP* irp);
  static NTSTATUS NTAPI on_power(DEVICE_OBJECT* pdo, IRP* irp);
  static NTSTATUS NTAPI on_system_control(DEVICE_OBJECT* pdo, IRP* irp);
  static NTSTATUS answer(DeviceNode& node, IRP* irp, const IO_STACK_LOCATION& location, ULONG_PTR& information);
  // What a bus with configuration space adds; nothing: answer() goes on.
  static std::optional<NTSTATUS> answer_on_bus(DeviceNode& node, const IO_STACK_LOCATION& location,
                                               ULONG_PTR& information);
  Result<DRIVER_OBJECT*> make_driver(const char* name);

  Io& io_;
  DRIVER_OBJECT* driver_ = nullptr;
  DRIVER_OBJECT* pci_driver_ = nullptr;
};

}  // namespace portside::io
