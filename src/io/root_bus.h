#pragma once
// RootBus: the driver object behind every root-enumerated PDO (\Driver\PnpManager), and what a PDO answers.

#include <wdm.h>

#include "base/result.h"

namespace portside::io {

class Io;
struct DeviceNode;

class RootBus {
 public:
  explicit RootBus(Io& io) : io_(io) {}

  // A PDO of the bus's driver object, which is made at the first call.
  Result<DEVICE_OBJECT*> create_pdo();
  DRIVER_OBJECT* driver() const { return driver_; }

 private:
  static NTSTATUS NTAPI on_pnp(DEVICE_OBJECT* pdo, IRP* irp);
  static NTSTATUS NTAPI on_power(DEVICE_OBJECT* pdo, IRP* irp);
  static NTSTATUS NTAPI on_system_control(DEVICE_OBJECT* pdo, IRP* irp);
  static NTSTATUS answer(DeviceNode& node, IRP* irp, const IO_STACK_LOCATION& location, ULONG_PTR& information);

  Io& io_;
  DRIVER_OBJECT* driver_ = nullptr;
};

}  // namespace portside::io
