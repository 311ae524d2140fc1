// Interrupt objects and device timers, over src/io.

#include "exports/io_object.h"
#include "io/interrupt_table.h"

using namespace portside;
using namespace portside::exports;

namespace {

NTSTATUS connect(const io::InterruptSpec& spec, PKINTERRUPT* interrupt) {
  if (!interrupt) return STATUS_INVALID_PARAMETER;
  auto connected = io_layer().interrupt_objects().connect(spec);
  *interrupt = connected.value_or(nullptr);
  return status_of(connected);
}

// CONNECT_LINE_BASED: the system looks up the vector in what the device was assigned.
NTSTATUS connect_line(PDEVICE_OBJECT pdo, PKSERVICE_ROUTINE routine, PVOID context, PKSPIN_LOCK lock,
                      KIRQL synchronize_irql, PKINTERRUPT* interrupt) {
  const io::DeviceNode* node = io_layer().pnp().find(pdo);
  if (!node) return STATUS_INVALID_PARAMETER;
  if (node->translated_resources.empty()) return STATUS_NOT_FOUND;
  const auto& list =
      reinterpret_cast<const CM_RESOURCE_LIST*>(node->translated_resources.data())->List[0].PartialResourceList;
  for (ULONG i = 0; i < list.Count; ++i) {
    const CM_PARTIAL_RESOURCE_DESCRIPTOR& entry = list.PartialDescriptors[i];
    if (entry.Type != CmResourceTypeInterrupt) continue;
    return connect({routine, context, lock, entry.u.Interrupt.Vector, static_cast<KIRQL>(entry.u.Interrupt.Level),
                    synchronize_irql, entry.Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive,
                    entry.ShareDisposition == CmResourceShareShared, entry.u.Interrupt.Affinity},
                   interrupt);
  }
  return STATUS_NOT_FOUND;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT* InterruptObject, PKSERVICE_ROUTINE ServiceRoutine, PVOID ServiceContext,
                                  PKSPIN_LOCK SpinLock, ULONG Vector, KIRQL Irql, KIRQL SynchronizeIrql,
                                  KINTERRUPT_MODE InterruptMode, BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                                  BOOLEAN) {
  ApiScope scope("IoConnectInterrupt", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kResource, "IoConnectInterrupt")) return STATUS_INSUFFICIENT_RESOURCES;
  return connect({ServiceRoutine, ServiceContext, SpinLock, Vector, Irql, SynchronizeIrql, InterruptMode,
                  ShareVector != FALSE, ProcessorEnableMask},
                 InterruptObject);
}

VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT InterruptObject) {
  ApiScope scope("IoDisconnectInterrupt", kPassiveLevel, kPassiveLevel);
  (void)io_layer().interrupt_objects().disconnect(InterruptObject);
}

NTSTATUS NTAPI IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters) {
  ApiScope scope("IoConnectInterruptEx", kPassiveLevel, kPassiveLevel);
  if (!Parameters) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kResource, "IoConnectInterruptEx")) return STATUS_INSUFFICIENT_RESOURCES;
  switch (Parameters->Version) {
    case CONNECT_FULLY_SPECIFIED:
    case CONNECT_FULLY_SPECIFIED_GROUP: {
      const auto& p = Parameters->FullySpecified;
      return connect({p.ServiceRoutine, p.ServiceContext, p.SpinLock, p.Vector, p.Irql, p.SynchronizeIrql,
                      p.InterruptMode, p.ShareVector != FALSE, p.ProcessorEnableMask},
                     p.InterruptObject);
    }
    case CONNECT_LINE_BASED: {
      const auto& p = Parameters->LineBased;
      return connect_line(p.PhysicalDeviceObject, p.ServiceRoutine, p.ServiceContext, p.SpinLock, p.SynchronizeIrql,
                          p.InterruptObject);
    }
    case CONNECT_MESSAGE_BASED: {
      // No device here signals messages: "the routine ... attempts to connect the fallback routine" and says so in Version.
      const auto& p = Parameters->MessageBased;
      if (!p.FallBackServiceRoutine) return STATUS_NOT_FOUND;
      const NTSTATUS status = connect_line(p.PhysicalDeviceObject, p.FallBackServiceRoutine, p.ServiceContext,
                                           p.SpinLock, p.SynchronizeIrql, p.ConnectionContext.InterruptObject);
      if (NT_SUCCESS(status)) Parameters->Version = CONNECT_LINE_BASED;
      return status;
    }
    default: return STATUS_NOT_SUPPORTED;
  }
}

VOID NTAPI IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters) {
  ApiScope scope("IoDisconnectInterruptEx", kPassiveLevel, kPassiveLevel);
  if (Parameters) (void)io_layer().interrupt_objects().disconnect(Parameters->ConnectionContext.InterruptObject);
}

BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT Interrupt, PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                                     PVOID SynchronizeContext) {
  ApiScope scope("KeSynchronizeExecution");
  return io_layer().interrupt_objects().synchronize(Interrupt, SynchronizeRoutine, SynchronizeContext).value_or(false);
}

KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt) {
  ApiScope scope("KeAcquireInterruptSpinLock");
  return io_layer().interrupt_objects().acquire_lock(Interrupt);
}

VOID NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql) {
  ApiScope scope("KeReleaseInterruptSpinLock");
  io_layer().interrupt_objects().release_lock(Interrupt, OldIrql);
}

NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine, PVOID Context) {
  ApiScope scope("IoInitializeTimer", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kTimer, "IoInitializeTimer")) return STATUS_INSUFFICIENT_RESOURCES;
  return status_of(io_layer().timers().initialize(DeviceObject, TimerRoutine, Context));
}

VOID NTAPI IoStartTimer(PDEVICE_OBJECT DeviceObject) {
  ApiScope scope("IoStartTimer", kPassiveLevel, kDispatchLevel);
  io_layer().timers().start(DeviceObject);
}

VOID NTAPI IoStopTimer(PDEVICE_OBJECT DeviceObject) {
  ApiScope scope("IoStopTimer", kPassiveLevel, kDispatchLevel);
  io_layer().timers().stop(DeviceObject);
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr const char* kNoVectors = "lines of PCI devices; no messages, and root-enumerated devices have no interrupt";
const Export kIoInterruptRows[] = {
    EXPORT_PARTIAL(NtosKrnl, IoConnectInterrupt, kNoVectors),
    EXPORT(NtosKrnl, IoDisconnectInterrupt),
    EXPORT_PARTIAL(
        NtosKrnl, IoConnectInterruptEx,
        "lines of PCI devices; a device that signals messages there is not: the fallback routine is connected"),
    EXPORT(NtosKrnl, IoDisconnectInterruptEx),
    EXPORT(NtosKrnl, KeSynchronizeExecution),
    EXPORT(NtosKrnl, KeAcquireInterruptSpinLock),
    EXPORT(NtosKrnl, KeReleaseInterruptSpinLock),
    EXPORT(NtosKrnl, IoInitializeTimer),
    EXPORT(NtosKrnl, IoStartTimer),
    EXPORT(NtosKrnl, IoStopTimer),
};
}  // namespace
const ExportSet kIoInterruptExports{kIoInterruptRows};
}  // namespace portside::exports
