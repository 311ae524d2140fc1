// IRPs, cancellation, remove locks, MDLs over a driver's memory, over src/io and src/memory.

#include "exports/io_object.h"
#include "io/irp_build.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "memory/memory.h"

using namespace portside;
using namespace portside::exports;

namespace {

memory::Memory& memory_layer() { return current<memory::Memory>(); }

// The completion routine of IoForwardIrpSynchronously and IoSynchronousCallDriver.
NTSTATUS NTAPI wake(PDEVICE_OBJECT, PIRP irp, PVOID context) {
  if (irp->PendingReturned) current<kernel::Kernel>().set_event(static_cast<KEVENT*>(context));
  return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS send_and_wait(PDEVICE_OBJECT device, PIRP irp) {
  auto& kernel = current<kernel::Kernel>();
  KEVENT event;
  kernel.dispatcher().initialize_event(&event, true, false);
  IoSetCompletionRoutine(irp, &wake, &event, TRUE, TRUE, TRUE);
  NTSTATUS status = io_layer().flow().call_driver(device, irp);
  if (status == STATUS_PENDING) {
    (void)kernel.wait(&event);
    status = irp->IoStatus.Status;
  }
  return status;
}

// What IoSetCompletionRoutineEx keeps until the routine has been called.
struct CompletionEx {
  PIO_COMPLETION_ROUTINE routine;
  PVOID context;
  PDEVICE_OBJECT device;
};

NTSTATUS NTAPI call_completion_ex(PDEVICE_OBJECT device, PIRP irp, PVOID context) {
  std::unique_ptr<CompletionEx> kept(static_cast<CompletionEx*>(context));
  PIO_COMPLETION_ROUTINE routine = kept->routine;
  PVOID inner = kept->context;
  (void)services().objects().dereference(kept->device, "IoSetCompletionRoutineEx");
  kept.reset();
  return routine(device, irp, inner);
}

}  // namespace

extern "C" {

PIRP NTAPI IoAllocateIrp(CCHAR StackSize, BOOLEAN) {
  ApiScope scope("IoAllocateIrp", kPassiveLevel, kDispatchLevel);
  if (made_to_fail(FailureKind::kObject, "IoAllocateIrp")) return nullptr;
  return io_layer().irps().allocate(StackSize).value_or(nullptr);
}

VOID NTAPI IoFreeIrp(PIRP Irp) {
  ApiScope scope("IoFreeIrp", kPassiveLevel, kDispatchLevel);
  (void)io_layer().irps().free(Irp);
}

VOID NTAPI IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize) {
  ApiScope scope("IoInitializeIrp", kPassiveLevel, kDispatchLevel);
  (void)io_layer().irps().initialize(Irp, PacketSize, StackSize);
}

VOID NTAPI IoReuseIrp(PIRP Irp, NTSTATUS Iostatus) {
  ApiScope scope("IoReuseIrp", kPassiveLevel, kDispatchLevel);
  (void)io_layer().irps().reuse(Irp, Iostatus);
}

NTSTATUS NTAPI IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  ApiScope scope("IofCallDriver", kPassiveLevel, kDispatchLevel);
  return io_layer().flow().call_driver(DeviceObject, Irp);
}

VOID NTAPI IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost) {
  ApiScope scope("IofCompleteRequest", kPassiveLevel, kDispatchLevel);
  io_layer().flow().complete(Irp, PriorityBoost);
}

BOOLEAN NTAPI IoCancelIrp(PIRP Irp) {
  ApiScope scope("IoCancelIrp", kPassiveLevel, kDispatchLevel);
  return io_layer().flow().cancel(Irp);
}

VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql) {
  ApiScope scope("IoAcquireCancelSpinLock", kPassiveLevel, kDispatchLevel);
  *Irql = io_layer().flow().acquire_cancel_lock();
}

VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql) {
  ApiScope scope("IoReleaseCancelSpinLock", kDispatchLevel, kDispatchLevel);
  io_layer().flow().release_cancel_lock(Irql);
}

PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject, PVOID InputBuffer,
                                         ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength,
                                         BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                                         PIO_STATUS_BLOCK IoStatusBlock) {
  ApiScope scope("IoBuildDeviceIoControlRequest", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kObject, "IoBuildDeviceIoControlRequest")) return nullptr;
  return io::build_device_control(io_layer(), {.code = IoControlCode,
                                               .device = DeviceObject,
                                               .in = InputBuffer,
                                               .in_bytes = InputBufferLength,
                                               .out = OutputBuffer,
                                               .out_bytes = OutputBufferLength,
                                               .internal = InternalDeviceIoControl != FALSE,
                                               .event = Event,
                                               .status = IoStatusBlock})
      .value_or(nullptr);
}

PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length,
                                        PLARGE_INTEGER StartingOffset, PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock) {
  ApiScope scope("IoBuildSynchronousFsdRequest", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kObject, "IoBuildSynchronousFsdRequest")) return nullptr;
  return io::build_fsd_request(
             io_layer(), {MajorFunction, DeviceObject, Buffer, Length, StartingOffset, Event, IoStatusBlock, true})
      .value_or(nullptr);
}

PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length,
                                         PLARGE_INTEGER StartingOffset, PIO_STATUS_BLOCK IoStatusBlock) {
  ApiScope scope("IoBuildAsynchronousFsdRequest", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kObject, "IoBuildAsynchronousFsdRequest")) return nullptr;
  return io::build_fsd_request(
             io_layer(), {MajorFunction, DeviceObject, Buffer, Length, StartingOffset, nullptr, IoStatusBlock, false})
      .value_or(nullptr);
}

BOOLEAN NTAPI IoForwardIrpSynchronously(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  ApiScope scope("IoForwardIrpSynchronously", kPassiveLevel, kApcLevel);
  // Return value: FALSE when the IRP has no stack location left for the next driver.
  if (Irp->CurrentLocation <= 1) return FALSE;
  IoCopyCurrentIrpStackLocationToNext(Irp);
  (void)send_and_wait(DeviceObject, Irp);
  return TRUE;
}

NTSTATUS NTAPI IoSynchronousCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  ApiScope scope("IoSynchronousCallDriver", kPassiveLevel, kApcLevel);
  return send_and_wait(DeviceObject, Irp);
}

NTSTATUS NTAPI IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp, PIO_COMPLETION_ROUTINE CompletionRoutine,
                                        PVOID Context, BOOLEAN InvokeOnSuccess, BOOLEAN InvokeOnError,
                                        BOOLEAN InvokeOnCancel) {
  ApiScope scope("IoSetCompletionRoutineEx", kPassiveLevel, kDispatchLevel);
  if (!CompletionRoutine) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kObject, "IoSetCompletionRoutineEx")) return STATUS_INSUFFICIENT_RESOURCES;
  // The driver stays loaded, hence its device referenced, until the routine has been called.
  if (!services().objects().reference(DeviceObject, "IoSetCompletionRoutineEx")) return STATUS_INVALID_PARAMETER;
  IoSetCompletionRoutine(Irp, &call_completion_ex, new CompletionEx{CompletionRoutine, Context, DeviceObject},
                         InvokeOnSuccess, InvokeOnError, InvokeOnCancel);
  return STATUS_SUCCESS;
}

BOOLEAN NTAPI IoIs32bitProcess(PIRP) {
  ApiScope scope("IoIs32bitProcess", kPassiveLevel, kDispatchLevel);
  return FALSE;
}

PEPROCESS NTAPI IoGetRequestorProcess(PIRP) {
  ApiScope scope("IoGetRequestorProcess", kPassiveLevel, kDispatchLevel);
  return PsGetCurrentProcess();
}

VOID NTAPI IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG, ULONG, ULONG, ULONG) {
  ApiScope scope("IoInitializeRemoveLockEx", kPassiveLevel, kPassiveLevel);
  io_layer().remove_locks().initialize(Lock);
}

NTSTATUS NTAPI IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR, ULONG, ULONG) {
  ApiScope scope("IoAcquireRemoveLockEx", kPassiveLevel, kDispatchLevel);
  return io_layer().remove_locks().acquire(RemoveLock, Tag);
}

VOID NTAPI IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG) {
  ApiScope scope("IoReleaseRemoveLockEx", kPassiveLevel, kDispatchLevel);
  io_layer().remove_locks().release(RemoveLock, Tag);
}

VOID NTAPI IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG) {
  ApiScope scope("IoReleaseRemoveLockAndWaitEx", kPassiveLevel, kPassiveLevel);
  io_layer().remove_locks().release_and_wait(RemoveLock, Tag);
}

PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN, PIRP Irp) {
  ApiScope scope("IoAllocateMdl", kPassiveLevel, kDispatchLevel);
  if (made_to_fail(FailureKind::kObject, "IoAllocateMdl")) return nullptr;
  PMDL mdl = memory_layer().allocate_mdl(KernelAddress(VirtualAddress), Length, Irp).value_or(nullptr);
  if (!mdl || !Irp) return mdl;
  if (SecondaryBuffer && Irp->MdlAddress) {
    PMDL last = Irp->MdlAddress;
    while (last->Next) last = last->Next;
    last->Next = mdl;
  } else {
    Irp->MdlAddress = mdl;
  }
  return mdl;
}

VOID NTAPI IoFreeMdl(PMDL Mdl) {
  ApiScope scope("IoFreeMdl", kPassiveLevel, kDispatchLevel);
  (void)memory_layer().free_mdl(Mdl);
}

VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length) {
  ApiScope scope("IoBuildPartialMdl", kPassiveLevel, kDispatchLevel);
  (void)memory_layer().build_partial(SourceMdl, TargetMdl, KernelAddress(VirtualAddress), Length);
}

VOID NTAPI IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit) {
  ApiScope scope("IoGetStackLimits", kPassiveLevel, kDispatchLevel);
  auto* thread = current<kernel::Kernel>().current_thread();
  *LowLimit = thread->stack_base();
  *HighLimit = thread->stack_end();
}

ULONG_PTR NTAPI IoGetRemainingStackSize(VOID) {
  ApiScope scope("IoGetRemainingStackSize", kPassiveLevel, kDispatchLevel);
  auto here = reinterpret_cast<uint64_t>(__builtin_frame_address(0));
  uint64_t base = current<kernel::Kernel>().current_thread()->stack_base();
  return base && here > base ? here - base : 0;
}

PVOID NTAPI IoGetInitialStack(VOID) {
  ApiScope scope("IoGetInitialStack", kPassiveLevel, kDispatchLevel);
  return reinterpret_cast<PVOID>(current<kernel::Kernel>().current_thread()->stack_end());
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kIoIrpRows[] = {
    EXPORT(NtosKrnl, IoAllocateIrp),
    EXPORT(NtosKrnl, IoFreeIrp),
    EXPORT(NtosKrnl, IoInitializeIrp),
    EXPORT(NtosKrnl, IoReuseIrp),
    EXPORT(NtosKrnl, IofCallDriver),
    EXPORT(NtosKrnl, IofCompleteRequest),
    EXPORT_AS(NtosKrnl, "IoCallDriver", IofCallDriver),
    EXPORT_AS(NtosKrnl, "IoCompleteRequest", IofCompleteRequest),
    EXPORT(NtosKrnl, IoCancelIrp),
    EXPORT(NtosKrnl, IoAcquireCancelSpinLock),
    EXPORT(NtosKrnl, IoReleaseCancelSpinLock),
    EXPORT(NtosKrnl, IoBuildDeviceIoControlRequest),
    EXPORT(NtosKrnl, IoBuildSynchronousFsdRequest),
    EXPORT(NtosKrnl, IoBuildAsynchronousFsdRequest),
    EXPORT(NtosKrnl, IoForwardIrpSynchronously),
    EXPORT(NtosKrnl, IoSynchronousCallDriver),
    EXPORT(NtosKrnl, IoSetCompletionRoutineEx),
    EXPORT_PARTIAL(NtosKrnl, IoIs32bitProcess, "every client is a 64-bit process"),
    EXPORT_PARTIAL(NtosKrnl, IoGetRequestorProcess, "there is one process"),
    EXPORT(NtosKrnl, IoInitializeRemoveLockEx),
    EXPORT(NtosKrnl, IoAcquireRemoveLockEx),
    EXPORT(NtosKrnl, IoReleaseRemoveLockEx),
    EXPORT(NtosKrnl, IoReleaseRemoveLockAndWaitEx),
    EXPORT(NtosKrnl, IoAllocateMdl),
    EXPORT(NtosKrnl, IoFreeMdl),
    EXPORT(NtosKrnl, IoBuildPartialMdl),
    EXPORT(NtosKrnl, IoGetStackLimits),
    EXPORT(NtosKrnl, IoGetRemainingStackSize),
    EXPORT(NtosKrnl, IoGetInitialStack),
};
}  // namespace
const ExportSet kIoIrpExports{kIoIrpRows};
}  // namespace portside::exports
