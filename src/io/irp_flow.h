#pragma once
// IrpFlow: an IRP's way down a device stack, its completion on the way up, and its cancellation.

#include <wdm.h>

#include "base/result.h"
#include "io/observer.h"

namespace portside::io {

class Io;

class IrpFlow {
 public:
  explicit IrpFlow(Io& io) : io_(io) { KSPIN_LOCK* lock = &cancel_lock_; *lock = 0; }

  // IofCallDriver: the status that the dispatch routine returned. Bug check 0x35 without a stack location left.
  NTSTATUS call_driver(DEVICE_OBJECT* device, IRP* irp);
  // IofCompleteRequest. Bug check 0x44 when the IRP was completed before.
  void complete(IRP* irp, CCHAR priority_boost);
  // IoCancelIrp: true when a cancel routine was called.
  bool cancel(IRP* irp);
  KIRQL acquire_cancel_lock();
  void release_cancel_lock(KIRQL irql);

  // Sends an IRP of our own and waits, at PASSIVE_LEVEL, until it has ended; the IRP is freed. `information` may be null.
  NTSTATUS send_and_wait(DEVICE_OBJECT* device, IRP* irp, ULONG_PTR* information = nullptr);

 private:
  IrpEvent event_of(const IRP* irp, const IO_STACK_LOCATION* location) const;
  void end(IRP* irp);

  Io& io_;
  KSPIN_LOCK cancel_lock_{};
};

}  // namespace portside::io
