// IRPs: dispatch routines that break their contract, completion, freeing. The requests go to a control device of the driver's.
#include "case_parts.h"

namespace {

// What the dispatch routine does with a request, and whether it does it wrongly.
NTSTATUS (*on_request)(PIRP irp, bool wrong);
bool is_wrong;
PDEVICE_OBJECT target;

NTSTATUS finish(PIRP irp, NTSTATUS status) {
  irp->IoStatus.Status = status;
  irp->IoStatus.Information = 0;
  IoCompleteRequest(irp, IO_NO_INCREMENT);  // breaks CreatedIrpReachedTop
  return status;
}

NTSTATUS NTAPI dispatch(PDEVICE_OBJECT device, PIRP irp) {  // breaks any
  if (device == target) return on_request(irp, is_wrong);
  return next_dispatch(device, irp);
}

NTSTATUS NTAPI take_back(PDEVICE_OBJECT, PIRP, PVOID) { return STATUS_MORE_PROCESSING_REQUIRED; }

void open_target(NTSTATUS (*request)(PIRP, bool), bool wrong) {
  on_request = request;
  is_wrong = wrong;
  target = make_device();
  hook_dispatch(IRP_MJ_FLUSH_BUFFERS, dispatch);
}

PIRP request_for(PDEVICE_OBJECT device, CCHAR locations = 1) {
  PIRP irp = IoAllocateIrp(locations, FALSE);
  IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
  IoSetCompletionRoutine(irp, take_back, nullptr, TRUE, TRUE, TRUE);
  (void)device;
  return irp;
}

// Sends a request of IoAllocateIrp to a new device, and frees both.
void send(NTSTATUS (*request)(PIRP, bool), bool wrong, bool complete_after = false) {
  open_target(request, wrong);
  PIRP irp = request_for(target);
  IoCallDriver(target, irp);
  if (complete_after) finish(irp, STATUS_SUCCESS);
  IoFreeIrp(irp);
  IoDeleteDevice(target);
}

NTSTATUS completes_pending(PIRP irp, bool wrong) {
  IoMarkIrpPending(irp);
  irp->IoStatus.Status = wrong ? STATUS_PENDING : STATUS_SUCCESS;
  IoCompleteRequest(irp, IO_NO_INCREMENT);  // breaks IrpCompletedPending
  return STATUS_PENDING;
}

VOID NTAPI cancel(PDEVICE_OBJECT, PIRP irp) { IoReleaseCancelSpinLock(irp->CancelIrql); }

NTSTATUS leaves_cancel_routine(PIRP irp, bool wrong) {
  IoSetCancelRoutine(irp, cancel);
  if (!wrong) IoSetCancelRoutine(irp, nullptr);
  irp->IoStatus.Status = STATUS_SUCCESS;
  IoCompleteRequest(irp, IO_NO_INCREMENT);  // breaks CancelRoutineLeftSet
  return STATUS_SUCCESS;
}

NTSTATUS keeps(PIRP irp, bool wrong) {
  if (!wrong) IoMarkIrpPending(irp);
  return STATUS_PENDING;
}
NTSTATUS keeps_marked(PIRP irp, bool) {
  IoMarkIrpPending(irp);
  return STATUS_PENDING;
}

NTSTATUS marks_and_returns(PIRP irp, bool wrong) {
  IoMarkIrpPending(irp);
  finish(irp, STATUS_SUCCESS);
  return wrong ? STATUS_SUCCESS : STATUS_PENDING;
}

NTSTATUS returns_other(PIRP irp, bool wrong) {
  finish(irp, STATUS_SUCCESS);
  return wrong ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

NTSTATUS forgets(PIRP irp, bool wrong) {
  if (!wrong) IoMarkIrpPending(irp);
  return wrong ? STATUS_SUCCESS : STATUS_PENDING;
}

NTSTATUS stays_raised(PIRP irp, bool wrong) {
  KIRQL old;
  if (wrong) KeRaiseIrql(DISPATCH_LEVEL, &old);
  return finish(irp, STATUS_SUCCESS);
}

NTSTATUS sends_on(PIRP irp, bool wrong) {
  if (wrong) return IoCallDriver(target, irp);  // breaks IrpStackExhausted
  return finish(irp, STATUS_SUCCESS);
}

NTSTATUS completes_twice(PIRP irp, bool wrong) {
  finish(irp, STATUS_SUCCESS);
  if (wrong) IoCompleteRequest(irp, IO_NO_INCREMENT);  // breaks IrpCompletedTwice
  return STATUS_SUCCESS;
}

NTSTATUS completes(PIRP irp, bool) { return finish(irp, STATUS_SUCCESS); }

NTSTATUS tells_too_much(PIRP irp, bool wrong) {
  irp->IoStatus.Status = STATUS_SUCCESS;
  irp->IoStatus.Information = wrong ? 8 : 4;
  IoCompleteRequest(irp, IO_NO_INCREMENT);  // breaks InformationPastBuffer
  return STATUS_SUCCESS;
}

PIRP left_pending;

void finish_late() {
  finish(left_pending, STATUS_CANCELLED);
  IoFreeIrp(left_pending);
}

}  // namespace

void CompletePending(IPortWaveRTStream*, bool wrong) { send(completes_pending, wrong); }
void CompleteCancellable(IPortWaveRTStream*, bool wrong) { send(leaves_cancel_routine, wrong); }
void ReturnPendingUnmarked(IPortWaveRTStream*, bool wrong) { send(keeps, wrong, true); }
void MarkPendingReturnSuccess(IPortWaveRTStream*, bool wrong) { send(marks_and_returns, wrong); }
void ForgetRequest(IPortWaveRTStream*, bool wrong) { send(forgets, wrong, true); }
void ReturnRaised(IPortWaveRTStream*, bool wrong) { send(stays_raised, wrong); }
void SendOnWithoutLocation(IPortWaveRTStream*, bool wrong) { send(sends_on, wrong); }

void CompleteTwice(IPortWaveRTStream*, bool wrong) {
  open_target(completes_twice, wrong);
  KEVENT done;
  IO_STATUS_BLOCK io;
  KeInitializeEvent(&done, NotificationEvent, FALSE);
  PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, target, nullptr, 0, nullptr, &done, &io);
  if (IoCallDriver(target, irp) == STATUS_PENDING) wait_for(&done);
  IoDeleteDevice(target);
}

void ReturnOtherStatus(IPortWaveRTStream*, bool wrong) {
  open_target(returns_other, wrong);
  KEVENT done;
  IO_STATUS_BLOCK io;
  KeInitializeEvent(&done, NotificationEvent, FALSE);
  PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, target, nullptr, 0, nullptr, &done, &io);
  if (IoCallDriver(target, irp) == STATUS_PENDING) wait_for(&done);
  IoDeleteDevice(target);
}

void InformationTooLarge(IPortWaveRTStream*, bool wrong) {
  open_target(tells_too_much, wrong);
  hook_dispatch(IRP_MJ_INTERNAL_DEVICE_CONTROL, dispatch);
  KEVENT done;
  IO_STATUS_BLOCK io;
  ULONG output = 0;
  KeInitializeEvent(&done, NotificationEvent, FALSE);
  PIRP irp = IoBuildDeviceIoControlRequest(CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS),
                                           target, nullptr, 0, &output, sizeof(output), TRUE, &done, &io);
  if (IoCallDriver(target, irp) == STATUS_PENDING) wait_for(&done);
  IoDeleteDevice(target);
}

void FreeRequestInUse(IPortWaveRTStream*, bool wrong) {
  open_target(keeps_marked, wrong);
  PIRP irp = request_for(target);
  IoCallDriver(target, irp);
  if (wrong) IoFreeIrp(irp);  // breaks IrpFreedInUse
  finish(irp, STATUS_SUCCESS);
  IoFreeIrp(irp);
  IoDeleteDevice(target);
}

void FreeRequestTwice(IPortWaveRTStream*, bool wrong) {
  PIRP irp = IoAllocateIrp(1, FALSE);
  IoFreeIrp(irp);
  if (wrong) IoFreeIrp(irp);  // breaks IrpUsedAfterFree
}

void FreeNoRequest(IPortWaveRTStream*, bool wrong) {
  auto* bytes = static_cast<UCHAR*>(block(PAGE_SIZE));
  if (wrong) IoFreeIrp(reinterpret_cast<PIRP>(bytes));  // breaks NotAnIrp
  give_back(bytes);
}

void FreeInitialisedRequest(IPortWaveRTStream*, bool wrong) {
  const USHORT bytes = IoSizeOfIrp(1);
  auto* irp = static_cast<PIRP>(block(bytes));
  IoInitializeIrp(irp, bytes, 1);
  if (wrong) IoFreeIrp(irp);  // breaks IrpFreedNotAllocated
  give_back(irp);
}

void InitialiseAllocatedRequest(IPortWaveRTStream*, bool wrong) {
  PIRP irp = IoAllocateIrp(1, FALSE);
  if (wrong) IoInitializeIrp(irp, IoSizeOfIrp(1), 1);  // breaks AllocatedIrpInitialised
  IoFreeIrp(irp);
}

void ReuseBuiltRequest(IPortWaveRTStream*, bool wrong) {
  open_target(completes, wrong);
  KEVENT done;
  IO_STATUS_BLOCK io;
  KeInitializeEvent(&done, NotificationEvent, FALSE);
  PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, target, nullptr, 0, nullptr, &done, &io);
  if (wrong) IoReuseIrp(irp, STATUS_SUCCESS);  // breaks IrpReusedNotAllocated
  IoCallDriver(target, irp);
  IoDeleteDevice(target);
}

void DamageRequestStack(IPortWaveRTStream*, bool wrong) {
  open_target(completes, wrong);
  PIRP irp = request_for(target, 3);
  if (wrong) --irp->CurrentLocation;
  IoCallDriver(target, irp);  // breaks IrpStackDamaged
  IoFreeIrp(irp);
  IoDeleteDevice(target);
}

void NoCompletionRoutine(IPortWaveRTStream*, bool wrong) {
  open_target(completes, wrong);
  PIRP irp = IoAllocateIrp(1, FALSE);
  IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
  if (!wrong) IoSetCompletionRoutine(irp, take_back, nullptr, TRUE, TRUE, TRUE);
  IoCallDriver(target, irp);
  IoFreeIrp(irp);
  IoDeleteDevice(target);
}

void RequestPendingAtRemoval(IPortWaveRTStream*, bool wrong) {
  on_request = keeps_marked;
  target = the_device;
  hook_dispatch(IRP_MJ_FLUSH_BUFFERS, dispatch);
  PIRP irp = IoAllocateIrp(the_device->StackSize, FALSE);  // breaks IrpLeftPending
  IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
  IoSetCompletionRoutine(irp, take_back, nullptr, TRUE, TRUE, TRUE);
  IoCallDriver(the_device, irp);
  left_pending = irp;
  if (wrong) return at_unload(finish_late);
  finish_late();
}
