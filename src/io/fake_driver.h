#pragma once
// For tests: a function driver in host C++, as a driver's author would write it, whose answers a test can change.

#include <wdm.h>

#include <functional>
#include <map>

#include "io/io.h"

namespace portside::io {

struct FakeExtension {
  DEVICE_OBJECT* pdo;
  DEVICE_OBJECT* lower;
};

// One test, one driver: static because a driver's routines are plain functions.
struct FakeDriver {
  using Handler = std::function<NTSTATUS(DEVICE_OBJECT*, IRP*, IO_STACK_LOCATION*)>;
  static inline std::map<int, Handler> handlers;     // by major function
  static inline std::map<int, NTSTATUS> pnp_status;  // by minor function: what to answer instead of passing it on
  static inline DEVICE_OBJECT* device = nullptr;
  static inline DRIVER_OBJECT* driver = nullptr;
  static inline NTSTATUS entry_status = STATUS_SUCCESS;
  static inline bool clear_initializing = true;
  static inline bool delete_on_remove = true;
  static inline int unloaded = 0;
  static inline std::u16string registry_path;

  static void reset() {
    handlers.clear();
    pnp_status.clear();
    device = nullptr;
    driver = nullptr;
    entry_status = STATUS_SUCCESS;
    clear_initializing = delete_on_remove = true;
    unloaded = 0;
    registry_path.clear();
  }

  static NTSTATUS NTAPI entry(DRIVER_OBJECT* object, UNICODE_STRING* path) {
    driver = object;
    registry_path.assign(reinterpret_cast<const char16_t*>(path->Buffer), path->Length / 2);
    object->DriverExtension->AddDevice = &add_device;
    object->DriverUnload = &unload;
    for (int major : {IRP_MJ_CREATE, IRP_MJ_CLOSE, IRP_MJ_CLEANUP, IRP_MJ_DEVICE_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE})
      object->MajorFunction[major] = &dispatch;
    object->MajorFunction[IRP_MJ_PNP] = &dispatch_pnp;
    object->MajorFunction[IRP_MJ_POWER] = &dispatch_power;
    return entry_status;
  }

  static NTSTATUS NTAPI add_device(DRIVER_OBJECT* object, DEVICE_OBJECT* pdo) {
    auto& io = current<Io>();
    DeviceSpec spec;
    spec.driver = object;
    spec.extension_bytes = sizeof(FakeExtension);
    spec.type = FILE_DEVICE_KS;
    auto fdo = io.devices().create(spec);
    if (!fdo) return fdo.error().nt();
    auto* extension = static_cast<FakeExtension*>((*fdo)->DeviceExtension);
    extension->pdo = pdo;
    auto lower = io.devices().attach(*fdo, pdo);
    if (!lower) return STATUS_NO_SUCH_DEVICE;
    extension->lower = *lower;
    if (clear_initializing) (*fdo)->Flags &= ~DO_DEVICE_INITIALIZING;
    device = *fdo;
    return STATUS_SUCCESS;
  }

  static void NTAPI unload(DRIVER_OBJECT*) { ++unloaded; }

  static NTSTATUS NTAPI dispatch(DEVICE_OBJECT* d, IRP* irp) {
    IO_STACK_LOCATION* location = IoGetCurrentIrpStackLocation(irp);
    auto handler = handlers.find(location->MajorFunction);
    if (handler != handlers.end()) return handler->second(d, irp, location);
    return complete_with(irp, STATUS_SUCCESS);
  }

  static NTSTATUS NTAPI dispatch_pnp(DEVICE_OBJECT* d, IRP* irp) {
    IO_STACK_LOCATION* location = IoGetCurrentIrpStackLocation(irp);
    auto* extension = static_cast<FakeExtension*>(d->DeviceExtension);
    if (auto answer = pnp_status.find(location->MinorFunction); answer != pnp_status.end())
      return complete_with(irp, answer->second);
    DEVICE_OBJECT* lower = extension->lower;
    const bool removing = location->MinorFunction == IRP_MN_REMOVE_DEVICE && delete_on_remove;
    if (location->MinorFunction <= IRP_MN_CANCEL_STOP_DEVICE || location->MinorFunction == IRP_MN_SURPRISE_REMOVAL)
      irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(irp);
    NTSTATUS status = call_driver(lower, irp);
    if (removing) {
      (void)current<Io>().devices().detach(lower);
      (void)current<Io>().devices().remove(d);
      device = nullptr;
    }
    return status;
  }

  static NTSTATUS NTAPI dispatch_power(DEVICE_OBJECT* d, IRP* irp) {
    auto* extension = static_cast<FakeExtension*>(d->DeviceExtension);
    IoSkipCurrentIrpStackLocation(irp);
    return call_driver(extension->lower, irp);
  }
};

}  // namespace portside::io
