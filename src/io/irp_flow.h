#pragma once
// IrpFlow: an IRP's way down a device stack, its completion on the way up, and its cancellation.

#include <wdm.h>

#include <cstddef>
#include <optional>
#include <span>

#include "base/result.h"
#include "io/observer.h"

namespace portside::io {

class Io;
struct IrpRecord;

enum class Transfer : uint8_t { kBuffered, kDirectRead, kDirectWrite, kNeither };

class IrpFlow {
 public:
  explicit IrpFlow(Io& io) : io_(io) {}

  // IofCallDriver: the status that the dispatch routine returned. Bug check 0x35 without a stack location left.
  NTSTATUS call_driver(DEVICE_OBJECT* device, IRP* irp);
  // What a layer's dispatch routine returns for an IRP that a driver hands it after completing it, or for what is none: told as a
  // misuse of `function`. None: the IRP is live.
  std::optional<NTSTATUS> refuse_over(IRP* irp, const char* function);
  // IofCompleteRequest. Bug check 0x44 when the IRP was completed before.
  void complete(IRP* irp, CCHAR priority_boost);
  // IoCancelIrp: true when a cancel routine was called.
  bool cancel(IRP* irp);
  // The first line of the dispatch routine of the driver on top of the device's stack; empty when that is a layer's own.
  StackTrace top_routine(DEVICE_OBJECT* device, uint8_t major) const;
  KIRQL acquire_cancel_lock();
  void release_cancel_lock(KIRQL irql);

  // The system buffer or the MDL that a request's method asks for. With `control`, the input lies in the system buffer under
  // direct I/O too (METHOD_IN_DIRECT: the MDL's memory is read by the device, METHOD_OUT_DIRECT: written).
  Result<> prepare_buffers(IRP* irp, Transfer transfer, std::span<const std::byte> in, std::span<std::byte> out,
                           bool control);
  // Frees what the I/O manager allocated for an IRP: the system buffer (copied out first, if asked) and the MDLs.
  void release_buffers(IRP* irp, bool copy_out);

  // Sends an IRP of our own and waits, at PASSIVE_LEVEL, until it has ended; the IRP is freed. `information` may be null.
  NTSTATUS send_and_wait(DEVICE_OBJECT* device, IRP* irp, ULONG_PTR* information = nullptr);

 private:
  IrpEvent event_of(const IRP* irp, const IO_STACK_LOCATION* location) const;
  void check_return(IrpRecord& record, uint32_t level, const IrpEvent& event);
  // Compares what a dispatch routine returned with what completion found, once both are known.
  StackTrace routine_of(const IrpEvent& event) const;
  void judge(IrpRecord& record, uint32_t level, const IrpEvent& event);
  void walk_up(IrpRecord& record, IRP* irp, IrpEvent event);
  void end(IrpRecord& record, IRP* irp);

  Io& io_;
  uint64_t cancel_lock_ = 0;
};

}  // namespace portside::io
