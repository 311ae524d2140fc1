// Cancel-safe IRP queues (wdm: IoCsqInitialize, "Cancel-Safe IRP Queues"). The driver owns list and lock; what lies here is who
// wins when an IRP is taken out and cancelled at once: whoever takes the cancel routine off the IRP.

#include "exports/io_object.h"

using namespace portside;
using namespace portside::exports;

namespace {

// DriverContext[3] points to the driver's IO_CSQ_IRP_CONTEXT, or to the queue when there is none; both begin with their type.
PVOID& link_of(PIRP irp) { return irp->Tail.Overlay.DriverContext[3]; }

bool is_queue(ULONG type) { return type == IO_TYPE_CSQ || type == IO_TYPE_CSQ_EX; }

// Cuts the IRP's tie to its queue.
void unlink(PIRP irp) {
  PVOID link = link_of(irp);
  if (link && *static_cast<ULONG*>(link) == IO_TYPE_CSQ_IRP_CONTEXT)
    static_cast<PIO_CSQ_IRP_CONTEXT>(link)->Irp = nullptr;
  link_of(irp) = nullptr;
}

// The cancel routine of every queued IRP: called with the cancel spin lock held.
VOID NTAPI cancel_queued(PDEVICE_OBJECT, PIRP irp) {
  io_layer().flow().release_cancel_lock(irp->CancelIrql);
  PVOID link = link_of(irp);
  PIO_CSQ queue =
      is_queue(*static_cast<ULONG*>(link)) ? static_cast<PIO_CSQ>(link) : static_cast<PIO_CSQ_IRP_CONTEXT>(link)->Csq;
  KIRQL irql = 0;
  queue->CsqAcquireLock(queue, &irql);
  queue->CsqRemoveIrp(queue, irp);
  unlink(irp);
  queue->CsqReleaseLock(queue, irql);
  queue->CsqCompleteCanceledIrp(queue, irp);
}

NTSTATUS insert(PIO_CSQ queue, PIRP irp, PIO_CSQ_IRP_CONTEXT context, PVOID insert_context) {
  KIRQL irql = 0;
  queue->CsqAcquireLock(queue, &irql);
  if (context) {
    *context = {IO_TYPE_CSQ_IRP_CONTEXT, irp, queue};
    link_of(irp) = context;
  } else {
    link_of(irp) = queue;
  }
  queue->ReservePointer = nullptr;
  // Pending before it is in the queue: another thread may complete it as soon as it is.
  IoMarkIrpPending(irp);
  if (queue->Type == IO_TYPE_CSQ_EX) {
    const NTSTATUS status = reinterpret_cast<PIO_CSQ_INSERT_IRP_EX>(reinterpret_cast<PVOID>(queue->CsqInsertIrp))(
        queue, irp, insert_context);
    if (!NT_SUCCESS(status)) {
      unlink(irp);
      queue->CsqReleaseLock(queue, irql);
      return status;
    }
  } else {
    queue->CsqInsertIrp(queue, irp);
  }
  IoSetCancelRoutine(irp, &cancel_queued);
  // Cancelled before the routine was there: whoever takes the routine off completes the IRP.
  if (irp->Cancel && IoSetCancelRoutine(irp, nullptr)) {
    queue->CsqRemoveIrp(queue, irp);
    unlink(irp);
    queue->CsqReleaseLock(queue, irql);
    queue->CsqCompleteCanceledIrp(queue, irp);
    return STATUS_SUCCESS;
  }
  queue->CsqReleaseLock(queue, irql);
  return STATUS_SUCCESS;
}

NTSTATUS initialize(PIO_CSQ queue, ULONG type, PVOID insert_routine, PIO_CSQ_REMOVE_IRP remove,
                    PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire, PIO_CSQ_RELEASE_LOCK release,
                    PIO_CSQ_COMPLETE_CANCELED_IRP complete) {
  *queue = {type,   reinterpret_cast<PIO_CSQ_INSERT_IRP>(insert_routine), remove, peek, acquire, release, complete,
            nullptr};
  return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp, PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                               PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp, PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                               PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                               PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp) {
  ApiScope scope("IoCsqInitialize", kPassiveLevel, kDispatchLevel);
  return initialize(Csq, IO_TYPE_CSQ, reinterpret_cast<PVOID>(CsqInsertIrp), CsqRemoveIrp, CsqPeekNextIrp,
                    CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp);
}
NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP_EX CsqInsertIrp, PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                                 PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp, PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                                 PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp) {
  ApiScope scope("IoCsqInitializeEx", kPassiveLevel, kDispatchLevel);
  return initialize(Csq, IO_TYPE_CSQ_EX, reinterpret_cast<PVOID>(CsqInsertIrp), CsqRemoveIrp, CsqPeekNextIrp,
                    CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp);
}
VOID NTAPI IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context) {
  ApiScope scope("IoCsqInsertIrp", kPassiveLevel, kDispatchLevel);
  (void)insert(Csq, Irp, Context, nullptr);
}
NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context, PVOID InsertContext) {
  ApiScope scope("IoCsqInsertIrpEx", kPassiveLevel, kDispatchLevel);
  return insert(Csq, Irp, Context, InsertContext);
}
PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext) {
  ApiScope scope("IoCsqRemoveNextIrp", kPassiveLevel, kDispatchLevel);
  KIRQL irql = 0;
  Csq->ReservePointer = nullptr;
  Csq->CsqAcquireLock(Csq, &irql);
  PIRP irp = Csq->CsqPeekNextIrp(Csq, nullptr, PeekContext);
  // One without its cancel routine is being cancelled: it belongs to cancel_queued.
  while (irp && !IoSetCancelRoutine(irp, nullptr)) irp = Csq->CsqPeekNextIrp(Csq, irp, PeekContext);
  if (irp) {
    Csq->CsqRemoveIrp(Csq, irp);
    unlink(irp);
  }
  Csq->CsqReleaseLock(Csq, irql);
  return irp;
}
PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context) {
  ApiScope scope("IoCsqRemoveIrp", kPassiveLevel, kDispatchLevel);
  KIRQL irql = 0;
  Csq->ReservePointer = nullptr;
  Csq->CsqAcquireLock(Csq, &irql);
  PIRP irp = Context->Irp;
  if (irp && !IoSetCancelRoutine(irp, nullptr)) irp = nullptr;
  if (irp) {
    Csq->CsqRemoveIrp(Csq, irp);
    unlink(irp);
  }
  Csq->CsqReleaseLock(Csq, irql);
  return irp;
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kIoCsqRows[] = {
    EXPORT(NtosKrnl, IoCsqInitialize),  EXPORT(NtosKrnl, IoCsqInitializeEx),  EXPORT(NtosKrnl, IoCsqInsertIrp),
    EXPORT(NtosKrnl, IoCsqInsertIrpEx), EXPORT(NtosKrnl, IoCsqRemoveNextIrp), EXPORT(NtosKrnl, IoCsqRemoveIrp),
};
}  // namespace
const ExportSet kIoCsqExports{kIoCsqRows};
}  // namespace portside::exports
